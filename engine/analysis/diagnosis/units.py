"""Units that do nothing, or all the same: saturated, equal, and outputs that do not depend on the inputs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.analysis.diagnosis.configuration import limits
from engine.analysis.diagnosis.cures import (
    anew,
    feeding,
    hidden_activation,
    last_activation,
    random_weights,
    started,
    unbent,
)
from engine.analysis.diagnosis.dead import dead_units, revived, slower_from_start, thrown, without_curves
from engine.analysis.diagnosis.finding import Check, Cure, Finding, Result, Severity
from engine.analysis.diagnosis.look import FADED, Curve, Look, of_layers
from engine.analysis.diagnosis.words import listed, percent, places
from engine.explain.blocks import layer_title
from engine.foundation.numbers import number
from engine.foundation.value_name import gradient_name
from engine.model.activations import NEARLY_FLAT
from engine.model.layers import Layer
from engine.model.losses import OF_NUMBERS
from engine.ops.core.op import Array
from engine.program.program import Step

MOSTLY = 0.5  # share of cells from which on a layer counts as saturated: more of the gradient is lost than passes
SHUT = 0.9  # the same of a gate, which is meant to be open or shut most of the time
LOST = 1e-12  # a slope from which on bce, whose logarithm is cut off there, has no gradient to set against it
WRONG = 0.2  # share of outputs: more than a few hard samples or wrong labels make up


# --- saturated ---------------------------------------------------------------------------------------------------


def _saturated(look: Look) -> Result:
    """Hidden curves that flatten out: saturated outputs are often just confident."""
    hidden = [curve for curve in look.curves if curve.saturates and not curve.is_output]
    shares = {curve: look.flat_share(curve) for curve in hidden}
    text = f"at most {percent(max(shares.values()))} of a layer"
    rests_on = tuple(curve.steps[0].inputs[0] for curve in hidden)
    low, high = min(shares.values()), max(shares.values())
    flat = {curve: share for curve, share in shares.items() if share >= _most(curve)}
    if flat and look.answers_well:
        return Result(f"{text}, and the answers are right", rests_on, low, high)
    if not flat:
        return Result(text, rests_on, low, high, good="no saturated layers")
    shut = _closed(look)
    worst = listed([f"{percent(share)} of {curve.title}" for curve, share in flat.items()], "layers")
    kinds = " or ".join(sorted({curve.type for curve in flat}))
    lies = "lies" if len(flat) == 1 else "lie"
    there = f"{worst} {lies} where {kinds} is nearly flat"
    words = f"{there}, with a slope below {NEARLY_FLAT}: the gradient fades there.{shut}"
    first = next(iter(look.shut if shut else flat))
    at = look.at(first.steps[-1].output)
    found = Finding(
        "saturated_units",
        "bad" if shut else "warning",
        "Saturated units",
        words,
        "forward",
        at,
        _unsaturated(look, list(look.shut if shut else flat)),
    )
    return Result(text, rests_on, low, high, (found,))


def _closed(look: Look) -> str:
    """Of curves without one cell that passes a gradient on, how little is left of it before them; else nothing."""
    if not look.shut or len(look.weights) < 2:
        return ""
    first, last = look.weights[0], look.weights[-1]
    if first.gradient >= FADED * last.gradient:
        return ""
    curve, slope = min(look.shut.items(), key=lambda item: item[1])
    return (
        f" In {curve.title} the slope is {number(slope, 3)} at the most, so next to nothing passes: the gradient's "
        f"norm is {number(last.gradient, 3)} in {last.title} and {number(first.gradient, 3)} in {first.title}."
    )


def _most(curve: Curve) -> float:
    """The share of flat cells from which on a curve counts as saturated."""
    return SHUT if _is_gate(curve) else MOSTLY


def _is_gate(curve: Curve) -> bool:
    return len(curve.steps) > 1 and curve.type == "sigmoid"


def _unsaturated(look: Look, curves: list[Curve]) -> tuple[Cure, ...]:
    names = tuple(curve.layer for curve in curves)
    start = look.at_start
    began = {(c.layer, c.key): start.flat_share(c) for c in start.curves if c.saturates and not c.is_output}
    steep = all(began[curve.layer, curve.key] < _most(curve) for curve in curves)
    why = "Weights of this size keep z where the curve is steep."
    cures = [] if steep else [random_weights(look, feeding(look, names), why)]
    if steep and any(weights.update > weights.size for weights in start.weights):
        cures.append(slower_from_start(look))
    if look.run.inputs.dtype.kind == "f" and np.abs(look.run.inputs).max() > 3:
        data = {**look.config.to_dict()["data"], "standardize": True}
        cures.insert(0, anew(look, "Standardize the inputs", "Large inputs make large z.", data=data))
    if all(layer.type in ("dense", "conv2d", "conv1d") for layer in _of(look, names)):
        relu = hidden_activation(look, names, "relu", "kaiming_uniform")
        cures.append(anew(look, "ReLU", "It does not flatten out above 0.", layers=relu))
    return tuple(cures)


def _of(look: Look, names: tuple[str, ...]) -> list[Layer]:
    named = zip(look.run.names, look.config.layers, strict=True)
    return [layer for name, layer in named if name in names]


def without_hidden_curves(look: Look) -> str | None:
    """Where no hidden activation flattens out."""
    if reason := of_layers(look):
        return reason
    hidden = any(curve.saturates and not curve.is_output for curve in look.curves)
    return None if hidden else "no hidden activation flattens out"


def _output(look: Look) -> Result:
    """Outputs that are nearly flat though they are far from their target: the slope takes the error's force away.

    Nielsen 2015, Neural networks and deep learning, chapter 3: the derivative of a squared error has the slope as a
    factor, that of the cross-entropy has not.
    """
    step, slope = _end(look)
    low, high = limits(look.config.layers[-1].output_activation)
    error = np.abs(look.outputs - look.targets)
    loss = look.config.loss.type
    stuck = (slope < (LOST if loss == "bce" else NEARLY_FLAT)) & (error > (high - low) / 2)
    share = float(stuck.mean())
    text = f"{percent(share)} flat and wrong"
    if share < WRONG:
        return Result(text, (step.output,), share, share)
    worst = np.unravel_index(int(np.where(stuck, error, 0).argmax()), stuck.shape)
    passed = f"{loss} passes its gradient on times that slope"
    if loss == "bce":
        passed = "so little that the logarithm of bce, which is cut off near 0, cannot make up for it"
    words = (
        f"{percent(share)} of the outputs are wrong by more than half of the range and saturated. One is "
        f"{number(float(look.outputs[worst]))} for the target {number(float(look.targets[worst]))}, where "
        f"{look.config.layers[-1].output_activation.type} has the slope {number(float(slope[worst]), 3)}: {passed}."
    )
    at = look.at(step.output, (0,) * (len(step.shape) - 1) + (int(worst[1]),))
    severity: Severity = "bad" if loss == "bce" else "warning"
    found = Finding("saturated_output", severity, "The output is saturated and wrong", words, "loss", at, steep(look))
    return Result(text, (step.output,), share, share, (found,))


def _end(look: Look) -> tuple[Step, Array]:
    """The step that gives the outputs, and its slope in size for the rows; of a softmax each output's own, y(1 - y)."""
    curve = next((curve for curve in look.curves if curve.is_output), None)
    step = curve.steps[-1] if curve else next(s for s in look.forward if s.output == look.run.prediction)
    values = look.values([step.inputs[0], step.output])
    y = values[step.output]
    slope = look.slopes(curve, values)[-1] if curve else y * (1 - y)
    return step, np.abs(slope).reshape(-1, step.shape[-1])


