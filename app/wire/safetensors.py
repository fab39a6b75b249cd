"""Values as one safetensors buffer.

Written here and not by the `safetensors` package, because a trace of a known form is only its numbers: its header is
made once, and nothing is copied on the way.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import orjson

from app.wire.forms import Array, Bundle, DType, Shape

DTYPES = {
    np.dtype(d): name for d, name in (("<f8", "F64"), ("<i8", "I64"), ("<f4", "F32"), ("<i4", "I32"), ("|b1", "BOOL"))
}
_ALIGNMENT = 8


def to_safetensors(tensors: Mapping[str, Array] | Bundle, metadata: Mapping[str, str]) -> bytes:
    """Arrays as one safetensors buffer.

    The header is padded so that the data begins at a multiple of 8 bytes, and wide numbers come before narrow ones:
    every tensor can then be read in place as a typed array.
    """
    if isinstance(tensors, Bundle):
        return _buffer(tensors.form.header, metadata, sorted(tensors.vectors.values(), key=lambda v: _rank(v.dtype)))
    header = orjson.dumps(header_entries({name: (array.dtype, array.shape) for name, array in tensors.items()}))[1:]
    return _buffer(header, metadata, sorted(tensors.values(), key=lambda array: _rank(array.dtype)))


def _rank(dtype: DType) -> tuple[int, str]:
    """Wide numbers before narrow ones, and those of one type together."""
    return -dtype.itemsize, dtype.kind


def header_entries(values: Mapping[str, tuple[DType, Shape]]) -> dict[str, Any]:
    """What a safetensors header says of values, in the order in which they lie in the buffer."""
    entries: dict[str, Any] = {}
    offset = 0
    for name, (dtype, shape) in sorted(values.items(), key=lambda item: _rank(item[1][0])):
        end = offset + math.prod(shape) * dtype.itemsize
        entries[name] = {"dtype": DTYPES[dtype], "shape": shape, "data_offsets": [offset, end]}
        offset = end
    return entries


def _buffer(header: bytes, metadata: Mapping[str, str], data: Iterable[Array]) -> bytes:
    about = b'{"__metadata__":%b' % orjson.dumps(dict(metadata)) if metadata else b"{"
    text = about + (b"," if metadata and header != b"}" else b"") + header
    text += b" " * (-len(text) % _ALIGNMENT)
    return b"".join([len(text).to_bytes(8, "little"), text, *(array.tobytes() for array in data)])
