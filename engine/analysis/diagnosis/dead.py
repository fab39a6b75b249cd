"""Units that pass nothing for any row, and what wakes them."""

from __future__ import annotations

import numpy as np

from engine.analysis.diagnosis.cures import anew, drawn_anew, hidden_activation, layers
from engine.analysis.diagnosis.finding import Cure, Finding, Result, Severity
from engine.analysis.diagnosis.look import Curve, Look, falling, of_layers
from engine.analysis.diagnosis.words import count, listed, places
from engine.foundation.numbers import number
from engine.ops.core.op import Array
from engine.run.run import Run
from engine.run.task import parse_config

MANY = 0.25  # of a layer's units: fewer dead ones cost width that the others make up


def dead_units(look: Look) -> Result:
    """Units whose slope is 0 for the whole batch, and for all training rows that are looked at beside it."""
    dead = _dead_of(look)
    counts = {curve: int(silent.sum()) for curve, silent in dead.items() if silent.any()}
    units = sum(curve.units for curve in look.curves)
    total = sum(counts.values())
    text = f"{total} of {units}"
    rests_on = tuple(curve.steps[0].output for curve in look.curves)
    share = total / units
    if any(curve.is_flat for curve in look.curves):
        cut_off = any(weights.trained and not weights.gradient for weights in look.weights)
        return Result(text, rests_on, share, share, (_flat(look),) if cut_off else ())
    if not total:
        return Result(text, rests_on, share, share, good="no dead units")
    verb, them = ("has", "it") if total == 1 else ("have", "them")
    words = (
        f"{total} of {count(units, 'unit')} {verb} slope 0 for all samples of this batch and for {look.asked}, so no "
        f"gradient passes {them}: {places({curve.title: str(n) for curve, n in counts.items()})}."
    )
    closed = [curve for curve in counts if counts[curve] == curve.units]
    if closed:
        words += f" Nothing at all passes {listed([curve.title for curve in closed], 'layers')}."
    severity: Severity = "bad" if closed else "warning"
    first = next(iter(counts))
    at = look.at(first.steps[0].output, _first_of(first, int(np.flatnonzero(dead[first])[0])))
    many = any(n >= MANY * curve.units for curve, n in counts.items())
    cures = revived(look, list(counts), total) if many else ()
    found = Finding("dead_units", severity, "Dead units", words, "forward", at, cures)
    return Result(text, rests_on, share, share, (found,))


def _flat(look: Look) -> Finding:
    """No unit is at fault: the activation has no slope that anything could be learned by."""
    flat = [curve for curve in look.curves if curve.is_flat]
    words = (
        f"The slope of a step is 0 everywhere: no gradient passes {listed([curve.title for curve in flat], 'layers')}, "
        "and nothing before it learns."
    )
    names = tuple(curve.layer for curve in flat)
    why = "A sigmoid is a step that has a slope."
    cure = anew(look, "Sigmoid", why, layers=hidden_activation(look, names, "sigmoid"))
    at = look.at(flat[0].steps[0].output)
    return Finding("dead_units", "bad", "A step passes no gradient", words, "forward", at, (cure,))


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
    if falling(look.losses):
        return (leaky,)
    shorter = (slower_from_start(look),) if thrown(look) else ()
    drawn = anew(look, "Weights drawn anew, biases 0", again, layers=layers(look, change))
    return (*shorter, leaky, *([drawn] if _dead_at_start(look, drawn) <= dead else []))


def _dead_at_start(look: Look, cure: Cure) -> float:
    """How many units are dead in the new run of a cure before it is trained."""
    if cure.config is None:
        return np.inf
    run = Run(parse_config(cure.config), look.run.store)
    fresh = Look(run, run.trace_at(0, look.cancelled), look.cancelled)
    return sum(int(silent.sum()) for silent in _dead_of(fresh).values())


def feeding(look: Look, names: tuple[str, ...]) -> tuple[str, ...]:
    """The layers themselves, and the one before each that is an activation by itself."""
    before = {name: look.run.names[i - 1] for i, name in enumerate(look.run.names) if i}
    alone = [name for name in names if not look.traced.table.get(f"{name}.z") is not None]
    return (*names, *(before[name] for name in alone if name in before))


def thrown(look: Look) -> bool:
    """Whether steps have thrown weights far from where they started."""
    return any(weights.size > 2 * weights.start for weights in look.weights)


def slower_from_start(look: Look) -> Cure:
    rate = float(f"{look.rate / 10:.3g}")
    optimizer = {**look.config.to_dict()["optimizer"], "learning_rate": rate}
    why = "Shorter steps do not throw the weights where nothing passes."
    return anew(look, f"Learning rate {number(rate)} from the start", why, optimizer=optimizer)


def without_curves(look: Look) -> str | None:
    """Where no activation has a slope of its own in each cell."""
    return of_layers(look) or (None if look.curves else "there is no activation")