def steep(look: Look) -> tuple[Cure, ...]:
    """A loss whose gradient does not fade with the slope."""
    chances = bool(((look.run.targets >= 0) & (look.run.targets <= 1)).all())
    signs = bool(np.isin(look.run.targets, (-1.0, 1.0)).all())
    why = "Its gradient at z is output minus target, without the slope."
    if look.config.layers[-1].output_activation.type == "softmax" and look.labels is not None:
        free = last_activation(look, "identity")
        return (anew(look, "Identity with cross_entropy", why, layers=free, loss="cross_entropy"),)
    if look.config.loss.type == "bce":
        free = last_activation(look, "identity")
        return (anew(look, "Identity with bce_with_logits", why, layers=free, loss="bce_with_logits"),)
    if chances:
        return (anew(look, "Sigmoid with bce", why, layers=last_activation(look, "sigmoid"), loss="bce"),)
    if signs:
        why = "Its gradient is whole until the sign is right."
        return (anew(look, "Identity with hinge", why, layers=last_activation(look, "identity"), loss="hinge"),)
    return (anew(look, "Identity", "It has slope 1 everywhere.", layers=last_activation(look, "identity")),)


def without_flat_output(look: Look) -> str | None:
    """Where the output does not flatten out at two ends, or the loss undoes it."""
    if reason := of_layers(look):
        return reason
    last, loss = look.config.layers[-1].output_activation, look.config.loss.type
    ends = any(curve.is_output and curve.saturates for curve in look.curves) or last.type == "softmax"
    if not ends or not np.isfinite(limits(last)).all():
        return f"the last layer ends in {last.type}"
    return None if loss in (*OF_NUMBERS, "bce") else f"{loss} does not fade with the slope"


