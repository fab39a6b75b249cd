"""The same batch once more after its update: how its loss changed, and how much of that the gradient foretold."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.execution.interpreter import replay
from engine.foundation.numbers import number
from engine.foundation.value_name import gradient_name, next_name, update_name
from engine.run.trace import Trace


@dataclass(frozen=True, slots=True)
class Foretold:
    """What one parameter's share of the update changes to first order: the sum of g · Δθ over its cells."""

    parameter: str
    layer: str
    change: float


@dataclass(frozen=True, slots=True)
class UpdateEffect:
    """The loss of an iteration's own batch before and after its update.

    foretold: g · Δθ over all trained parameters, by the true gradient also where the update takes another.
    parts:    its addends, in the order of the parameters.
    says:     the same in a sentence.
    """

    iteration: int
    before: float
    after: float
    change: float
    foretold: float
    parts: tuple[Foretold, ...]
    says: str


def update_effect(traced: Trace) -> UpdateEffect:
    """The forward pass of an iteration again, with the same samples and the same noise, and the renewed parameters.

    Formula: change = L(θ + Δθ) - L(θ); foretold = sum over all parameters of ∂L/∂θ · Δθ
    Returns: numbers that may be inf or nan where the run has diverged.
    Source:  Taylor's theorem; Goodfellow et al. 2016, equation 4.8.
    """
    trained = traced.program.update.trained
    again = [step for step in traced.program.steps if step.phase in ("forward", "loss")]
    renewed = {p.name: traced[next_name(p.name)] for p in trained}
    before, after = float(traced["loss"]), float(replay(again, traced.table, renewed)["loss"])
    parts = tuple(Foretold(p.name, traced.program.name(p.name).layer, _foretold(traced, p.name)) for p in trained)
    with np.errstate(all="ignore"):
        foretold = (
            math.fsum(p.change for p in parts) if all(map(math.isfinite, (p.change for p in parts))) else math.nan
        )
    return UpdateEffect(
        traced.iteration, before, after, after - before, foretold, parts, _says(before, after, foretold)
    )


def _foretold(traced: Trace, parameter: str) -> float:
    gradient, step = (traced[name(parameter)].astype(np.float64) for name in (gradient_name, update_name))
    with np.errstate(all="ignore"):
        return float(np.vdot(gradient, step))


def _says(before: float, after: float, foretold: float) -> str:
    if not all(map(math.isfinite, (before, after, foretold))):
        return "The loss or its gradient is not finite here: there is nothing to compare."
    return (
        f"With the new parameters the same batch has the loss {number(after)} instead of {number(before)}: "
        f"it {_moved(after - before)}. Along the straight line of its gradient it would have {_moved_before(foretold)}."
    )


def _moved(change: float) -> str:
    if change == 0:
        return "did not change"
    return f"{'fell' if change < 0 else 'rose'} by {number(abs(change))}"


def _moved_before(change: float) -> str:
    if change == 0:
        return "stayed the same"
    return f"{'fallen' if change < 0 else 'risen'} by {number(abs(change))}"
