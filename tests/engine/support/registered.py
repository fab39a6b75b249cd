"""What no example tries of what is registered: kinds that have none, and settings at their default in all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from engine.checks.table import example
from engine.foundation.options import Option

# settings that go together, or fit only some shapes; every other one is varied by itself
TOGETHER: dict[str, dict[str, Any]] = {
    "rnn": {"k1": 1, "k2": 2},
    "gru": {"k1": 1, "k2": 2},
    "step": {"step_size": 3},
    "multi_step": {"milestones": [2, 5]},
    "cosine": {"iterations": 9},
    "warmup_cosine": {"iterations": 9, "warmup": 3},
    "one_cycle": {"iterations": 9, "maximum": 0.2},
    "cyclical": {"step_size_up": 3},
    "range_test": {"iterations": 9, "end": 0.1},  # farther, training is lost, and the sign of a nan is no promise
    "concat": {"axis": 1},  # rows have no other
}
GIVEN = ("names", "matrix", "vector")  # parameters by name or number: tests of the layers themselves give them


class Kind(Protocol):
    """What every registry's entries have."""

    @property
    def options(self) -> tuple[Option, ...]: ...


def varied(option: Option) -> Any:
    """A value that is allowed and is not the default."""
    if option.kind == "boolean":
        return not option.default
    if option.kind == "choice":
        return next(choice for choice in option.choices or () if choice != option.default)
    if option.kind == "pair":
        return [0.9 * number for number in option.default]
    if option.kind == "integers":
        return [number + 1 for number in option.default]
    if option.kind == "integer":
        return (option.default or 1) + 1
    return 0.7 * option.default if option.default else 0.01


def settings(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every object in a configuration, however deep."""
    if isinstance(value, Mapping):
        yield value
    if isinstance(value, Mapping | list | tuple):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from settings(part)


def untried(registry: Mapping[str, Kind], examples: Any) -> dict[str, dict[str, Any]]:
    """For each registered name, a value of each setting that no example of it gives; nothing where all are given."""
    given = list(settings(examples))
    found = {}
    for name, kind in registry.items():
        mine = [one for one in given if one.get("type", "dense" if "units" in one else None) == name]
        left = [o for o in kind.options if o.kind not in GIVEN and not any(o.name in one for one in mine)]
        if left or not mine:
            found[name] = {o.name: varied(o) for o in left} | TOGETHER.get(name, {})
    return found


def of_kind(registry: Mapping[str, Kind], examples: Any, field: str) -> dict[str, dict[str, Any]]:
    """Changes of a configuration that try the rest: one field of it, for optimizers, schedules and losses."""
    return {f"{name}, the rest": {field: {"type": name, **rest}} for name, rest in untried(registry, examples).items()}


def of_layers(registry: Mapping[str, Kind], examples: Sequence[Any]) -> dict[str, dict[str, Any]]:
    """The same for layers, in the net in which the table of checks has them."""
    return {f"{name}, the rest": _with(example(name), name, rest) for name, rest in untried(registry, examples).items()}


def _with(config: dict[str, Any], name: str, rest: Mapping[str, Any]) -> dict[str, Any]:
    layers = [{**layer, **rest} if layer.get("type", "dense") == name else layer for layer in config["layers"]]
    return {"data": config["data"], "loss": config["loss"], "layers": layers}