# --- equal -------------------------------------------------------------------------------------------------------

SAME = 1e-6  # of the largest weight: rows that differ by less are copies but for rounding
KEYS = ("weight", "bias", "weight_ih", "weight_hh", "bias_ih", "bias_hh")


def _equal(look: Look) -> Result:
    """Goodfellow et al. 2016, section 8.4: units with the same inputs and the same start get the same gradient."""
    found = {name: _copies(look, name) for name in _with_units(look)}
    copies = {name: each.same for name, each in found.items() if each.same > 1}
    nearest = min(each.nearest for each in found.values())
    text = f"nearest two {number(nearest, 2)} apart"
    if not copies:
        return Result(text, tuple(found), nearest, nearest)
    units = {name: _units_of(look, name) for name in copies}
    each = {layer_title(name): f"{same} of {units[name]} units" for name, same in copies.items()}
    signs = ", but for their sign," if any(found[name].mirrored for name in copies) else ""
    words = (
        f"Units are copies of each other: {places(each)} hold the same weights{signs} and get the same gradient, so "
        "they will stay one unit."
    )
    severity: Severity = "bad" if any(copies[name] == units[name] for name in copies) else "warning"
    at = look.at(f"{next(iter(copies))}.{_keys(look, next(iter(copies)))[0]}")
    cure = random_weights(look, tuple(look.run.names), "Units that start different learn different things.")
    began = any(_copies(look.at_start, name).same > 1 for name in copies)
    equal = Finding("equal_units", severity, "Equal units", words, "update", at, (cure,) if began else ())
    return Result(text, tuple(found), nearest, nearest, (equal,))


def _with_units(look: Look) -> list[str]:
    """Hidden and last layers of several units that take weights of their own to the same inputs."""
    kinds = dict(zip(look.run.names, look.config.layers, strict=True))
    of_units = ("dense", "conv2d", "conv1d", "rnn", "lstm", "gru")
    return [name for name, layer in kinds.items() if layer.type in of_units and _keys(look, name) and layer.units > 1]


def _keys(look: Look, name: str) -> list[str]:
    own = {p.name for p in look.run.parameters}
    return [key for key in KEYS if f"{name}.{key}" in own]


def _units_of(look: Look, name: str) -> int:
    return int(dict(zip(look.run.names, look.config.layers, strict=True))[name].units)


@dataclass(frozen=True, slots=True)
class _Copies:
    """How many units are in the largest group of copies, whether some have the other sign, how far two are apart."""

    same: int
    mirrored: bool
    nearest: float


