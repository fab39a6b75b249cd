"""Edits: what makes a branch. Each happens at an iteration, before that iteration runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.foundation.errors import ConfigError
from engine.foundation.options import Option, join, shown
from engine.update.update_spec import UpdateSpec

_ITERATION = Option("iteration", "integer", 0, "When it happens.", minimum=0)
_VALUE = Option("value", "number", 0.0, "The new number of the cell.")
_INDEX = Option("index", "integer", 0, "A position in the parameter.", minimum=0)


@dataclass(frozen=True, slots=True)
class SetEdit:
    """Sets hyper-parameters, like ``optimizer.learning_rate``, from an iteration on."""

    iteration: int
    settings: tuple[tuple[str, Any], ...]
    path: str = field(default="edits", compare=False)  # where it was given, for messages

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"iteration": self.iteration, "set": {name: _plain(value) for name, value in self.settings}}


@dataclass(frozen=True, slots=True)
class CellEdit:
    """Sets one cell of a parameter at an iteration."""

    iteration: int
    parameter: str
    index: tuple[int, ...]
    value: float
    path: str = field(default="edits", compare=False)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "iteration": self.iteration,
            "parameter": self.parameter,
            "index": list(self.index),
            "value": self.value,
        }


Edit = SetEdit | CellEdit


def parse_edit(given: Any, path: str) -> Edit:
    """An edit from its JSON form.

    Raises: ConfigError if it is neither of the two kinds.
    """
    if not isinstance(given, Mapping):
        raise ConfigError(f"an edit is an object; given {shown(given)}", path)
    kind = {"iteration", "set"} if "set" in given else {"iteration", "parameter", "index", "value"}
    if set(given) != kind:
        raise ConfigError(
            'an edit is {"iteration": 120, "set": {"optimizer.learning_rate": 0.01}} or {"iteration": 120, '
            f'"parameter": "dense1.weight", "index": [0, 1], "value": 0.5}}; given the fields {", ".join(given)}',
            path,
        )
    iteration = _ITERATION.parse(given["iteration"], join(path, "iteration"))
    return _parse_set(iteration, given["set"], path) if "set" in given else _parse_cell(iteration, given, path)


def _parse_set(iteration: int, settings: Any, path: str) -> SetEdit:
    if not isinstance(settings, Mapping) or not settings:
        raise ConfigError(f"set is an object like {{'optimizer.learning_rate': 0.01}}; given {shown(settings)}", path)
    return SetEdit(iteration, tuple(sorted((str(name), _frozen(value)) for name, value in settings.items())), path)


def _parse_cell(iteration: int, given: Mapping[str, Any], path: str) -> CellEdit:
    if not isinstance(given["parameter"], str):
        raise ConfigError(f"parameter is a name; given {shown(given['parameter'])}", join(path, "parameter"))
    if not isinstance(given["index"], (list, tuple)):
        raise ConfigError(f"index is a list of whole numbers; given {shown(given['index'])}", join(path, "index"))
    index = tuple(_INDEX.parse(i, f"{join(path, 'index')}[{n}]") for n, i in enumerate(given["index"]))
    return CellEdit(iteration, given["parameter"], index, _VALUE.parse(given["value"], join(path, "value")), path)


def updated(spec: UpdateSpec, edit: Edit) -> UpdateSpec:
    """The update after an edit; a cell edit leaves it as it is.

    Raises: ConfigError if the edit sets something that this run does not have.
    """
    if isinstance(edit, CellEdit):
        return spec
    return spec.with_settings({name: _plain(value) for name, value in edit.settings}, join(edit.path, "set"))


def _frozen(value: Any) -> Any:
    """The setting as it is kept: whole numbers as floats, so that equal edits are written the same."""
    if isinstance(value, (list, tuple)):
        return tuple(map(_frozen, value))
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    return value + 0.0 if abs(value) < 2**1000 else value  # what is larger is refused by its option


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
