"""A search as a value: a base, its axes, how settings are chosen from them, and by what they are judged."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from engine.foundation.cached import cached_property
from engine.foundation.errors import ConfigError, EngineError, Together
from engine.foundation.meant import unknown
from engine.foundation.options import Option, parse_options, shown
from engine.run.run import Run
from engine.run.task import parse_config
from engine.search.axes import Axis, Listed, Ranged, parse_axis, with_setting
from engine.search.objective import Objective, check_objective, parse_objective

Method = Literal["grid", "random", "halving"]
METHODS: tuple[Method, ...] = ("grid", "random", "halving")
MOST_AXES = 8  # of a full grid, every group of axes has a share of its own: 2^8 of them
MOST_SEEDS = 1000
_OPTIONS = (
    Option("iterations", "integer", 500, "How long each trial is trained.", minimum=1),
    Option("seed", "integer", 0, "Fixes which settings are drawn.", minimum=0),
    Option("keep", "number", 0.5, "Which share of the settings goes on at a rung.", minimum=0, maximum=1),
)
_SEED = Option("seeds", "integer", 0, "A seed of the runs.", minimum=0)
_COUNT = Option("seeds", "integer", 1, "How many seeds each setting is tried with.", minimum=1, maximum=MOST_SEEDS)
_TRIALS = Option("trials", "integer", 1, "How many settings are drawn.", minimum=1)
_RUNG = Option("rungs", "integer", 1, "An iteration at which the best go on.", minimum=1)
_OTHERS = ("base", "axes", "method", "trials", "seeds", "rungs", "objective")


@dataclass(frozen=True)
class Search:
    """A frozen value that a search is: two equal ones have the same id, the same trials and the same results.

    base:       a configuration in its normal form.
    trials:     how many settings are drawn; None for all of a grid.
    seeds:      what each setting is tried with.
    iterations: how long a trial is trained; with halving the last of `rungs`.
    keep:       which share of the settings goes on at each rung.
    seed:       of the settings that are drawn.
    """

    base: Mapping[str, Any]
    axes: tuple[Axis, ...]
    method: Method
    trials: int | None
    seeds: tuple[int, ...]
    iterations: int
    objective: Objective
    seed: int = 0
    rungs: tuple[int, ...] = ()
    keep: float = 0.5

    @classmethod
    def from_dict(cls, given: Any) -> Search:
        """The search from its JSON form, defaults filled in.

        Raises: ConfigError with the path of what is wrong; ConditionError; NoDataError.
        """
        if not isinstance(given, Mapping):
            raise ConfigError(f"a search is a JSON object with base, axes and method; given {shown(given)}")
        plain = _plain(given)
        base = _base(given.get("base"))
        together = Together()
        axes = together.attempt(partial(_axes, given.get("axes", []), base))
        method = together.attempt(partial(_method, given.get("method", "grid")))
        seeds = together.attempt(partial(_seeds, given.get("seeds", 1), base["seed"]))
        objective = together.attempt(partial(parse_objective, given.get("objective", "test_loss@last")))
        trials = together.attempt(partial(_trials, given.get("trials")), method, axes)
        rungs = together.attempt(partial(_rungs, given.get("rungs")), method)
        together.settle()
        iterations = rungs[-1] if rungs else plain["iterations"]
        chosen = {"seed": plain["seed"], "rungs": rungs, "keep": plain["keep"] if rungs else 0.5}
        search = cls(base, axes, method, trials, seeds, iterations, objective, **chosen)
        search.check()
        return search

    def check(self) -> None:
        """Whether the base can be judged by the objective, and takes each value of each axis by itself.

        Raises: ConfigError with the place of the value that cannot be; ConditionError; NoDataError.
        """
        check_objective(self.objective, Run(parse_config(self.base)), self.iterations)
        together = Together()
        for i, axis in enumerate(self.axes):
            for value, path in _ends(axis, f"axes[{i}]"):
                together.attempt(partial(_tried, self.base, axis.path, value, path))
        together.settle()

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, normalized: equal searches give equal dicts."""
        halving = {"rungs": list(self.rungs), "keep": self.keep} if self.rungs else {}
        return {
            "base": dict(self.base),
            "axes": [axis.to_dict() for axis in self.axes],
            "method": self.method,
            "trials": self.trials,
            "seeds": list(self.seeds),
            "iterations": self.iterations,
            "objective": self.objective.text,
            "seed": self.seed,
            **halving,
        }

    @cached_property
    def id(self) -> str:
        """A hash of the canonical JSON: 20 hexadecimal digits of SHA-256."""
        text = json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()[:20]

    @property
    def is_full_grid(self) -> bool:
        """Whether every combination of values is tried, for equally long."""
        return self.method == "grid"

    @property
    def settings(self) -> int:
        """How many settings are tried, each with every seed."""
        if self.trials is not None:
            return self.trials
        return math.prod(len(axis.values) for axis in self.axes if isinstance(axis, Listed))

    @property
    def size(self) -> int:
        """How many trials there are."""
        return self.settings * len(self.seeds)

    @property
    def stages(self) -> tuple[int, ...]:
        """The iterations up to which trials are trained, one stage after the other."""
        return self.rungs or (self.iterations,)