def _copies(look: Look, name: str) -> _Copies:
    """Units with the other sign in all weights and in their gradients stay each other's mirror image: copies too."""
    units, keys = _units_of(look, name), [f"{name}.{key}" for key in _keys(look, name)]
    weights, gradients = (
        np.hstack([_by_unit(look.traced[of(key)], units) for key in keys]) for of in (str, gradient_name)
    )
    apart = _distances(weights, weights)
    same = (apart <= SAME) & (_distances(gradients, gradients) <= SAME)
    mirrored = _mirrored(look, name, weights, gradients)
    np.fill_diagonal(apart, np.inf)
    group = (same | mirrored).sum(axis=1)
    return _Copies(int(group.max()), bool(mirrored[int(group.argmax())].any()), float(apart.min()))


def _mirrored(look: Look, name: str, weights: Array, gradients: Array) -> Array:
    """Which units are others with the other sign; two classes of a softmax may be, and lose nothing by it."""
    if name == look.weights[-1].layer or not gradients.any():
        return np.zeros((len(weights), len(weights)), bool)
    return (_distances(weights, -weights) <= SAME) & (_distances(gradients, -gradients) <= SAME)


def _by_unit(array: Array, units: int) -> Array:
    """A row for each unit: of a recurrent layer what it has in every gate."""
    gates = array.shape[0] // units
    return np.moveaxis(array.reshape(gates, units, -1), 0, 1).reshape(units, -1)


def _distances(rows: Array, others: Array) -> Array:
    """The largest difference of every two rows, over the largest number; 0 where all are 0."""
    largest = float(np.abs(rows).max())
    if not largest:
        return np.zeros((len(rows), len(rows)))
    return np.stack([np.abs(others - row).max(axis=1) for row in rows]) / largest


def without_units(look: Look) -> str | None:
    """Where no layer has units to compare."""
    return of_layers(look) or (None if _with_units(look) else "no layer has several units with weights of their own")


# --- outputs that do not depend on the inputs --------------------------------------------------------------------

STILL = 1e-3  # of the targets' spread: what varies less cannot follow them


def _constant(look: Look) -> Result:
    spread = float(look.outputs.std(axis=0).max())
    wanted = _wanted(look)
    text = f"outputs vary by {number(spread, 3)}"
    if spread > STILL * wanted:
        return Result(text, (look.run.prediction,), spread, spread)
    mean = listed([number(float(m), 3) for m in look.outputs.mean(axis=0)])
    nearly = spread > SAME * float(np.abs(look.outputs).max())
    asks = "what classes ask for" if look.labels is not None else "what the targets vary by"
    words = f"For {look.asked} the output " + (
        f"stays near {mean}: it varies by {number(spread, 3)}, less than a thousandth of {asks}."
        if nearly
        else f"is the same, {mean}, to within a deviation of {number(spread, 3)}: it does not depend on the inputs."
    )
    found = Finding(
        "constant_output",
        "bad",
        "The output is nearly constant" if nearly else "The output is constant",
        words,
        "forward",
        look.at(look.run.prediction),
        _varied(look),
    )
    return Result(text, (look.run.prediction,), spread, spread, (found,))


def _wanted(look: Look) -> float:
    """The spread of the targets; of logits and scores about 1."""
    if look.labels is not None or look.targets.dtype.kind != "f":
        return 1.0
    return float(look.targets.std(axis=0).max())


def _varied(look: Look) -> tuple[Cure, ...]:
    dead = [curve for curve in look.curves if look.silent(curve).all() and not curve.is_output]
    if dead:
        return revived(look, dead, sum(curve.units for curve in dead))
    if thrown(look):
        return (slower_from_start(look),)
    why = "With weights of this size what comes in shows in what goes out."
    drawn = random_weights(look, tuple(look.run.names), why)
    return tuple(cure for cure in (drawn, *unbent(look)) if _varies(look, cure))


def _varies(look: Look, cure: Cure) -> bool:
    """Whether the outputs of a cure's run differ before it is trained."""
    fresh = started(look, cure)
    return fresh is not None and float(fresh.outputs.std(axis=0).max()) > STILL * _wanted(look)


