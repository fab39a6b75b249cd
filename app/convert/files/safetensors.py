"""A safetensors file that was made elsewhere, read with mistrust."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson

from app.http.problems import Problem
from app.wire.forms import Array
from app.wire.safetensors import DTYPES

_TYPES = {name: dtype for dtype, name in DTYPES.items()} | {"F16": np.dtype("<f2"), "BF16": np.dtype("<u2")}
LONGEST_HEADER = 1_000_000  # bytes


def from_safetensors(content: bytes) -> dict[str, Array]:
    """The tensors of a safetensors file.

    Raises: Problem for what is none: a header that is too long or no JSON, a type or a place that cannot be.
    """
    length = int.from_bytes(content[:8], "little")
    if len(content) < 8 or length > min(LONGEST_HEADER, len(content) - 8):
        raise _none("its first 8 bytes are no length of a header")
    try:
        entries = orjson.loads(content[8 : 8 + length])
        named = {str(name): entry for name, entry in entries.items() if name != "__metadata__"}
        return {name: _read(content[8 + length :], entry) for name, entry in named.items()}
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise _none(str(error)[:100]) from None


def _read(data: bytes, entry: Mapping[str, Any]) -> Array:
    """A tensor, of half precision too; its place has to hold just its numbers."""
    kind, shape, (start, end) = entry["dtype"], [int(size) for size in entry["shape"]], entry["data_offsets"]
    if kind not in _TYPES:
        raise ValueError(f"the type {str(kind)[:20]} is none of {', '.join(_TYPES)}")
    dtype = _TYPES[kind]
    if (
        not 0 <= start <= end <= len(data)
        or min(shape, default=0) < 0
        or end - start != math.prod(shape) * dtype.itemsize
    ):
        raise ValueError("a tensor lies outside the file, or has another size than its shape")
    array = np.frombuffer(data[start:end], dtype).reshape(shape)
    return (array.astype(np.uint32) << 16).view(np.float32) if kind == "BF16" else array


def _none(why: str) -> Problem:
    return Problem(422, "safetensors", f"This is no safetensors file: {why}.", "body")