def _plain(given: Mapping[str, Any]) -> dict[str, Any]:
    known = (*_OTHERS, *(option.name for option in _OPTIONS))
    for name in given:
        if name not in known:
            raise ConfigError(unknown(f"unknown field {name!r}", str(name), known, "a search has"), str(name))
    return parse_options(_OPTIONS, {o.name: given[o.name] for o in _OPTIONS if o.name in given}, "")


def _base(given: Any) -> dict[str, Any]:
    """The base in its normal form.

    Raises: ConfigError, the paths of its mistakes beginning with `base`.
    """
    try:
        return parse_config(given).to_dict()
    except ConfigError as error:
        raise _moved(error, "base") from error


def _moved(error: EngineError, path: str) -> ConfigError:
    """The same mistakes at places inside a search."""
    first, *rest = (ConfigError(e.message, f"{path}.{e.path}" if e.path else path, e.facts) for e in error.all)
    first.others = tuple(rest)
    return first


def _axes(given: Any, base: Mapping[str, Any]) -> tuple[Axis, ...]:
    if not isinstance(given, list) or len(given) > MOST_AXES:
        raise ConfigError(f"axes is a list of at most {MOST_AXES} axes; given {shown(given)}", "axes")
    together = Together()
    axes = [together.attempt(partial(parse_axis, axis, base, f"axes[{i}]")) for i, axis in enumerate(given)]
    together.settle()
    paths = [axis.path for axis in axes]
    twice = next((i for i, path in enumerate(paths) if path in paths[:i]), None)
    if twice is not None:
        raise ConfigError(f"{paths[twice]} has an axis already", f"axes[{twice}].path")
    return tuple(axes)


def _method(given: Any) -> Method:
    found = next((method for method in METHODS if method == given), None)
    if found is None:
        raise ConfigError(f"method is one of {', '.join(METHODS)}; given {shown(given)}", "method")
    return found


def _seeds(given: Any, first: int) -> tuple[int, ...]:
    """A number of seeds means the base's and those after it."""
    if not isinstance(given, list):
        return tuple(range(first, first + _COUNT.parse(given, "seeds")))
    if not 0 < len(given) <= MOST_SEEDS:
        raise ConfigError(f"seeds is a number, or a list of 1 to {MOST_SEEDS}; given {len(given)}", "seeds")
    seeds = tuple(_SEED.parse(seed, f"seeds[{i}]") for i, seed in enumerate(given))
    if len(set(seeds)) < len(seeds):
        raise ConfigError("a seed is listed twice; each once", "seeds")
    return seeds


def _trials(given: Any, method: Method, axes: tuple[Axis, ...]) -> int | None:
    ranged = next((i for i, axis in enumerate(axes) if isinstance(axis, Ranged)), None)
    if method == "grid":
        if ranged is not None:
            raise ConfigError("a grid takes values; a range is for random and halving", f"axes[{ranged}]")
        return None
    if given is None and method == "halving" and ranged is None:
        return None
    if given is None:
        raise ConfigError(f"{method} draws as many settings as trials says, for example 20", "trials")
    return int(_TRIALS.parse(given, "trials"))


def _rungs(given: Any, method: Method) -> tuple[int, ...]:
    if method != "halving":
        return ()
    if not isinstance(given, list) or not given:
        raise ConfigError("halving goes from rung to rung: give rungs, for example [100, 400, 1600]", "rungs")
    rungs = tuple(_RUNG.parse(rung, f"rungs[{i}]") for i, rung in enumerate(given))
    if list(rungs) != sorted(set(rungs)):
        raise ConfigError(f"rungs rise, for example [100, 400, 1600]; given {shown(given)}", "rungs")
    return rungs


def _ends(axis: Axis, path: str) -> list[tuple[Any, str]]:
    """The values of an axis that tell whether the base takes it, with their places."""
    if isinstance(axis, Listed):
        return [(value, f"{path}.values[{j}]") for j, value in enumerate(axis.values)]
    ends = [(axis.low, f"{path}.low"), (axis.high, f"{path}.high")]
    return [(int(end) if axis.whole else end, place) for end, place in ends]


def _tried(base: Mapping[str, Any], setting: str, value: Any, path: str) -> None:
    """Raises: ConfigError at `path` if the base does not take a value."""
    try:
        parse_config(with_setting(base, setting, value))
    except ConfigError as error:
        raise ConfigError(error.message, path, error.facts) from error
