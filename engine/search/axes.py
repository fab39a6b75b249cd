"""Axes of a search: a setting of the configuration by its path, and the values that it is tried with."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal

from engine.foundation.errors import ConfigError
from engine.foundation.meant import unknown
from engine.foundation.options import LARGEST_INTEGER, join, shown
from engine.foundation.random_streams import generator
from engine.update.optimizers import OPTIMIZERS

Scale = Literal["linear", "log"]
SCALES: tuple[Scale, ...] = ("linear", "log")
MOST_VALUES = 1000  # of one axis
_PART = re.compile(r"([a-z_][a-z0-9_]*)(?:\[(\d{1,3}(?:,\d{1,3})*)\])?")
_EXAMPLE = "for example optimizer.learning_rate, batch_size, layers[0].units or layers[0,1].units for both at once"
_OPTIMIZER_TYPE = "optimizer.type"


@dataclass(frozen=True, slots=True)
class Listed:
    """A setting with the values that it is tried with, in the order in which they are drawn and listed."""

    path: str
    values: tuple[Any, ...]

    def at(self, seed: int, index: int) -> Any:
        """The value of the index-th setting that is drawn: a function of (seed, path, index)."""
        return self.values[int(generator(seed, f"search {self.path}", index).integers(len(self.values)))]

    def position(self, value: Any) -> float:
        """Where a value stands among the others: its place in the list."""
        return float(self.values.index(value))

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"path": self.path, "values": list(self.values)}


@dataclass(frozen=True, slots=True)
class Ranged:
    """A setting that takes any number from `low` to `high`.

    scale: `log` draws each decade as often as any other; whole: whether only whole numbers will do.
    """

    path: str
    low: float
    high: float
    scale: Scale
    whole: bool

    def at(self, seed: int, index: int) -> float:
        """The value of the index-th setting that is drawn: a function of (seed, path, index).

        Formula: v = low + u (high - low), or log v = log low + u (log high - log low), with u uniform in [0, 1)
        Returns: a whole number with each as likely as its share of the range, where only those will do.
        """
        share = float(generator(seed, f"search {self.path}", index).random())
        if self.whole:  # each whole number owns the half on either side of it
            return round(min(max(self._spread(share, self.low - 0.5, self.high + 0.5), self.low), self.high))
        return min(max(self._spread(share, self.low, self.high), self.low), self.high)

    def _spread(self, share: float, low: float, high: float) -> float:
        if self.scale == "linear":
            return low + share * (high - low)
        return math.exp(math.log(low) + share * (math.log(high) - math.log(low)))

    def position(self, value: Any) -> float:
        """How far a value lies on the way from `low` to `high`, 0 to 1, on the axis' own scale."""
        if self.scale == "linear":
            return (float(value) - self.low) / (self.high - self.low)
        return math.log(float(value) / self.low) / math.log(self.high / self.low)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        ends = (int(self.low), int(self.high)) if self.whole else (self.low, self.high)
        return {"path": self.path, "low": ends[0], "high": ends[1], "scale": self.scale}


Axis = Listed | Ranged


def parse_axis(given: Any, base: Mapping[str, Any], path: str) -> Axis:
    """An axis from `{"path", "values"}` or `{"path", "low", "high", "scale"}`.

    Args:   base: the configuration that it changes; path: of the axis itself, for messages.
    Raises: ConfigError for a setting that the base does not have, for no values, or for a range that is none.
    """
    if not isinstance(given, Mapping) or not isinstance(given.get("path"), str):
        raise ConfigError(f'an axis is {{"path": "batch_size", "values": [10, 30]}}; given {shown(given)}', path)
    now = read(base, given["path"], join(path, "path"))
    if set(given) == {"path", "values"}:
        return _listed(given["path"], given["values"], join(path, "values"))
    if {"path", "low", "high"} <= set(given) <= {"path", "low", "high", "scale"}:
        return _ranged(given, now, path)
    text = "an axis has path and values, or path, low, high and scale (linear or log); given the fields"
    raise ConfigError(f"{text} {', '.join(map(str, given))}", path)


def _listed(setting: str, values: Any, path: str) -> Listed:
    if not isinstance(values, (list, tuple)) or not 0 < len(values) <= MOST_VALUES:
        raise ConfigError(f"values is a list of 1 to {MOST_VALUES} values to try; given {shown(values)}", path)
    written = [_written(value) for value in values]
    twice = next((i for i, text in enumerate(written) if text in written[:i]), None)
    if twice is not None:
        raise ConfigError(f"{shown(values[twice])} is listed twice; each value once", f"{path}[{twice}]")
    return Listed(setting, tuple(map(_plain, values)))


def _written(value: Any) -> str:
    return json.dumps(_plain(value), sort_keys=True)


