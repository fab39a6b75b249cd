"""How the trials of a search stand: in which order, which of them diverged, and what they count as."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from engine.ops.core.op import Array
from engine.search.outcome import Outcome
from engine.search.space import Search

TIMES = 10.0  # the loss at the start: what ends above that has not learned but run away


@dataclass(frozen=True, slots=True)
class Standing:
    """The trials that could be run.

    bound:    the loss from which on a trial counts as diverged; None where nothing says what is usual.
    ranked:   indices, the best first: those that got furthest, and among them by the objective.
    diverged: indices of those that are not finite, or end above the bound.
    """

    bound: float | None
    ranked: tuple[int, ...]
    diverged: frozenset[int]


def standing(search: Search, outcomes: Collection[Outcome]) -> Standing:
    """The order of the trials that are done.

    Formula: bound = 10 median of the losses at iteration 0
    """
    run = [outcome for outcome in outcomes if not outcome.error]
    bound = _bound(run)
    order = sorted(run, key=lambda o: (-o.iterations, search.objective.cost(o.objective), o.index))
    diverged = frozenset(o.index for o in run if _diverged(o, bound))
    return Standing(bound, tuple(o.index for o in order), diverged)


def _bound(outcomes: Sequence[Outcome]) -> float | None:
    starts = [o.course[0] for o in outcomes if math.isfinite(o.course[0])]
    return TIMES * median(starts) if starts and median(starts) > 0 else None


def _diverged(outcome: Outcome, bound: float | None) -> bool:
    last = outcome.course[-1]
    return not math.isfinite(last) or outcome.first_nonfinite is not None or (bound is not None and last > bound)


def responses(search: Search, outcomes: Sequence[Outcome], bound: float | None) -> Array:
    """What the variance is taken of: the logarithm of a loss, no loss counting as more than the bound.

    Of accuracies the numbers themselves; of iterations their logarithm (from 1 on), what was never reached counting as
    all of them.
    """
    if search.objective.larger_is_better:
        return np.array([o.objective if o.objective is not None else 0.0 for o in outcomes])
    if not search.objective.is_loss:
        reached = [o.objective if o.objective is not None else o.iterations for o in outcomes]
        return np.log1p(np.array(reached, np.float64))
    costs = np.array([search.objective.cost(o.objective) for o in outcomes])
    finite = costs[np.isfinite(costs)]
    most = bound if bound is not None else float(finite.max(initial=1.0))
    least = float(finite[finite > 0].min(initial=most))  # a loss of exactly 0 has no logarithm
    found: Array = np.log(np.clip(np.where(np.isfinite(costs), costs, most), least, most))
    return found
