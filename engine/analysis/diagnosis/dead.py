"""Units that pass nothing for any row, what wakes them, and the layers that nothing comes back to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from engine.analysis.diagnosis.cures import (
    anew,
    drawn_anew,
    feeding,
    hidden_activation,
    layers,
    random_weights,
    rate_of,
    started,
)
from engine.analysis.diagnosis.explosion import blew_up
from engine.analysis.diagnosis.finding import Cure, Finding, Result, Severity
from engine.analysis.diagnosis.look import Curve, Look, Weights, falling, of_layers
from engine.analysis.diagnosis.words import count, listed, places
from engine.foundation.numbers import number
from engine.foundation.value_name import gradient_name, member_name
from engine.ops.core.op import Array

LARGE_GRADIENT = 1e3  # a growth on the way back, and a norm, that no usual rate bears
MANY = 0.25  # of a layer's units: fewer dead ones cost width that the others make up


def dead_units(look: Look) -> Result:
    """Units whose slope is 0 for the whole batch, and for all training rows that are looked at beside it.

    A step has no other slope: it is named by itself, and the other activations are judged without it.
    """
    dead = {curve: silent for curve, silent in _dead_of(look).items() if silent.any()}
    others = [curve for curve in look.curves if not curve.is_flat]
    judged = others or look.curves
    units = sum(curve.units for curve in judged)
    total = sum(int(dead[curve].sum()) for curve in judged if curve in dead)
    text, share = f"{total} of {units}", total / units
    rests_on = tuple(curve.steps[0].output for curve in judged)
    steps = len(others) < len(look.curves)
    named = count(units, "other unit" if steps else "unit")
    asleep = {curve: dead[curve] for curve in others if curve in dead}
    found = [*_flat(look), *([_dead(look, asleep, named)] if asleep else [])]
    return Result(text, rests_on, share, share, _as_one(found), good="" if total or steps else "no dead units")


def _as_one(found: list[Finding]) -> tuple[Finding, ...]:
    """A step and the dead units of other layers are one finding: each kind is told once."""
    if len(found) < 2:
        return tuple(found)
    step, dead = found
    return (replace(step, text=f"{step.text} {dead.text}", cures=(*step.cures, *dead.cures)),)


def _dead(look: Look, dead: Mapping[Curve, Array], units: str) -> Finding:
    counts = {curve: int(silent.sum()) for curve, silent in dead.items()}
    total = sum(counts.values())
    verb, them = ("has", "it") if total == 1 else ("have", "them")
    words = (
        f"{total} of {units} {verb} slope 0{_exactly(counts)} for all samples of this batch and for {look.asked}, so "
        f"no gradient passes {them}: {places({curve.title: str(n) for curve, n in counts.items()})}."
    )
    closed = [curve for curve in counts if counts[curve] == curve.units]
    if closed:
        words += f" No gradient at all passes {listed([curve.title for curve in closed], 'layers')}."
    severity: Severity = "bad" if closed else "warning"
    first = next(iter(counts))
    at = look.at(first.steps[0].output, _first_of(first, int(np.flatnonzero(dead[first])[0])))
    many = any(n >= MANY * curve.units for curve, n in counts.items())
    cures = revived(look, list(counts), total) if many else ()
    return Finding("dead_units", severity, "Dead units", words, "forward", at, cures)


def _exactly(curves: Iterable[Curve]) -> str:
    """What is added to "slope 0" of curves that only flatten out: it is 0 as far as digits go."""
    return " to the last digit" if any(curve.saturates for curve in curves) else ""


def _flat(look: Look) -> tuple[Finding, ...]:
    """No unit is at fault: the activation has no slope that anything could be learned by."""
    if not any(w.trained and not w.gradient and look.before_step(w.layer) for w in look.weights):
        return ()
    flat = [curve for curve in look.curves if curve.is_flat]
    words = (
        f"The slope of a step is 0 everywhere: no gradient passes {listed([curve.title for curve in flat], 'layers')}, "
        "and nothing before it learns."
    )
    names = tuple(curve.layer for curve in flat)
    why = "A sigmoid is a step that has a slope."
    cure = anew(look, "Sigmoid", why, layers=hidden_activation(look, names, "sigmoid"))
    at = look.at(flat[0].steps[0].output)
    return (Finding("dead_units", "bad", "A step passes no gradient", words, "forward", at, (cure,)),)


def _dead_of(look: Look) -> dict[Curve, Array]:
    asleep = {curve: int(look.silent(curve).sum()) for curve in look.curves}
    return _asleep_everywhere(look, [curve for curve, silent in asleep.items() if silent])


def _asleep_everywhere(look: Look, curves: list[Curve]) -> dict[Curve, Array]:
    """Of those with units that are silent for the batch, which units are so for the training rows too."""
    if not curves:
        return {}
    names = [name for curve in curves for step in curve.steps for name in (step.inputs[0], step.output)]
    values = look.values(_known(look, names))
    steps = {curve: all(step.inputs[0] in values and step.output in values for step in curve.steps) for curve in curves}
    return {c: look.silent(c) & look.silent(c, values) if steps[c] else look.silent(c) for c in curves}


def _known(look: Look, names: list[str]) -> list[str]:
    """The values that a model has as it is evaluated: what is computed again for truncation is not among them."""
    program = look.run.evaluation_program(1)
    return [name for name in dict.fromkeys(names) if name in program.producer or name in program.sources]


def _first_of(curve: Curve, unit: int) -> tuple[int, ...]:
    shape = curve.steps[0].shape
    at = 1 if len(shape) == 4 else len(shape) - 1
    return tuple(unit if axis == at else 0 for axis in range(len(shape)))


def revived(look: Look, curves: list[Curve], dead: int) -> tuple[Cure, ...]:
    """What wakes units; a net that learns without them is not drawn anew, nor one that comes out worse."""
    names = tuple(curve.layer for curve in curves)
    why = "Its slope is never 0, so no unit dies."
    leaky = anew(look, "Leaky ReLU", why, layers=hidden_activation(look, names, "leaky_relu"))

    def change(i: int, layer: dict[str, object]) -> None:
        if look.run.names[i] in feeding(look, names):
            drawn_anew(layer, "kaiming_uniform")

    again = "Weights and biases drawn for this activation leave about half of the units open."
    if all(curve.saturates for curve in curves):
        again = "Weights of this size keep z where the curve is steep."
    if falling(look.losses):
        return (leaky,)
    shorter = (slower_from_start(look),) if thrown(look) else ()
    drawn = anew(look, "Weights drawn anew, biases 0", again, layers=layers(look, change))
    if shorter:  # other weights would be thrown as far
        return (*shorter, leaky)
    return (leaky, *([drawn] if _dead_at_start(look, drawn) <= dead else []))


def _dead_at_start(look: Look, cure: Cure) -> float:
    """How many units are dead in the new run of a cure before it is trained."""
    fresh = started(look, cure)
    if fresh is None:
        return np.inf
    return sum(int(silent.sum()) for curve, silent in _dead_of(fresh).items() if not curve.is_flat)


def thrown(look: Look) -> bool:
    """Whether steps have thrown weights far from where they started."""
    return any(weights.size > 2 * weights.start for weights in look.weights)


def slower_from_start(look: Look) -> Cure:
    """A tenth of the rate, or less where the first step was more than as long as the weights."""
    first = max((w.update / w.size for w in look.at_start.weights if w.size), default=0.0)
    rate = rate_of(look, 0.1 / max(first, 1.0))
    optimizer = {**look.config.to_dict()["optimizer"], "learning_rate": rate}
    why = "Shorter steps do not throw the weights where nothing passes."
    return anew(look, f"Learning rate {number(rate)} from the start", why, optimizer=optimizer)


def without_curves(look: Look) -> str | None:
    """Where no activation has a slope of its own in each cell."""
    return of_layers(look) or (None if look.curves else "there is no activation")


# --- layers that nothing comes back to ---------------------------------------------------------------------------


def nothing_arrives(look: Look) -> tuple[Finding, ...]:
    """Not a ratio but nothing at all, whatever the row: what comes after them passes no gradient on."""
    layers = [weights for weights in look.weights if weights.trained and not weights.gradient]
    layers = [weights for weights in layers if not look.before_step(weights.layer)]  # told of the step itself
    if look.noisy or not layers:  # a mask may have cut them off, this once
        return ()
    layers = [weights for weights in layers if not any(look.over_rows[name] for name in weights.trained)]
    if not layers:
        return ()
    titles = listed([weights.title for weights in layers], "layers")
    stop, why = _stop(look, layers[-1])
    words = f"The gradient of {titles} is 0, for this batch and for {look.asked}{stop}."
    steep = sum(size * size for size in look.at_start.gradients.values()) > LARGE_GRADIENT**2
    hurled = (thrown(look) or blew_up(look)) and not steep
    cure = slower_from_start(look) if hurled else random_weights(look, look.run.names, why)
    at = look.at(gradient_name(layers[0].names[0]))
    return (Finding("zero_gradient", "bad", "No gradient arrives", words, "backward", at, (cure,)),)


def _stop(look: Look, last: Weights) -> tuple[str, str]:
    """What passes nothing back to the last of the layers that get nothing, and why other weights would."""
    at = look.run.names.index
    for curve, silent in _dead_of(look).items():
        whole = len(curve.steps) == 1 or look.is_plain_cell(curve)
        if silent.all() and whole and at(curve.layer) >= at(last.layer):
            always = " at every time" * (len(curve.steps) > 1)
            words = f": in every unit of {curve.title} the slope of {curve.type} is 0{_exactly([curve])}{always}"
            return words, f"With weights of this size z lies where {curve.type} has a slope."
    after = next((weights for weights in look.weights if at(weights.layer) > at(last.layer)), None)
    name = member_name(after.layer, "weight") if after else ""
    if after and name in after.names and not look.traced[name].any():
        return f": every weight of {after.title} is 0", "Weights that are not 0 pass a gradient on."
    return "", "Other weights may pass a gradient on."