def _one_class(look: Look) -> Result:
    assert look.labels is not None, "asked of classes only"
    given, wanted = np.unique(look.predicted), np.unique(look.labels)
    text = f"{len(given)} of {len(wanted)} classes"
    if len(given) > 1:
        return Result(text, (look.run.prediction,), float(len(given)), float(len(given)))
    name = look.run.classes[int(given[0])]
    right = float(np.mean(look.labels == given[0]))
    most = right > max(float(np.mean(look.labels == other)) for other in wanted if other != given[0])
    common = ": the network answers what is common, whatever the input" if most else ", whatever the input"
    words = (
        f"Of {look.asked} every one is taken for class {name.removeprefix('class ')}, and {percent(right)} are of "
        f"it{common}."
    )
    found = Finding(
        "one_class", "warning", "Always one class", words, "forward", look.at(look.run.prediction), _weighted(look)
    )
    return Result(text, (look.run.prediction,), 1.0, 1.0, (found,))


def _weighted(look: Look) -> tuple[Cure, ...]:
    """Classes that count by how rare they are."""
    labels = look.run.data.train_labels
    assert labels is not None, "asked of classes only"
    counts = np.bincount(labels.reshape(-1), minlength=2).astype(np.float64)
    if counts.min() == 0 or counts.max() < 1.5 * counts.min():
        return ()
    loss, units = look.config.loss.type, look.run.outline.shapes[look.run.prediction][-1]
    why = "Every class then pulls as hard as any other."
    if loss in ("cross_entropy", "nll"):
        weight = [float(f"{w:.3g}") for w in counts.sum() / len(counts) / counts]
        return (anew(look, "Weights for rare classes", why, loss={"type": loss, "weight": weight}),)
    if units > 1 or loss not in ("bce", "bce_with_logits"):
        return ()
    rare = {"type": "bce_with_logits", "pos_weight": [float(f"{counts[0] / counts[1]:.3g}")]}
    return (anew(look, "A weight for the rare class", why, loss=rare, layers=last_activation(look, "identity")),)


def not_settled(look: Look) -> str | None:
    """What the model answers says nothing before it has seen the data."""
    if reason := of_layers(look):
        return reason
    return None if look.t >= look.settled else f"asked from iteration {look.settled} on"


def without_classes(look: Look) -> str | None:
    """Where there is no choice between classes."""
    if reason := not_settled(look):
        return reason
    if look.labels is None:
        return "targets are numbers"
    return None if len(np.unique(look.labels)) > 1 else "all training rows are of one class"


def without_variety(look: Look) -> str | None:
    """Where outputs need not differ."""
    if reason := not_settled(look):
        return reason
    if (look.run.inputs == look.run.inputs[:1]).all():
        return "the inputs are all the same"
    if _wanted(look) == 0 or len(look.rows) < 2:
        return "the targets are all the same"
    return None if _told_apart(look) else "rows with equal inputs have other targets, and one answer fits them best"


def _told_apart(look: Look) -> bool:
    """Whether the best answer to equal inputs, the mean of their targets, differs from that to others."""
    rows = look.run.inputs[look.rows].reshape(len(look.rows), -1)
    if len(look.targets) != len(rows) or look.labels is not None:
        return True
    _, group, counts = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    sums = np.zeros((len(counts), look.targets.shape[1]))
    np.add.at(sums, group.reshape(-1), look.targets)
    return bool((sums / counts[:, None]).std(axis=0).max() > STILL * _wanted(look))


UNITS = (
    Check("dead units", ("dead_units",), dead_units, without_curves),
    Check("saturated units", ("saturated_units",), _saturated, without_hidden_curves),
    Check("saturated outputs", ("saturated_output",), _output, without_flat_output),
    Check("no two units equal", ("equal_units",), _equal, without_units),
    Check("outputs depend on inputs", ("constant_output",), _constant, without_variety),
    Check("more than one class is answered", ("one_class",), _one_class, without_classes),
)
