"""A search over two of its axes: how the trials of each pair of values did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from engine.foundation.errors import ConfigError
from engine.search.axes import Listed
from engine.search.outcome import Outcome
from engine.search.space import Search
from engine.search.standing import standing
from engine.search.trials import trial


@dataclass(frozen=True, slots=True)
class Cell:
    """The trials with one pair of values that got furthest.

    median, best: of the objective; None where a condition was not met. The median counts what is no number, and what
    was not met, as worse than all else.
    diverged: how many of its trials did.
    """

    x: Any
    y: Any
    median: float | None
    best: float | None
    trials: int
    diverged: int


def cells(search: Search, outcomes: Mapping[int, Outcome], x: str, y: str) -> tuple[Cell, ...]:
    """Every pair of values of two axes that has trials, row after row.

    Raises: ConfigError if either is no axis with values, or both are the same.
    """
    listed = {axis.path: axis for axis in search.axes if isinstance(axis, Listed)}
    for name, path in (("x", x), ("y", y)):
        if path not in listed or x == y:
            text = f"x and y are two axes with values, out of {', '.join(listed) or 'none'}; given {x} and {y}"
            raise ConfigError(text, f"query.{name}")
    stand = standing(search, list(outcomes.values()))
    furthest = max((outcome.iterations for outcome in outcomes.values()), default=0)
    found: dict[tuple[int, int], list[int]] = {}
    for i in stand.ranked:
        if outcomes[i].iterations == furthest:
            settings = trial(search, i).settings
            place = listed[y].values.index(settings[y]), listed[x].values.index(settings[x])
            found.setdefault(place, []).append(i)
    return tuple(
        _cell(search, listed[x].values[i], listed[y].values[j], [outcomes[k] for k in found[j, i]], stand.diverged)
        for j, i in sorted(found)
    )


def _cell(search: Search, x: Any, y: Any, trials: list[Outcome], diverged: frozenset[int]) -> Cell:
    """Args: trials: the best first."""
    sign = -1 if search.objective.larger_is_better else 1
    middle = sign * median(search.objective.cost(outcome.objective) for outcome in trials)
    unmet = bool(search.objective.condition) and abs(middle) == float("inf")
    count = sum(outcome.index in diverged for outcome in trials)
    return Cell(x, y, None if unmet else middle, trials[0].objective, len(trials), count)
