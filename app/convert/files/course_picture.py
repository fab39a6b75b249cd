"""Curves of a few runs as lines to print: told apart by their dashes, because a printer may have no colours."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.convert.files.solution import number_text

WIDTH, HEIGHT = 640, 200
DASHES = ("", "7 4", "1.5 3.5", "9 3 1.5 3")
DECADES = 50  # times: from here on the axis is one of powers of ten

Curve = Sequence[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of an axis: where it stands, and its number."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A run's line: the points of its parts, each of which ends where the number is inf or nan."""

    parts: tuple[str, ...]
    dashes: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Lines in a box of `WIDTH` by `HEIGHT`. log: whether equal steps upwards are equal factors."""

    lines: tuple[Line, ...]
    marks: tuple[Tick, ...]
    last: int
    log: bool
    width: int = WIDTH
    height: int = HEIGHT


def picture(curves: Sequence[Curve]) -> Picture:
    """All curves on one scale, from iteration 0 to the last one."""
    finite = [value for curve in curves for _, value in curve if math.isfinite(value)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    log = low > 0 and high / low > DECADES
    last = max((t for curve in curves for t, _ in curve), default=0)
    bottom, top = (math.log(low), math.log(high)) if log else (low, high)
    span = top - bottom or 1.0

    def place(t: int, value: float) -> str:
        height = ((math.log(value) if log else value) - bottom) / span
        return f"{t / max(1, last) * WIDTH:.1f},{HEIGHT - height * HEIGHT:.1f}"

    lines = tuple(
        Line(tuple(" ".join(place(*point) for point in part) for part in _parts(curve)), dashes)
        for curve, dashes in zip(curves, DASHES, strict=False)
    )
    values = [math.exp(bottom + span * i / 4) if log else bottom + span * i / 4 for i in range(5)]
    marks = tuple(Tick(HEIGHT - i * HEIGHT / 4, number_text(value)) for i, value in enumerate(values))
    return Picture(lines, marks, last, log)


def _parts(curve: Curve) -> Iterator[Curve]:
    """The stretches of a curve without a gap."""
    part: list[tuple[int, float]] = []
    for t, value in curve:
        if math.isfinite(value):
            part.append((t, value))
        elif part:
            yield part
            part = []
    if part:
        yield part
