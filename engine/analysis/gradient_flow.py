"""How much of the gradient is left on its way back: at every layer, and at every time of a recurrent one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.analysis.layer_statistics import norm
from engine.explain.derivation import check_sample
from engine.foundation.value_name import gradient_name
from engine.ops.core.op import Array
from engine.run.run import Run
from engine.run.trace import Trace


@dataclass(frozen=True, slots=True)
class TimeFlow:
    """The gradient of a recurrent layer's state at one time, counted from 1.

    value:    the state.
    gradient: the norm of ∂L/∂h_t, of all ways from it to the loss together.
    kept:     that norm over the one at the next time; None at the last one, and where that is 0.
    """

    time: int
    value: str
    gradient: float
    kept: float | None


@dataclass(frozen=True, slots=True)
class LayerFlow:
    """The gradient at one layer.

    value:    the layer's output.
    gradient: the norm of ∂L/∂output; None where none goes back.
    kept:     the norm of ∂L/∂input over it; None where no gradient goes back to the input, and where it is 0.
    times:    of a recurrent layer, from the first time on; none of a truncated one.
    """

    name: str
    value: str
    gradient: float | None
    kept: float | None
    times: tuple[TimeFlow, ...]


@dataclass(frozen=True, slots=True)
class GradientFlow:
    """Every layer in the order in which they run; of one sample of the batch, or of all of it."""

    iteration: int
    sample: int | None
    layers: tuple[LayerFlow, ...]


def gradient_flow(run: Run, traced: Trace, sample: int | None = None) -> GradientFlow:
    """The norm of the gradient of the batch's loss at every layer, and what each layer hands on of it.

    In a chain of layers the norm at the last one times what all after the first keep is the norm at the first. An input
    that other layers take too has the gradients of all of them.

    Formula: g_l = |∂L/∂a_l|, kept_l = |∂L/∂inputs of l| / g_l; of time t kept_t = |∂L/∂h_t| / |∂L/∂h_(t+1)|
    Args:    sample: its rows alone; both norms are then of the batch's loss still.
    Raises:  NoDataError for an expression; RangeError if the batch has no such sample.
    Source:  Glorot and Bengio 2010, section 3.2; for time Pascanu et al. 2013, section 2.
    """
    names = run.fitting.names
    if sample is not None:
        check_sample(traced, sample)
    return GradientFlow(traced.iteration, sample, tuple(_layer(run, traced, name, sample) for name in names))


def _layer(run: Run, traced: Trace, name: str, sample: int | None) -> LayerFlow:
    output = traced.program.outputs[name]
    gradient = _norm(traced, [output], sample)
    before = _norm(traced, run.outline.inputs[name], sample)
    return LayerFlow(name, output, gradient, _kept(before, gradient), _times(traced, name, sample))


def _times(traced: Trace, name: str, sample: int | None) -> tuple[TimeFlow, ...]:
    """Of a recurrent layer; none where truncation computes a state in pieces, each with a part of its gradient."""
    own = [step.output for step in traced.program.steps if step.phase == "forward" and step.layer == name]
    states = [(state, parsed.moment) for state in own if (parsed := traced.program.name(state)).key == "h"]
    moments = {state: moment.number for state, moment in states if moment}
    if any(moment and (moment.piece or moment.held) for _, moment in states):
        return ()
    norms = [(state, size) for state in moments if (size := _norm(traced, [state], sample)) is not None]
    after = [*(size for _, size in norms[1:]), None]  # the last one has none after it
    return tuple(
        TimeFlow(moments[state], state, size, _kept(size, later))
        for (state, size), later in zip(norms, after, strict=False)
    )


def _norm(traced: Trace, values: Sequence[str], sample: int | None) -> float | None:
    """Of the gradients of these values together; None if none of them has one."""
    found = (traced.table.get(gradient_name(value)) for value in values)
    gradients = [_rows(gradient, sample) for gradient in found if gradient is not None]
    return norm(*gradients) if gradients else None


def _rows(gradient: Array, sample: int | None) -> Array:
    return gradient if sample is None else gradient[sample]


def _kept(before: float | None, after: float | None) -> float | None:
    return before / after if before is not None and after else None
