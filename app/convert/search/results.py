"""What a search as a whole says: which axes mattered, and how its trials went in groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from app.search.job import Snapshot
from app.wire.forms import Integers, Series
from engine.search.bands import Band, bands
from engine.search.cells import cells
from engine.search.importance import AxisShare, Share, importance
from engine.search.rivals import Rival, certainty


@dataclass(frozen=True, slots=True)
class SearchImportance:
    """How much each axis matters.

    method: `squares`: exact shares of the variance on a full grid, which sum to 1 with the seeds' own; `ped_anova`: how
    differently the better trials lie on each axis, as shares of all axes. trials: how many it rests on.
    """

    method: Literal["squares", "ped_anova"]
    shares: tuple[Share, ...]
    axes: tuple[AxisShare, ...]
    trials: int


@dataclass(frozen=True, slots=True)
class SearchBand:
    """The losses of some trials at each of `iterations`: median, quartiles, least and most.

    value: what they have in common: the value of the axis, the number of the setting, null for all trials.
    """

    value: Annotated[Any, "A value of the axis that was asked for, or the number of a setting."]
    trials: tuple[int, ...]
    iterations: Integers
    median: Series
    lower: Series
    upper: Series
    least: Series
    most: Series


@dataclass(frozen=True, slots=True)
class SearchCurves:
    """The trials that got furthest, in groups; the one with the best trial first."""

    group: str
    bands: list[SearchBand]


@dataclass(frozen=True, slots=True)
class SearchCell:
    """The trials with one pair of values that got furthest.

    trials: how many, `diverged` of them did.
    """

    x: Annotated[Any, "The value of the first axis."]
    y: Annotated[Any, "The value of the second axis."]
    median: Annotated[float | None, "Of the objective; null where a condition was not met by half of them."]
    best: Annotated[float | None, "Of the objective; null where a condition was not met."]
    trials: int
    diverged: int


@dataclass(frozen=True, slots=True)
class SearchCells:
    """A search over two of its axes."""

    x: str
    y: str
    cells: list[SearchCell]


@dataclass(frozen=True, slots=True)
class SearchBest:
    """The setting with the least median over its seeds, and how sure that is.

    setting: its number, null before any trial is done; seeds: with which it was trained.
    rivals: other settings, the nearest first: at how many of the seeds that both have the best one was better
    (`lower`), and how often a coin is at least so uneven (`chance`, a two-sided sign test). The best was picked by the
    same seeds, so that it looks a little better than it is.
    open: how many of the `of` other settings luck alone may tell from it (`chance` above 0.05); says: that in words.
    """

    setting: int | None
    settings: Annotated[dict[str, Any], "The value of each axis."]
    median: Annotated[float | None, "Of the objective; null where a condition was not met by half of them."]
    seeds: int
    rivals: tuple[Rival, ...]
    open: int
    of: int
    says: str


def best_answer(found: Snapshot) -> SearchBest:
    """Which setting is best, and how sure that is."""
    known = certainty(found.search, found.outcomes)
    if known is None:
        return SearchBest(None, {}, None, 0, (), 0, 0, "No trial is done yet.")
    best, rivals = dict(known.settings), known.rivals
    return SearchBest(known.setting, best, known.median, known.seeds, rivals, known.open, known.of, known.says)


def cells_answer(found: Snapshot, x: str, y: str) -> SearchCells:
    """How the trials of each pair of values did.

    Raises: ConfigError if either is no axis with values.
    """
    known = cells(found.search, found.outcomes, x, y)
    return SearchCells(x, y, [SearchCell(c.x, c.y, c.median, c.best, c.trials, c.diverged) for c in known])


def importance_answer(found: Snapshot) -> SearchImportance:
    """How much each axis matters.

    Raises: ConfigError where too little is known.
    """
    known = importance(found.search, found.outcomes)
    return SearchImportance(known.method, known.shares, known.axes, known.trials)


def curves_answer(found: Snapshot, group: str) -> SearchCurves:
    """The courses in groups.

    Raises: ConfigError for a group that there is none of.
    """
    return SearchCurves(group, [_band(band) for band in bands(found.search, found.outcomes, group)])


def _band(band: Band) -> SearchBand:
    numbers = (band.median, band.lower, band.upper, band.least, band.most)
    return SearchBand(band.value, band.indices, Integers(band.iterations), *map(Series, numbers))
