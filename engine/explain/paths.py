"""The paths from a parameter to the loss: a derivative is the sum over all of them of the products along each.

There are very many, as many as products of all the ways from layer to layer or moment to moment; the largest are found
without making the others. First, from the loss on, how large the largest path behind every cell is. Then paths begin
at the parameter, and always the one is lengthened that can become largest, so that the first to arrive is the largest.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice

from engine.execution.cancellation import Wanted, check
from engine.explain.derivation import (
    Cell,
    NamedFactor,
    check_sample,
    is_parameter_gradient,
    locate,
    named,
    of_gradient,
    whole,
)
from engine.explain.notation import Symbols
from engine.explain.sums import LARGEST, operand_names, producer, raw_terms, shared, size
from engine.foundation.errors import RangeError, UnknownValueError
from engine.foundation.numbers import total
from engine.foundation.value_name import gradient_name
from engine.ops.core.op import Index, Term
from engine.run.run import Run
from engine.run.trace import Trace

LOSS_GRADIENT = gradient_name("loss")
MOST_WAYS = 2**19  # connections that paths may go through: each takes about half a kilobyte


@dataclass(frozen=True, slots=True)
class Path:
    """One way from a parameter cell to the loss: the cells it goes through, its factors and their product.

    symbols: of the cells, in LaTeX; the sample, which is the same throughout, is left out.
    """

    factors: tuple[NamedFactor, ...]
    cells: tuple[Cell, ...]
    symbols: tuple[str, ...]
    product: float


@dataclass(frozen=True, slots=True)
class Paths:
    """All ways of one sample from a parameter cell to the loss: the largest, and the rest as one number."""

    parameter: str
    index: Index
    sample: int
    paths: tuple[Path, ...]
    rest_count: int
    rest: float
    sum: float


def paths(
    run: Run,
    traced: Trace,
    parameter: str,
    index: Index,
    sample: int,
    limit: int = LARGEST,
    cancelled: Wanted | None = None,
) -> Paths:
    """Every path from a parameter cell to the loss through one sample; their products sum to its share of ∂L/∂w.

    Args:   parameter, index: the cell; sample: position in the batch; limit: how many of the largest to list.
    Raises: UnknownValueError, RangeError (also if there are too many), CancelledWorkError.
    Source: Baur and Strassen 1983: a derivative is the sum over all paths of the products along them.
    """
    value = gradient_name(parameter)
    if not is_parameter_gradient(traced.program, value):
        known = ", ".join(p.name for p in traced.program.parameters)
        raise UnknownValueError(f"unknown parameter {parameter!r}; this run has {known}", "query.parameter")
    locate(traced, value, index)
    check_sample(traced, sample)
    finder = _Finder(traced, sample, cancelled)
    begun, number = finder.largest(Cell(value, index), limit)
    symbols = Symbols(traced.program, run.names)
    listed = (_path(parameter, index, path, traced, symbols) for path in begun)
    largest = tuple(sorted(listed, key=lambda path: -size(path.product)))
    step = producer(traced.program, value)
    share = total(addend.product for addend in shared(step, index, traced, sample)) if step else 0.0
    left = number - len(largest)
    rest = share - total(p.product for p in largest) if left else 0.0
    return Paths(parameter, index, sample, largest, left, rest, share)


@dataclass(frozen=True, slots=True)
class _Way:
    """A term of a gradient cell: its local factors, their product, and the gradient cell that it leads to."""

    factors: Term
    scale: float
    after: Cell


@dataclass(frozen=True, slots=True)
class _Begun:
    """A path from the parameter's gradient to a cell, as a linked list; product: of all local factors so far."""

    product: float
    cell: Cell
    way: _Way | None = None
    before: _Begun | None = None


