"""Activations and losses against PyTorch: values and gradients, at the edges and beyond them, and initializers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine.model.activations import ACTIVATIONS, parse_activation
from engine.model.losses import LOSSES, parse_loss
from engine.ops.core.op import Array

torch: Any = pytest.importorskip(
    "torch", reason="PyTorch is not installed: .ci/run installs it with pip (torch==2.13.0) and runs these"
)
functional: Any = torch.nn.functional
pytestmark = pytest.mark.torch

Settings = dict[str, Any]

ACTIVATION_CASES: list[tuple[str | Settings, Callable[..., Any]]] = [
    ("identity", torch.nn.Identity()),
    ("sigmoid", torch.sigmoid),
    ("tanh", torch.tanh),
    ("relu", torch.relu),
    ("leaky_relu", functional.leaky_relu),
    ({"type": "leaky_relu", "negative_slope": 0.3}, lambda z: functional.leaky_relu(z, 0.3)),
    ({"type": "leaky_relu", "negative_slope": 1.5}, lambda z: functional.leaky_relu(z, 1.5)),
    ("elu", functional.elu),
    ({"type": "elu", "alpha": 0.4}, lambda z: functional.elu(z, 0.4)),
    ("selu", torch.selu),
    ("gelu", functional.gelu),
    ({"type": "gelu", "approximate": "tanh"}, lambda z: functional.gelu(z, approximate="tanh")),
    ("silu", functional.silu),
    ("softplus", functional.softplus),
    ({"type": "softplus", "beta": 3.0, "threshold": 5.0}, lambda z: functional.softplus(z, 3.0, 5.0)),
    ("mish", functional.mish),
    ("step", lambda z: (z >= 0).to(z.dtype) + 0 * torch.nan_to_num(z)),
    ("hardtanh", functional.hardtanh),
    ({"type": "hardtanh", "min_val": -5.0, "max_val": 1.5}, lambda z: functional.hardtanh(z, -5.0, 1.5)),
    ("relu6", functional.relu6),
    ("hardsigmoid", lambda z: functional.relu6(z + 3) / 6),  # its own slope is 1/6 in single precision
    ("hardswish", functional.hardswish),
    ("softsign", functional.softsign),
    ("logsigmoid", functional.logsigmoid),
    ("tanhshrink", functional.tanhshrink),
    ("softshrink", functional.softshrink),
    ({"type": "softshrink", "lambd": 5.0}, lambda z: functional.softshrink(z, 5.0)),
    ("hardshrink", functional.hardshrink),
    ({"type": "hardshrink", "lambd": 5.0}, lambda z: functional.hardshrink(z, 5.0)),
    ("softmax", lambda z: torch.softmax(z, dim=1)),
    ("log_softmax", lambda z: torch.log_softmax(z, dim=1)),
]


def torch_focal(y: Any, t: Any, alpha: float = 0.25, gamma: float = 2.0) -> Any:
    """As in torchvision.ops.sigmoid_focal_loss, which is made of these functions of PyTorch."""
    p = torch.sigmoid(y)
    surprise = functional.binary_cross_entropy_with_logits(y, t, reduction="none")
    right = p * t + (1 - p) * (1 - t)
    return ((alpha * t + (1 - alpha) * (1 - t)) * surprise * (1 - right) ** gamma).mean()


def like(weights: list[float], y: Any) -> Any:
    return torch.tensor(weights, dtype=y.dtype)


WEIGHTS = [0.5, 2.0, 1.25]
LOSS_CASES: list[tuple[str | Settings, Callable[..., Any]]] = [
    ("mse", functional.mse_loss),
    ("mae", functional.l1_loss),
    ("huber", functional.huber_loss),
    ({"type": "huber", "delta": 0.3}, lambda y, t: functional.huber_loss(y, t, delta=0.3)),
    ("smooth_l1", functional.smooth_l1_loss),
    ({"type": "smooth_l1", "beta": 0.3}, lambda y, t: functional.smooth_l1_loss(y, t, beta=0.3)),
    (
        {"type": "gaussian_nll", "var": 0.3},
        lambda y, t: functional.gaussian_nll_loss(y, t, torch.full_like(t, 0.3)),
    ),
    ("poisson_nll", functional.poisson_nll_loss),
    ("multi_margin", functional.multi_margin_loss),
    (
        {"type": "multi_margin", "p": 2, "margin": 0.3},
        lambda y, t: functional.multi_margin_loss(y, t, p=2, margin=0.3),
    ),
    ("bce", functional.binary_cross_entropy),
    ("bce_with_logits", functional.binary_cross_entropy_with_logits),
    ("cross_entropy", functional.cross_entropy),
    (
        {"type": "cross_entropy", "label_smoothing": 0.1},
        lambda y, t: functional.cross_entropy(y, t, label_smoothing=0.1),
    ),
    (
        {"type": "cross_entropy", "weight": WEIGHTS},
        lambda y, t: functional.cross_entropy(y, t, weight=like(WEIGHTS, y)),
    ),
    (
        {"type": "cross_entropy", "weight": WEIGHTS, "label_smoothing": 0.3},
        lambda y, t: functional.cross_entropy(y, t, weight=like(WEIGHTS, y), label_smoothing=0.3),
    ),
    (
        {"type": "bce_with_logits", "pos_weight": WEIGHTS},
        lambda y, t: functional.binary_cross_entropy_with_logits(y, t, pos_weight=like(WEIGHTS, y)),
    ),
    ("nll", functional.nll_loss),
    ({"type": "nll", "weight": WEIGHTS}, lambda y, t: functional.nll_loss(y, t, weight=like(WEIGHTS, y))),
    ("kl_div", lambda y, t: functional.kl_div(y, t, reduction="batchmean")),
    ("hinge", lambda y, t: functional.relu(1 - y * t).mean()),
    ("squared_hinge", lambda y, t: functional.relu(1 - y * t).square().mean()),
    ("focal", torch_focal),
    ({"type": "focal", "alpha": 0.6, "gamma": 1.5}, lambda y, t: torch_focal(y, t, 0.6, 1.5)),
]
# without bce, which takes probabilities, and focal, whose plain formula gives no number for inf
UNBOUNDED = [case for case in LOSS_CASES if parse_loss(case[0]).type not in ("bce", "focal")]
BEYOND = np.array([[np.inf, 1.0, -2.0], [-np.inf, 0.5, 3.0]])


def case_name(value: Any) -> str | None:
    if isinstance(value, dict):
        return "-".join(str(part) for part in value.values())
    return value if isinstance(value, str) else None


def numbers(dtype: str = "float64") -> Array:
    """Many around 0, and the edges: kinks, saturation, far out."""
    edges = [
        3.0,
        -3.0,
        6.0,
        0.0,
        -0.0,
        1e-8,
        -1e-8,
        5.0,
        -5.0,
        20.0,
        -20.0,
        36.7,
        -36.7,
        50.0,
        -50.0,
        100.0,
        -100.0,
        5 / 3,
    ]
    drawn = np.random.default_rng(0).normal(size=42) * 3
    return np.concatenate([edges, drawn]).reshape(20, 3).astype(dtype)


def targets(name: str, classes: str, y: Array) -> Array:
    """Targets that the loss takes: hard (0, 1, class indices) or soft (between, probabilities)."""
    rng = np.random.default_rng(5)
    hard = classes == "hard" or name in ("nll", "multi_margin", "focal", "hinge", "squared_hinge")
    if name in ("hinge", "squared_hinge"):
        return np.asarray(rng.choice([-1, 1], y.shape), y.dtype)
    if name == "kl_div" and hard:
        return np.eye(3, dtype=y.dtype)[rng.integers(0, 3, len(y))]
    if name in ("cross_entropy", "nll", "kl_div", "multi_margin"):
        return rng.integers(0, 3, len(y)) if hard else rng.dirichlet(np.ones(3), len(y)).astype(y.dtype)
    return np.asarray(rng.integers(0, 2, y.shape) if hard else rng.uniform(size=y.shape), y.dtype)


def of_activation(given: str | Settings, z: Array) -> tuple[Array, Array]:
    """Ours: output and gradient for a random gradient coming in."""
    spec = parse_activation(given)
    with np.errstate(all="ignore"):
        return spec.op.forward(z, **spec.op_params), spec.op.vjp("z", incoming(z), z, **spec.op_params)


def incoming(z: Array) -> Array:
    return np.asarray(np.random.default_rng(1).normal(size=z.shape), z.dtype)


def torch_activation(function: Callable[..., Any], z: Array) -> tuple[Array, Array]:
    leaf = torch.tensor(z, requires_grad=True)
    output = function(leaf)
    (grad,) = torch.autograd.grad(output, leaf, torch.tensor(incoming(z)))
    return output.detach().numpy(), grad.numpy()


def of_loss(given: str | Settings, y: Array, t: Array) -> tuple[Array, Array]:
    spec = parse_loss(given)
    op, scale = spec.op(t.shape), np.array(1.7, y.dtype)
    with np.errstate(all="ignore"):
        return op.forward(y, t, **spec.params), op.vjp("prediction", scale, y, t, **spec.params)


def torch_loss(function: Callable[..., Any], y: Array, t: Array) -> tuple[Array, Array]:
    leaf = torch.tensor(y, requires_grad=True)
    loss = function(leaf, torch.tensor(t))
    (grad,) = torch.autograd.grad(loss, leaf, torch.tensor(1.7, dtype=loss.dtype))
    return loss.detach().numpy(), grad.numpy()


def scaled(ours: tuple[Array, Array], theirs: tuple[Array, Array]) -> list[float]:
    """The largest difference of values and of gradients, each as a share of PyTorch's largest number."""
    return [float(np.max(np.abs(a - b))) / (float(np.max(np.abs(b))) or 1.0) for a, b in zip(ours, theirs, strict=True)]


