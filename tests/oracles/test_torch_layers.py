"""Whole models of every layer, and every way to an update, beside PyTorch: loss, gradients, parameters, statistics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from engine import Run
from engine.analysis.evaluation import outputs
from engine.ops.core.op import Array
from tests.engine.support.models import LAYER_EXAMPLES as LAYERS
from tests.engine.support.models import UPDATE_EXAMPLES as UPDATES
from tests.engine.support.models import run_of

torch: Any = pytest.importorskip(
    "torch", reason="PyTorch is not installed: .ci/run installs it with pip (torch==2.13.0) and runs these"
)
pytestmark = pytest.mark.torch
F = torch.nn.functional

ITERATIONS = 100
Tensors = Mapping[str, Any]


@pytest.fixture(autouse=True)
def double_precision() -> None:
    torch.set_default_dtype(torch.float64)


def affine(p: Tensors, name: str) -> tuple[Any, Any]:
    return p.get(f"{name}.weight"), p.get(f"{name}.bias")


def activated(layer: Any, z: Any) -> Any:
    return {"identity": lambda a: a, "tanh": torch.tanh, "relu": torch.relu}[layer.activation.type](z)


def convolved(layer: Any, x: Any, weight: Any, bias: Any) -> Any:
    return F.conv2d(x, weight, bias, layer.stride, layer.padding, layer.dilation)


def batch_norm(layer: Any, name: str, p: Tensors, kept: dict[str, Any], x: Any, training: bool) -> Any:
    mean = kept.setdefault(f"{name}.running_mean", torch.zeros(x.shape[1]))
    variance = kept.setdefault(f"{name}.running_variance", torch.ones(x.shape[1]))
    return F.batch_norm(x, mean, variance, *affine(p, name), training, layer.momentum, layer.eps)


JOINS: dict[str, Callable[[Any, Any], Any]] = {
    "add": torch.add,
    "subtract": torch.sub,
    "multiply": torch.mul,
    "maximum": torch.maximum,
}


def joined(kind: str, parts: list[Any]) -> Any:
    value = parts[0]
    for part in parts[1:]:
        value = JOINS[kind](value, part)
    return value


def apply(layer: Any, name: str, parts: list[Any], p: Tensors, kept: dict[str, Any], noise: Tensors) -> Any:
    """One layer by PyTorch's functions; `noise` holds our draws, and is empty at evaluation."""
    x, training = parts[0], bool(noise)
    if layer.type in JOINS:
        return joined(layer.type, parts)
    makers: dict[str, Callable[[], Any]] = {
        "dense": lambda: activated(layer, F.linear(x, *affine(p, layer.share or name))),
        "conv2d": lambda: activated(layer, convolved(layer, x, *affine(p, layer.share or name))),
        "max_pool2d": lambda: F.max_pool2d(x, layer.kernel, layer.stride, layer.padding),
        "avg_pool2d": lambda: F.avg_pool2d(x, layer.kernel, layer.stride, layer.padding),
        "global_avg_pool": lambda: F.adaptive_avg_pool2d(x, 1).flatten(1),
        "activation": lambda: activated(layer, x),
        "prelu": lambda: F.prelu(x, affine(p, name)[0]),
        "dropout": lambda: x * noise[f"{name}.mask"] if training else x,
        "gaussian_noise": lambda: x + layer.sigma * noise[f"{name}.noise"] if training else x,
        "batch_norm": lambda: batch_norm(layer, name, p, kept, x, training),
        "layer_norm": lambda: F.layer_norm(x, x.shape[-1:], *affine(p, name), layer.eps),
        "rms_norm": lambda: F.rms_norm(x, x.shape[-1:], affine(p, name)[0], layer.eps),
        "concat": lambda: torch.cat(parts, layer.axis),
        "flatten": lambda: x.flatten(1),
        "reshape": lambda: x.reshape(-1, *layer.shape),
    }
    return makers[layer.type]()


def features(x: Any) -> Any:
    one, two = x[:, 0], x[:, 1]
    return torch.stack([one, two, one**2, one * two, torch.sin(two)], 1)


