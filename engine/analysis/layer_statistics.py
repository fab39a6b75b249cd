"""An iteration in a few figures: gradient norms, update-to-weight ratios, dead and saturated units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.analysis.stacked_traces import Stacked
from engine.foundation.value_name import gradient_name, member_name, update_name
from engine.model.activations import ActivationSpec, dead, saturated
from engine.model.layers import ParameterSpec
from engine.ops.core.op import Array
from engine.run.run import Run
from engine.run.trace import Trace


@dataclass(frozen=True, slots=True)
class LayerHealth:
    """One layer: the norm of its gradient, of its update against its parameters, and its silent units.

    dead:         share of units whose slope is exactly zero on every sample of the batch.
    saturated:    share of cells where the slope is nearly zero.
    penalty_norm: of what L1 and L2 add to the gradient; None where they add nothing.
    clipped_norm: of the gradient, penalty included, after clipping; None without clipping.
    """

    gradient_norm: float
    update_ratio: float
    dead: float
    saturated: float
    penalty_norm: float | None
    clipped_norm: float | None


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


def gradient_norms(run: Run, traced: Trace) -> dict[str, float]:
    """The norm of each parameter's gradient."""
    return {p.name: norm(traced[gradient_name(p.name)]) for p in run.parameters}


def update_ratios(run: Run, traced: Trace) -> dict[str, float]:
    """The norm of each trained parameter's update over the parameter's own."""
    return {
        p.name: ratio(norm(traced[update_name(p.name)]), norm(traced[p.name])) for p in run.parameters if p.trainable
    }


def ratio(update: float, parameter: float) -> float:
    """Of two norms; 0 where nothing moves."""
    return update / parameter if parameter else 0.0 if not update else float("inf")


def layer_figures(run: Run, traced: Trace) -> dict[str, LayerHealth]:
    """The figures of every layer."""
    return {name: _layer(run, traced, i, name) for i, name in enumerate(run.names)}


def _layer(run: Run, traced: Trace, i: int, name: str) -> LayerHealth:
    trained = [p for p in own_parameters(run, name) if p.trainable]
    return LayerHealth(
        *layer_norms(run, traced, name),
        *_silence(run, traced, i, name),
        _norm_of_present(_penalties(traced, p.name) for p in trained),
        _norm_of_present(_present(traced, member_name(p.name, "clipped_grad")) for p in trained),
    )


def layer_norms(run: Run, traced: Trace, name: str) -> tuple[float, float]:
    """The norm of a layer's gradient, and of its update against its trained parameters."""
    own = own_parameters(run, name)
    trained = [p for p in own if p.trainable]
    gradient = norm(*(traced[gradient_name(p.name)] for p in own))
    if not trained:
        return gradient, 0.0
    update = norm(*(traced[update_name(p.name)] for p in trained))
    return gradient, ratio(update, norm(*(traced[p.name] for p in trained)))


def layer_norms_along(run: Run, stacked: Stacked, name: str) -> tuple[Array, Array]:
    """`layer_norms` of each of many iterations, to the same bits."""
    own = own_parameters(run, name)
    trained = [p for p in own if p.trainable]
    still = np.zeros(len(stacked.traces))
    gradients = norms([stacked[gradient_name(p.name)] for p in own]) if own else still
    if not trained:
        return gradients, still
    updates = norms([stacked[update_name(p.name)] for p in trained])
    sizes = norms([stacked[p.name] for p in trained])
    return gradients, np.array([ratio(*pair) for pair in zip(updates.tolist(), sizes.tolist(), strict=True)])


def norms(stacks: Sequence[Array]) -> Array:
    """`norm` of each row of some stacks together, to the same bits: an array per row costs more than its sum."""
    with np.errstate(all="ignore"):
        rows = [stack.reshape(len(stack), -1) for stack in stacks]
        squares = np.sum([np.vecdot(row, row).astype(np.float64) for row in rows], axis=0)
        found = np.asarray(np.sqrt(squares))
    for k in np.flatnonzero(~((found > 0) & (found < np.inf))):
        found[k] = norm(*(stack[k] for stack in stacks))
    return found


def _norm_of_present(parts: Iterable[Array | None]) -> float | None:
    """The norm of what is there of the parts; None if nothing is."""
    there = [part for part in parts if part is not None]
    return norm(*there) if there else None


def _penalties(traced: Trace, parameter: str) -> Array | None:
    """The gradients of a parameter's penalties, added up."""
    parts = [_present(traced, member_name(parameter, f"{kind}_grad")) for kind in ("l1", "l2")]
    there = [part for part in parts if part is not None]
    with np.errstate(all="ignore"):
        return np.asarray(sum(there[1:], start=there[0])) if there else None


def _present(traced: Trace, value: str) -> Array | None:
    """A value of an iteration, if its program has it."""
    return traced.table.get(value)


def own_parameters(run: Run, layer: str) -> list[ParameterSpec]:
    """The parameters of a layer."""
    return [p for p in run.parameters if p.layer == layer]


def _silence(run: Run, traced: Trace, i: int, name: str) -> tuple[float, float]:
    """The shares of dead units and of saturated cells; 0 for a layer without an activation."""
    activation, z = run.config.layers[i].output_activation, traced.table.get(member_name(name, "z"))
    if z is None:
        return 0.0, 0.0
    a = traced[traced.program.outputs[name]]
    return dead_share(activation, z, a), saturated_share(activation, z, a)


def dead_share(activation: ActivationSpec, z: Array, a: Array) -> float:
    """The share of units whose slope is exactly zero on every sample."""
    silent = dead(activation, z, a)
    return 0.0 if silent is None else _share(_of_units(silent))


def saturated_share(activation: ActivationSpec, z: Array, a: Array) -> float:
    """The share of cells where the slope is nearly zero."""
    flat = saturated(activation, z, a)
    return 0.0 if flat is None else _share(flat)


def _share(true: Array) -> float:
    return float(np.count_nonzero(true) / true.size)


def _of_units(silent: Array) -> Array:
    """Whether each unit is silent on all samples: a channel of an image, or a column at all positions."""
    unit = 1 if silent.ndim == 4 else silent.ndim - 1
    return np.asarray(silent.all(axis=tuple(axis for axis in range(silent.ndim) if axis != unit)))
