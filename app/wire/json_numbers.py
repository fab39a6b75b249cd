"""Numbers on the wire: JSON in which infinities and nan are words, and safetensors for values in bulk.

A dataclass becomes an object of its fields, those that are OPTIONAL only where they differ from their defaults; a name
that is a Python keyword ends in `_` there. A numpy array becomes a value, `{"shape": [...], "data": [...]}` with flat
row-major data; a `Series` becomes the plain list. JSON has no numbers that are not finite: they travel as strings, and
only here.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

import numpy as np
import orjson

from app.wire.forms import Array, Bundle, DType, Form, Series, Shape, default_of
from app.wire.safetensors import header_entries

JSON = "application/json"
SAFETENSORS = "application/vnd.safetensors"


def form(values: Mapping[str, tuple[DType, Shape]]) -> Form:
    """The form of values with these types and shapes, in this order."""
    sizes: Counter[DType] = Counter()
    for dtype, shape in values.values():
        sizes[dtype] += math.prod(shape)
    rooms = {dtype: np.empty(size, np.float64 if dtype.kind == "f" else dtype) for dtype, size in sizes.items()}
    return Form(values, orjson.dumps(header_entries(values))[1:], _sheet(values, rooms), rooms)


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


def _plain(item: Any) -> Any:
    """What orjson can write: it would turn a number that is not finite into null."""
    match item:
        case None | str() | int():
            return item
        case float():
            return number(float(item))
        case dict():
            return {name: _plain(part) for name, part in item.items()}
        case list() | tuple():
            return [_plain(part) for part in item]
        case _:
            return _special(item)


def _special(item: Any) -> Any:
    """What JSON has no kind for."""
    match item:
        case np.ndarray():
            return {"shape": list(item.shape), "data": _flat(item)}
        case Series():
            return _flat(item.numbers)
        case Bundle():
            return _bundle(item)
        case np.floating():
            return number(float(item))
        case _:
            return _object(item) if is_dataclass(item) else item


def _object(item: Any) -> dict[str, Any]:
    """A dataclass by the names of its fields. Read off a list that is made once a class: answers hold thousands."""
    found = ((name, getattr(item, field), default) for field, name, default in _fields(item.__class__))
    return {name: _plain(value) for name, value, default in found if value is not default}


@cache
def _fields(kind: Any) -> tuple[tuple[str, str, Any], ...]:
    """Of a dataclass: each field, its name on the wire, and the default at which it is left out."""
    return tuple((field.name, field.name.rstrip("_"), default_of(field)) for field in fields(kind))


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
