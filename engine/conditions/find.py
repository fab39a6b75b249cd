"""Asking a run for a moment: where a condition begins to hold, what a measure was, whether a claim is true."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, cast

import numpy as np

from engine.analysis.history import check_range
from engine.conditions.course import Numbers, Stretch
from engine.conditions.scope import Scope, check_condition, check_measure, scope_of, values_of
from engine.conditions.syntax import (
    PATH,
    At,
    Comparison,
    Condition,
    Crosses,
    Finite,
    Junction,
    Lasting,
    Measure,
    Node,
    Not,
    Number,
    Runs,
    Single,
    parse_condition,
    parse_measure,
    walk,
    with_numbers,
)
from engine.conditions.text import source_of
from engine.conditions.truth import held, lookback, truth
from engine.execution.cancellation import Wanted, check
from engine.foundation.errors import RangeError
from engine.ops.core.op import Array
from engine.run.checkpoints import STRIDE
from engine.run.run import Run

Direction = Literal["forward", "back"]
SLICE = 8 * STRIDE  # iterations looked at before it is asked again whether anybody waits


@dataclass(frozen=True, slots=True)
class Part:
    """One comparison that is true: its measure, the number that this has, and the one that it is compared with.

    threshold: for `rises` and `falls` the number from which it did; None for `finite`.
    """

    measure: str
    actual: float
    threshold: float | None


@dataclass(frozen=True, slots=True)
class Hit:
    """An iteration in which a condition begins to hold.

    step: the one that wrote the last value that the condition needs; None where it needs none of a step.
    """

    iteration: int
    step: int | None
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search has found, nearest first.

    start, end: what has been searched, the last not included; more: whether it ended because there were enough.
    """

    condition: str
    hits: tuple[Hit, ...]
    start: int
    end: int
    more: bool


@dataclass(frozen=True, slots=True)
class Series:
    """A measure over the past, in the iterations in which it has a number."""

    expression: str
    iterations: Array
    values: Array


@dataclass(frozen=True, slots=True)
class Claim:
    """Whether a claim is true, and the numbers that say so."""

    holds: bool
    parts: tuple[Part, ...]


# --- searching -------------------------------------------------------------------------------------------------------


def find(
    run: Run,
    text: str,
    start: int,
    end: int,
    direction: Direction = "forward",
    limit: int | None = None,
    cancelled: Wanted | None = None,
    path: str = PATH,
) -> Found:
    """The iterations in [start, end) in which a condition holds and did not in the one before.

    Args:   direction: forward from `start`, or back from `end`; limit: hits after which it stops.
            path: the field that the text was given in, for errors.
    Raises: ConditionError for a text that is no condition of this run; RangeError for an empty range or a limit
            below 1; CancelledWorkError.
    """
    check_range(start, end)
    if limit is not None and limit < 1:
        raise RangeError(f"limit is how many hits are wanted, 1 or more; given {limit}", "query.limit")
    search = Search(run, text, end, path)
    hits: list[Hit] = []
    for first, last in slices(start, end, direction):
        check(cancelled)
        found = search.hits(first, last, cancelled)
        hits += found if direction == "forward" else found[::-1]
        if limit is not None and len(hits) >= limit:
            return _enough(search, hits, limit, (start, end), direction)
    return Found(search.text, tuple(hits), start, end, False)


def _enough(search: Search, hits: list[Hit], limit: int, asked: tuple[int, int], direction: Direction) -> Found:
    """The search ends with the last hit that was wanted: another one goes on from there."""
    kept, (start, end) = tuple(hits[:limit]), asked
    start, end = (start, kept[-1].iteration + 1) if direction == "forward" else (kept[-1].iteration, end)
    return Found(search.text, kept, start, end, (start, end) != asked)


