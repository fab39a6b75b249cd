"""The schema of an answer, derived from the dataclass that the answer is made of.

An answer is described once, by its dataclass: `json_numbers.dumps` writes it, and this module says what comes out, for
OpenAPI and for the tests that hold the answers to it. Nothing is checked on the way out: that would cost more than the
writing.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, create_model

from app.wire.forms import Bundle, Cells, Integers, Series, default_of

Number = Annotated[
    float | Literal["Infinity", "-Infinity", "NaN"],
    Field(description='A number; JSON has no infinities or nan, so they are "Infinity", "-Infinity", "NaN".'),
]


class Value(BaseModel):
    """An array: `data` is flat, row-major; a scalar has the shape [] and one number."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    shape: list[int]
    data: list[Number | bool]


@cache
def schema(answer: type[Any]) -> type[BaseModel]:
    """The schema of a dataclass as it goes over the wire; fields beyond its own do not occur.

    The name of a field that is a Python keyword ends in `_` there.
    """
    hints = get_type_hints(answer, include_extras=True)
    found: dict[str, Any] = {
        field.name.rstrip("_"): (on_the_wire(hints[field.name]), ... if default_of(field) is MISSING else field.default)
        for field in fields(answer)
    }
    config = ConfigDict(extra="forbid", defer_build=True)
    return create_model(answer.__name__, __config__=config, __doc__=answer.__doc__, __module__=__name__, **found)


def on_the_wire(kind: Any) -> Any:
    """The type that is read where this one was written."""
    origin = get_origin(kind) or kind
    if origin in _CONTAINERS and kind is not origin:
        return _CONTAINERS[origin](get_args(kind))
    if origin in _PLAIN:
        return _PLAIN[origin]
    return schema(kind) if isinstance(kind, type) and is_dataclass(kind) else kind


def _described(parts: tuple[Any, ...]) -> Any:
    """A type with words about it: they go into the schema. A number with words of its own is a finite one."""
    kind, *words = parts
    inner = kind if kind is float else on_the_wire(kind)
    return Annotated[(inner, *(Field(description=text) for text in words))]


def _either(parts: tuple[Any, ...]) -> Any:
    return Union[tuple(map(on_the_wire, parts))]  # noqa: UP007 - of types that are only known here


def _listed(parts: tuple[Any, ...]) -> Any:
    return list[on_the_wire(parts[0])]  # type: ignore[misc]


def _named(parts: tuple[Any, ...]) -> Any:
    return dict[str, on_the_wire(parts[1])]  # type: ignore[misc]


_PLAIN: dict[Any, Any] = {
    float: Number,
    np.ndarray: Value,
    Series: list[Number],
    Cells: list[Number | bool],
    Integers: list[int],
    Bundle: dict[str, Value],
}
_CONTAINERS: dict[Any, Callable[[tuple[Any, ...]], Any]] = {
    Annotated: _described,
    **dict.fromkeys((Union, types.UnionType), _either),
    **dict.fromkeys((list, tuple, Sequence), _listed),
    **dict.fromkeys((dict, Mapping), _named),
}
