"""An iteration in a few figures: gradient norms, update-to-weight ratios, dead and saturated units."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.activations import dead, saturated
from engine.ops.base import Array
from engine.run import Run, Trace


@dataclass(frozen=True, slots=True)
class LayerFigures:
    """One layer: the norm of its gradient, of its update against its parameters, and its silent units.

    dead:      share of units whose slope is exactly zero on every sample of the batch.
    saturated: share of cells where the slope is nearly zero.
    """

    gradient_norm: float
    update_ratio: float
    dead: float
    saturated: float


def norm(*arrays: Array) -> float:
    """The Euclidean norm of all cells together.

    Formula: sqrt(sum of squares); inf and nan flow through.
    """
    with np.errstate(all="ignore"):
        plain = _root_of_squares(arrays)
        if 0 < plain < np.inf:
            return plain
        # squares of numbers past 1e154 are infinite, below 1e-162 they are 0, though their root is neither
        largest = max((float(np.max(np.abs(a), initial=0.0)) for a in arrays), default=0.0)
        return largest * _root_of_squares([a / largest for a in arrays]) if 0 < largest < np.inf else plain


def _root_of_squares(arrays: Sequence[Array]) -> float:
    return float(np.sqrt(sum(float(np.vdot(a, a)) for a in arrays)))


def total(numbers: Iterable[float]) -> float:
    """The sum, rounded once; in the order given where numbers are so large that it overflows, or infinite."""
    listed = list(numbers)
    try:
        return math.fsum(listed)
    except (OverflowError, ValueError):
        return sum(listed)


def gradient_norms(run: Run, traced: Trace) -> dict[str, float]:
    """The norm of each parameter's gradient."""
    return {p.name: norm(traced[f"{p.name}.grad"]) for p in run.parameters}


def update_ratios(run: Run, traced: Trace) -> dict[str, float]:
    """The norm of each trained parameter's update over the parameter's own."""
    return {
        p.name: _ratio(norm(traced[f"{p.name}.update"]), norm(traced[p.name])) for p in run.parameters if p.trainable
    }


def _ratio(update: float, parameter: float) -> float:
    return update / parameter if parameter else 0.0 if not update else float("inf")


def layer_figures(run: Run, traced: Trace) -> dict[str, LayerFigures]:
    """The figures of every layer."""
    return {name: _layer(run, traced, i, name) for i, name in enumerate(run.names)}


def _layer(run: Run, traced: Trace, i: int, name: str) -> LayerFigures:
    own = [p for p in run.parameters if p.name.startswith(f"{name}.")]
    trained = [p for p in own if p.trainable]
    update = norm(*(traced[f"{p.name}.update"] for p in trained)) if trained else 0.0
    activation = run.config.layers[i].activation
    z, a = traced[f"{name}.z"], traced[f"{name}.a"]
    silent, flat = dead(activation, z, a), saturated(activation, z, a)
    return LayerFigures(
        norm(*(traced[f"{p.name}.grad"] for p in own)),
        _ratio(update, norm(*(traced[p.name] for p in trained))) if trained else 0.0,
        0.0 if silent is None else float(np.mean(silent.all(axis=0))),
        0.0 if flat is None else float(np.mean(flat)),
    )
