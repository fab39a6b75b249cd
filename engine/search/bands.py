"""The course of many trials at once: median, quartiles and ends, never a mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.foundation.errors import ConfigError
from engine.ops.core.op import Array
from engine.search.outcome import Outcome, points
from engine.search.space import Search
from engine.search.standing import standing
from engine.search.trials import trial

MOST = 50  # groups in one answer
EACH = "setting"


@dataclass(frozen=True, slots=True)
class Band:
    """The courses of some trials, point by point.

    value: what they have in common: the value of an axis, the number of a setting, None for all trials.
    indices: of the trials, and `courses` (trials, points) their losses.
    """

    value: Any
    indices: tuple[int, ...]
    iterations: Array
    median: Array
    lower: Array
    upper: Array
    least: Array
    most: Array
    courses: Array


def bands(search: Search, outcomes: Mapping[int, Outcome], group: str = "") -> tuple[Band, ...]:
    """The courses of the trials that got furthest, in groups.

    A loss that is not a number is worse than every other: it counts as infinite.

    Args:   group: the path of an axis, `setting` for each setting with its seeds, the best first; empty: all in one.
    Raises: ConfigError for what is no axis.
    """
    paths = [axis.path for axis in search.axes]
    if group not in ("", EACH, *paths):
        raise ConfigError(f"group is setting, or an axis of this search: {', '.join(paths) or 'none'}", "query.group")
    order = standing(search, list(outcomes.values())).ranked
    furthest = max((outcomes[i].iterations for i in order), default=0)
    groups: dict[Any, list[int]] = {}
    for i in order:
        if outcomes[i].iterations == furthest:
            groups.setdefault(_key(search, i, group), []).append(i)
    found = list(groups.values())[:MOST]
    return tuple(
        _band(_value(search, i[0], group), i, [outcomes[k] for k in i], points(search.iterations, furthest))
        for i in found
    )


def _value(search: Search, index: int, group: str) -> Any:
    found = trial(search, index)
    return None if not group else found.setting if group == EACH else found.settings[group]


def _key(search: Search, index: int, group: str) -> str:
    return repr(_value(search, index, group))


def _band(value: Any, indices: Sequence[int], trials: Sequence[Outcome], where: tuple[int, ...]) -> Band:
    courses = np.array([outcome.course for outcome in trials])
    ordered = np.sort(np.where(np.isnan(courses), np.inf, courses), axis=0)
    lower, median, upper = (_quantile(ordered, share) for share in (0.25, 0.5, 0.75))
    return Band(value, tuple(indices), np.array(where), median, lower, upper, ordered[0], ordered[-1], courses)


def _quantile(ordered: Array, share: float) -> Array:
    """Between the two numbers on either side of the share; infinite if one of them is."""
    place = share * (len(ordered) - 1)
    below, above = int(np.floor(place)), int(np.ceil(place))
    if below == above:
        found: Array = ordered[below]
        return found
    with np.errstate(invalid="ignore"):
        mixed: Array = ordered[below] + (place - below) * (ordered[above] - ordered[below])
    return np.where(np.isfinite(ordered[above]), mixed, np.inf)
