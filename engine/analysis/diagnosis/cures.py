"""What helps: settings changed from an iteration on, or a new run that differs in what cannot change on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from engine.analysis.diagnosis.finding import Cure
from engine.analysis.diagnosis.look import FADED, Look
from engine.foundation.errors import ConfigError
from engine.foundation.numbers import number
from engine.run.run import Run
from engine.run.task import parse_config, subject_of

SATURATING = ("sigmoid", "tanh")
RECTIFIED = ("relu", "leaky_relu", "elu", "gelu", "silu")
FEW, USUAL_BATCH = 8, 32  # rows
FREE = "identity"  # the activation of an output that may be any number
Layers = list[dict[str, Any]]


def from_now(look: Look, title: str, why: str, settings: Mapping[str, Any], t: int | None = None) -> Cure:
    """A branch with other settings from an iteration on, this one if none is given."""
    return Cure(title, why, edits=({"iteration": look.t if t is None else t, "set": dict(settings)},))


def anew(look: Look, title: str, why: str, **changes: Any) -> Cure:
    """A new run with other parts of the configuration.

    Cells that were set by hand are not taken along: the parameters that they belong to may be others.
    """
    config = deepcopy(look.config.to_dict())
    config["edits"] = [edit for edit in config["edits"] if "set" in edit]
    nothing = Cure(title, why)  # a cure with neither edits nor config is not given
    try:
        other = parse_config({**config, **changes})
        subject_of(other)
    except ConfigError:  # it does not fit this run
        return nothing
    return nothing if other == look.config else Cure(title, why, config=other.to_dict())


def layers(look: Look, change: Callable[[int, dict[str, Any]], None]) -> Layers:
    """The layers of the configuration after a change of each, given its place."""
    found: Layers = deepcopy(look.config.to_dict()["layers"])
    for i, layer in enumerate(found):
        change(i, layer)
    return found


def rate_of(look: Look, factor: float) -> float:
    """The learning rate times a factor, in few digits."""
    return float(f"{look.rate * factor:.3g}")


def slower(look: Look, t: int, why: str, factor: float = 0.1) -> Cure:
    """A lower learning rate from an iteration on; a new run with it where a schedule says what the rate is."""
    rate = rate_of(look, factor)
    title = f"Learning rate {number(rate)}"
    if look.update.schedule is not None:
        optimizer = {**look.config.to_dict()["optimizer"], "learning_rate": rate}
        return anew(look, f"{title}, no schedule", why, optimizer=optimizer, schedule=None)
    return from_now(look, title, why, {"optimizer.learning_rate": rate}, t)


def drawn_anew(layer: dict[str, Any], initializer: str = "xavier_uniform") -> None:
    """A layer that starts from random weights instead of what it was given."""
    for drawn in ("initializer", "recurrent_initializer", "bias_initializer"):
        if drawn in layer:
            layer[drawn] = "zeros" if drawn == "bias_initializer" else initializer
    for given in GIVEN:
        layer.pop(given, None)


def without_given(layer: Mapping[str, Any]) -> dict[str, Any]:
    """A layer without the numbers that it was given to start from."""
    return {key: value for key, value in layer.items() if key not in GIVEN}


GIVEN = ("weight", "bias_values", "weight_ih", "weight_hh", "bias_ih", "bias_hh", "h0", "c0")


def random_weights(
    look: Look, names: tuple[str, ...], why: str, title: str = "Random weights", initializer: str = "xavier_uniform"
) -> Cure:
    """A new run in which some layers, or all that follow each other, start from random weights."""

    def change(i: int, layer: dict[str, Any]) -> None:
        if look.run.names[i] in names:
            drawn_anew(layer, initializer)

    return anew(look, title, why, layers=layers(look, change))


def last_activation(look: Look, activation: str) -> Layers:
    """The layers, the last one with another activation."""
    last = len(look.config.layers) - 1

    def change(i: int, layer: dict[str, Any]) -> None:
        if i == last and "activation" in layer:
            layer["activation"] = activation

    return layers(look, change)


def hidden_activation(look: Look, names: tuple[str, ...], activation: str, initializer: str | None = None) -> Layers:
    """The layers, some of them with another activation, and weights that suit it."""

    def change(i: int, layer: dict[str, Any]) -> None:
        if look.run.names[i] in names and "activation" in layer:
            layer["activation"] = activation
            if initializer:
                drawn_anew(layer, initializer)

    return layers(look, change)


def feeding(look: Look, names: tuple[str, ...]) -> tuple[str, ...]:
    """The layers themselves, and the one before each that is an activation by itself."""
    before = {name: look.run.names[i - 1] for i, name in enumerate(look.run.names) if i}
    alone = [name for name in names if not look.traced.table.get(f"{name}.z") is not None]
    return (*names, *(before[name] for name in alone if name in before))


# --- for a gradient that fades or grows on its way back ----------------------------------------------------------


def kept_on(look: Look) -> tuple[Cure, ...]:
    """Ways for a gradient to get through many layers."""
    return (*_larger(look), *unbent(look))


def _larger(look: Look) -> tuple[Cure, ...]:
    """Weights that suit the ReLUs that are there, and batches that batch norm has something to tell apart in.

    Either is offered only if its own first iteration was seen to keep the gradient.
    """
    names = tuple(curve.layer for curve in look.curves if curve.type in RECTIFIED and not curve.is_output)
    why = "Weights of this size keep the gradient as large as it is."
    weights = random_weights(look, feeding(look, names), why, "Kaiming weights", "kaiming_normal")
    cures = [weights] if names else []
    size = min(len(look.run.inputs), USUAL_BATCH)
    if any(layer.type == "batch_norm" for layer in look.config.layers) and look.traced.program.batch < FEW < size:
        few = f"Batch norm turns {look.traced.program.batch} rows into nearly the same numbers, whatever they were."
        cures = [anew(look, f"Batches of {size}", few, batch_size=size)]
    return tuple(cure for cure in cures if _keeps(look, cure))


def _keeps(look: Look, cure: Cure) -> bool:
    """Whether the gradient gets to the first layer when the cure's run begins."""
    fresh = started(look, cure)
    return fresh is not None and fresh.weights[0].gradient >= FADED * fresh.weights[-1].gradient > 0


