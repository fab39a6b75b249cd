"""The figures of every layer over a stretch of iterations, as if they had been watched from the start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.analysis.history import check_range
from engine.analysis.layer_statistics import own_parameters
from engine.conditions.course import Stretch
from engine.conditions.find import slices
from engine.conditions.scope import Scope, scope_of
from engine.conditions.syntax import Measure, parse_measure
from engine.execution.cancellation import Wanted, check
from engine.foundation.errors import RangeError
from engine.foundation.value_name import member_name
from engine.model.activations import ACTIVATIONS, slope
from engine.ops.core.op import Array
from engine.run.run import Run

FIGURES = ("gradient_norm", "update_ratio", "dead", "saturated")


@dataclass(frozen=True, slots=True)
class LayerCourse:
    """One layer's figures at each of the iterations; None where it has no such figure.

    gradient_norm, update_ratio: of its parameters together; dead, saturated: shares, as `LayerHealth` has them.
    """

    name: str
    gradient_norm: Array | None
    update_ratio: Array | None
    dead: Array | None
    saturated: Array | None


@dataclass(frozen=True, slots=True)
class LayersCourse:
    """The layers in the order in which they run."""

    iterations: Array
    layers: tuple[LayerCourse, ...]


def layers_course(run: Run, start: int, end: int, every: int = 1, cancelled: Wanted | None = None) -> LayersCourse:
    """Every layer's figures at every so many iterations of [start, end).

    Raises: RangeError; NoDataError for an expression, which has no layers; CancelledWorkError.
    """
    check_range(start, end)
    if every < 1:
        raise RangeError(f"every is how many iterations apart, 1 or more; given {every}", "query.every")
    run.fitting  # noqa: B018 - an expression has no layers: it says so
    scope = scope_of(run, end)
    wanted = {(layer, figure) for layer in run.names for figure in FIGURES if _has(run, layer, figure)}
    asked = {pair: parse_measure(f"{pair[1]}({pair[0]})") for pair in sorted(wanted)}
    columns = _columns(scope, asked, start, end, cancelled)
    chosen = slice(None, None, every)
    layers = (LayerCourse(name, *(_of(columns, name, figure, chosen) for figure in FIGURES)) for name in run.names)
    return LayersCourse(np.arange(start, end)[chosen], tuple(layers))


def _of(columns: dict[tuple[str, str], Array], layer: str, figure: str, chosen: slice) -> Array | None:
    found = columns.get((layer, figure))
    return None if found is None else found[chosen]


def _columns(
    scope: Scope, asked: dict[tuple[str, str], Measure], start: int, end: int, cancelled: Wanted | None
) -> dict[tuple[str, str], Array]:
    parts: dict[tuple[str, str], list[Array]] = {pair: [] for pair in asked}
    for a, b in slices(start, end, "forward"):
        check(cancelled)
        stretch = Stretch(scope, asked.values(), a, b, cancelled)
        for pair, measure in asked.items():
            parts[pair].append(stretch.numbers(measure).values)
    return {pair: np.concatenate(arrays) for pair, arrays in parts.items()}


def _has(run: Run, layer: str, figure: str) -> bool:
    own = own_parameters(run, layer)
    if figure == "gradient_norm":
        return bool(own)
    if figure == "update_ratio":
        return any(p.trainable for p in own)
    activation = run.config.layers[run.names.index(layer)].output_activation
    if member_name(layer, "z") not in run.program_at(0).producer or activation.type == "identity":
        return False
    probe = np.zeros((1, 1))
    return slope(activation, probe, probe) is not None and (figure == "dead" or ACTIVATIONS[activation.type].saturates)
