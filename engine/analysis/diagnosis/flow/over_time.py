"""The gradient on its way back through time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.analysis.diagnosis.cures import anew, held_back, started, without_given
from engine.analysis.diagnosis.dead import LARGE_GRADIENT
from engine.analysis.diagnosis.finding import Check, Cure, Finding, Result, Severity
from engine.analysis.diagnosis.flow.depth import LOST
from engine.analysis.diagnosis.look import Look, of_layers
from engine.analysis.diagnosis.words import span, times
from engine.analysis.layer_statistics import norm
from engine.explain.blocks import layer_title
from engine.foundation.numbers import number
from engine.foundation.value_name import gradient_name, member_name

DROWNED = 1e-2  # over time: all moments share their weights, so the last ones drown what is a hundred times smaller
RECURRENT = ("rnn", "lstm", "gru")


def _time(look: Look) -> Result:
    """The state's gradient at the first moment beside that at the last: Bengio et al. 1994, section III."""
    norms = {name: _by_moment(look, name) for name in _judged_over_time(look)}
    every = [value for moments in norms.values() for value in moments]
    first = {name: moments[0] / moments[-1] for name, moments in norms.items()}
    worst = min(first, key=lambda name: first[name])
    moments = norms[worst]
    text = f"{span(moments[0], moments[-1])} over {len(moments)} times"
    found = _over_time(look, worst, moments) if first[worst] < DROWNED else _growing(look, norms, first)
    return Result(text, tuple(norms), min(every), max(every), found)


def _over_time(look: Look, name: str, moments: list[float]) -> tuple[Finding, ...]:
    fell = f"{_state_of(look, name)} gradient falls from {number(moments[-1], 3)} at time {len(moments)}"
    smaller = f"{times(moments[-1] / moments[0])} smaller" if moments[0] else "nothing of it is left"
    words = (
        f"In {layer_title(name)} {fell} to {number(moments[0], 3)} at time 1, {smaller}: what came first is hardly "
        "learned from."
    )
    severity: Severity = "bad" if moments[0] < LOST * moments[-1] else "warning"
    at = look.at(gradient_name(member_name(name, f"{_state(look, name)}1")))
    cures = _remembering(look, name)
    return (Finding("vanishes_over_time", severity, "The gradient vanishes over time", words, "backward", at, cures),)


def _growing(look: Look, norms: Mapping[str, list[float]], first: Mapping[str, float]) -> tuple[Finding, ...]:
    most = max(first, key=lambda name: first[name])
    moments = norms[most]
    if first[most] < LARGE_GRADIENT:
        return ()
    words = (
        f"In {layer_title(most)} {_state_of(look, most)} gradient grows from {number(moments[-1], 3)} at time "
        f"{len(moments)} to {number(moments[0], 3)} at time 1."
    )
    at = look.at(gradient_name(member_name(most, f"{_state(look, most)}1")))
    return (Finding("explodes", "warning", "The gradient explodes over time", words, "backward", at, held_back(look)),)


def _remembering(look: Look, name: str) -> tuple[Cure, ...]:
    """What helps the layer to keep what came first, if its own first iteration was seen to pass the gradient on."""
    at, moments = look.run.names.index(name), _by_moment(look, name)
    cures = (_patient(look, at, len(moments)), _turning(look, at))
    reached = max(moments[0], PART * moments[-1]) / moments[-1]
    return tuple(cure for cure in cures if cure and _arrives(look, cure, at) >= min(DROWNED, MUCH * reached))


MUCH, PART = 100.0, 1e-12  # what a cure has to make of the share that gets back, and the least share that is told of


def _patient(look: Look, at: int, moments: int) -> Cure:
    """Biases of gates with which units keep a state for √T to T moments, as Tallec and Ollivier 2018, section 2.

    A gate that is σ(b) keeps it for about e^b of them, so log T is the largest that a sequence of T asks for.
    """
    layer = look.config.to_dict()["layers"][at]
    plain = layer["type"] == "rnn"
    kept = {k: v for k, v in without_given(layer).items() if k not in ("activation", "share")} if plain else layer
    gates, gate = (4, "forget") if layer["type"] == "lstm" else (3, "update")
    biases = np.zeros((gates, layer["units"]))
    biases[1] = (np.log(moments) * np.linspace(0.5, 1, layer["units"])).round(3)
    largest = number(float(biases.max()), 3)
    title = (
        f"GRU, its {gate} gate with biases up to {largest}" if plain else f"Biases up to {largest} for the {gate} gate"
    )
    gated = {**kept, "type": "gru" if plain else layer["type"], "bias": True, "bias_ih": biases.reshape(-1).tolist()}
    return _instead(look, at, gated, title, f"Such a gate keeps a state, and its gradient, for up to {moments} times.")


def _turning(look: Look, at: int) -> Cure | None:
    """For a plain recurrent layer: gates are not helped by what their weights do to lengths."""
    layer = look.config.to_dict()["layers"][at]
    if layer["type"] != "rnn":
        return None
    turned = {**without_given(layer), "recurrent_initializer": "orthogonal"}
    why = "An orthogonal map changes no length, so only the activations shrink what goes back."
    return _instead(look, at, turned, "Orthogonal recurrent weights", why)


def _instead(look: Look, at: int, layer: dict[str, Any], title: str, why: str) -> Cure:
    config = look.config.to_dict()["layers"]
    return anew(look, title, why, layers=[*config[:at], layer, *config[at + 1 :]])


def _arrives(look: Look, cure: Cure, at: int) -> float:
    """The share of the gradient that gets to the first moment in the first iteration of a cure's run."""
    fresh = started(look, cure)
    if fresh is None:
        return 0.0
    moments = _by_moment(fresh, fresh.run.names[at])
    return moments[0] / moments[-1] if moments[-1] else 0.0


def _by_moment(look: Look, name: str) -> list[float]:
    """The norm of the state's gradient at each moment, from the first to the last: of an LSTM that of its cell."""
    states = [step.output for step in look.forward if step.layer == name]
    parsed = {state: look.traced.program.name(state) for state in states}
    moments = [state for state in states if parsed[state].key == _state(look, name) and parsed[state].moment]
    return [norm(look.traced[gradient_name(state)]) for state in moments if gradient_name(state) in look.traced.table]


def _state_of(look: Look, name: str) -> str:
    return "the cell's" if _state(look, name) == "c" else "the state's"


def _state(look: Look, name: str) -> str:
    """What goes from moment to moment: in an LSTM the cell, of which h is what its output gate shows."""
    return "c" if look.config.layers[look.run.names.index(name)].type == "lstm" else "h"


def _judged_over_time(look: Look) -> list[str]:
    """Recurrent layers whose last state alone goes on: where every moment has a loss, each has its own gradient."""
    named = zip(look.run.names, look.config.layers, strict=True)
    names = [name for name, layer in named if layer.type in RECURRENT and not layer.return_sequence and not layer.k2]
    moments = {name: _by_moment(look, name) for name in names}
    return [name for name in names if len(moments[name]) > 1 and moments[name][-1] > 0]


def without_time(look: Look) -> str | None:
    """Where no gradient goes back through time alone."""
    if reason := of_layers(look):
        return reason
    recurrent = [layer for layer in look.config.layers if layer.type in RECURRENT]
    if not recurrent:
        return "there is no recurrent layer"
    return None if _judged_over_time(look) else "every moment has a loss of its own, or the gradient is cut"


OVER_TIME = Check("gradient over time", ("vanishes_over_time", "explodes"), _time, without_time)
