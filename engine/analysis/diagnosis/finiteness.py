"""Numbers that are no longer finite, or soon will not be."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from engine.analysis.diagnosis.cures import from_now, slower
from engine.analysis.diagnosis.finding import Check, Cure, Finding, Result, Severity
from engine.analysis.diagnosis.look import Look
from engine.analysis.diagnosis.words import times
from engine.analysis.divergence import NonFinite
from engine.foundation.numbers import number
from engine.ops.core.op import Array
from engine.update.equations import RATE
from engine.update.penalties import Regularization


def _finite(look: Look) -> Result:
    lost = look.lost
    if lost is None:
        return Result(f"iterations 0 to {look.t}", ("all values",), good="every number is finite")
    return Result(f"lost at {lost.iteration}", (lost.value,), findings=(_lost(look, lost),))


def _lost(look: Look, lost: NonFinite) -> Finding:
    """The first number that was not finite, and how the loss had grown before."""
    phase = lost.step.phase if lost.step else "batch"
    when = f" in the {phase} phase" if lost.step else ""
    text = f"The first number that is not finite is in {lost.value},{when} of iteration {lost.iteration}. "
    text += lost.explanation
    losses = look.recent(51, lost.iteration)
    rise = rising(losses[np.isfinite(losses)])
    grew = lost.cause == "overflow" and len(rise) > 2
    if grew:
        text += f" {_growth(rise)} before: the learning rate of {number(look.rate)} is too large."
    place = look.at(lost.value, _cell(look, lost), lost.iteration)
    if lost.cause == "slope":
        return Finding("undefined_slope", "bad", "A slope is undefined", text, phase, place, _aside(look, lost))
    cures = tuple(_slower(look, rise, max(0, lost.iteration - len(rise)))) if grew else _aside(look, lost)
    return Finding(
        "nonfinite",
        "bad",
        "It diverged" if grew else "Not a number" if lost.kind == "nan" else "A number is infinite",
        text,
        phase,
        place,
        cures,
    )


def _cell(look: Look, lost: NonFinite) -> tuple[int, ...] | None:
    value = look.run.trace_at(lost.iteration, look.cancelled)[lost.value]
    return tuple(int(i) for i in np.argwhere(~np.isfinite(value))[0]) if value.ndim else ()


def _aside(look: Look, lost: NonFinite) -> tuple[Cure, ...]:
    """To start beside the place, for an expression: the inputs are few, and each can be moved."""
    if look.run.has_data or lost.iteration or lost.cause not in ("slope", "domain"):
        return ()
    moved = {p.name: float(look.run.trace_at(0)[p.name]) for p in look.run.parameters}
    edits: list[dict[str, Any]] = [
        {"iteration": 0, "parameter": name, "index": [], "value": abs(value) or 0.1}
        for name, value in moved.items()
        if value <= 0
    ]
    if not edits or len(look.run.branch(edits).losses(0, 1)) == 0:
        return ()
    branch = look.run.branch(edits)
    lowest = [trace for trace in branch.trace_at(0).values() if not np.isfinite(trace).all()]
    title = "Start beside it: " + ", ".join(f"{edit['parameter']} = {number(edit['value'])}" for edit in edits)
    return () if lowest else (Cure(title, "There every value and every slope is a number.", edits=tuple(edits)),)


def _slower(look: Look, rise: Array, t: int) -> Iterator[Cure]:
    """What keeps steps short, from the iteration on in which the rise began.

    Where a step with rate η along a curvature c multiplies the way to the minimum by 1 − ηc, below −1, the loss grows
    by the square of it, g: so c = (1 + sqrt(g)) / η. Half of 1 / c neither diverges nor swings.
    """
    factor = 0.5 / (1 + _each(rise) ** 0.5)
    yield slower(look, t, "By how it grew, steps of this length go down instead of across.", factor)
    if look.update.clip is None and look.run.has_data:
        title = "Clip the gradient's norm at 0.1"
        yield from_now(look, title, "The gradient is then never longer than that.", {"clip.norm": 0.1}, t)


# --- the loss ----------------------------------------------------------------------------------------------------


def rising(losses: Array) -> Array:
    """The end of a series from where on every number is larger than the one before."""
    start = len(losses) - 1
    while start > 0 and losses[start] > losses[start - 1]:
        start -= 1
    return losses[max(start, 0) :]


def _each(rise: Array) -> float:
    """The factor by which it grew in an iteration, in the middle."""
    with np.errstate(over="ignore", divide="ignore"):
        return float(np.median([after / before for before, after in pairwise(rise)]))


def _growth(rise: Array) -> str:
    """How far it grew, and by what factor each time, in the middle."""
    each = _each(rise)
    steps = f"{len(rise) - 1} iterations" if len(rise) > 2 else "iteration"
    factor = f", in the middle {times(each)} an iteration," if len(rise) > 2 and np.isfinite(each) else ""
    return f"The loss grew from {number(rise[0], 3)} to {number(rise[-1], 3)}{factor} over the {steps}"


def _loss(look: Look) -> Result:
    """A loss that climbs step after step, ten times past all that it was before: no batch is that much harder."""
    losses, rise = look.losses, rising(look.losses)
    last = number(float(losses[-1]), 3)
    text = f"{last}; {len(rise) - 1} rises in a row"
    if look.lost or len(rise) < 4 or not rise[-1] > 10 * max(rise[0], losses[: -len(rise)].max(initial=0.0)):
        return Result(text, ("loss",), float(losses.min()), float(losses.max()))
    severity: Severity = "bad" if rise[-1] > 1e3 * rise[0] else "warning"
    words = f"{_growth(rise)} up to here. The learning rate of {number(look.rate)} is too large."
    cures = tuple(_slower(look, rise, look.t - len(rise) + 1))
    found = Finding("explodes", severity, "The loss explodes", words, "loss", look.at("loss", ()), cures)
    return Result(text, ("loss",), float(losses.min()), float(losses.max()), (found,))


CLIMBS = "the optimizer maximizes: what is computed last is to rise"


def without_descent(look: Look) -> str | None:
    """Where the loss is to rise, its rising is no fault."""
    return CLIMBS if look.climbs else None


# --- the penalty -------------------------------------------------------------------------------------------------


def _penalty(look: Look) -> Result:
    """Of plain descent with rate η on λ/2 w² alone: w becomes (1 − ηλ) w, which grows in size from ηλ = 2 on."""
    strength = decay(look)
    product = look.rate * strength
    bound = 2.0 * (1.0 + momentum(look))
    text = f"rate × λ = {number(product, 3)}, at most {number(bound, 3)}"
    if product <= bound:
        return Result(text, tuple(_penalised(look)), product, product)
    words = (
        f"The learning rate of {number(look.rate)} times the penalty λ = {number(strength)} is {number(product, 3)}: "
        f"by the penalty alone every step multiplies a weight by {number(1 - product, 3)}, so it overshoots 0 and "
        f"comes out larger. Below {number(bound, 3)} it would shrink."
    )
    settings = {name: float(f"{0.01 / look.rate:.3g}") for name in _penalised(look)}
    words_of = {"regularization.l2": "L2", "optimizer.weight_decay": "Weight decay"}
    title = ", ".join(f"{words_of[name]} = {number(value)}" for name, value in settings.items())
    cure = from_now(look, title, "Each step then takes a hundredth of a weight away.", settings, 0)
    found = Finding("penalty_diverges", "bad", "The penalty diverges", words, "update", look.at(RATE), (cure,))
    return Result(text, tuple(_penalised(look)), product, product, (found,))


def decay(look: Look) -> float:
    """The λ of λ w, which is added to the gradients of weights."""
    update = look.update
    return (update.regularization or Regularization()).l2 + float(update.optimizer.settings.get("weight_decay", 0.0))


def momentum(look: Look) -> float:
    """Of SGD. With it, w'' = (1 + μ − ηλ) w' − μ w is stable up to ηλ = 2 (1 + μ)."""
    return float(look.update.optimizer.settings.get("momentum", 0.0))


def _penalised(look: Look) -> list[str]:
    settings = look.update.optimizer.settings
    return [
        *(["regularization.l2"] if look.update.regularization else []),
        *(["optimizer.weight_decay"] if settings.get("weight_decay") else []),
    ]


def without_decay(look: Look) -> str | None:
    """Why a penalty's rate is not looked at: where a step is not rate times gradient, λ says nothing of its length."""
    if not decay(look):
        return "no penalty is set"
    kind = look.update.optimizer.type
    return None if kind in ("sgd", "adamw") else f"{kind} scales the gradient, and the penalty with it"


FINITENESS = (
    Check("every number finite", ("nonfinite", "undefined_slope"), _finite),
    Check("the loss stays in bounds", ("explodes",), _loss, without_descent),
    Check("rate times penalty", ("penalty_diverges",), _penalty, without_decay),
)