class Twin:
    """The same run in both: theirs from torch functions, fed with our initial parameters and our draws."""

    def __init__(self, run: Run) -> None:
        self.run, self.kept = run, dict[str, Any]()
        start = run.trace_at(0)
        self.parameters = {p.name: torch.tensor(start[p.name], requires_grad=True) for p in run.parameters}
        settings = dict(run.config.update.optimizer.settings)
        kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[run.config.update.optimizer.type]
        self.optimizer = kind(self.parameters.values(), lr=settings.pop("learning_rate"), **settings)

    def forward(self, x: Any, noise: Tensors) -> Any:
        values = {"x": x, "features": features(x) if self.run.fitting.config.features else None}
        last = "features" if self.run.fitting.config.features else "x"
        for name, layer in zip(self.run.names, self.run.config.layers, strict=True):
            parts = [values[given] for given in layer.inputs or (last,)]
            values[name], last = apply(layer, name, parts, self.parameters, self.kept, noise), name
        return values[last]

    def step(self, t: int) -> dict[str, tuple[Array, Array]]:
        """One iteration of both: every number that has to be the same, ours and theirs."""
        traced = self.run.trace_at(t)
        noise = {name: torch.tensor(value) for name, value in traced.items() if value.dtype.kind == "f"}
        loss = F.mse_loss(self.forward(torch.tensor(traced["x"]), noise), torch.tensor(traced["target"]))
        self.optimizer.zero_grad()
        loss.backward()
        pairs = {"loss": (traced["loss"], loss.detach().numpy())}
        pairs |= {f"{n}.grad": (traced[f"{n}.grad"], p.grad.numpy().copy()) for n, p in self.parameters.items()}
        self._update(float(traced["optimizer.learning_rate"]))
        pairs |= {f"{n}.next": (traced[f"{n}.next"], p.detach().numpy().copy()) for n, p in self.parameters.items()}
        return pairs | {n: (traced[f"{n}.next"], kept.numpy().copy()) for n, kept in self.kept.items()}

    def _update(self, rate: float) -> None:
        spec = self.run.config.update
        if (penalty := spec.regularization) is not None:
            meant = [p for name, p in self.parameters.items() if penalty.biases or name.endswith("weight")]
            sum(penalty.l2 / 2 * (p**2).sum() + penalty.l1 * p.abs().sum() for p in meant).backward()
        if (clip := spec.clip) is not None:
            self._clip(clip)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()

    def _clip(self, clip: Any) -> None:
        every = list(self.parameters.values())
        if clip.value is not None:
            torch.nn.utils.clip_grad_value_(every, clip.value)
        if clip.norm is not None:
            torch.nn.utils.clip_grad_norm_(every, clip.norm)
        for p in every if clip.parameter_norm is not None else ():
            torch.nn.utils.clip_grad_norm_([p], clip.parameter_norm)


def scaled(pairs: list[tuple[Array, Array]]) -> float:
    ours, theirs = (np.concatenate([np.ravel(pair[side]) for pair in pairs]) for side in (0, 1))
    return float(np.max(np.abs(ours - theirs)) / np.max(np.abs(theirs)))


def worst(twin: Twin, iterations: int = ITERATIONS) -> float:
    """The largest difference of a value over its course, as a share of its largest entry."""
    courses = [twin.step(t) for t in range(iterations)]
    return max(scaled([step[name] for step in courses]) for name in courses[0])


@pytest.mark.parametrize("changes", LAYERS.values(), ids=LAYERS)
def test_every_layer_trains_as_in_pytorch(changes: dict[str, Any]) -> None:
    assert worst(Twin(run_of(**changes))) <= 1e-12


@pytest.mark.parametrize("changes", UPDATES.values(), ids=UPDATES)
def test_every_way_to_an_update_is_pytorchs(changes: dict[str, Any]) -> None:
    assert worst(Twin(run_of(**changes))) <= 1e-12


@pytest.mark.parametrize("changes", LAYERS.values(), ids=LAYERS)
def test_every_layer_is_evaluated_as_in_pytorch(changes: dict[str, Any]) -> None:
    twin = Twin(run_of(**changes))
    for t in range(20):
        twin.step(t)
    with torch.no_grad():
        theirs = twin.forward(torch.tensor(twin.run.test_inputs), {})
    ours = outputs(twin.run, twin.run.state_at(20), twin.run.test_inputs)
    assert scaled([(ours, theirs.numpy())]) <= 1e-12
