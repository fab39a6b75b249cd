"""The trials of a search: which settings, with which seed, and the configuration that each is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.search.axes import Listed, with_setting
from engine.search.space import Search


@dataclass(frozen=True, slots=True)
class Trial:
    """A setting tried with a seed.

    index: of the trial; setting: the number of its setting, the same for every seed of it.
    """

    index: int
    setting: int
    settings: Mapping[str, Any]
    seed: int


def trial(search: Search, index: int) -> Trial:
    """The index-th trial: a function of the search and the index.

    Seeds run fastest, so that a setting is known with all its seeds before the next one begins.
    """
    setting, seed = divmod(index, len(search.seeds))
    return Trial(index, setting, settings_of(search, setting), search.seeds[seed])


def settings_of(search: Search, setting: int, but: str = "") -> dict[str, Any]:
    """The values that a setting gives each axis: of a grid by its place, the last axis fastest; else as drawn.

    Args: but: the path of an axis that is left out.
    """
    if search.trials is not None:
        return {axis.path: axis.at(search.seed, setting) for axis in search.axes if axis.path != but}
    found = {}
    for axis in reversed(search.axes):
        assert isinstance(axis, Listed), "a grid has lists only"
        setting, place = divmod(setting, len(axis.values))
        found[axis.path] = axis.values[place]
    return {axis.path: found[axis.path] for axis in search.axes if axis.path != but}


def config_of(search: Search, trial: Trial) -> dict[str, Any]:
    """The configuration that a trial is, before it is checked.

    Types come first: what else is set may be a setting of that type only.
    """
    config: dict[str, Any] = {**search.base, "seed": trial.seed}
    order = sorted(trial.settings, key=lambda path: (path.count("."), not path.endswith("type")))
    for path in order:
        config = with_setting(config, path, trial.settings[path])
    return config
