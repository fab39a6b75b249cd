"""Nets drawn at random, and plain numpy that computes what their sentences state by another way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import Run
from engine.run.task import parse_config
from engine.run.trace import Trace

Floats = NDArray[np.float64]

_SMOOTH: Mapping[str, Callable[[Floats], Floats]] = {
    "identity": lambda z: z,
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "softplus": lambda z: np.log1p(np.exp(z)),
    "silu": lambda z: z / (1 + np.exp(-z)),
}
_KINKED: Mapping[str, Callable[[Floats], Floats]] = {
    "relu": lambda z: np.maximum(z, 0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
}
ACTIVATIONS = {**_SMOOTH, **_KINKED}
_LOSSES: Mapping[str, Callable[[Floats, Floats], Floats]] = {
    "mse": lambda y, t: (y - t) ** 2,
    "bce_with_logits": lambda y, t: np.log1p(np.exp(y)) - t * y,
    "huber": lambda y, t: np.where(abs(y - t) < 1, (y - t) ** 2 / 2, abs(y - t) - 0.5),
}


@dataclass(frozen=True)
class Drawn:
    """A run of dense layers, one iteration of it, and its layers' activations and loss by name."""

    run: Run
    traced: Trace
    activations: tuple[str, ...]
    loss: str

    @property
    def layers(self) -> range:
        """The numbers of its layers, from 1."""
        return range(1, len(self.activations) + 1)

    def parameters(self) -> dict[str, Floats]:
        """Copies of all parameters before the iteration."""
        return {p.name: self.traced[p.name].astype(float).copy() for p in self.run.parameters}

    def loss_of(self, parameters: Mapping[str, Floats], sample: int) -> float:
        """What one sample adds to the loss of the batch."""
        a = self.traced["x"][sample]
        for number, activation in zip(self.layers, self.activations, strict=True):
            z = parameters[f"dense{number}.weight"] @ a + parameters[f"dense{number}.bias"]
            a = ACTIVATIONS[activation](z)
        cells = _LOSSES[self.loss](a, self.traced["target"][sample])
        return float(cells.mean()) / self.traced.program.batch

    def slope(self, parameter: str, index: tuple[int, ...], sample: int) -> float:
        """By central differences, how the sample's loss changes with one number of a parameter."""
        sides = []
        for step in (1e-6, -1e-6):
            moved = self.parameters()
            moved[parameter][index] += step
            sides.append(self.loss_of(moved, sample))
        return (sides[0] - sides[1]) / 2e-6


def drawn(seed: int, **changes: Any) -> Drawn:
    """A net of one to three hidden layers on a few rows, after some training."""
    rng = np.random.default_rng(seed)
    hidden = [(int(rng.integers(1, 5)), str(rng.choice(list(ACTIVATIONS)))) for _ in range(rng.integers(1, 4))]
    shapes = [*hidden, (int(rng.integers(1, 3)), "identity")]
    loss = str(rng.choice(list(_LOSSES)))
    rows = int(rng.integers(1, 7))
    data = {
        "inputs": rng.normal(size=(rows, 2)).round(2).tolist(),
        "targets": rng.integers(0, 2, (rows, shapes[-1][0])).astype(float).tolist(),
        "test_fraction": 0,
    }
    layers = [{"units": units, "activation": activation} for units, activation in shapes]
    optimizer = {"type": "sgd", "learning_rate": 0.1}
    config = {"seed": seed, "data": data, "batch_size": None, "layers": layers, "loss": loss, "optimizer": optimizer}
    run = Run(parse_config(config | changes))
    return Drawn(run, run.trace_at(int(rng.integers(0, 5))), tuple(name for _, name in shapes), loss)
