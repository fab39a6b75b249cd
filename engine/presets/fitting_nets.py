"""Nets for data that the net at hand does not fit: those of presets on the same data, and a small one made for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.data import DataSpec, parse_data
from engine.foundation.errors import ConfigError, EngineError
from engine.presets import presets
from engine.run.check import misfits, parsed
from engine.run.task import Config

MOST = 2
_OF_THE_NET = ("data.targets", "data.inputs", "loss", "layers")


@dataclass(frozen=True, slots=True)
class Fit:
    """A configuration on the same data, with a net and a loss that fit it."""

    title: str
    why: str
    config: dict[str, Any]


def concerns_the_net(error: EngineError) -> bool:
    """Whether data and net do not fit together, rather than a single setting being wrong."""
    whole_layer = error.path.startswith("layers[") and error.path.endswith("]")
    return error.facts is None and (whole_layer or error.path in _OF_THE_NET)


def fitting_nets(given: Mapping[str, Any], admitted: Callable[[Config], bool] = lambda _: True) -> tuple[Fit, ...]:
    """Configurations that can run, with the data of one that cannot: each was tried.

    Args: admitted: whether there is room for one; asked before anything of its size is made.
    """
    try:
        data: DataSpec = parse_data(given.get("data", {}))
    except ConfigError:
        return ()
    fits: list[Fit] = []
    for title, why, net in _nets(data):
        config, _ = parsed({**given, **_BLANK, **net})
        if len(fits) < MOST and config is not None and admitted(config) and not misfits(config):
            fits.append(Fit(title, why, config.to_dict()))
    return tuple(fits)


_BLANK: dict[str, Any] = {"features": [], "backward": None, "edits": []}  # what belonged to the other net
Net = tuple[str, str, dict[str, Any]]


def _nets(data: DataSpec) -> Iterator[Net]:
    yield _made(data)
    for preset in presets():
        if data.name is not None and preset.config.get("data", {}).get("name") == data.name:
            net = {part: preset.config[part] for part in ("layers", "loss")}
            yield f"the net of “{preset.title}”", "A preset trains it on this data.", net


def _made(data: DataSpec) -> Net:
    meaning = data.meaning
    last, loss = _head(data)
    if meaning.tokens is not None:
        return _of_tokens(len(meaning.tokens), meaning.positions is not None, last, loss)
    if meaning.positions is not None:
        layers = [{"type": "reshape", "shape": [len(data.columns), 1]}, {"type": "gru", "units": 16}, last]
        why = "A sample is a sequence of numbers: reshape makes a step of each, and a GRU reads them in turn."
        return f"reshape, GRU 16, {_said(last)}", why, {"layers": layers, "loss": loss}
    hidden = {"type": "dense", "units": 8, "activation": "tanh"}
    why = "A sample is a row of numbers, which dense layers take as it is."
    return f"dense 8, {_said(last)}", why, {"layers": [hidden, last], "loss": loss}


def _of_tokens(tokens: int, everywhere: bool, last: dict[str, Any], loss: str) -> Net:
    layers = [
        {"type": "embedding", "tokens": tokens, "units": 8},
        {"type": "gru", "units": 16, "return_sequence": everywhere},
        last,
    ]
    outputs = "an output at every position" if everywhere else "one output after the last"
    why = f"A sample is a sequence of tokens: an embedding makes numbers of each, and a GRU gives {outputs}."
    return f"embedding 8, GRU 16, {_said(last)}", why, {"layers": layers, "loss": loss}


def _said(last: Mapping[str, Any]) -> str:
    return f"dense {last['units']}"


def _head(data: DataSpec) -> tuple[dict[str, Any], str]:
    """The last layer and the loss: a unit a class, one where there are two, one for numbers."""
    classes, several = len(data.meaning.classes), data.meaning.tokens is not None
    if classes == 0:
        return {"type": "dense", "units": 1, "activation": "identity"}, "mse"
    if classes == 2 and not several:
        return {"type": "dense", "units": 1, "activation": "identity"}, "bce_with_logits"
    return {"type": "dense", "units": classes, "activation": "identity"}, "cross_entropy"
