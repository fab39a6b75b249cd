"""Presets: small runs chosen so that each shows one thing clearly within a few hundred iterations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine.config import RunConfig


@dataclass(frozen=True, slots=True)
class Preset:
    """A run to start from, and one sentence on what to look at in it."""

    name: str
    title: str
    summary: str
    config: dict[str, Any]


@lru_cache(maxsize=1)
def presets() -> tuple[Preset, ...]:
    """All presets, their configurations in normal form."""
    return tuple(
        Preset(name, title, summary, RunConfig.from_dict(config).to_dict()) for name, title, summary, config in _PRESETS
    )


def _dense(*layers: tuple[int, str], initializer: str, **fields: Any) -> list[dict[str, Any]]:
    return [
        {"type": "dense", "units": units, "activation": activation, "initializer": initializer, **fields}
        for units, activation in layers
    ]


def _sgd(learning_rate: float) -> dict[str, Any]:
    return {"type": "sgd", "learning_rate": learning_rate}


def _adam(learning_rate: float) -> dict[str, Any]:
    return {"type": "adam", "learning_rate": learning_rate}


# the same but for activation and initializer: whatever differs between the two comes from these
_TEN_LAYERS = {
    "seed": 33,
    "data": {"name": "circle"},
    "batch_size": 10,
    "loss": "bce",
    "optimizer": _sgd(0.05),
}

_PRESETS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    (
        "pytorch",
        "PyTorch module 10→5→1",
        "What PyTorch does inside backward() and optimizer.step(), one step at a time and with the same numbers.",
        {
            "data": {"name": "linear10"},
            "batch_size": 10,
            "layers": _dense((5, "relu"), (1, "identity"), initializer="torch_default"),
            "loss": "mse",
            "optimizer": _sgd(0.01),
        },
    ),
    (
        "xor",
        "exclusive or",
        "No straight line parts these classes: watch each hidden unit turn its own line until together they do.",
        {
            "seed": 2,
            "data": {"name": "xor"},
            "batch_size": 10,
            "layers": _dense((4, "tanh"), (1, "sigmoid"), initializer="xavier_uniform"),
            "loss": "bce",
            "optimizer": _sgd(0.3),
        },
    ),
    (
        "circle",
        "circle",
        "Each unit of the first layer draws one straight edge: watch the next layer close them around the disc.",
        {
            "data": {"name": "circle"},
            "batch_size": 10,
            "layers": _dense((4, "tanh"), (3, "tanh"), (1, "tanh"), initializer="xavier_normal"),
            "loss": "mse",
            "optimizer": _sgd(0.12),
        },
    ),
    (
        "spiral",
        "two spirals",
        "The boundary winds up from the outside to the centre: see in the second layer which bend each unit adds.",
        {
            "seed": 1,
            "data": {"name": "spiral", "samples": 300, "noise": 0.05},
            "batch_size": 30,
            "layers": _dense((8, "tanh"), (8, "tanh"), (1, "tanh"), initializer="xavier_uniform"),
            "loss": "mse",
            "optimizer": _adam(0.02),
        },
    ),
    (
        "moons",
        "two moons",
        "A ReLU passes the gradient whole or not at all: look for units that block it for the sample you picked.",
        {
            "data": {"name": "moons"},
            "batch_size": 10,
            "layers": _dense((6, "relu"), (6, "relu"), (1, "sigmoid"), initializer="kaiming_uniform"),
            "loss": "bce",
            "optimizer": _adam(0.02),
        },
    ),
    (
        "sine",
        "sine curve",
        "The output is a sum of tanh steps: watch each hidden unit find the bend of the curve that it makes.",
        {
            "seed": 1,
            "data": {"name": "sine"},
            "batch_size": 20,
            "layers": _dense((8, "tanh"), (8, "tanh"), (1, "identity"), initializer="xavier_uniform"),
            "loss": "mse",
            "optimizer": _adam(0.02),
        },
    ),
    (
        "iris",
        "iris flowers",
        "Setosa is learned at once; after that most of the gradient comes from the few flowers between the other "
        "two species.",
        {
            "data": {"name": "iris"},
            "batch_size": 15,
            "layers": _dense((8, "tanh"), (3, "identity"), initializer="xavier_uniform"),
            "loss": "cross_entropy",
            "optimizer": _sgd(0.2),
        },
    ),
    (
        "digits",
        "handwritten digits",
        "Look at the first layer's weights as images: pieces of strokes appear in them, but those of dead units stay "
        "noise.",
        {
            "data": {"name": "digits"},
            "batch_size": 32,
            "layers": _dense((32, "relu"), (10, "identity"), initializer="torch_default"),
            "loss": "cross_entropy",
            "optimizer": _adam(0.005),
        },
    ),
    (
        "vanishing",
        "ten sigmoid layers",
        "Each sigmoid lets through a quarter of the gradient at most: look at the norms per layer, which fall by about "
        "six orders of magnitude, and at the loss, which stands still.",
        {
            **_TEN_LAYERS,
            "layers": _dense(
                *[(6, "sigmoid")] * 10, (1, "sigmoid"), initializer="xavier_uniform", bias_initializer="zeros"
            ),
        },
    ),
    (
        "kaiming",
        "ten ReLU layers",
        "As deep as the ten sigmoid layers, but with ReLU and weights scaled for it: the gradient arrives at the "
        "first layer as large as it set out.",
        {
            **_TEN_LAYERS,
            "layers": _dense(
                *[(6, "relu")] * 10, (1, "sigmoid"), initializer="kaiming_normal", bias_initializer="zeros"
            ),
        },
    ),
    (
        "diverging",
        "learning rate too high",
        "It seems to learn, then every step overshoots further than the last: follow the loss to the step that "
        "makes the first infinity.",
        {
            "data": {"name": "plane"},
            "batch_size": 10,
            "layers": _dense((6, "silu"), (1, "identity"), initializer="torch_default"),
            "loss": "mse",
            "optimizer": _sgd(0.9),
        },
    ),
    (
        "one_neuron",
        "one neuron",
        "Two weights and a bias place one straight boundary: step through an iteration and check every number by hand.",
        {
            "seed": 2,
            "data": {"name": "gauss"},
            "batch_size": 10,
            "layers": _dense((1, "sigmoid"), initializer="xavier_uniform"),
            "loss": "bce",
            "optimizer": _sgd(0.1),
        },
    ),
)
