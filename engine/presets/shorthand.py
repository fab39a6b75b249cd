"""What several presets are made of."""

from __future__ import annotations

from typing import Any

Described = tuple[str, str, str, dict[str, Any]]  # name, title, summary, configuration


def dense(*layers: tuple[int, str], initializer: str | dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
    """Dense layers of these units and activations, all started alike."""
    return [
        {"type": "dense", "units": units, "activation": activation, "initializer": initializer, **fields}
        for units, activation in layers
    ]


def conv(units: int) -> dict[str, Any]:
    """Kernels of 3x3, and images as large as before."""
    return {"type": "conv2d", "units": units, "kernel": 3, "padding": 1, "activation": "relu"}


def sgd(learning_rate: float) -> dict[str, Any]:
    """Plain gradient descent."""
    return {"type": "sgd", "learning_rate": learning_rate}


def adam(learning_rate: float) -> dict[str, Any]:
    """Adam with its usual settings."""
    return {"type": "adam", "learning_rate": learning_rate}


# the same but for the layers: whatever differs between the deep networks comes from these
TEN_LAYERS: dict[str, Any] = {
    "seed": 33,
    "data": {"name": "circle"},
    "batch_size": 10,
    "loss": "bce",
    "optimizer": sgd(0.05),
}


def deep(*layers: tuple[int, str]) -> list[dict[str, Any]]:
    """Dense layers as the deep networks have them."""
    return dense(*layers, initializer="xavier_uniform", bias_initializer="zeros")
