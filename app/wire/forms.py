"""Arrays on their way to the wire: shape, kind and a flat buffer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field
from threading import Lock
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
DType = np.dtype[Any]
Shape = tuple[int, ...]
OPTIONAL = {"optional": True}  # of a field of an answer that is left out while it has its default


def default_of(of: Field[Any]) -> Any:
    """The default at which a field of an answer is left out; MISSING for one that is always there."""
    return of.default if of.metadata == OPTIONAL else MISSING


@dataclass(frozen=True, slots=True)
class Series:
    """A one-dimensional array that goes over the wire as a plain list."""

    numbers: Array


@dataclass(frozen=True, slots=True)
class Cells(Series):
    """The same of what may also be truth values."""


@dataclass(frozen=True, slots=True)
class Integers(Series):
    """The same of whole numbers."""


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
