"""Numbers on the wire: JSON in which infinities and nan are words, and safetensors for values in bulk.

A numpy array inside a document becomes a value, `{"shape": [...], "data": [...]}` with flat row-major data; a
`Series` becomes the plain list. JSON has no numbers that are not finite: they travel as strings, and only here.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
import orjson

Array = np.ndarray[Any, np.dtype[Any]]
DType = np.dtype[Any]
Shape = tuple[int, ...]

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


@dataclass(frozen=True, slots=True)
class Form:
    """Types and shapes of values that often go over the wire together, with all that is written besides their numbers.

    types:  of each value, and its shape.
    header: the safetensors header from its first tensor on.
    sheet:  a document of all values, to be filled and written again and again; `lock` is for whoever does.
    rooms:  of each type, the vector in it that takes the numbers of all values.
    """

    types: Mapping[str, tuple[DType, Shape]]
    header: bytes
    sheet: dict[str, Any]
    rooms: Mapping[DType, Array]
    lock: Lock = field(default_factory=Lock)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Values of a form; the numbers of all values of one type are one vector, value after value."""

    form: Form
    vectors: Mapping[DType, Array]


def form(values: Mapping[str, tuple[DType, Shape]]) -> Form:
    """The form of values with these types and shapes, in this order."""
    sizes: Counter[DType] = Counter()
    for dtype, shape in values.values():
        sizes[dtype] += math.prod(shape)
    rooms = {dtype: np.empty(size, np.float64 if dtype.kind == "f" else dtype) for dtype, size in sizes.items()}
    return Form(values, orjson.dumps(_entries(values))[1:], _sheet(values, rooms), rooms)


def _sheet(values: Mapping[str, tuple[DType, Shape]], vectors: Mapping[DType, Any]) -> dict[str, Any]:
    """Values as JSON has them, whose numbers are parts of vectors, one after the other."""
    sheet, ends = {}, dict.fromkeys(vectors, 0)
    for name, (dtype, shape) in values.items():
        start, ends[dtype] = ends[dtype], ends[dtype] + math.prod(shape)
        sheet[name] = {"shape": shape, "data": vectors[dtype][start : ends[dtype]]}
    return sheet


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
        case Bundle():
            return _bundle(item)
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


def _bundle(bundle: Bundle) -> Any:
    """The values of a bundle, written already if all numbers are finite."""
    form = bundle.form
    if not all(np.isfinite(vector).all() for vector in bundle.vectors.values()):
        return _sheet(form.types, {dtype: _flat(vector) for dtype, vector in bundle.vectors.items()})
    with form.lock:
        for dtype, room in form.rooms.items():
            room[:] = bundle.vectors[dtype]
        return orjson.Fragment(orjson.dumps(form.sheet, option=orjson.OPT_SERIALIZE_NUMPY))


def to_safetensors(tensors: Mapping[str, Array] | Bundle, metadata: Mapping[str, str]) -> bytes:
    """Arrays as one safetensors buffer.

    The header is padded so that the data begins at a multiple of 8 bytes, and wide numbers come before narrow ones:
    every tensor can then be read in place as a typed array.
    """
    if isinstance(tensors, Bundle):
        return _buffer(tensors.form.header, metadata, sorted(tensors.vectors.values(), key=lambda v: _rank(v.dtype)))
    header = orjson.dumps(_entries({name: (array.dtype, array.shape) for name, array in tensors.items()}))[1:]
    return _buffer(header, metadata, sorted(tensors.values(), key=lambda array: _rank(array.dtype)))


def _rank(dtype: DType) -> tuple[int, str]:
    """Wide numbers before narrow ones, and those of one type together."""
    return -dtype.itemsize, dtype.kind


def _entries(values: Mapping[str, tuple[DType, Shape]]) -> dict[str, Any]:
    """What a safetensors header says of values, in the order in which they lie in the buffer."""
    entries: dict[str, Any] = {}
    offset = 0
    for name, (dtype, shape) in sorted(values.items(), key=lambda item: _rank(item[1][0])):
        end = offset + math.prod(shape) * dtype.itemsize
        entries[name] = {"dtype": _NAMES[dtype], "shape": shape, "data_offsets": [offset, end]}
        offset = end
    return entries


def _buffer(header: bytes, metadata: Mapping[str, str], data: Iterable[Array]) -> bytes:
    about = b'{"__metadata__":%b' % orjson.dumps(dict(metadata)) if metadata else b"{"
    text = about + (b"," if metadata and header != b"}" else b"") + header
    text += b" " * (-len(text) % _ALIGNMENT)
    return b"".join([len(text).to_bytes(8, "little"), text, *(array.tobytes() for array in data)])


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
