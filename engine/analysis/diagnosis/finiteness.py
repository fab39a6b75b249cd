"""Numbers that are no longer finite, or soon will not be."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.analysis.diagnosis.cures import from_now
from engine.analysis.diagnosis.explosion import (
    FAR,
    against,
    cause_words,
    far_above_start,
    growth_words,
    momentum,
    rising,
    uphill_words,
)
from engine.analysis.diagnosis.finding import Check, Cure, Finding, Result, Severity
from engine.analysis.diagnosis.look import Look
from engine.analysis.divergence import NonFinite
from engine.foundation.numbers import number
from engine.model.activations import ACTIVATIONS
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
    losses = losses[np.isfinite(losses)]
    rise = rising(losses)
    far = bool(losses.size) and bool(losses[-1] > FAR * abs(look.run.past(0, 1, look.cancelled).loss[0]))
    grew = lost.cause == "overflow" and (len(rise) > 2 or far)
    if grew:
        text += f" {growth_words(rise)} before. {cause_words(look)}" if len(rise) > 2 else f" {cause_words(look)}"
    place = look.at(lost.value, _cell(look, lost), lost.iteration)
    if lost.cause == "slope":
        return Finding("undefined_slope", "bad", "A slope is undefined", text, phase, place, _aside(look, lost))
    cures = tuple(against(look, lost.iteration - 1)) if grew else _aside(look, lost)
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


# --- the loss ----------------------------------------------------------------------------------------------------


def _loss(look: Look) -> Result:
    """A loss that climbs step after step ten times past all that it was before, or lies far above where it began.

    The second is what is left to see where an activation that flattens out has stopped the climb.
    """
    losses, rise = look.losses, rising(look.losses)
    last = number(float(losses[-1]), 3)
    text = f"{last}; {len(rise) - 1} rises in a row"
    low, high = float(losses.min()), float(losses.max())
    if look.lost:
        return Result(text, ("loss",), low, high)
    if look.climbs and look.run.has_data:
        return Result(text, ("loss",), low, high, (_uphill(look),))
    climbs = len(rise) >= 4 and rise[-1] > 10 * max(rise[0], losses[: -len(rise)].max(initial=0.0))
    if not climbs and not far_above_start(look):
        return Result(text, ("loss",), low, high)
    if climbs:
        severity: Severity = "bad" if rise[-1] > 1e3 * rise[0] else "warning"
        words = f"{growth_words(rise)} up to here."
    else:
        severity, start = "bad", float(look.run.past(0, 1, look.cancelled).loss[0])
        words = f"The loss went from {number(start, 3)} at the start to {last}."
    said, cures = f"{words} {cause_words(look)}", tuple(against(look, look.t))
    found = Finding("explodes", severity, "The loss explodes", said, "loss", look.at("loss", ()), cures)
    return Result(text, ("loss",), low, high, (found,))


def _unbounded(look: Look) -> bool:
    """Whether the loss of some output is larger than any number."""
    kind = ACTIVATIONS[look.config.layers[-1].output_activation.type]
    return bool(np.isinf(kind.minimum) or np.isinf(kind.maximum))


def _uphill(look: Look) -> Finding:
    """Of data, whose loss says how wrong the answers are."""
    at, cures = look.at("loss", ()), tuple(against(look, look.t))
    free = _unbounded(look)
    words = uphill_words(look, free)
    return Finding(
        "explodes",
        "bad",
        "The loss has no upper bound" if free else "The loss is made to grow",
        words,
        "update",
        at,
        cures,
    )


CLIMBS = "the optimizer maximizes: what is computed last is to rise"


def without_descent(look: Look) -> str | None:
    """Where the loss is to rise, its rising is no fault; of data it is the wrong way."""
    return CLIMBS if look.climbs and not look.run.has_data else None


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