def slices(start: int, end: int, direction: Direction) -> Iterator[tuple[int, int]]:
    """A range piece by piece, in the order in which it is searched; pieces end where strides do."""
    edges = [start, *range((start // STRIDE + 1) * STRIDE, end, SLICE), end]
    pieces = [(a, b) for a, b in pairwise(edges) if a < b]
    return iter(pieces if direction == "forward" else pieces[::-1])


class Search:
    """A condition read for a run, to be looked for anywhere before iteration `end`.

    Raises: ConditionError for a text that is no condition of this run.
    """

    def __init__(self, run: Run, text: str, end: int, path: str = PATH) -> None:
        self.run, self.text = run, text
        self._condition = parse_condition(text, path)
        self._scope = scope_of(run, end)
        check_condition(self._scope, self._condition, source_of(text, path))
        self._values = values_of(self._scope, self._condition)

    def hits(self, start: int, end: int, cancelled: Wanted | None = None) -> list[Hit]:
        """Those in [start, end), in order; also the iterations before it decide.

        Raises: CancelledWorkError.
        """
        before = max(0, start - 1 - lookback(self._scope, self._condition))
        stretch = Stretch(self._scope, [self._condition], before, end, cancelled)
        holds = held(stretch, self._condition)
        onsets = np.flatnonzero(holds & ~np.concatenate([[False], holds[:-1]]))
        wanted = [int(i) for i in onsets if before + i >= start]
        said = list(statements(stretch, self._condition)) if wanted else []
        return [Hit(before + i, self._step(before + i), _parts(said, i)) for i in wanted]

    def _step(self, t: int) -> int | None:
        made = self.run.program_at(t).producer
        return max((made[name] for name in self._values if name in made), default=None)


@dataclass(frozen=True, slots=True)
class Statement:
    """A single statement of a condition over a stretch: where it speaks for the whole, and its numbers there."""

    measure: str
    speaks: Array
    actual: Array
    threshold: Array | None


def statements(stretch: Stretch, node: Condition, wanted: bool = True) -> Iterator[Statement]:
    """The single statements, from left to right.

    Args: wanted: whether they speak where they are true; after `not` they do where they are false.
    """
    match node:
        case Not(condition=condition):
            yield from statements(stretch, condition, not wanted)
        case Lasting(condition=condition):
            yield from statements(stretch, condition, wanted)
        case Junction(conditions=conditions):
            for condition in conditions:
                yield from statements(stretch, condition, wanted)
        case _:
            found = truth(stretch, node)
            yield Statement(*_numbers(stretch, node, found.known & (found.holds == wanted)))


def _numbers(stretch: Stretch, node: Single, speaks: Array) -> tuple[str, Array, Array, Array | None]:
    match node:
        case Comparison(left=left, right=right) | Crosses(left=left, right=right):
            return left.place.text, speaks, stretch.numbers(left).values, stretch.numbers(right).values
        case Runs(measure=measure, times=times):
            numbers = stretch.numbers(measure)
            return measure.place.text, speaks, numbers.values, _earlier(numbers, times)
        case Finite():
            return node.place.text, speaks, stretch.atom(node).values, None


def _earlier(numbers: Numbers, times: int) -> Array:
    """For each iteration with a number the one so many numbers before, or the first."""
    there = np.flatnonzero(numbers.there)
    earlier = np.full(len(numbers.values), np.nan)
    earlier[there] = numbers.values[there[np.maximum(np.arange(len(there)) - times, 0)]]
    return earlier


def _parts(said: Sequence[Statement], i: int) -> tuple[Part, ...]:
    """The numbers of the statements that speak in the i-th iteration of a stretch."""
    speaking = [s for s in said if s.speaks[i]]
    return tuple(
        Part(s.measure, float(s.actual[i]), None if s.threshold is None else float(s.threshold[i])) for s in speaking
    )


# --- the past of a measure -------------------------------------------------------------------------------------------


def series(
    run: Run,
    text: str,
    start: int,
    end: int,
    every: int = 1,
    cancelled: Wanted | None = None,
    path: str = "expression",
    smooth: float = 0.0,
) -> Series:
    """A measure at every iteration of [start, end), or every so many, as if it had been watched from the start.

    Formula: smoothed, with s_0 = 0: s_n = smooth s_(n-1) + (1 - smooth) x_n, shown as s_n / (1 - smooth^n)
    Args:    smooth: how much of the average so far is kept at each number, from 0 (nothing is smoothed) to below 1.
    Raises:  ConditionError for a text that is no measure of this run; RangeError; CancelledWorkError.
    """
    check_range(start, end)
    if not 0 <= smooth < 1:
        raise RangeError(f"smooth is from 0 to below 1; given {smooth:g}", "query.smooth")
    if every < 1:
        raise RangeError(f"every is how many iterations apart, 1 or more; given {every}", "query.every")
    measure, scope = parse_measure(text, path), scope_of(run, end)
    check_measure(scope, measure, source_of(text, path))
    parts = [_piece(scope, measure, a, b, cancelled) for a, b in slices(start, end, "forward")]
    values, there = (np.concatenate([getattr(part, name) for part in parts]) for name in ("values", "there"))
    asked = np.arange(start, end)
    if smooth:
        values[there] = smoothed(values[there], smooth)
    chosen = there & ((asked - start) % every == 0)
    return Series(text, asked[chosen], values[chosen])


def smoothed(values: Array, kept: float) -> Array:
    """Exponential averages, corrected for their start at 0: the first is the first number itself.

    Source: Kingma and Ba 2015, section 3, for the correction.
    """
    found, average = np.empty(len(values)), 0.0
    for n, value in enumerate(values.tolist(), 1):
        average = kept * average + (1 - kept) * value
        found[n - 1] = average / (1 - kept**n)
    return found


def _piece(scope: Scope, measure: Measure, start: int, end: int, cancelled: Wanted | None) -> Numbers:
    check(cancelled)
    return Stretch(scope, [measure], start, end, cancelled).numbers(measure)


# --- claims ----------------------------------------------------------------------------------------------------------


def claim(run: Run, text: str, cancelled: Wanted | None = None, path: str = "claim") -> Claim:
    """Whether a claim holds, such as ``loss @ 120 < 0.5 * loss @ 0``.

    Raises: ConditionError for a text that is no claim about this run; CancelledWorkError.
    """
    condition = parse_condition(text, path)
    scope = scope_of(run, _last(condition) + 1)
    check_condition(scope, condition, source_of(text, path), claim=True)
    placed = cast("Condition", _with_numbers(scope, condition, cancelled))
    stretch = Stretch(scope, [placed], 0, 1, cancelled)
    return Claim(bool(held(stretch, placed)[0]), _parts(list(statements(stretch, placed)), 0))


def measured(run: Run, text: str, iteration: int, cancelled: Wanted | None = None, path: str = "expression") -> float:
    """The number of a measure in an iteration, or of one that names its own, such as ``loss @ 0 / loss @ 120``.

    Returns: nan where the measure has no number in that iteration.
    Raises:  ConditionError for a text that is no measure of this run; CancelledWorkError.
    """
    measure = parse_measure(text, path)
    own = any(isinstance(node, At) for node in walk(measure))
    scope = scope_of(run, 1 + (_last(measure) if own else iteration))
    check_measure(scope, measure, source_of(text, path), claim=own)
    if not own:
        return float(_piece(scope, measure, iteration, iteration + 1, cancelled).values[0])
    placed = cast("Measure", _with_numbers(scope, measure, cancelled))
    return float(Stretch(scope, [placed], 0, 1, cancelled).numbers(placed).values[0])


def _last(node: Node) -> int:
    """The last iteration that is named."""
    return max((part.iteration for part in walk(node) if isinstance(part, At)), default=0)


def _with_numbers(scope: Scope, node: Node, cancelled: Wanted | None) -> Node:
    """With the numbers of the iterations that are named."""
    ats = {part.place: part for part in walk(node) if isinstance(part, At)}
    return with_numbers(node, {place: _at(scope, at, cancelled) for place, at in ats.items()})


def _at(scope: Scope, node: At, cancelled: Wanted | None) -> Number:
    t = node.iteration
    return Number(node.place, float(_piece(scope, node.measure, t, t + 1, cancelled).values[0]))
