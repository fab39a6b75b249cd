"""Stages of the update phase run one equation after the other on plain dictionaries: the slow, obvious way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from engine.ops.core.numpy_calls import EAGER
from engine.ops.core.op import Array
from engine.ops.update.optimizers import result_shape, update_function
from engine.update.equations import BASE_RATE, RATE, STEP, Equation, Stage
from engine.update.schedules import ScheduleSpec

SECTIONS = ("optimizer.", "schedule.", "clip.", "loss")


def run_stages(
    stages: Iterable[Stage], parameters: Mapping[str, Any], gradients: Mapping[str, Any]
) -> tuple[dict[str, Array], dict[str, Array]]:
    """All values by name, and the gradient of each parameter after the last stage."""
    values = {name: np.asarray(p) for name, p in parameters.items()}
    values |= {f"{name}.grad": np.asarray(g) for name, g in gradients.items()}
    gradient = {name: f"{name}.grad" for name in parameters}
    for stage in stages:
        for name in [""] if stage.scope == "once" else [name for name in parameters if stage.concerns(name)]:
            for equation in stage.equations:
                inputs = [i for given in equation.inputs for i in _names(given, name, gradient)]
                _write(equation, values, inputs, _name(equation.output, name), np.shape(parameters.get(name, 0.0)))
            gradient[name] = f"{name}.{stage.gradient}" if stage.gradient != "grad" else gradient.get(name, "")
    return values, {name: values[gradient[name]] for name in parameters}


def _names(given: str, parameter: str, gradient: Mapping[str, str]) -> list[str]:
    if given.startswith("*"):
        return [f"{name}.{given[1:]}" for name in gradient if name]
    return [gradient[parameter] if given == "grad" else _name(given, parameter)]


def _name(given: str, parameter: str) -> str:
    if given.startswith(SECTIONS):
        return given
    return parameter if given == "p" else f"{parameter}.{given}"


def _write(
    equation: Equation, values: dict[str, Array], inputs: Sequence[str], output: str, shape: tuple[int, ...]
) -> None:
    function = update_function(equation.op, len(inputs))
    values[output] = np.empty(result_shape(function, shape))
    function.kernel(EAGER, values[output], *(values[name] for name in inputs), **equation.params)


def course(spec: ScheduleSpec, base: float, per_epoch: int, losses: Sequence[float]) -> list[dict[str, float]]:
    """The scalars of one iteration after the other, given the batch loss of each."""
    memory, found = {slot.name: slot.start for slot in spec.memory}, []
    for t, loss in enumerate(losses):
        values = {name: np.asarray(x) for name, x in memory.items()}
        values |= {BASE_RATE: np.asarray(base), STEP: np.asarray(t + 1.0), "loss": np.asarray(loss)}
        for equation in spec.equations(per_epoch):
            _write(equation, values, equation.inputs, equation.output, ())
        found.append({name: float(x) for name, x in values.items()})
        memory = {name: found[-1][f"{name}.next"] for name in memory}
    return found


def rates_of(spec: ScheduleSpec, base: float, per_epoch: int, losses: Sequence[float]) -> list[float]:
    """The learning rate of one iteration after the other."""
    return [values[RATE] for values in course(spec, base, per_epoch, losses)]
