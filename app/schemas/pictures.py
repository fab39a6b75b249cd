"""The input plane and the maps of units."""

from __future__ import annotations

from app.schemas.common import Number, Value, Wire


class Boundary(Wire):
    """The model's output over its input, rows by ascending y."""

    resolution: int
    x: list[Number]
    y: list[Number] | None
    outputs: Value


class Maps(Wire):
    """What every unit computes over the input."""

    resolution: int
    x: list[Number]
    y: list[Number] | None
    maps: dict[str, Value]
