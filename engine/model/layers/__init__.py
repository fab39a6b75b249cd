"""Layers: each builds its part of a model from ops. `LAYERS` is the registry, `parse_layer` reads a configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from engine.foundation.errors import ConfigError, Together
from engine.foundation.meant import meant, unknown
from engine.foundation.options import join, parse_options, shown
from engine.model.activations import ACTIVATIONS, parse_activation
from engine.model.initializers import parse_initializer
from engine.model.layers.attention import ATTENTION_LAYERS
from engine.model.layers.base import Layer, LayerKind, ParameterSpec, Picture, Scope, times
from engine.model.layers.dense import DENSE
from engine.model.layers.elementwise import PLAIN_LAYERS
from engine.model.layers.embedding import EMBEDDING_LAYERS
from engine.model.layers.joins import JOIN_LAYERS
from engine.model.layers.normalization import NORMALIZATION_LAYERS
from engine.model.layers.prelu import PRELU
from engine.model.layers.recurrent.kinds import RECURRENT_LAYERS
from engine.model.layers.sequence import SEQUENCE_LAYERS
from engine.model.layers.windowed.conv1d import CONV1D
from engine.model.layers.windowed.conv2d import CONV2D
from engine.model.layers.windowed.pooling import POOLING_LAYERS

__all__ = ["LAYERS", "Layer", "LayerKind", "ParameterSpec", "Picture", "Scope", "parse_layer", "times"]

LAYERS: dict[str, LayerKind] = {
    kind.name: kind
    for kind in (
        *(DENSE, CONV2D, *POOLING_LAYERS, *PLAIN_LAYERS, PRELU, *JOIN_LAYERS, *NORMALIZATION_LAYERS),
        *(*EMBEDDING_LAYERS, CONV1D, *RECURRENT_LAYERS, *ATTENTION_LAYERS, *SEQUENCE_LAYERS),
    )
}


def parse_layer(given: Any, path: str) -> Layer:
    """A layer from its configuration, defaults filled in.

    Raises: ConfigError for an unknown type or field, or a value out of its range.
    """
    if not isinstance(given, Mapping):
        raise ConfigError(
            f'a layer is an object, dense without a type, like {{"units": 4}}; given {shown(given)}', path
        )
    name = given.get("type", "dense")
    if not isinstance(name, str) or name not in LAYERS:
        raise ConfigError(_unknown(name), join(path, "type"))
    return _parse(LAYERS[name], given, path)


def _unknown(name: Any) -> str:
    """An activation is the setting of a layer, and also a layer that has nothing else."""
    what = f"unknown layer type {shown(name)}"
    function = meant(name, ACTIVATIONS, near=False)
    if function is not None and meant(name, LAYERS, near=False) is None:
        layer = f'{{"type": "activation", "activation": "{function}"}}'
        return f"{what}; it is an activation: give it to a layer, or write {layer}; there are {', '.join(LAYERS)}"
    return unknown(what, name, LAYERS)


def _parse(kind: LayerKind, given: Mapping[str, Any], path: str) -> Layer:
    if kind.prepare is not None:
        given = kind.prepare(given, path)
    together = Together()
    for name, example in kind.required.items():
        if name not in given and not _written_otherwise(name, kind, given):
            article = "an" if kind.name[0] in "aeiou" else "a"
            text = f"{article} {kind.name} layer needs {name}, for example {example}"
            together.add(ConfigError(text, join(path, name)))
    specs = together.attempt(lambda: _parse_specs(kind, given, path))
    placed = together.attempt(lambda: _parse_placed(kind, given, path))
    plain = {name: value for name, value in given.items() if name not in _placed_fields(kind)}
    settings = together.attempt(lambda: parse_options(kind.options, plain, path))
    together.settle()
    if kind.check is not None:
        kind.check(settings, path)
    return kind.layer(**specs, **placed, **settings)


def _written_otherwise(name: str, kind: LayerKind, given: Mapping[str, Any]) -> bool:
    """Whether a field that is not known means this one: then that is what is wrong."""
    known = {*_placed_fields(kind), *(option.name for option in kind.options)}
    return any(meant(other, known) == name for other in given if other not in known)


def _placed_fields(kind: LayerKind) -> set[str]:
    """What a layer of this kind is given besides its settings."""
    own = {"type", "inputs", *kind.defaults}
    own |= {"activation"} if kind.activation is not None else set()
    return own | ({"share"} if kind.parameters else set())


def _parse_specs(kind: LayerKind, given: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Its activation and initializers."""
    together = Together()
    specs: dict[str, Any] = {
        name: together.attempt(partial(parse_initializer, given.get(name, default), join(path, name)))
        for name, default in kind.defaults.items()
    }
    if kind.activation is not None:
        given_activation = given.get("activation", kind.activation)
        specs["activation"] = together.attempt(partial(parse_activation, given_activation, join(path, "activation")))
    together.settle()
    return specs


def _parse_placed(kind: LayerKind, given: Mapping[str, Any], path: str) -> dict[str, Any]:
    """What it takes, and whose parameters."""
    inputs = given.get("inputs", ())
    if not isinstance(inputs, Sequence) or isinstance(inputs, str) or not all(isinstance(i, str) for i in inputs):
        example = '["x", "dense1"]'
        raise ConfigError(f"inputs is a list of layers, like {example}; given {shown(inputs)}", join(path, "inputs"))
    if kind.several and len(inputs) < 2:
        raise ConfigError(f"{kind.name} takes the outputs of two or more layers; name them", join(path, "inputs"))
    if not kind.several and len(inputs) > 1 + kind.second:
        most = "one or two inputs" if kind.second else "one input"
        raise ConfigError(f"{kind.name} takes {most}; given {', '.join(inputs)}", join(path, "inputs"))
    placed: dict[str, Any] = {"inputs": tuple(inputs)}
    return placed | ({"share": _parse_share(given["share"], path)} if kind.parameters and "share" in given else {})


def _parse_share(given: Any, path: str) -> str | None:
    if given is not None and not isinstance(given, str):
        raise ConfigError(f"share is the name of a layer, like dense1; given {shown(given)}", join(path, "share"))
    return given
