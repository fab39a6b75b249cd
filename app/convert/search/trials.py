"""Searches over the wire: what is asked for, how far it is, and what came of each trial."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import numpy as np

from app.http.problems import over_limit
from app.runs.limits import check, check_given
from app.runs.workers import Ticket
from app.search.job import Snapshot, State
from app.settings import Limits
from app.wire.forms import OPTIONAL, Series
from engine.execution.cancellation import check as check_wanted
from engine.run.task import parse_config
from engine.search.outcome import Lost, Outcome, points, run_trial
from engine.search.space import Search
from engine.search.standing import Standing, standing
from engine.search.trials import config_of, trial


@dataclass(frozen=True, slots=True)
class TrialEntry:
    """A trial that is done, up to `iterations`.

    run: the id of the run that it is, once its `config` was given to `POST /api/runs`.
    course: the loss at the search's points up to there, of the test set if there is one.
    diverged: whether it stopped being finite, or ended above the search's bound.
    exact: whether every number has the bits that the run itself has.
    error: why it could not be run, empty where it could.
    """

    index: int
    setting: int
    settings: Annotated[dict[str, Any], "The value of each axis."]
    seed: int
    run: str
    iterations: int
    objective: Annotated[float | None, "Null where a condition was not met, and of a trial that could not be run."]
    train_loss: float
    test_loss: float | None
    accuracy: float | None
    parameters: int
    course: Series
    diverged: bool
    exact: bool
    first_nonfinite: Lost | None
    digest: str
    error: str
    config: Annotated[dict[str, Any] | None, "The whole configuration, where it was asked for."] = field(
        default=None, metadata=OPTIONAL
    )


@dataclass(frozen=True, slots=True)
class SearchInfo:
    """A search: what is asked for, in its normal form.

    trials: how many there are; points: the iterations at which courses are told, up to the longest.
    executor: what trains here.
    """

    id: str
    search: Annotated[dict[str, Any], "The search, normalized."]
    trials: int
    points: tuple[int, ...]
    executor: str
    state: State


@dataclass(frozen=True, slots=True)
class SearchStatus:
    """How far a search is.

    done: trials with a result, `failed` of them could not be run, `diverged` did.
    best: the first of those that got furthest; bound: the loss above which a trial counts as diverged.
    seconds: that it has run here; seconds_left: null until that can be told.
    trouble: why it ended before it was done, empty unless something went wrong.
    """

    state: State
    done: int
    failed: int
    diverged: int
    trials: int
    best: TrialEntry | None
    bound: float | None
    seconds: float
    seconds_left: float | None
    trouble: str


@dataclass(frozen=True, slots=True)
class Entries:
    """Trials in the order of their numbers; next: the number from which to go on, null at the end."""

    entries: list[TrialEntry]
    next: int | None


@dataclass(frozen=True, slots=True)
class SearchList:
    """The searches that this server knows, the latest first."""

    entries: list[SearchInfo]
    next: int | None


def read_search(given: Any, limits: Limits) -> Search:
    """The search of a JSON document.

    Raises: Problem past a limit; EngineError if it cannot be.
    """
    check_given(given.get("base") if isinstance(given, dict) else None, limits)
    search = Search.from_dict(given)
    check(parse_config(search.base), limits)
    if search.size > limits.trials:
        raise over_limit("trials", limits.trials, f"trials: {search.size}", "trials" if search.trials else "axes")
    if search.iterations > limits.iterations:
        raise over_limit("iterations", limits.iterations, f"iterations {search.iterations}", "iterations")
    return search


def search_info(found: Snapshot, executor: str) -> SearchInfo:
    """What holds of a search all along, and its state."""
    search = found.search
    return SearchInfo(search.id, search.to_dict(), search.size, points(search.iterations), executor, found.state)


def status_of(found: Snapshot) -> SearchStatus:
    """How far a search is."""
    stand = standing(found.search, list(found.outcomes.values()))
    best = stand.ranked[0] if stand.ranked else None
    return SearchStatus(
        state=found.state,
        done=len(found.outcomes),
        failed=len(found.outcomes) - len(stand.ranked),
        diverged=len(stand.diverged),
        trials=found.search.size,
        best=None if best is None else _entry(found, stand, best),
        bound=stand.bound,
        seconds=found.seconds,
        seconds_left=found.seconds_left,
        trouble=found.trouble,
    )


def news_of(found: Snapshot, told: int) -> Entries:
    """The trials that were done after the first `told` of them."""
    stand = standing(found.search, list(found.outcomes.values()))
    fresh = dict.fromkeys(found.order[told:])
    return Entries([_entry(found, stand, index) for index in fresh], None)


def alone(found: Snapshot, after: int, limit: int, ticket: Ticket) -> Snapshot:
    """The same with the trials of one page as their runs are, to the bit: those trained beside others done again."""
    again = {}
    for index in [index for index in sorted(found.outcomes) if index >= after][:limit]:
        if not found.outcomes[index].exact:
            check_wanted(ticket)
            again[index] = run_trial(found.search, index, found.outcomes[index].iterations)[0]
    return replace(found, outcomes={**found.outcomes, **again})


def trials_of(found: Snapshot, after: int, limit: int, configs: bool) -> Entries:
    """The trials that are done, from number `after` on."""
    stand = standing(found.search, list(found.outcomes.values()))
    wanted = [index for index in sorted(found.outcomes) if index >= after]
    entries = [_entry(found, stand, index, configs) for index in wanted[:limit]]
    return Entries(entries, wanted[limit] if len(wanted) > limit else None)


def _entry(found: Snapshot, stand: Standing, index: int, config: bool = False) -> TrialEntry:
    outcome, what = found.outcomes[index], trial(found.search, index)
    return TrialEntry(
        index=index,
        setting=what.setting,
        settings=dict(what.settings),
        seed=what.seed,
        **_results(outcome),
        diverged=index in stand.diverged,
        config=_config(found.search, outcome) if config else None,
    )


def _results(outcome: Outcome) -> dict[str, Any]:
    same = ("run", "iterations", "objective", "train_loss", "test_loss", "accuracy", "parameters")
    more = ("exact", "first_nonfinite", "digest", "error")
    found = {name: getattr(outcome, name) for name in (*same, *more)}
    return found | {"course": Series(np.array(outcome.course, np.float64))}


def _config(search: Search, outcome: Outcome) -> dict[str, Any]:
    """The configuration in its normal form; of a trial that cannot be run, as it is."""
    given = config_of(search, trial(search, outcome.index))
    return given if outcome.error else parse_config(given).to_dict()
