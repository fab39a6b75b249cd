"""In which iterations a condition holds.

Where a measure has no number, as between two evaluations, a condition on it is unknown: what also holds without it
holds, and at the end unknown counts as false. Every comparison with nan is false.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from engine.conditions.course import Numbers, Stretch
from engine.conditions.evaluate import FUNCTIONS
from engine.conditions.scope import Scope
from engine.conditions.syntax import (
    Comparison,
    Condition,
    Crosses,
    Finite,
    Junction,
    Lasting,
    Not,
    Runs,
    walk,
)
from engine.ops.core.op import Array


@dataclass(frozen=True, slots=True)
class Truth:
    """For each iteration, whether a condition holds, and whether that is known."""

    holds: Array
    known: Array


def truth(stretch: Stretch, node: Condition) -> Truth:
    """A condition over a stretch."""
    match node:
        case Comparison(sign=sign, left=left, right=right):
            return _compared(sign, stretch.numbers(left), stretch.numbers(right))
        case Finite():
            numbers = stretch.atom(node)
            return Truth(numbers.values == 1, numbers.there)
        case Crosses(left=left, right=right):
            return _crossed(stretch.numbers(left), stretch.numbers(right))
        case Runs(measure=measure, times=times):
            return _run_of(stretch.numbers(measure), 1 if node.trend == "rises" else -1, times)
        case Not(condition=condition):
            inner = truth(stretch, condition)
            return Truth(~inner.holds, inner.known)
        case Junction(conditions=conditions):
            return _together(node.all, [truth(stretch, condition) for condition in conditions])
        case Lasting(condition=condition, iterations=iterations):
            inner = truth(stretch, condition)
            held = inner.holds & inner.known
            return Truth(_streaks(held) >= iterations, np.ones(len(held), bool))


def held(stretch: Stretch, node: Condition) -> Array:
    """Where a condition holds for certain."""
    found = truth(stretch, node)
    return np.asarray(found.holds & found.known)


def _compared(sign: str, a: Numbers, b: Numbers) -> Truth:
    numbers = ~(np.isnan(a.values) | np.isnan(b.values))
    return Truth(FUNCTIONS[sign](a.values, b.values) & numbers, a.there & b.there)


def _crossed(a: Numbers, b: Numbers) -> Truth:
    """The sign of the difference beside that of the last iteration that has one."""
    there = a.there & b.there
    with np.errstate(all="ignore"):
        sides = np.sign(a.values - b.values)[there]
    changed = np.zeros(len(there), bool)
    changed[np.flatnonzero(there)[1:]] = [not np.isnan([p, q]).any() and p != q for p, q in pairwise(sides)]
    return Truth(changed, there)


def _run_of(numbers: Numbers, direction: int, times: int) -> Truth:
    """Among the iterations that have a number: whether each of the last steps went that way."""
    with np.errstate(all="ignore"):
        steps = np.diff(numbers.values[numbers.there]) * direction > 0
    holds = np.zeros(len(numbers.there), bool)
    holds[np.flatnonzero(numbers.there)[1:]] = _streaks(steps) >= times
    return Truth(holds, numbers.there)


def _together(every: bool, parts: list[Truth]) -> Truth:
    """Known too where one part decides: a false one of `and`, a true one of `or`."""
    decisive = [(~part.holds if every else part.holds) & part.known for part in parts]
    known = np.logical_and.reduce([part.known for part in parts]) | np.logical_or.reduce(decisive)
    decided = np.logical_or.reduce(decisive)
    return Truth(~decided if every else decided, known)


def _streaks(held: Array) -> Array:
    """For each place how many there are running, up to it."""
    places = np.arange(1, len(held) + 1)
    return np.asarray(places - np.maximum.accumulate(np.where(held, 0, places)))


def lookback(scope: Scope, node: Condition) -> int:
    """How many iterations before one decide with it whether a condition holds there.

    Evaluations are an epoch apart; a row of the batch may be missing in the last one of an epoch.
    """
    batches, evaluated = scope.run.batches, any(scope.is_evaluation(part) for part in walk(node))
    apart = batches.per_epoch if evaluated else len(batches.sizes)
    return (_steps(node) + 1) * apart - 1


def _steps(node: Condition) -> int:
    """How many numbers before the last one a condition looks at."""
    match node:
        case Crosses():
            return 1
        case Runs(times=times):
            return times
        case Lasting(condition=condition, iterations=iterations):
            return _steps(condition) + iterations - 1
        case Not(condition=condition):
            return _steps(condition)
        case Junction(conditions=conditions):
            return max(map(_steps, conditions))
    return 0