def test_every_activation_and_every_loss_is_compared_here() -> None:
    found = [{parse(given).type for given, _ in cases} for parse, cases in PARSED]

    assert found == [set(ACTIVATIONS), set(LOSSES)]


PARSED: list[tuple[Callable[..., Any], Any]] = [(parse_activation, ACTIVATION_CASES), (parse_loss, LOSS_CASES)]


@pytest.mark.parametrize(("given", "function"), ACTIVATION_CASES, ids=case_name)
def test_an_activation_agrees_with_pytorch_in_double_precision(given, function) -> None:
    z = numbers()

    assert max(scaled(of_activation(given, z), torch_activation(function, z))) < 1e-15


@pytest.mark.parametrize(("given", "function"), ACTIVATION_CASES, ids=case_name)
def test_an_activation_agrees_with_pytorch_in_single_precision(given, function) -> None:
    z = numbers("float32")

    assert max(scaled(of_activation(given, z), torch_activation(function, z))) < 1e-6


@pytest.mark.parametrize(("given", "function"), [c for c in ACTIVATION_CASES if c[0] != "softsign"], ids=case_name)
def test_inf_goes_through_an_activation_as_in_pytorch(given, function) -> None:
    ours, theirs = of_activation(given, BEYOND), torch_activation(function, BEYOND)

    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-14, atol=1e-300)