def _plain(value: Any) -> Any:
    """Numbers as numbers are meant: 3.0 and 3 are one value."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) <= LARGEST_INTEGER else value


def _ranged(given: Mapping[str, Any], now: Any, path: str) -> Ranged:
    low, high = (_finite(given[name], join(path, name)) for name in ("low", "high"))
    scale = given.get("scale", "linear")
    if scale not in SCALES:
        raise ConfigError(f"scale is linear or log; given {shown(scale)}", join(path, "scale"))
    if not low < high:
        raise ConfigError(f"low is below high; given {low:g} and {high:g}", join(path, "high"))
    if scale == "log" and low <= 0:
        raise ConfigError(f"on a log scale low is above 0; given {low:g}", join(path, "low"))
    if isinstance(now, (str, bool, Mapping, list)):
        raise ConfigError(f"{given['path']} is no number, so it takes values and no range", join(path, "path"))
    whole = not isinstance(now, float) and low.is_integer() and high.is_integer()
    return Ranged(given["path"], low, high, scale, whole)


def _finite(given: Any, path: str) -> float:
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not abs(given) < math.inf:
        raise ConfigError(f"a range goes from one finite number to another; given {shown(given)}", path)
    return float(given)


# --- settings by their paths -----------------------------------------------------------------------------------------


def read(config: Mapping[str, Any], setting: str, path: str) -> Any:
    """What a configuration has at a path such as ``layers[0].units``; of several places, the first; None if nothing.

    Raises: ConfigError if there is no way to such a place, or if it is the seed's or the edits'.
    """
    if setting == "seed":
        raise ConfigError("seeds are told apart from settings: give their number as seeds", path)
    if setting.partition("[")[0] == "edits":
        raise ConfigError("edits belong to one run; leave them out of a search", path)
    found: Any = config
    *way, (last, places) = _parts(setting, path)
    for name, inside in way:
        if not isinstance(found, Mapping) or name not in found:
            raise _missing(setting, name, found, path)
        found = _first(found[name], inside, setting, path)
    if not isinstance(found, Mapping):
        raise _missing(setting, last, found, path)
    return _first(found[last], places, setting, path) if found.get(last) is not None else None


def _first(found: Any, places: Sequence[int], setting: str, path: str) -> Any:
    """What stands at the first of some places; what is not there yet has no settings either."""
    if not places:
        return {} if found is None else found
    if not isinstance(found, Sequence) or isinstance(found, str) or max(places) >= len(found):
        raise ConfigError(f"{setting}: there is no place {max(places)}; {_EXAMPLE}", path)
    return found[places[0]]


def _missing(setting: str, name: str, found: Any, path: str) -> ConfigError:
    text = f"the base has no setting {setting!r}"
    if isinstance(found, Mapping) and found:
        text = unknown(text, name, tuple(map(str, found)), "there are")
    return ConfigError(f"{text}; {_EXAMPLE}", path)


def with_setting(config: Mapping[str, Any], setting: str, value: Any) -> dict[str, Any]:
    """The configuration with another value at a path.

    Another type of optimizer keeps the settings that it has as well, so that a rate stays the rate.
    """
    changed: dict[str, Any] = deepcopy(dict(config))
    if setting == _OPTIMIZER_TYPE:
        changed["optimizer"] = _retyped(changed["optimizer"], value)
        return changed
    holders: list[Any] = [changed]
    *way, (last, places) = _parts(setting, "")
    for name, inside in way:
        holders = [deeper for holder in holders for deeper in _inside(holder, name, inside)]
    for holder in holders:
        if places:
            holder[last] = [value if i in places else old for i, old in enumerate(holder[last])]
        else:
            holder[last] = deepcopy(value)
    return changed


def _inside(holder: dict[str, Any], name: str, places: Sequence[int]) -> list[Any]:
    """What stands at some places of a list, or at the name itself: a section that is not there begins empty."""
    if holder[name] is None:
        holder[name] = {}
    return [holder[name][place] for place in places] if places else [holder[name]]


def _retyped(optimizer: Mapping[str, Any], name: Any) -> dict[str, Any]:
    kind = OPTIMIZERS.get(name) if isinstance(name, str) else None
    known = {option.name for option in kind.options} if kind else set(optimizer)
    return {**{key: value for key, value in optimizer.items() if key in known}, "type": name}


def _parts(setting: str, path: str) -> list[tuple[str, tuple[int, ...]]]:
    """The names on the way to a setting, each with the places in the list that it names."""
    found = [_PART.fullmatch(part) for part in setting.split(".")]
    if not all(found):
        raise ConfigError(f"{shown(setting)} is no path of a setting; {_EXAMPLE}", path)
    return [(m[1], tuple(map(int, m[2].split(","))) if m[2] else ()) for m in found if m]
