"""The layers of the reference engine: the textbook's forward pass, under autograd."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import autograd.numpy as anp

from tests.engine.support.plain_images import PLAIN_IMAGES

Values = Mapping[str, Any]


def _softmax(z: Any) -> Any:
    e = anp.exp(z - anp.max(z, axis=1, keepdims=True))
    return e / anp.sum(e, axis=1, keepdims=True)


ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "identity": lambda z: z,
    "tanh": anp.tanh,
    "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
    "relu": lambda z: z * (z > 0),
    "softplus": lambda z: anp.log(1 + anp.exp(z)),
    "softmax": _softmax,
}


def _dense(layer: Any, parts: list[Any], own: Values, draws: Values) -> Any:
    return anp.dot(parts[0], own["weight"].T) + own["bias"]


def _conv2d(layer: Any, parts: list[Any], own: Values, draws: Values) -> Any:
    settings = {"stride": layer.stride, "padding": layer.padding, "dilation": layer.dilation}
    return PLAIN_IMAGES["conv2d"](parts[0], own["weight"], own["bias"], **settings)


def _pool(layer: Any, parts: list[Any], own: Values, draws: Values) -> Any:
    settings = {"kernel": layer.kernel, "stride": layer.stride or layer.kernel, "padding": layer.padding}
    return PLAIN_IMAGES[layer.type](parts[0], **settings)


def _batch_norm(layer: Any, parts: list[Any], own: Values, draws: Values) -> Any:
    axes = (0, *range(2, parts[0].ndim))
    centered = parts[0] - anp.mean(parts[0], axis=axes, keepdims=True)
    normalized = centered / anp.sqrt(anp.mean(centered**2, axis=axes, keepdims=True) + layer.eps)
    units = (1, -1, *(1,) * (parts[0].ndim - 2))
    return normalized * anp.reshape(own["weight"], units) + anp.reshape(own["bias"], units)


def _dropout(layer: Any, parts: list[Any], own: Values, draws: Values) -> Any:
    return anp.where(draws["u"] < layer.p, 0.0, parts[0] / (1 - layer.p))


LAYERS: dict[str, Callable[[Any, list[Any], Values, Values], Any]] = {
    "dense": _dense,
    "conv2d": _conv2d,
    "max_pool2d": _pool,
    "avg_pool2d": _pool,
    "global_avg_pool": lambda layer, parts, own, draws: anp.mean(parts[0], axis=(2, 3)),
    "batch_norm": _batch_norm,
    "dropout": _dropout,
    "add": lambda layer, parts, own, draws: sum(parts[1:], parts[0]),
    "concat": lambda layer, parts, own, draws: anp.concatenate(parts, axis=layer.axis),
    "activation": lambda layer, parts, own, draws: parts[0],
    "flatten": lambda layer, parts, own, draws: anp.reshape(parts[0], (len(parts[0]), -1)),
    "reshape": lambda layer, parts, own, draws: anp.reshape(parts[0], (len(parts[0]), *layer.shape)),
}


def forward(names: Any, layers: Any, parameters: Values, x: Any, draws: Values) -> Any:
    """The model's output, from the textbook.

    Args: draws: the random numbers of the iteration, by the names that they have in the program.
    """
    values, last = {"x": x}, "x"
    for name, layer in zip(names, layers, strict=True):
        parts = [values[given] for given in layer.inputs or (last,)]
        found = LAYERS[layer.type](layer, parts, _own(parameters, layer.share or name), _own(draws, name))
        values[name], last = ACTIVATIONS[layer.output_activation.type](found), name
    return values[last]


def _own(values: Values, name: str) -> Values:
    """What belongs to a layer, by its last name."""
    return {key.removeprefix(f"{name}."): value for key, value in values.items() if key.startswith(f"{name}.")}
