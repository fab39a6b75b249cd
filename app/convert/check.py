"""What is wrong with a configuration, and what can be said of it before it is a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from app.convert.mistakes import field_errors
from app.http.problems import FieldError, Problem
from app.runs.limits import check
from app.runs.workers import StoppedError, Ticket
from app.settings import Limits
from engine.foundation.errors import EngineError
from engine.presets.fitting_nets import Fit, concerns_the_net, fitting_nets
from engine.run.check import LayerSketch, misfits, parsed, sketches
from engine.run.task import Config


@dataclass(frozen=True, slots=True)
class ConfigCheck:
    """A configuration looked at without making a run.

    errors: as `POST /api/runs` would refuse it, all of those that do not depend on each other; layers: as far as they
    can be said; effective: the settings that hold at the iteration asked for, after the edits up to it; fits: where
    data and net do not fit together, configurations that do.
    """

    valid: bool
    errors: tuple[FieldError, ...]
    layers: tuple[LayerSketch, ...]
    config: Annotated[dict[str, Any] | None, "Normalized; null if it is not valid."]
    effective: Annotated[dict[str, Any] | None, "Optimizer, schedule, regularization and clip; null if not valid."]
    fits: tuple[Fit, ...]


def check_answer(given: dict[str, Any], iteration: int, limits: Limits, stopped: Ticket) -> ConfigCheck:
    """The check of a configuration; nothing of its size is made before the limits have been asked."""
    config, wrong = parsed(given)
    errors = field_errors(wrong[0]) if wrong else ()
    if config is not None:
        errors = _over(config, limits)
    if config is not None and not errors:
        _go_on(stopped)
        wrong = misfits(config)
        errors = _placed(wrong)
    _go_on(stopped)
    valid = config if not errors and not wrong else None
    return ConfigCheck(
        valid=valid is not None,
        errors=errors,
        layers=sketches(given, config) if _few_layers(given, limits) else (),
        config=valid.to_dict() if valid else None,
        effective=valid.update_at(iteration).to_dict() if valid else None,
        fits=_fits(given, wrong, limits),
    )


def _placed(wrong: tuple[EngineError, ...]) -> tuple[FieldError, ...]:
    return tuple(item for error in wrong[:1] for item in field_errors(error))


def _over(config: Config, limits: Limits) -> tuple[FieldError, ...]:
    """The limit of this server that the configuration is past."""
    try:
        check(config, limits)
    except Problem as problem:
        return problem.errors
    except EngineError as error:
        return field_errors(error)
    return ()


def _few_layers(given: Mapping[str, Any], limits: Limits) -> bool:
    layers = given.get("layers")
    return isinstance(layers, list) and len(layers) <= limits.layers


def _fits(given: Mapping[str, Any], wrong: tuple[EngineError, ...], limits: Limits) -> tuple[Fit, ...]:
    if not wrong or not all(map(concerns_the_net, wrong)):
        return ()
    return fitting_nets(given, lambda config: not _over(config, limits))


def _go_on(stopped: Ticket) -> None:
    if stopped():
        raise StoppedError
