"""Numbers on the wire: JSON in which infinities and nan are words, and safetensors for values in bulk.

A numpy array inside a document becomes a value, `{"shape": [...], "data": [...]}` with flat row-major data; a
`Series` becomes the plain list. JSON has no numbers that are not finite: they travel as strings, and only here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

Array = np.ndarray[Any, np.dtype[Any]]

JSON = "application/json"
SAFETENSORS = "application/vnd.safetensors"

_WORDS = {"Infinity": math.inf, "-Infinity": -math.inf, "NaN": math.nan}
_DTYPES = {"F64": "<f8", "I64": "<i8", "F32": "<f4", "I32": "<i4", "BOOL": "|b1"}
_NAMES = {np.dtype(dtype): name for name, dtype in _DTYPES.items()}
_ALIGNMENT = 8
_LARGEST_HEADER = 1_000_000


@dataclass(frozen=True, slots=True)
class Series:
    """A one-dimensional array that goes over the wire as a plain list."""

    numbers: Array


def dumps(document: Any) -> bytes:
    """A document as strict JSON."""
    return orjson.dumps(_plain(document), option=orjson.OPT_SERIALIZE_NUMPY)


def number(value: float) -> float | str:
    """A number as JSON can carry it."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def read_number(item: Any) -> Any:
    """What `number` wrote, read back; anything else as it is."""
    return _WORDS.get(item, item) if isinstance(item, str) else item


def read_value(value: Mapping[str, Any]) -> Array:
    """The array of a value read from JSON, as float64: its data may hold "Infinity", "-Infinity" and "NaN"."""
    return np.array([read_number(item) for item in value["data"]], dtype=np.float64).reshape(value["shape"])


def _plain(item: Any) -> Any:
    """What orjson can write: it would turn a number that is not finite into null."""
    match item:
        case float():
            return number(float(item))
        case dict():
            return {name: _plain(part) for name, part in item.items()}
        case list() | tuple():
            return [_plain(part) for part in item]
        case np.ndarray():
            return {"shape": list(item.shape), "data": _flat(item)}
        case Series():
            return _flat(item.numbers)
        case np.floating():
            return number(float(item))
        case _:
            return item


def _flat(array: Array) -> Any:
    flat = np.ascontiguousarray(array).ravel()
    if flat.dtype.kind == "f" and not np.isfinite(flat).all():
        return [number(item) for item in flat.tolist()]
    # float32 written with its own few digits is another number to whoever reads float64
    return flat.astype(np.float64) if flat.dtype == np.float32 else flat


def to_safetensors(tensors: Mapping[str, Array], metadata: Mapping[str, str]) -> bytes:
    """Arrays as one safetensors buffer.

    The header is padded so that the data begins at a multiple of 8 bytes, and wide numbers come before narrow ones:
    every tensor can then be read in place as a typed array.
    """
    ordered = sorted(tensors.items(), key=lambda item: -item[1].dtype.itemsize)
    header: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    offset = 0
    for name, array in ordered:
        end = offset + array.nbytes
        header[name] = {
            "dtype": _NAMES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [offset, end],
        }
        offset = end
    text = orjson.dumps(header)
    text += b" " * (-len(text) % _ALIGNMENT)
    return b"".join([len(text).to_bytes(8, "little"), text, *(array.tobytes() for _, array in ordered)])


def from_safetensors(buffer: bytes) -> tuple[dict[str, Array], dict[str, str]]:
    """The arrays and the metadata of a safetensors buffer; the arrays are read-only views of it.

    Raises: ValueError if the buffer contradicts itself.
    """
    size = int.from_bytes(buffer[:8], "little")
    if len(buffer) < 8 or not 2 <= size <= min(_LARGEST_HEADER, len(buffer) - 8):
        raise ValueError("not a safetensors buffer: its header does not fit into it")
    header: dict[str, Any] = orjson.loads(buffer[8 : 8 + size])
    metadata: dict[str, str] = header.pop("__metadata__", {})
    data = memoryview(buffer)[8 + size :]
    return {name: _read_tensor(name, entry, data) for name, entry in header.items()}, metadata


def _read_tensor(name: str, entry: Mapping[str, Any], data: memoryview) -> Array:
    start, end = entry["data_offsets"]
    dtype = np.dtype(_DTYPES[entry["dtype"]])
    if not 0 <= start <= end <= len(data) or end - start != math.prod(entry["shape"]) * dtype.itemsize:
        raise ValueError(f"not a safetensors buffer: the place and the shape of {name} disagree")
    return np.frombuffer(data[start:end], dtype).reshape(entry["shape"])