class _Finder:
    """The largest paths of one sample through an iteration. Nothing in it goes as deep as a path is long."""

    def __init__(self, traced: Trace, sample: int, cancelled: Wanted | None) -> None:
        self._traced, self._sample, self._cancelled = traced, sample, cancelled

    def largest(self, start: Cell, limit: int) -> tuple[list[_Begun], int]:
        """The largest paths from a gradient cell to the loss, largest first, and how many paths there are."""
        ways = self._explored(start)
        best: dict[Cell, float] = {}
        number: dict[Cell, int] = {}
        for at in sorted(ways, key=lambda cell: self._traced.program.producer[cell.value]):
            there = at.value == LOSS_GRADIENT
            best[at] = 1.0 if there else max((size(way.scale * best[way.after]) for way in ways[at]), default=0.0)
            number[at] = 1 if there else sum(number[way.after] for way in ways[at])
        return self._first(start, limit, ways, best, number[start] > limit), number[start]

    def _explored(self, start: Cell) -> dict[Cell, list[_Way]]:
        """All gradient cells behind one, each with the terms that lead on.

        Raises: RangeError if there are too many to remember.
        """
        found: dict[Cell, list[_Way]] = {}
        waiting, left = [start], MOST_WAYS
        while waiting:
            check(self._cancelled)
            at = waiting.pop()
            if at not in found:
                found[at] = [] if at.value == LOSS_GRADIENT else list(islice(self._followed(at), left + 1))
                left -= len(found[at])
                _check_ways(left)
                waiting += [way.after for way in found[at]]
        return found

    def _first(
        self, start: Cell, limit: int, ways: dict[Cell, list[_Way]], best: dict[Cell, float], many: bool
    ) -> list[_Begun]:
        """Paths in the order in which they arrive at the loss; of many that carry 0, one is enough.

        Of equals the newest goes first, so that one of them gets on: the oldest would take all of them along, and
        behind a dead unit or between tied ones there are millions.
        """
        order, found = count(0, -1), list[_Begun]()
        waiting = [(-best[start], next(order), _Begun(1.0, start))]
        while waiting and len(found) < limit:
            check(self._cancelled)
            most, _, here = heapq.heappop(waiting)
            if most == 0 and found and many:
                break
            if here.cell.value == LOSS_GRADIENT:
                found.append(here)
            for way in ways[here.cell]:
                longer = _Begun(here.product * way.scale, way.after, way, here)
                heapq.heappush(waiting, (-size(longer.product * best[way.after]), next(order), longer))
        return found

    def _followed(self, at: Cell) -> Iterator[_Way]:
        """The terms of a gradient cell that lead on; a constant does not."""
        step = producer(self._traced.program, at.value)
        assert step is not None
        names = operand_names(step)
        starts = step.op != "accumulate" and is_parameter_gradient(self._traced.program, whole(at.value))
        for term in raw_terms(step, at.index, self._traced):
            origin = next((f for f in term if f.operand == "grad" or (f.operand or "").startswith("part")), None)
            # a single number is of every sample
            if origin is not None and (not starts or origin.index[:1] in ((), (self._sample,))):
                local = tuple(f for f in term if f is not origin)
                scale = math.prod(f.number for f in local)
                yield _Way(local, scale, Cell(names[origin.operand or ""], origin.index))


def _check_ways(left: int) -> None:
    if left < 0:
        text = f"paths from this cell go through more than {MOST_WAYS} connections, too many to follow"
        raise RangeError(text, "query.parameter")


def _path(parameter: str, index: Index, begun: _Begun, traced: Trace, symbols: Symbols) -> Path:
    """A path written out, from the parameter to the loss; its product is made from the loss on, as gradients are."""
    steps = list(_steps(begun))[::-1]
    factors: list[NamedFactor] = []
    cells = [Cell(parameter, index)]
    for at, way in steps:
        step = producer(traced.program, at.value)
        assert step is not None
        factors += (named(factor, step, traced, symbols) for factor in way.factors)
        cell = Cell(of_gradient(way.after.value), way.after.index)
        cells += [cell] if cell != cells[-1] else []  # a contribution to a gradient is at the same cell
    product = 1.0
    for _, way in reversed(steps):
        product *= way.scale
    written = tuple(symbols.unit(cell.value, cell.index) for cell in cells)
    return Path(tuple(factors), tuple(cells), written, product)


def _steps(begun: _Begun) -> Iterator[tuple[Cell, _Way]]:
    """The cells of a path and the way on from each, from its end back."""
    here = begun
    while here.way is not None and here.before is not None:
        yield here.before.cell, here.way
        here = here.before
