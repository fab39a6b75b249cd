"""Arrays as text in a script: short ones to be read, long ones packed, none of them changed by a bit."""

from __future__ import annotations

import base64
from textwrap import wrap

import numpy as np

from engine.ops.core.op import Array

READABLE = 24  # numbers that are written out
WIDTH = 110
UNPACK = '''def unpack(text, dtype, shape):
    """The numbers that the text holds, bit for bit."""
    return np.frombuffer(base64.b64decode(text), dtype).reshape(shape).copy()'''


def literal(value: Array, torch: bool) -> str:
    """The array as an expression of numpy, or as one of PyTorch."""
    array = np.asarray(value)
    text = _read(array) if array.size <= READABLE and bool(np.isfinite(array).all()) else _packed(array)
    return f"torch.tensor({text})" if torch else text


def _read(array: Array) -> str:
    kind = "" if array.dtype in (np.dtype(np.float64), np.dtype(np.int64)) and array.size else f', "{array.dtype}"'
    return f"np.array({array.tolist()!r}{kind})"


def _packed(array: Array) -> str:
    little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"))
    lines = wrap(base64.b64encode(little.tobytes()).decode(), WIDTH) or [""]
    text = "\n".join(f'    "{line}"' for line in lines)
    return f'unpack(\n{text},\n    "{little.dtype.str}", {array.shape},\n)'