@pytest.mark.parametrize("classes", ["hard", "soft"])
@pytest.mark.parametrize("far", [1.0, 8.0])
@pytest.mark.parametrize(("given", "function"), LOSS_CASES, ids=case_name)
def test_a_loss_agrees_with_pytorch_in_double_precision(given, function, far: float, classes: str) -> None:
    y = outputs(given, far)
    t = targets(parse_loss(given).type, classes, y)

    assert max(scaled(of_loss(given, y, t), torch_loss(function, y, t))) < 1e-14


@pytest.mark.parametrize("classes", ["hard", "soft"])
@pytest.mark.parametrize(("given", "function"), LOSS_CASES, ids=case_name)
def test_a_loss_agrees_with_pytorch_in_single_precision(given, function, classes: str) -> None:
    y = outputs(given, 1.0, "float32")
    t = targets(parse_loss(given).type, classes, y)

    assert max(scaled(of_loss(given, y, t), torch_loss(function, y, t))) < 1e-6


def outputs(given: str | Settings, far: float, dtype: str = "float64") -> Array:
    """Outputs out to 100 times `far`; for bce the probabilities 0, 1 and some that are very near to them too."""
    z: Array = numbers(dtype) * np.asarray(far, dtype)
    if given == "poisson_nll":  # far out e^y is beyond every number
        return z.clip(-30, 30)
    if given != "bce":
        return z
    p: Array = (0.5 + 0.5 * np.tanh(z / 2)).astype(dtype)
    p[-2:] = [[0.0, 1.0, 1e-13], [1e-20, 1e-7, 1.0]]
    return p


@pytest.mark.parametrize("classes", ["hard", "soft"])
@pytest.mark.parametrize(("given", "function"), UNBOUNDED, ids=case_name)
def test_inf_goes_through_a_loss_as_in_pytorch(given, function, classes: str) -> None:
    t = targets(parse_loss(given).type, classes, BEYOND)

    ours, theirs = of_loss(given, BEYOND, t), torch_loss(function, BEYOND, t)

    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-14, atol=1e-300)
