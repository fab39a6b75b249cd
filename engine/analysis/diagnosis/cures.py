"""What helps: settings changed from an iteration on, or a new run that differs in what cannot change on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from engine.analysis.diagnosis.finding import Cure
from engine.analysis.diagnosis.look import Look
from engine.foundation.errors import ConfigError
from engine.foundation.numbers import number
from engine.run.task import parse_config, subject_of

SATURATING = ("sigmoid", "tanh")
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


def random_weights(look: Look, names: tuple[str, ...], why: str) -> Cure:
    """A new run in which some layers, or all that follow each other, start from random weights."""

    def change(i: int, layer: dict[str, Any]) -> None:
        if look.run.names[i] in names:
            drawn_anew(layer)

    return anew(look, "Random weights", why, layers=layers(look, change))


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