def started(look: Look, cure: Cure) -> Look | None:
    """The first iteration of the new run of a cure; None of one that is not given."""
    if cure.config is None:
        return None
    run = Run(parse_config(cure.config), look.run.store)
    return Look(run, run.trace_at(0, look.cancelled), look.cancelled)


def unbent(look: Look) -> tuple[Cure, ...]:
    """Activations that pass all of it, or none, and a scale that is the same after every layer."""
    curved = [c for c in look.curves if not c.is_output and len(c.steps) == 1 and c.type in ("sigmoid", "tanh")]
    names = tuple(curve.layer for curve in curved)
    why = "Its slope is 1 or 0, and weights of this size keep the gradient as large as it is."
    layers = hidden_activation(look, names, "relu", "kaiming_normal")
    relu = [anew(look, "ReLU with Kaiming weights", why, layers=layers)] if names else []
    if any(layer.type == "batch_norm" for layer in look.config.layers) or look.run.batches.sizes[-1] < 2 or not names:
        return tuple(relu)
    normed = []
    for name, layer in zip(look.run.names, look.config.to_dict()["layers"], strict=True):
        normed += [layer, *([{"type": "batch_norm"}] if name in names else [])]
    plain = not any(layer.get("inputs") or layer.get("share") for layer in normed)
    scaled = "It gives every layer inputs of deviation 1, whatever came before."
    return (*relu, *([anew(look, "Batch norm after each hidden layer", scaled, layers=normed)] if plain else []))


def held_back(look: Look) -> tuple[Cure, ...]:
    again = random_weights(look, look.run.names, "Weights of this size keep the gradient as large as it is.")
    title = "Clip the norm at 1"
    clip = (
        from_now(look, title, "The gradient is then never longer than that.", {"clip.norm": 1.0})
        if not look.update.clip
        else None
    )
    return (again, *([clip] if clip else []))
