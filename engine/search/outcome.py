"""What came of a trial: its scores, the course of its loss, and where it stopped being finite."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np

from engine.analysis.divergence import first_nonfinite
from engine.analysis.evaluation import Score, mean_loss, score
from engine.conditions.find import find
from engine.execution.state import State
from engine.foundation.errors import EngineError
from engine.run.run import Run
from engine.run.task import Config, parse_config
from engine.search.objective import Objective
from engine.search.space import Search
from engine.search.trials import config_of, trial

Check = Callable[[Config], None]
POINTS = 32  # about so many losses tell the course of a trial


@dataclass(frozen=True, slots=True)
class Lost:
    """The first number of a trial that was not finite; step: its number, None where it was there before."""

    iteration: int
    step: int | None
    value: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A trial trained up to `iterations`.

    run:       the id of the run that it is.
    objective: None where a condition was never met, and of a trial that failed.
    course:    the loss of the test set (of the training set where there is none) at `points` up to there.
    digest:    of the parameters' bits, to tell whether another machine has come to the same ones.
    exact:     whether every number has the bits that the run itself has.
    error:     why it could not be run, empty where it could.
    """

    index: int
    iterations: int
    run: str = ""
    objective: float | None = None
    train_loss: float = math.nan
    test_loss: float | None = None
    accuracy: float | None = None
    parameters: int = 0
    course: tuple[float, ...] = ()
    first_nonfinite: Lost | None = None
    digest: str = ""
    exact: bool = True
    error: str = ""


@dataclass(frozen=True, slots=True)
class Reached:
    """Where a trial stands between two rungs: the raw state at an iteration, and the course until then."""

    iteration: int
    state: State
    losses: Mapping[int, float] = field(default_factory=dict)
    large: bool = False

    def losses_at(self, wanted: Collection[int]) -> dict[int, float]:
        """Those that are known of some iterations."""
        return {t: loss for t, loss in self.losses.items() if t in wanted}


def points(iterations: int, until: int | None = None) -> tuple[int, ...]:
    """The iterations at which the loss of a trial is taken, the first and the last among them.

    Args: iterations: of the whole search; until: how far a trial came, so that one that goes on has what it needs.
    """
    every, end = -(-iterations // POINTS), iterations if until is None else until
    return (*range(0, end, every), end)


def run_trial(
    search: Search, index: int, until: int, before: Reached | None = None, check: Check = lambda _: None
) -> tuple[Outcome, Reached | None]:
    """A trial trained up to `until`, on from where it was left, if it was: bit for bit what training it whole gives.

    Args:    check: raises an EngineError for a configuration that must not be run here.
    Returns: what came of it, and where it stands; no place for one that cannot be run.
    """
    try:
        config = parse_config(config_of(search, trial(search, index)))
        check(config)
        run = Run(config)
        wanted = points(search.iterations, until)
        reached = _trained(run, wanted, before)
        return _outcome(run, search.objective, index, reached, wanted), reached
    except EngineError as error:
        return Outcome(index, until, error=error.message), None


def _trained(run: Run, wanted: tuple[int, ...], before: Reached | None) -> Reached:
    """The way on to the last of the points, with the losses at all of them."""
    start, until = before.iteration if before else 0, wanted[-1]
    raw = before.state if before else run.raw_state(0, None)
    run.keep(start, raw)
    losses = before.losses_at(wanted) if before else {}
    large = before.large if before else False
    for a, b in _stretches(run, start, wanted):
        if a in wanted and a not in losses:
            losses[a] = _loss_at(run, a)
        if not (large and _is_lost(raw)):
            course, raw = run.advance(a, b, raw)
            large = large or bool(course.large.any())
        run.keep(b, raw)
    losses[until] = _loss_at(run, until)
    return Reached(until, raw, losses, large)


def _stretches(run: Run, start: int, wanted: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """From point to point, and to every edit on the way."""
    edits, end = {edit.iteration for edit in run.config.edits}, wanted[-1]
    edges = sorted({start, end} | {t for t in {*wanted, *edits} if start < t < end})
    return pairwise(edges)


def _is_lost(state: State) -> bool:
    """Whether nothing but nan can follow: then there is nothing to train."""
    return bool(np.isnan(state.parameters).all())


def _loss_at(run: Run, t: int) -> float:
    return mean_loss(run, run.state_at(t), test=len(run.test_inputs) > 0)


def _outcome(run: Run, objective: Objective, index: int, reached: Reached, wanted: tuple[int, ...]) -> Outcome:
    t = reached.iteration
    state = run.state_at(t)
    test = score(run, state, test=True) if len(run.test_inputs) else None
    found = outcome_of(index, run.config.id, objective, replace(reached, state=state), wanted, score(run, state), test)
    return replace(
        found,
        objective=_until(run, objective, t) if objective.condition else found.objective,
        first_nonfinite=_lost(run, t) if reached.large else None,
    )


def outcome_of(
    index: int,
    run: str,
    objective: Objective,
    reached: Reached,
    wanted: tuple[int, ...],
    train: Score,
    test: Score | None,
) -> Outcome:
    """What came of a trial that stayed finite, judged by a score.

    Args: run: its id; wanted: the points of its course.
    """
    course = tuple(reached.losses[point] for point in wanted)
    scores = {
        "test_loss@last": test.loss if test else None,
        "train_loss@last": train.loss,
        "test_accuracy@last": test.accuracy if test else None,
        "test_loss@least": min((loss for loss in course if not math.isnan(loss)), default=math.nan),
    }
    return Outcome(
        index=index,
        iterations=reached.iteration,
        run=run,
        objective=scores.get(objective.kind),
        train_loss=train.loss,
        test_loss=test.loss if test else None,
        accuracy=(test or train).accuracy,
        parameters=len(reached.state.parameters),
        course=course,
        digest=hashlib.sha256(reached.state.parameters.tobytes()).hexdigest()[:16],
    )


def _until(run: Run, objective: Objective, end: int) -> float | None:
    """The first iteration in which the condition holds; None if there is none before `end`."""
    hits = find(run, objective.condition, 0, end, limit=1, path="objective").hits
    return float(hits[0].iteration) if hits else None


def _lost(run: Run, end: int) -> Lost | None:
    found = first_nonfinite(run, end)
    return Lost(found.iteration, found.step.index if found.step else None, found.value) if found else None


def outcome_to_dict(outcome: Outcome) -> dict[str, Any]:
    """The JSON form; Python's `json` writes nan and infinities as it reads them."""
    lost = outcome.first_nonfinite
    return {
        **{name: getattr(outcome, name) for name in Outcome.__slots__},
        "course": list(outcome.course),
        "first_nonfinite": {"iteration": lost.iteration, "step": lost.step, "value": lost.value} if lost else None,
    }


def outcome_from_dict(given: Mapping[str, Any]) -> Outcome:
    """The outcome from its JSON form.

    Raises: TypeError or KeyError for anything else.
    """
    lost = given["first_nonfinite"]
    return Outcome(
        **{**given, "course": tuple(given["course"]), "first_nonfinite": Lost(**lost) if lost is not None else None}
    )
