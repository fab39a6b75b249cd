"""Windows that slide over images: which cell of the image each of their taps lies on.

Everything counts from 0. Along one axis, with stride s, dilation d and padding p, tap a of window i lies on the cell
``h(i, a) = s i + d a - p``; where that is outside of the image, it lies in the padding.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from engine.foundation.errors import ShapeError
from engine.ops.core.op import Shape

Pair = tuple[int, int]
Places = Iterator[tuple[Pair, Pair]]


@dataclass(frozen=True, slots=True)
class Line:
    """Windows along one axis of `length` cells; each has `kernel` taps."""

    length: int
    kernel: int
    stride: int
    padding: int
    dilation: int = 1

    @property
    def span(self) -> int:
        """From the first tap of a window to its last, both included."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def count(self) -> int:
        """How many windows there are: floor((length + 2 padding - span) / stride) + 1, not above 0 if none fits."""
        return (self.length + 2 * self.padding - self.span) // self.stride + 1

    def under(self, window: int) -> list[Pair]:
        """``(tap, cell)`` of a window, where the tap lies on the image."""
        return [(a, h) for a in range(self.kernel) if 0 <= (h := self._cell(window, a)) < self.length]

    def along(self, tap: int) -> list[Pair]:
        """``(window, cell)`` of a tap, where it lies on the image."""
        return [(i, h) for i in range(self.count) if 0 <= (h := self._cell(i, tap)) < self.length]

    def over(self, cell: int) -> list[Pair]:
        """``(window, tap)`` of every tap that lies on a cell."""
        starts = ((a, cell + self.padding - self.dilation * a) for a in range(self.kernel))
        return [(n // self.stride, a) for a, n in starts if n % self.stride == 0 and 0 <= n // self.stride < self.count]

    def slices(self, tap: int) -> tuple[slice, slice]:
        """The same as `along`, as a slice of the windows and one of the cells."""
        places = self.along(tap)
        if not places:
            return slice(0, 0), slice(0, 0)
        (first, start), (last, end) = places[0], places[-1]
        return slice(first, last + 1), slice(start, end + 1, self.stride)

    def _cell(self, window: int, tap: int) -> int:
        return self.stride * window + self.dilation * tap - self.padding


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows over the rows and columns of an image; a window, tap or cell is a pair."""

    rows: Line
    columns: Line

    @property
    def counts(self) -> Pair:
        """How many windows there are along the rows and the columns."""
        return self.rows.count, self.columns.count

    @property
    def taps(self) -> list[Pair]:
        """All taps of a window, row after row."""
        return list(itertools.product(range(self.rows.kernel), range(self.columns.kernel)))

    def under(self, window: Sequence[int]) -> Places:
        """``(tap, cell)`` of a window, where the tap lies on the image."""
        return _paired(self.rows.under(window[0]), self.columns.under(window[1]))

    def along(self, tap: Sequence[int]) -> Places:
        """``(window, cell)`` of a tap, where it lies on the image."""
        return _paired(self.rows.along(tap[0]), self.columns.along(tap[1]))

    def over(self, cell: Sequence[int]) -> Places:
        """``(window, tap)`` of every tap that lies on a cell."""
        return _paired(self.rows.over(cell[0]), self.columns.over(cell[1]))

    def slices(self, tap: Pair) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
        """Indices of (N, C, ...): the windows whose tap lies on the image, and the cells that it lies on."""
        (windows, cells), (others, sides) = self.rows.slices(tap[0]), self.columns.slices(tap[1])
        every = slice(None)
        return (every, every, windows, others), (every, every, cells, sides)


def _paired(rows: Iterable[Pair], columns: Iterable[Pair]) -> Places:
    for (i, h), (j, w) in itertools.product(rows, columns):
        yield (i, j), (h, w)


def windows(image: Shape, kernel: Shape, stride: Pair, padding: Pair, dilation: Pair = (1, 1)) -> Windows:
    """Windows over an image.

    Args: image: its shape, of which the last two axes count, as they do of the kernel's.
    """
    lines = zip(image[-2:], kernel[-2:], stride, padding, dilation, strict=True)
    return Windows(*(Line(*line) for line in lines))


def checked_windows(image: Shape, kernel: Shape, stride: Pair, padding: Pair, dilation: Pair = (1, 1)) -> Windows:
    """Windows over an image, at least one along each axis.

    Raises: ShapeError if a setting is not a pair, or too small, or no window fits.
    """
    for name, pair, least in (("kernel", kernel[-2:], 1), ("stride", stride, 1), ("dilation", dilation, 1)):
        _check_pair(name, pair, least)
    _check_pair("padding", padding, 0)
    found = windows(image, kernel, stride, padding, dilation)
    if min(found.counts) < 1:
        sides = tuple(n + 2 * p for n, p in zip(image[-2:], padding, strict=True))
        spans = (found.rows.span, found.columns.span)
        raise ShapeError(f"a window of {spans} does not fit on an image of {sides}, padding included; given {image}")
    return found


def _check_pair(name: str, pair: Sequence[int], least: int) -> None:
    if len(pair) != 2 or any(n < least for n in pair):
        raise ShapeError(f"{name} is a pair of whole numbers from {least} on, rows first; given {tuple(pair)}")
