"""Conditions worth stopping at, ready for a run: what a person would otherwise have to know how to write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.analysis.layer_statistics import own_parameters
from engine.conditions.scope import Scope, scope_of, trained_parameters
from engine.foundation.value_name import gradient_name, member_name
from engine.model.activations import ACTIVATIONS
from engine.model.layers import ParameterSpec
from engine.run.run import Run
from engine.update.clipping import ACTED

VANISHED, EXPLODED = "1e-4", "100"
TOO_LARGE, TOO_SMALL = "1e-2", "1e-4"  # of an update against its parameters: about a thousandth is usual


@dataclass(frozen=True, slots=True)
class Named:
    """A condition with what it means in words; of a layer, or of the run as a whole where that is empty."""

    title: str
    layer: str
    text: str


def named_conditions(run: Run, to: int) -> tuple[Named, ...]:
    """The conditions that the iterations before `to` can be searched for."""
    scope = scope_of(run, to)
    layers = [condition for layer in run.names for condition in _of_layer(scope, layer)]
    return (*_of_run(scope), *layers)


def _of_run(scope: Scope) -> Iterator[Named]:
    yield Named("the loss is below 0.1", "", "loss < 0.1")
    yield Named("the loss is no longer finite", "", "not finite(loss)")
    if "test_loss" in scope.evaluations:
        yield Named("the test loss rises three times in a row", "", "rises(test_loss, 3)")
    if ACTED in scope.shapes:
        yield Named("clipping acts", "", f"{ACTED} > 0")


def _of_layer(scope: Scope, layer: str) -> Iterator[Named]:
    own = own_parameters(scope.run, layer)
    if own:
        yield Named(f"the gradient is below {VANISHED}", layer, f"gradient_norm({layer}) < {VANISHED}")
        yield Named(f"the gradient is above {EXPLODED}", layer, f"gradient_norm({layer}) > {EXPLODED}")
        yield Named("a value of the gradient is not finite", layer, _any_not_finite(own))
    if trained_parameters(scope, layer):
        ratio = f"update_ratio({layer})"
        title = f"the update is above {TOO_LARGE} or below {TOO_SMALL} of its weights"
        yield Named(title, layer, f"{ratio} > {TOO_LARGE} or {ratio} < {TOO_SMALL}")
        yield Named("its first weight changes its sign", layer, f"{_first_cell(own[0])} crosses 0")
    yield from _of_activation(scope, layer)


def _of_activation(scope: Scope, layer: str) -> Iterator[Named]:
    activation = scope.run.config.layers[scope.run.names.index(layer)].output_activation
    if member_name(layer, "z") not in scope.shapes:
        return
    if ACTIVATIONS[activation.type].op.regions is not None:
        yield Named("a unit lets nothing through", layer, f"dead({layer}) > 0")
    if ACTIVATIONS[activation.type].saturates:
        yield Named("all units are saturated", layer, f"saturated({layer}) == 1")


def _any_not_finite(own: list[ParameterSpec]) -> str:
    return " or ".join(f"not finite({gradient_name(parameter.name)})" for parameter in own)


def _first_cell(parameter: ParameterSpec) -> str:
    return f"{parameter.name}[{','.join('0' for _ in parameter.shape)}]" if parameter.shape else parameter.name
