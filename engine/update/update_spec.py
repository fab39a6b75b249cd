"""The update of a run: optimizer, schedule, penalties and clipping, put together as stages of equations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.foundation.errors import ConfigError, Together
from engine.foundation.meant import meant
from engine.foundation.options import join
from engine.update.clipping import Clip, parse_clip
from engine.update.equations import Stage, UpdateRules, update_rules
from engine.update.optimizers import OptimizerSpec, parse_optimizer
from engine.update.penalties import Regularization, parse_regularization
from engine.update.schedules import ScheduleSpec, parse_schedule

SECTIONS = ("optimizer", "schedule", "regularization", "clip")
_SETTABLE = {"regularization": ("l1", "l2", "biases"), "clip": ("value", "norm", "parameter_norm")}


@dataclass(frozen=True, slots=True)
class UpdateSpec:
    """How gradients become updates, as a run is configured with.

    schedule, regularization, clip: None where there is none.
    """

    optimizer: OptimizerSpec
    schedule: ScheduleSpec | None = None
    regularization: Regularization | None = None
    clip: Clip | None = None

    @property
    def learning_rate(self) -> float:
        """The rate that a schedule starts from."""
        return float(self.optimizer.settings["learning_rate"])

    def rules(self, per_epoch: int) -> UpdateRules:
        """All stages in order: the rate, penalties, clipping, then the optimizer's own.

        Args: per_epoch: iterations of an epoch.
        """
        own = self.optimizer.rules
        schedule = (Stage("once", self.schedule.equations(per_epoch)),) if self.schedule else ()
        penalties = self.regularization.stages if self.regularization else ()
        clipping = self.clip.stages if self.clip else ()
        memory = self.schedule.memory if self.schedule else ()
        return update_rules(own.slots, memory, (*schedule, *penalties, *clipping, *own.stages))

    @property
    def variant(self) -> str:
        """What makes a program of it: all settings but the learning rate, which is a value of the program."""
        sections = self.to_dict()
        sections["optimizer"] = {**sections["optimizer"], "learning_rate": None}
        return json.dumps(sections, sort_keys=True)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form: every section, null if there is none."""
        sections = {name: getattr(self, name) for name in SECTIONS}
        return {name: None if section is None else section.to_dict() for name, section in sections.items()}

    def with_settings(self, settings: Mapping[str, Any], path: str) -> UpdateSpec:
        """The update with some settings replaced, each named with its section: ``optimizer.learning_rate``.

        Raises: ConfigError for what there is not, or a value out of its range; paths begin with `path`.
        """
        given = self.to_dict()
        for name, value in settings.items():
            section, _, setting = name.partition(".")
            if setting not in self._settable(section):
                raise ConfigError(
                    f"{name} cannot be set during a run{self._guess(name)}; {self._allowed()}", join(path, name)
                )
            kept = {} if section == "clip" else given[section] or {}
            given[section] = {**kept, setting: value}
        try:
            return parse_update(given)
        except ConfigError as error:
            raise ConfigError(error.message, join(path, error.path), error.facts) from None

    def _settable(self, section: str) -> tuple[str, ...]:
        if section in _SETTABLE:
            return _SETTABLE[section]
        spec = {"optimizer": self.optimizer, "schedule": self.schedule}.get(section)
        return tuple(spec.settings) if spec is not None else ()

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(f"{section}.{name}" for section in SECTIONS for name in self._settable(section))

    def _guess(self, name: str) -> str:
        """What may have been meant, of all sections if the section is none."""
        section, _, setting = name.rpartition(".")
        found = meant(setting, self._settable(section))
        close = f"{section}.{found}" if found else meant(name, self._names)
        return f" (did you mean {close}?)" if close else ""

    def _allowed(self) -> str:
        return f"with {self.optimizer.type} you can set {', '.join(self._names)}"


def parse_update(given: Mapping[str, Any]) -> UpdateSpec:
    """The update from the sections of a run's configuration, defaults filled in.

    Raises: ConfigError for an unknown name, field or value, with its path.
    """
    together = Together()
    parts = {
        "optimizer": together.attempt(lambda: parse_optimizer(given.get("optimizer", "sgd"), "optimizer")),
        "schedule": together.attempt(lambda: parse_schedule(given.get("schedule"), "schedule")),
        "regularization": together.attempt(lambda: parse_regularization(given.get("regularization"), "regularization")),
        "clip": together.attempt(lambda: parse_clip(given.get("clip"), "clip")),
    }
    together.settle()
    return UpdateSpec(**parts)
