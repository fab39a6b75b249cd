"""What can be seen in the configuration and the data, before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.analysis.diagnosis.cures import FREE, anew, from_now, last_activation
from engine.analysis.diagnosis.finding import Check, Cure, Finding, Result, Severity
from engine.analysis.diagnosis.look import OF_A_ROW, Look, of_layers
from engine.analysis.diagnosis.words import count, listed, percent, ranging, span
from engine.foundation.numbers import number
from engine.foundation.value_name import update_name
from engine.model.activations import ACTIVATIONS, ActivationSpec
from engine.model.losses import OF_COUNTS, OF_NUMBERS
from engine.ops.core.op import Array

# --- what is trained ---------------------------------------------------------------------------------------------


def _trained(look: Look) -> Result:
    names = tuple(p.name for p in look.run.parameters if p.trainable)
    text = f"{len(names)} of {count(len(look.run.parameters), 'parameter')}, rate {number(look.rate)}"
    every = tuple(p.name for p in look.run.parameters) or ("loss",)
    if names and look.rate:
        return Result(text, names)
    at = look.at(update_name(names[0]) if names else every[0])
    if not names:
        words = "Every parameter is frozen: there are gradients, but nothing is updated."
        found = Finding("nothing_trained", "warning", "Nothing is trained", words, "update", at, _thawed(look))
    else:
        words = "The learning rate is 0, so every number stays as it is."
        cure = from_now(
            look, "Learning rate 0.01", "With a rate the update is not 0.", {"optimizer.learning_rate": 0.01}
        )
        cures = () if look.update.schedule else (cure,)
        found = Finding("nothing_trained", "warning", "Nothing moves", words, "update", at, cures)
    return Result(text, every, findings=(found,))


def _thawed(look: Look) -> tuple[Cure, ...]:
    why = "What is trained changes with its gradient."
    if not look.run.has_data:
        names = [p.name for p in look.run.parameters]
        return (anew(look, f"Train {listed(names)}", why, train=names),) if names else ()
    thawed = [{**layer, **({"frozen": []} if "frozen" in layer else {})} for layer in look.config.to_dict()["layers"]]
    return (anew(look, "Train all layers", why, layers=thawed),) if look.run.parameters else ()


# --- loss, last activation, targets ------------------------------------------------------------------------------

OF_LOGITS = ("cross_entropy", "bce_with_logits", "focal", "multi_margin")
OF_SIGNS = ("hinge", "squared_hinge")
OF_CHANCES = {"bce": ("sigmoid", "softmax"), "nll": ("log_softmax",), "kl_div": ("log_softmax",)}
UNBOUNDED = {
    **dict.fromkeys(OF_SIGNS, "scores on both sides of 0 without bounds"),
    **dict.fromkeys(OF_COUNTS, "the logarithms of counts, which may be any number"),
}
KNOWN = (*OF_NUMBERS, *OF_LOGITS, *UNBOUNDED, *OF_CHANCES)


def pair_fault(loss: str, activation: str, units: int) -> tuple[Severity, str] | None:
    """What is wrong with a loss behind a last activation, and how bad it is; None if they belong together."""
    kind = ACTIVATIONS[activation]
    if activation in OF_A_ROW and units == 1:
        only = "1" if activation == "softmax" else "0"
        return "bad", f"{kind.title} over one unit is always {only}, whatever the weights are"
    if loss in OF_LOGITS and activation == "softmax":
        return "bad", f"{loss} takes logits and has a softmax built in, so the softmax is taken twice"
    if loss in OF_LOGITS and activation == "sigmoid" and loss != "cross_entropy":
        return "bad", f"{loss} takes logits and has a sigmoid built in, so the sigmoid is taken twice"
    if loss in OF_LOGITS and activation != "log_softmax":
        return _squeezed(loss, "logits, which may be any number", activation)
    if loss in OF_LOGITS and loss != "cross_entropy":
        return "warning", f"{loss} takes logits, which may be any number, and log-softmax gives none above 0"
    if loss in UNBOUNDED:
        return _squeezed(loss, UNBOUNDED[loss], activation)
    if loss in OF_NUMBERS and activation == "log_softmax":
        return "warning", f"{loss} compares numbers, and log-softmax gives the logarithms of probabilities"
    return None


def _squeezed(loss: str, wanted: str, activation: str) -> tuple[Severity, str] | None:
    low, high = ACTIVATIONS[activation].minimum, ACTIVATIONS[activation].maximum
    if np.isinf(low) and np.isinf(high):
        return None
    severity: Severity = "bad" if np.isfinite(low) and np.isfinite(high) else "warning"
    return severity, f"{loss} takes {wanted}, and {ACTIVATIONS[activation].title} gives {_range_of(low, high)}"


def _range_of(low: float, high: float) -> str:
    if np.isinf(low):
        return f"at most {number(high, 3)}"
    return f"at least {number(low, 3)}" if np.isinf(high) else f"{number(low, 3)} to {number(high, 3)}"


def _pair(look: Look) -> Result:
    last, loss = look.config.layers[-1].output_activation, look.config.loss.type
    units = look.run.outline.shapes[look.run.prediction][-1]
    fault = pair_fault(loss, last.type, units)
    text = f"{loss}, {last.type}"
    if fault is None:
        return Result(text, (look.run.prediction, "loss"))
    severity, words = fault
    cures = tuple(_paired(look, loss, units))
    place = look.at(look.run.prediction)
    found = Finding("wrong_pair", severity, "Loss and last layer do not fit", f"{words}.", "loss", place, cures)
    return Result(text, (look.run.prediction, "loss"), findings=(found,))


def _paired(look: Look, loss: str, units: int) -> list[Cure]:
    activation = "sigmoid" if loss == "bce" else FREE
    if units == 1 and look.config.layers[-1].output_activation.type in OF_A_ROW and _within(look, 0, 1):
        activation = "sigmoid" if loss in ("bce", *OF_NUMBERS) else FREE
    why = "It gives what the loss compares with."
    return [anew(look, f"Last layer with {activation}", why, layers=last_activation(look, activation))]


def _within(look: Look, low: float, high: float) -> bool:
    return bool(((look.targets >= low) & (look.targets <= high)).all())


def limits(spec: ActivationSpec) -> tuple[float, float]:
    """The range of an activation with its settings."""
    kind = ACTIVATIONS[spec.type]
    low = -float(spec.params["alpha"]) if spec.type == "elu" else kind.minimum
    return low, kind.maximum


def _reach(look: Look) -> Result:
    """Targets that the last activation cannot give. One on the bound itself can be come near to."""
    last = look.config.layers[-1].output_activation
    low, high = limits(last)
    least, most = float(look.run.targets.min()), float(look.run.targets.max())
    text = f"targets {span(least, most)}, {last.type} {_range_of(low, high)}"
    slack = 0.01 * (high - low) if np.isfinite(high - low) else 0.01 * (most - least)
    beyond = (look.run.targets < low - slack) | (look.run.targets > high + slack)
    share = float(beyond.mean())
    if not share:
        return Result(text, ("target", look.run.prediction), least, most)
    words = (
        f"{ranging('targets', 'target', least, most)}, but {ACTIVATIONS[last.type].title} gives "
        f"{_range_of(low, high)}: {percent(share)} of them can never be reached."
    )
    where = look.at(look.run.prediction)
    severity: Severity = "bad" if share >= 0.1 else "warning"
    found = Finding(
        "output_range", severity, "The output cannot reach the targets", words, "loss", where, _reaching(look)
    )
    return Result(text, ("target", look.run.prediction), least, most, (found,))


def _reaching(look: Look) -> tuple[Cure, ...]:
    why = "Without bounds the output can be any number."
    free = anew(look, "Last layer with identity", why, layers=last_activation(look, FREE))
    scaled = _scaled_to(look, *limits(look.config.layers[-1].output_activation))
    return (free, *scaled)


def _scaled_to(look: Look, low: float, high: float) -> tuple[Cure, ...]:
    """Targets moved into a range, where they are given inline."""
    data = look.config.to_dict()["data"]
    if "targets" not in data or not np.isfinite(high - low):
        return ()
    given = np.asarray(data["targets"], np.float64)
    scaled = low + (high - low) * (given - given.min()) / (given.max() - given.min())
    title = f"Targets scaled to {span(low, high)}"
    return (anew(look, title, "Then the output can reach them all.", data={**data, "targets": scaled.tolist()}),)


def without_numbers(look: Look) -> str | None:
    """Where targets are not numbers that the output is compared with."""
    if reason := of_layers(look):
        return reason
    loss = look.config.loss.type
    return None if loss in OF_NUMBERS else f"{loss} does not compare outputs with numbers"


def without_pair(look: Look) -> str | None:
    """A loss of which nothing is known here."""
    return of_layers(look) or (
        None if look.config.loss.type in KNOWN else f"nothing is known of {look.config.loss.type}"
    )


# --- the data ----------------------------------------------------------------------------------------------------

LARGE = 10.0  # a typical size of inputs or targets from which on a rate that is usual for numbers about 1 is too large
# largest spread over those of the least quarter: descent then needs about its square, 10 000 steps, for the flattest
UNEVEN = 100.0
FAR = 10.0  # mean over deviation: inputs that hardly differ from one another


def _inputs(look: Look) -> Result:
    """LeCun et al. 1998, Efficient BackProp, section 4.3: inputs of mean 0 and deviation 1.

    The largest curvature of the loss grows with the mean square of an input, and the rate has to stay below 2 over it.
    """
    x = look.run.inputs.reshape(len(look.run.inputs), -1)
    size, spread, mean = np.sqrt((x * x).mean(axis=0)), x.std(axis=0), np.abs(x.mean(axis=0))
    varied = spread > 1e-9 * np.maximum(size, 1e-300)
    low, high = float(x.min()), float(x.max())
    text = span(low, high)
    if len(x) > 1 and not varied.any():
        words = f"All {len(x)} training rows have the same inputs, so no answer can differ from another."
        same = Finding("input_scale", "warning", "All inputs are equal", words, "batch", look.at("x"))
        return Result(text, ("x",), low, high, (same,))
    words = _unscaled(look, size, spread[varied], mean[varied])
    if not words:
        return Result(text, ("x",), low, high)
    column = int(size.argmax())
    data = {**look.config.to_dict()["data"], "standardize": True}
    cure = anew(look, "Standardize the inputs", "Each input then has mean 0 and deviation 1.", data=data)
    place = look.at("x", (0, column) if look.traced["x"].ndim == 2 else None)
    found = Finding("input_scale", "warning", "Inputs are not scaled", words, "batch", place, (cure,))
    return Result(text, ("x",), low, high, (found,))


def _unscaled(look: Look, size: Array, spread: Array, mean: Array) -> str:
    names = look.run.data.features
    which = names[int(size.argmax())] if len(names) == len(size) else f"input {int(size.argmax()) + 1}"
    if size.max() > LARGE:
        return (
            f"{which} has a typical size of {number(float(size.max()), 3)}. The gradient of its weights is that many "
            "times as large as for an input of 1, and the rate that it bears is smaller by the square of it."
        )
    if 0 < size.max() < 1 / UNEVEN:
        return (
            f"The inputs have a typical size of {number(float(size.max()), 3)} at the most: the gradient of their "
            "weights is that small a part of that of a bias, so they hardly learn."
        )
    if len(spread) and spread.max() > UNEVEN * np.quantile(spread, 0.25, method="lower"):
        return (
            f"{ranging('spreads of the inputs', 'spread', float(spread.min()), float(spread.max()))}: one learning "
            "rate cannot suit both ends."
        )
    if len(spread) and (mean / spread).max() > FAR:
        far = int((mean / spread).argmax())
        return (
            f"An input has mean {number(float(mean[far]), 3)} and deviation {number(float(spread[far]), 3)}: its "
            "rows hardly differ, and the bias has to undo what they have in common."
        )
    return ""


def without_scale(look: Look) -> str | None:
    """Where inputs have no scale of their own."""
    if reason := of_layers(look):
        return reason
    if look.run.inputs.dtype.kind != "f":
        return "inputs are tokens"
    first = look.config.layers[0].type
    return f"{first} scales them" if first.endswith("_norm") else None


def _targets(look: Look) -> Result:
    y = look.run.targets
    size, spread = float(np.sqrt((y * y).mean())), float(y.std())
    least, most = float(y.min()), float(y.max())
    text = f"{span(least, most)}, deviation {number(spread, 3)}"
    if len(y) > 1 and least == most:
        words = (
            f"All {len(y)} training rows have the target {number(least)}: one answer fits them, whatever the inputs."
        )
        same = Finding("target_scale", "warning", "All targets are equal", words, "loss", look.at("target"))
        return Result(text, ("target",), least, most, (same,))
    if size <= LARGE and not 0 < spread < 1 / UNEVEN:
        return Result(text, ("target",), least, most)
    what = "large" if size > LARGE else "small"
    words = (
        f"The targets have a typical size of {number(size, 3)} and a deviation of {number(spread, 3)}: errors, and "
        f"with them gradients, are {what} for weights that start at about 1."
    )
    found = Finding(
        "target_scale", "warning", "Targets are not scaled", words, "loss", look.at("target"), _rescaled(look)
    )
    return Result(text, ("target",), least, most, (found,))


def _rescaled(look: Look) -> tuple[Cure, ...]:
    data: Mapping[str, Any] = look.config.to_dict()["data"]
    low, high = limits(look.config.layers[-1].output_activation)
    if "targets" not in data:
        return ()
    if np.isfinite(low) or np.isfinite(high):
        return _scaled_to(look, low, high)
    given = np.asarray(data["targets"], np.float64)
    scaled = (given - given.mean(axis=0)) / np.where(given.std(axis=0) > 0, given.std(axis=0), 1.0)
    title = "Targets with mean 0 and deviation 1"
    return (anew(look, title, "Errors are then about 1.", data={**data, "targets": scaled.tolist()}),)


def _classes(look: Look) -> Result:
    labels = look.run.data.train_labels
    assert labels is not None, "asked of classes only"
    found = np.unique(labels)
    text, many = "1 class" if len(found) == 1 else f"{len(found)} classes", float(len(found))
    if len(found) > 1 or labels.size < 2:
        return Result(text, ("target",), many, many)
    name = look.run.classes[int(found[0])].removeprefix("class ")
    words = f"All {len(labels)} training rows are of class {name}: there is nothing to tell apart."
    one = Finding("one_class", "warning", "One class in the data", words, "batch", look.at("target"))
    return Result(text, ("target",), many, many, (one,))


def without_labels(look: Look) -> str | None:
    """Where targets are no classes."""
    return of_layers(look) or ("targets are numbers" if look.run.data.train_labels is None else None)


FEW = 6  # rows below which an order says nothing
ALIKE = 0.5  # of neighbours: half way from what chance gives to all being alike


def _order(look: Look) -> Result:
    """How alike neighbouring rows are, 0 for a random order and 1 for a sorted one."""
    alike, what = _neighbours(look)
    text = f"{number(alike, 2)} of 1"
    if alike <= ALIKE:
        return Result(text, ("target",), alike, alike)
    words = (
        f"Rows are taken in their order, and {what}: every batch shows one part of the data only, and the next batch "
        "undoes what the last one taught."
    )
    why = "Every batch is then a mixture."
    cures = (anew(look, "Shuffle the rows", why, shuffle=True),)
    found = Finding("sorted_batches", "warning", "Batches are sorted", words, "batch", look.at("batch.indices"), cures)
    return Result(text, ("target",), alike, alike, (found,))


def _neighbours(look: Look) -> tuple[float, str]:
    labels = look.run.data.train_labels
    if labels is not None:
        same = float(np.mean(labels[1:] == labels[:-1]))
        chance = float(np.sum((np.unique(labels, return_counts=True)[1] / labels.size) ** 2))
        return (same - chance) / (1 - chance) if chance < 1 else 0.0, f"{percent(same)} of neighbours are of one class"
    y = look.run.targets.reshape(len(look.run.targets), -1)[:, 0].astype(np.float64)
    with np.errstate(all="ignore"):
        related = float(np.corrcoef(y[1:], y[:-1])[0, 1])
    related = related if np.isfinite(related) else 0.0
    return related, f"the targets of neighbours go together (correlation {number(related, 2)})"


def without_order(look: Look) -> str | None:
    """Where the order of rows makes no difference."""
    if reason := of_layers(look):
        return reason
    if look.run.batches.per_epoch == 1:
        return "there is one batch"
    if look.config.shuffle:
        return "rows are shuffled"
    if len(look.run.inputs) < FEW:
        return f"there are only {len(look.run.inputs)} rows"
    several = look.run.data.train_labels is not None and look.run.data.train_labels.ndim > 1
    return "a row has several classes" if several else None


CONFIGURATION = (
    Check("what is trained", ("nothing_trained",), _trained),
    Check("loss goes with the last layer", ("wrong_pair",), _pair, without_pair),
    Check("the last layer reaches the targets", ("output_range",), _reach, without_numbers),
    Check("inputs in scale", ("input_scale",), _inputs, without_scale),
    Check("targets in scale", ("target_scale",), _targets, without_numbers),
    Check("classes in the data", ("one_class",), _classes, without_labels),
    Check("order of batches", ("sorted_batches",), _order, without_order),
)
