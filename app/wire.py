"""Numbers on the wire: JSON in which infinities and nan are words, and safetensors for values in bulk.

A numpy array inside a document becomes a value, `{"shape": [...], "data": [...]}` with flat row-major data; a
`Series` becomes the plain list. JSON has no numbers that are not finite: they travel as strings, and only here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
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
_FEW = (
    100  # numbers of a value, below which one text of many values, cut at its commas, is sooner there than many texts
)


@dataclass(frozen=True, slots=True)
class Series:
    """A one-dimensional array that goes over the wire as a plain list."""

    numbers: Array


@dataclass(frozen=True, slots=True)
class Form:
    """Types and shapes of values that often go over the wire together: what is written around their numbers.

    shapes: by name.
    pieces: the JSON before the numbers of each value, and what is after the last.
    header: the safetensors header from its first tensor on.
    spans:  of each type, which values have it, and where their numbers begin among all of that type, and the last end.
    """

    shapes: Mapping[str, Shape]
    pieces: tuple[bytes, ...]
    header: bytes
    spans: Mapping[DType, tuple[Sequence[int], Array]]


@dataclass(frozen=True, slots=True)
class Bundle:
    """Values of a form; the numbers of all values of one type are one vector, value after value."""

    form: Form
    vectors: Mapping[DType, Array]


def form(values: Mapping[str, tuple[DType, Shape]]) -> Form:
    """The form of values with these types and shapes, in this order."""
    shapes = {name: shape for name, (_, shape) in values.items()}
    heads = [b'%b:{"shape":%b,"data":[' % (orjson.dumps(name), orjson.dumps(shape)) for name, shape in shapes.items()]
    pieces = [b"{" + heads[0], *(b"]}," + head for head in heads[1:]), b"]}}"]
    header = orjson.dumps(_entries(values))[1:]
    return Form(shapes, tuple(pieces), header, {dtype: _spans(values, dtype) for dtype, _ in values.values()})


def _spans(values: Mapping[str, tuple[DType, Shape]], wanted: DType) -> tuple[Sequence[int], Array]:
    which = [i for i, (dtype, _) in enumerate(values.values()) if dtype == wanted]
    return which, np.cumsum([0, *(math.prod(shape) for dtype, shape in values.values() if dtype == wanted)])


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
    """The values of a bundle; where they are many and small, as JSON already: numbers between what is around them."""
    form = bundle.form
    flats = {dtype: _flat(vector) for dtype, vector in bundle.vectors.items()}
    small = sum(map(len, flats.values())) <= _FEW * len(form.shapes)
    numbers: list[Any] = [None] * len(form.shapes)
    for dtype, (which, bounds) in form.spans.items():
        parts = _texts(flats[dtype], bounds) if small else _parts(flats[dtype], bounds.tolist())
        for i, part in zip(which, parts, strict=True):
            numbers[i] = part
    if small:
        return orjson.Fragment(b"".join(chain.from_iterable(zip(form.pieces, [*numbers, b""], strict=True))))
    named = zip(form.shapes.items(), numbers, strict=True)
    return {name: {"shape": shape, "data": part} for (name, shape), part in named}


def _parts(flat: Any, bounds: Sequence[int]) -> list[Any]:
    return [flat[start:end] for start, end in pairwise(bounds)]


def _texts(flat: Any, bounds: Array) -> list[bytes]:
    """The numbers between bounds as texts with commas: one text, cut at some of its commas."""
    text = orjson.dumps(flat, option=orjson.OPT_SERIALIZE_NUMPY)
    cuts = np.frombuffer(text, np.uint8) == ord(",")
    cuts[0] = cuts[-1] = True  # its brackets
    places = cuts.nonzero()[0][bounds].tolist()
    return [text[start + 1 : end] for start, end in pairwise(places)]


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
