"""The learning-rate range test over several seeds: the smoothed losses, and a tenth of the rate where each is least."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.analysis.history import History, history
from engine.execution.cancellation import Wanted
from engine.foundation.errors import RangeError
from engine.foundation.numbers import number
from engine.ops.core.op import Array
from engine.run.run import Run

SMOOTHING = 0.3  # of a new loss in the smoothed one
SHARE = 10  # the rule: so many times less than the rate at which the loss is least
MOST_SEEDS = 32


@dataclass(frozen=True, slots=True)
class RangeTest:
    """Smoothed batch losses of a range test by iteration, over its seeds; those that are lost count as infinite.

    found: of each seed a tenth of the rate where its smoothed loss is least; says: the same in a sentence.
    """

    seeds: tuple[int, ...]
    rate: Array
    least: Array
    lower: Array
    median: Array
    upper: Array
    most: Array
    found: tuple[float, ...]
    says: str


def range_test(run: Run, seeds: int, cancelled: Wanted | None = None) -> RangeTest:
    """The range test of a run with its own seed and those after it: one curve alone moves by half a decade.

    Formula: s_t = 0.3 L_t + 0.7 s_(t-1), s_0 = L_0; the rate is rate(argmin s) / 10
    Raises:  RangeError where the schedule of the run is no range test, or for too many seeds; CancelledWorkError.
    Source:  Smith 2017, Cyclical learning rates, section 3.3; the rule is that of practice, stated and not a theorem.
    """
    numbers = seeds_of(run, seeds)
    return band(numbers, [course_of(run, seed, cancelled) for seed in numbers])


def seeds_of(run: Run, seeds: int) -> tuple[int, ...]:
    """The run's own seed and those after it.

    Raises:  RangeError where the schedule of the run is no range test, or for too many seeds.
    """
    _length(run)
    if not 1 <= seeds <= MOST_SEEDS:
        raise RangeError(f"seeds is a number from 1 to {MOST_SEEDS}; given {seeds}", "query.seeds")
    return tuple(range(run.config.seed, run.config.seed + seeds))


def course_of(run: Run, seed: int, cancelled: Wanted | None = None) -> History:
    """The whole range test of the run with one of the seeds: a piece of what `range_test` does.

    Raises:  CancelledWorkError.
    """
    length = _length(run)
    return history(run if seed == run.config.seed else run.with_seed(seed), 0, length, length, cancelled)


def band(numbers: tuple[int, ...], courses: Sequence[History]) -> RangeTest:
    """What the courses of these seeds give together."""
    smooth = np.stack([smoothed(course.loss) for course in courses])
    rate = courses[0].rate
    least, lower, median, upper, most = np.quantile(smooth, [0, 0.25, 0.5, 0.75, 1], axis=0, method="nearest")
    found = tuple(float(rate[int(np.argmin(curve))]) / SHARE for curve in smooth)
    return RangeTest(numbers, rate, least, lower, median, upper, most, found, _says(found))


def smoothed(losses: Array) -> Array:
    """An exponential mean of losses; infinite from the first one on that is not finite."""
    found = np.full(len(losses), np.inf)
    mean = float(losses[0])
    for i, loss in enumerate(losses):
        if not np.isfinite(loss):
            break
        mean = SMOOTHING * float(loss) + (1 - SMOOTHING) * mean
        found[i] = mean
    return found


def _length(run: Run) -> int:
    schedule = run.config.to_dict()["schedule"]
    if not schedule or schedule["type"] != "range_test":
        text = "the schedule of this run is no learning-rate range test; set one, or open the preset of that name"
        raise RangeError(text, "path.run_id")
    length: int = schedule["iterations"] * (run.batches.per_epoch if schedule["per"] == "epoch" else 1)
    return length


def _says(found: Sequence[float]) -> str:
    low, middle, high = min(found), float(np.median(found)), max(found)
    if len(found) == 1:
        return f"A tenth of the rate where the smoothed loss is least: {number(middle, 2)}. One seed is no band."
    return (
        f"A tenth of the rate where the smoothed loss is least: {number(low, 2)} to {number(high, 2)} over "
        f"{len(found)} seeds, {number(middle, 2)} in the middle."
    )
