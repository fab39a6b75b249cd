"""Training beside PyTorch in float64: losses, gradients and parameters of 100 iterations, tensor by tensor.

A tensor's course over the iterations is compared as one tensor, scaled by its largest entry. Rounding differs in the
last bit (other matrix products), and training amplifies that: a single gradient that happens to pass through zero can
be off by more than 1e-12 of itself, though not of what the parameter's gradient is like.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from engine import Run, RunConfig
from engine.ops.base import Array
from tests.engine.models import OPTIMIZERS, inline

torch = pytest.importorskip("torch", reason="PyTorch is not installed: .ci/run installs it with pip and runs these")
pytestmark = pytest.mark.torch

ITERATIONS = 100
ACTIVATIONS: dict[str, Any] = {
    "identity": lambda: torch.nn.Identity(),
    "sigmoid": lambda: torch.nn.Sigmoid(),
    "tanh": lambda: torch.nn.Tanh(),
    "relu": lambda: torch.nn.ReLU(),
    "leaky_relu": lambda: torch.nn.LeakyReLU(),
    "elu": lambda: torch.nn.ELU(),
    "selu": lambda: torch.nn.SELU(),
    "gelu": lambda: torch.nn.GELU(),
    "silu": lambda: torch.nn.SiLU(),
    "softplus": lambda: torch.nn.Softplus(),
    "softmax": lambda: torch.nn.Softmax(dim=1),
}
LOSSES: dict[str, Any] = {
    "mse": (lambda: torch.nn.MSELoss(), "identity", "numbers"),
    "mae": (lambda: torch.nn.L1Loss(), "identity", "numbers"),
    "huber": (lambda: torch.nn.HuberLoss(), "identity", "numbers"),
    "bce": (lambda: torch.nn.BCELoss(), "sigmoid", "chances"),
    "bce_with_logits": (lambda: torch.nn.BCEWithLogitsLoss(), "identity", "chances"),
    "cross_entropy": (lambda: torch.nn.CrossEntropyLoss(), "identity", "classes"),
}
KINDS = {"sgd": "SGD", "adagrad": "Adagrad", "rmsprop": "RMSprop", "adam": "Adam", "adamw": "AdamW"}


def scaled(ours: Array, theirs: Array) -> float:
    """The largest difference over the largest entry of the tensor."""
    largest = float(np.max(np.abs(theirs), initial=0.0))
    difference = float(np.max(np.abs(ours - theirs), initial=0.0))
    return difference / largest if largest else difference


class Twin:
    """The same net in both: ours from a configuration with explicit weights, theirs from torch modules."""

    def __init__(self, sizes: list[int], hidden: str, loss: str, optimizer: dict[str, Any], seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        make_loss, last, kind = LOSSES[loss]
        names = [hidden] * (len(sizes) - 2) + [last]
        self.weights = [rng.normal(size=(o, i)) / np.sqrt(i) for i, o in itertools.pairwise(sizes)]
        self.biases = [rng.normal(size=o) * 0.1 for o in sizes[1:]]
        inputs, targets = rng.normal(size=(24, sizes[0])), targets_of(kind, rng, sizes[-1])
        layers = [
            {"units": len(b), "activation": name, "weight": w.tolist(), "bias_values": b.tolist()}
            for w, b, name in zip(self.weights, self.biases, names, strict=True)
        ]
        config = {"data": inline(inputs, targets), "layers": layers, "loss": loss, "optimizer": optimizer}
        self.run = Run(RunConfig.from_dict(config))
        self.modules = [torch.nn.Linear(i, o).double() for i, o in itertools.pairwise(sizes)]
        self._load()
        chain = [part for m, name in zip(self.modules, names, strict=True) for part in (m, ACTIVATIONS[name]())]
        self.model, self.loss = torch.nn.Sequential(*chain), make_loss()
        self.inputs, self.targets = torch.tensor(inputs), torch.tensor(targets)
        settings = {("lr" if k == "learning_rate" else k): v for k, v in optimizer.items() if k != "type"}
        self.optimizer = getattr(torch.optim, KINDS[optimizer["type"]])(self.model.parameters(), **settings)

    def _load(self) -> None:
        with torch.no_grad():
            for module, weight, bias in zip(self.modules, self.weights, self.biases, strict=True):
                module.weight.copy_(torch.tensor(weight))
                module.bias.copy_(torch.tensor(bias))

    def worst(self, iterations: int) -> float:
        """The largest scaled difference of any loss, gradient or new parameter."""
        courses = [self._step(t) for t in range(iterations)]
        pairs = ([step[name] for step in courses] for name in courses[0])
        return max(scaled(np.array([o for o, _ in pair]), np.array([t for _, t in pair])) for pair in pairs)

    def _step(self, t: int) -> dict[str, tuple[Array, Array]]:
        """Both sides' values after one iteration: ours, theirs."""
        self.optimizer.zero_grad()
        loss = self.loss(self.model(self.inputs), self.targets)
        loss.backward()
        self.optimizer.step()
        traced = self.run.trace_at(t)
        pairs = {"loss": (traced["loss"], loss.detach().numpy())}
        for i, module in enumerate(self.modules, 1):
            for name in ("weight", "bias"):
                ours, theirs = f"dense{i}.{name}", getattr(module, name)
                pairs[f"{ours}.grad"] = traced[f"{ours}.grad"], theirs.grad.numpy().copy()
                pairs[f"{ours}.next"] = traced[f"{ours}.next"], theirs.detach().numpy().copy()
        return pairs


def targets_of(kind: str, rng: np.random.Generator, units: int) -> Array:
    if kind == "classes":
        return rng.integers(0, units, 24)
    numbers = rng.normal(size=(24, units))
    return (numbers > 0).astype(float) if kind == "chances" else numbers


def test_the_module_10_5_1_with_relu_mse_and_sgd_is_pytorchs_number_for_number() -> None:
    twin = Twin([10, 5, 1], "relu", "mse", {"type": "sgd", "learning_rate": 0.01})
    assert twin.worst(ITERATIONS) <= 1e-12


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_every_optimizer_follows_pytorchs(optimizer: dict[str, Any]) -> None:
    assert Twin([4, 6, 5, 2], "tanh", "mse", optimizer, seed=1).worst(ITERATIONS) <= 1e-12


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_follows_pytorchs(activation: str) -> None:
    twin = Twin([4, 6, 5, 2], activation, "mse", {"type": "sgd", "learning_rate": 0.05}, seed=2)
    assert twin.worst(ITERATIONS) <= 1e-12


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_follows_pytorchs(loss: str) -> None:
    twin = Twin([4, 6, 5, 3], "tanh", loss, {"type": "sgd", "learning_rate": 0.05, "momentum": 0.9}, seed=3)
    assert twin.worst(ITERATIONS) <= 1e-12


@pytest.mark.parametrize("seed", range(40))
def test_random_nets_follow_pytorchs(seed: int) -> None:
    rng = np.random.default_rng(1000 + seed)
    sizes = [int(n) for n in rng.integers(1, 12, size=rng.integers(3, 6))]
    hidden, loss = str(rng.choice(list(ACTIVATIONS))), str(rng.choice(list(LOSSES)))
    optimizer = OPTIMIZERS[str(rng.choice(list(OPTIMIZERS)))]
    sizes[-1] = max(sizes[-1], 2) if loss == "cross_entropy" else sizes[-1]
    assert Twin(sizes, hidden, loss, optimizer, seed).worst(ITERATIONS) <= 1e-12, (sizes, hidden, loss, optimizer)
