"""Whether a gradient arrives at all, and how long it is."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.analysis.diagnosis.cures import from_now, random_weights, slower, started
from engine.analysis.diagnosis.dead import LARGE_GRADIENT
from engine.analysis.diagnosis.finding import Check, Cure, Finding, Place, Result
from engine.analysis.diagnosis.flow.steps import LARGE_STEP, without_trained
from engine.analysis.diagnosis.look import Look
from engine.analysis.layer_statistics import norm
from engine.foundation.numbers import number
from engine.foundation.value_name import gradient_name, next_name


def _zero(look: Look) -> Result:
    total = norm(*(np.array([g]) for g in look.gradients.values()))
    text = f"norm {number(total, 3)}"
    names = tuple(look.gradients)
    if total and _at_rest(look):
        return Result(text, names, total, total, (_flat(look, names, total),))
    if total:
        return Result(text, names, total, total, _large(look, total))
    at = look.at(gradient_name(names[0]))
    if not look.run.has_data:
        return Result(text, names, 0.0, 0.0, (_flat(look, names, total),))
    if look.perfect:
        return Result(text, names, 0.0, 0.0)
    if look.noisy or any(look.over_rows.values()):
        return Result(f"{text} in this batch", names, 0.0, 0.0, (_batch_alone(look, at),))
    words = (
        f"The gradient of every trained parameter is 0, for this batch and for {look.asked}: no step is taken, "
        "whatever the rate."
    )
    cure = random_weights(look, look.run.names, "Weights that are not all alike pass a gradient on.")
    cures = () if any(curve.is_flat for curve in look.curves) else (cure,)
    return Result(
        text, names, 0.0, 0.0, (Finding("zero_gradient", "bad", "Zero gradient", words, "backward", at, cures),)
    )


def _batch_alone(look: Look, at: Place) -> Finding:
    """A batch that asks for nothing, as hinge does within its margin, while the data do."""
    if look.noisy:
        words = "The gradient of this batch is 0: what is drawn at random has cut it off this once."
    else:
        words = f"The gradient of this batch is 0, as its rows ask for no change. Over {look.asked} it is not 0."
    return Finding("zero_gradient", "good", "This batch asks for nothing", words, "backward", at)


def _at_rest(look: Look) -> bool:
    """Whether the steps of an expression are smaller than the last digit of each of its inputs."""
    if look.run.has_data or not look.rate:
        return False
    return all(look.traced[name] == look.traced[next_name(name)] for name in look.gradients)


def _flat(look: Look, names: tuple[str, ...], size: float) -> Finding:
    """An expression at rest: at its end if the loss is higher on both sides of every input, or lower if it climbs.

    Args: size: the norm of its gradient, which no step shows.
    """
    here, beside = float(look.traced["loss"]), dict[float, dict[str, Any]]()
    for name in names:
        for way in (1, -1):
            value = float(look.traced[name])
            to = value + way * 0.1 * max(1.0, abs(value))
            edit: dict[str, Any] = {"iteration": look.t, "parameter": name, "index": [], "value": to}
            beside[float(look.run.branch([edit]).losses(look.t, look.t + 1)[0])] = edit
    at, best = look.at(gradient_name(names[0])), (max if look.climbs else min)(beside)
    worse, end, other = ("lower", "maximum", "minimum") if look.climbs else ("higher", "minimum", "maximum")
    if best < here if look.climbs else best > here:
        rest = f"The gradient's norm is {number(size, 3)}: no step changes a digit" if size else "The gradient is 0"
        words = f"{rest}, and beside it the loss is {worse}: {number(here)} is a {end}."
        return Finding("finished", "good", "At a maximum" if look.climbs else "At a minimum", words, "backward", at)
    if size:
        return _motionless(look, size, at)
    words = f"The gradient of every trained input is 0: this is a {other}, a saddle or a flat place."
    edit = beside[best]
    helps = best > here if look.climbs else best < here
    title = f"Start at {edit['parameter']} = {number(edit['value'])}"
    cure = Cure(title, f"There the loss is {number(best)} and has a slope again.", edits=(edit,))
    return Finding("zero_gradient", "warning", "Zero gradient", words, "backward", at, (cure,) if helps else ())


def _motionless(look: Look, size: float, at: Place) -> Finding:
    """An expression that stands still though it need not: its rate is too small for its gradient."""
    words = (
        f"The gradient's norm is {number(size, 3)}, and a rate of {number(look.rate)} makes of it less than the last "
        "digit of every input: none changes."
    )
    return Finding("tiny_steps", "warning", "Nothing moves", words, "update", at, _longer(look, size))


def _longer(look: Look, size: float) -> tuple[Cure, ...]:
    if look.update.schedule:
        return ()
    rate = float(f"{1e-2 / size:.1g}")
    title, why = f"Learning rate {number(rate)}", "The first step is then about 0.01 long."
    return (from_now(look, title, why, {"optimizer.learning_rate": rate}, look.t),)


def _large(look: Look, total: float) -> tuple[Finding, ...]:
    """A gradient that is large, in a step that is large for its weights."""
    ratios = [w.ratio for w in look.weights if w.ratio is not None] if look.run.has_data else [np.inf]
    if total <= LARGE_GRADIENT or max(ratios, default=0.0) <= LARGE_STEP:
        return ()
    most = max(look.gradients, key=lambda name: look.gradients[name])
    end = "maximum" if look.climbs else "minimum"
    words = f"Its norm is {number(total, 3)}, most of it in {most}: one step may jump far past the {end}."
    cures = (*_gentler(look), slower(look, look.t, "Shorter steps do not jump past it.", _factor(max(ratios))))
    at = look.at(gradient_name(most))
    return (Finding("explodes", "warning", "The gradient is very large", words, "backward", at, cures),)


def _gentler(look: Look) -> tuple[Cure, ...]:
    """Weights from which the first gradient is not that large, where they are what makes it so."""
    if not look.run.has_data:
        return ()
    cure = random_weights(look, look.run.names, "With weights of this size the gradient starts shorter.")
    fresh = started(look, cure)
    return (cure,) if fresh and norm(np.array(list(fresh.gradients.values()))) <= LARGE_GRADIENT else ()


def _factor(ratio: float) -> float:
    return float(np.clip(1e-3 / ratio, 1e-6, 0.1)) if np.isfinite(ratio) else 1e-3


ARRIVAL = Check("a gradient arrives", ("zero_gradient", "explodes", "finished", "tiny_steps"), _zero, without_trained)
