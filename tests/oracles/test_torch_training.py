"""Training beside PyTorch in float64: losses, gradients and parameters of 100 iterations, tensor by tensor.

A tensor's course over the iterations is compared as one tensor, scaled by its largest entry. Rounding differs in the
last bit (other matrix products), and training amplifies that: a single gradient that happens to pass through zero can
be off by more than 1e-12 of itself, though not of what the parameter's gradient is like.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from engine import Run, RunConfig
from engine.ops.core.op import Array
from tests.engine.support.models import OPTIMIZER_EXAMPLES as OPTIMIZERS
from tests.engine.support.models import inline

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
    "mish": lambda: torch.nn.Mish(),
    "step": lambda: Step(),
    "hardtanh": lambda: torch.nn.Hardtanh(),
    "relu6": lambda: torch.nn.ReLU6(),
    "hardsigmoid": lambda: Hardsigmoid(),
    "hardswish": lambda: torch.nn.Hardswish(),
    "softsign": lambda: torch.nn.Softsign(),
    "logsigmoid": lambda: torch.nn.LogSigmoid(),
    "tanhshrink": lambda: torch.nn.Tanhshrink(),
    "softshrink": lambda: torch.nn.Softshrink(),
    "hardshrink": lambda: torch.nn.Hardshrink(),
    "softmax": lambda: torch.nn.Softmax(dim=1),
    "log_softmax": lambda: torch.nn.LogSoftmax(dim=1),
}


def weights(units: int) -> list[float]:
    return [float(w) for w in np.linspace(0.5, 2.0, units)]


def tensor(units: int) -> Any:
    return torch.tensor(weights(units))


class Step(torch.nn.Module):  # type: ignore[name-defined,misc]
    """PyTorch has none: the slope is 0 everywhere."""

    def forward(self, z: Any) -> Any:
        return (z >= 0).to(z.dtype) + 0 * z


class Hardsigmoid(torch.nn.Module):  # type: ignore[name-defined,misc]
    """As PyTorch defines it; its own gradient multiplies by 1/6 in single precision."""

    def forward(self, z: Any) -> Any:
        return torch.nn.functional.relu6(z + 3) / 6


class SquaredHinge(torch.nn.Module):  # type: ignore[name-defined,misc]
    def forward(self, y: Any, t: Any) -> Any:
        return torch.relu(1 - t * y).square().mean()


class Hinge(torch.nn.Module):  # type: ignore[name-defined,misc]
    def forward(self, y: Any, t: Any) -> Any:
        return torch.nn.functional.hinge_embedding_loss(t * y, -torch.ones_like(y))


@dataclass(frozen=True)
class LossCase:
    """PyTorch's loss for a number of units, our settings, the last activation, and what targets there are."""

    make: Callable[[int], Any]
    last: str = "identity"
    targets: str = "numbers"
    settings: Callable[[int], dict[str, Any]] = lambda units: {}


LOSSES: dict[str, LossCase] = {
    "mse": LossCase(lambda units: torch.nn.MSELoss()),
    "mae": LossCase(lambda units: torch.nn.L1Loss()),
    "huber": LossCase(lambda units: torch.nn.HuberLoss()),
    "smooth_l1": LossCase(lambda units: torch.nn.SmoothL1Loss()),
    "gaussian_nll": LossCase(
        lambda units: lambda y, t: torch.nn.functional.gaussian_nll_loss(y, t, torch.full_like(t, 0.3)),
        settings=lambda units: {"var": 0.3},
    ),
    "poisson_nll": LossCase(lambda units: torch.nn.PoissonNLLLoss(), targets="chances"),
    "multi_margin": LossCase(lambda units: torch.nn.MultiMarginLoss(), targets="classes"),
    "bce": LossCase(lambda units: torch.nn.BCELoss(), "sigmoid", "chances"),
    "bce_with_logits": LossCase(lambda units: torch.nn.BCEWithLogitsLoss(), targets="chances"),
    "bce_with_logits of weighted positives": LossCase(
        lambda units: torch.nn.BCEWithLogitsLoss(pos_weight=tensor(units)),
        targets="chances",
        settings=lambda units: {"pos_weight": weights(units)},
    ),
    "cross_entropy": LossCase(lambda units: torch.nn.CrossEntropyLoss(), targets="classes"),
    "cross_entropy with all": LossCase(
        lambda units: torch.nn.CrossEntropyLoss(weight=tensor(units), label_smoothing=0.1),
        targets="classes",
        settings=lambda units: {"weight": weights(units), "label_smoothing": 0.1},
    ),
    "nll": LossCase(lambda units: torch.nn.NLLLoss(), "log_softmax", "classes"),
    "nll weighted": LossCase(
        lambda units: torch.nn.NLLLoss(weight=tensor(units)),
        "log_softmax",
        "classes",
        lambda units: {"weight": weights(units)},
    ),
    "kl_div": LossCase(lambda units: torch.nn.KLDivLoss(reduction="batchmean"), "log_softmax", "rows"),
    "hinge": LossCase(lambda units: Hinge(), targets="sides"),
    "squared_hinge": LossCase(lambda units: SquaredHinge(), targets="sides"),
}


class Lion(torch.optim.Optimizer):  # type: ignore[name-defined,misc]
    """Algorithm 2 of Chen et al. 2023, line by line: PyTorch has none."""

    def __init__(self, parameters: Any, lr: float, betas: tuple[float, float] = (0.9, 0.99), weight_decay: float = 0):
        super().__init__(parameters, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    def step(self) -> None:
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    m = self.state[p].setdefault("m", torch.zeros_like(p))
                    beta1, beta2 = group["betas"]
                    c = beta1 * m + (1 - beta1) * p.grad
                    p -= group["lr"] * (torch.sign(c) + group["weight_decay"] * p)
                    m.copy_(beta2 * m + (1 - beta2) * p.grad)


KINDS: dict[str, Any] = {
    "sgd": torch.optim.SGD,
    "adagrad": torch.optim.Adagrad,
    "rmsprop": torch.optim.RMSprop,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "adadelta": torch.optim.Adadelta,
    "adamax": torch.optim.Adamax,
    "nadam": torch.optim.NAdam,
    "rprop": torch.optim.Rprop,
    "lion": Lion,
}


@pytest.fixture(autouse=True)
def double_precision() -> None:
    """NAdam keeps its product of momenta in PyTorch's default type."""
    torch.set_default_dtype(torch.float64)


def scaled(ours: Array, theirs: Array) -> float:
    """The largest difference over the largest entry of the tensor."""
    largest = float(np.max(np.abs(theirs), initial=0.0))
    difference = float(np.max(np.abs(ours - theirs), initial=0.0))
    return difference / largest if largest else difference


class Twin:
    """The same net in both: ours from a configuration with explicit weights, theirs from torch modules."""

    def __init__(self, sizes: list[int], hidden: str, loss: str, optimizer: dict[str, Any], seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        case = LOSSES[loss]
        names = [hidden] * (len(sizes) - 2) + [case.last]
        self.weights = [rng.normal(size=(o, i)) / np.sqrt(i) for i, o in itertools.pairwise(sizes)]
        self.biases = [rng.normal(size=o) * 0.1 for o in sizes[1:]]
        inputs, targets = rng.normal(size=(24, sizes[0])), targets_of(case.targets, rng, sizes[-1])
        layers = [
            {"units": len(b), "activation": name, "weight": w.tolist(), "bias_values": b.tolist()}
            for w, b, name in zip(self.weights, self.biases, names, strict=True)
        ]
        self.config: dict[str, Any] = {
            "data": inline(inputs, targets),
            "layers": layers,
            "loss": {"type": loss.split()[0], **case.settings(sizes[-1])},
            "optimizer": optimizer,
        }
        self.run = Run(RunConfig.from_dict(self.config))
        self.modules = [torch.nn.Linear(i, o).double() for i, o in itertools.pairwise(sizes)]
        self._load()
        chain = [part for m, name in zip(self.modules, names, strict=True) for part in (m, ACTIVATIONS[name]())]
        self.model, self.loss = torch.nn.Sequential(*chain), case.make(sizes[-1])
        self.inputs, self.targets = torch.tensor(inputs), torch.tensor(targets)
        settings = {("lr" if k == "learning_rate" else k): v for k, v in optimizer.items() if k != "type"}
        self.optimizer = KINDS[optimizer["type"]](self.model.parameters(), **settings)

    def _load(self) -> None:
        with torch.no_grad():
            for module, weight, bias in zip(self.modules, self.weights, self.biases, strict=True):
                module.weight.copy_(torch.tensor(weight))
                module.bias.copy_(torch.tensor(bias))

    def worst(self, iterations: int, trace_at: Callable[[int], Mapping[str, Array]] | None = None) -> float:
        """The largest scaled difference of any loss, gradient or new parameter; of our side as traced here or there."""
        courses = [self._step((trace_at or self.run.trace_at)(t)) for t in range(iterations)]
        pairs = ([step[name] for step in courses] for name in courses[0])
        return max(scaled(np.array([o for o, _ in pair]), np.array([t for _, t in pair])) for pair in pairs)

    def rounding(self, iterations: int) -> float:
        """What the last bit does to our own side: the same scaled difference, from what would be equal on paper.

        Weights moved to the next double, and the samples in other orders, so that sums round otherwise.
        """
        names = [f"{p.name}{last}" for p in self.run.parameters for last in (".grad", ".next")]
        others = [Run(RunConfig.from_dict(self._moved(seed))) for seed in range(4)]
        pairs = [(course(self.run, n, iterations), course(other, n, iterations)) for other in others for n in names]
        return max(scaled(*pair) for pair in pairs)

    def _moved(self, seed: int) -> dict[str, Any]:
        order = np.random.default_rng(seed).permutation(24)
        data = {key: [rows[i] for i in order] for key, rows in self.config["data"].items()}
        layers = [layer | {"weight": np.nextafter(layer["weight"], 9).tolist()} for layer in self.config["layers"]]
        return self.config | {"data": data, "layers": layers}

    def _step(self, traced: Mapping[str, Array]) -> dict[str, tuple[Array, Array]]:
        """Both sides' values after one iteration: ours, theirs."""
        self.optimizer.zero_grad()
        loss = self.loss(self.model(self.inputs), self.targets)
        loss.backward()
        self.optimizer.step()
        pairs = {"loss": (traced["loss"], loss.detach().numpy())}
        for i, module in enumerate(self.modules, 1):
            for name in ("weight", "bias"):
                ours, theirs = f"dense{i}.{name}", getattr(module, name)
                pairs[f"{ours}.grad"] = traced[f"{ours}.grad"], theirs.grad.numpy().copy()
                pairs[f"{ours}.next"] = traced[f"{ours}.next"], theirs.detach().numpy().copy()
        return pairs


def course(run: Run, name: str, iterations: int) -> Array:
    """A value over the iterations, as one tensor."""
    return np.array([run.trace_at(t)[name] for t in range(iterations)])


def targets_of(kind: str, rng: np.random.Generator, units: int) -> Array:
    if kind == "classes":
        return rng.integers(0, units, 24)
    if kind == "rows":
        return rng.dirichlet(np.ones(units), 24)
    numbers = rng.normal(size=(24, units))
    return {"numbers": numbers, "chances": (numbers > 0).astype(float), "sides": np.sign(numbers)}[kind]


def test_the_module_10_5_1_with_relu_mse_and_sgd_is_pytorchs_number_for_number() -> None:
    twin = Twin([10, 5, 1], "relu", "mse", {"type": "sgd", "learning_rate": 0.01})
    assert twin.worst(ITERATIONS) <= 1e-12


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_every_optimizer_follows_pytorchs(optimizer: dict[str, Any]) -> None:
    assert Twin([4, 6, 5, 2], "tanh", "mse", optimizer, seed=1).worst(ITERATIONS) <= 1e-12


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_follows_pytorchs(activation: str) -> None:
    twin = Twin([4, 6, 5, 2], activation, "mse", {"type": "sgd", "learning_rate": 0.01}, seed=2)
    assert twin.worst(ITERATIONS) <= 1e-12


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_follows_pytorchs(loss: str) -> None:
    twin = Twin([4, 6, 5, 3], "tanh", loss, {"type": "sgd", "learning_rate": 0.05, "momentum": 0.9}, seed=3)
    assert twin.worst(ITERATIONS) <= 1e-12


CLASSIC = ("identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus", "softmax")
CLASSIC_LOSSES = ("mse", "mae", "huber", "bce", "bce_with_logits", "cross_entropy")
CLASSIC_OPTIMIZERS = [name for name in OPTIMIZERS if name.split()[0] in ("sgd", "adagrad", "rmsprop", "adam", "adamw")]


def drawn(seed: int, activations: Sequence[str], losses: Sequence[str], optimizers: Sequence[str]) -> Twin:
    """A net of random depth, widths, activation, loss and optimizer."""
    rng = np.random.default_rng(1000 + seed)
    sizes = [int(n) for n in rng.integers(1, 12, size=rng.integers(3, 6))]
    hidden, loss = str(rng.choice(list(activations))), str(rng.choice(list(losses)))
    optimizer = OPTIMIZERS[str(rng.choice(list(optimizers)))]
    sizes[-1] = max(sizes[-1], 2) if LOSSES[loss].targets in ("classes", "rows") else sizes[-1]
    return Twin(sizes, hidden, loss, optimizer, seed)


@pytest.mark.parametrize("seed", range(40))
def test_random_classic_nets_follow_pytorchs(seed: int) -> None:
    twin = drawn(seed, CLASSIC, CLASSIC_LOSSES, CLASSIC_OPTIMIZERS)
    assert twin.worst(ITERATIONS) <= max(1e-12, 10 * twin.rounding(ITERATIONS))


@pytest.mark.parametrize("seed", range(20))
def test_random_nets_of_everything_follow_pytorchs_as_far_as_rounding_lets_them(seed: int) -> None:
    twin = drawn(seed, list(ACTIVATIONS), list(LOSSES), list(OPTIMIZERS))
    assert twin.worst(ITERATIONS) <= max(1e-12, 10 * twin.rounding(ITERATIONS))
