"""Sums and half sums of every loss against PyTorch's reduction="sum", and what they are beside the mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine.model.losses import LOSSES, parse_loss

torch = pytest.importorskip("torch")
functional: Any = torch.nn.functional

WEIGHTS = [0.5, 2.0, 1.2]
Y, CLASSES = np.random.default_rng(3).normal(size=(5, 3)), np.array([0, 2, 1, 1, 0])
CHANCES = np.random.default_rng(4).dirichlet(np.ones(3), size=5)
LOGS = np.log(np.random.default_rng(5).dirichlet(np.ones(3), size=5))
SIDES = np.random.default_rng(6).choice([-1.0, 1.0], size=(5, 3))
like = torch.tensor(WEIGHTS, dtype=torch.float64)


def _hinge(power: int) -> Callable[..., Any]:
    return lambda y, t, reduction: (functional.relu(1 - y * t) ** power).sum()


def _focal(y: Any, t: Any, reduction: str) -> Any:
    surprise = functional.binary_cross_entropy_with_logits(y, t, reduction="none")
    p = torch.exp(-surprise)
    return ((0.25 * t + 0.75 * (1 - t)) * (1 - p) ** 2 * surprise).sum()


CASES: list[tuple[dict[str, Any], Callable[..., Any], Any, Any]] = [
    ({"type": "mse"}, functional.mse_loss, Y, CHANCES),
    ({"type": "mae"}, functional.l1_loss, Y, CHANCES),
    ({"type": "huber", "delta": 0.5}, lambda *a, **k: functional.huber_loss(*a, delta=0.5, **k), Y, CHANCES),
    ({"type": "smooth_l1", "beta": 0.5}, lambda *a, **k: functional.smooth_l1_loss(*a, beta=0.5, **k), Y, CHANCES),
    (
        {"type": "gaussian_nll", "var": 0.5},
        lambda y, t, **k: functional.gaussian_nll_loss(y, t, torch.full_like(t, 0.5), **k),
        Y,
        CHANCES,
    ),
    ({"type": "poisson_nll"}, functional.poisson_nll_loss, Y, CHANCES),
    ({"type": "multi_margin"}, functional.multi_margin_loss, Y, CLASSES),
    (
        {"type": "multi_margin", "p": 2, "margin": 0.7},
        lambda *a, **k: functional.multi_margin_loss(*a, p=2, margin=0.7, **k),
        Y,
        CLASSES,
    ),
    ({"type": "bce"}, functional.binary_cross_entropy, CHANCES, 1 - CHANCES),
    ({"type": "bce_with_logits"}, functional.binary_cross_entropy_with_logits, Y, CHANCES),
    (
        {"type": "bce_with_logits", "pos_weight": WEIGHTS},
        lambda *a, **k: functional.binary_cross_entropy_with_logits(*a, pos_weight=like, **k),
        Y,
        CHANCES,
    ),
    ({"type": "cross_entropy"}, functional.cross_entropy, Y, CLASSES),
    ({"type": "cross_entropy"}, functional.cross_entropy, Y, CHANCES),
    (
        {"type": "cross_entropy", "weight": WEIGHTS, "label_smoothing": 0.1},
        lambda *a, **k: functional.cross_entropy(*a, weight=like, label_smoothing=0.1, **k),
        Y,
        CLASSES,
    ),
    (
        {"type": "cross_entropy", "weight": WEIGHTS, "label_smoothing": 0.1},
        lambda *a, **k: functional.cross_entropy(*a, weight=like, label_smoothing=0.1, **k),
        Y,
        CHANCES,
    ),
    ({"type": "nll"}, functional.nll_loss, LOGS, CLASSES),
    ({"type": "nll", "weight": WEIGHTS}, lambda *a, **k: functional.nll_loss(*a, weight=like, **k), LOGS, CLASSES),
    ({"type": "kl_div"}, functional.kl_div, LOGS, CHANCES),
    ({"type": "hinge"}, _hinge(1), Y, SIDES),
    ({"type": "squared_hinge"}, _hinge(2), Y, SIDES),
    ({"type": "focal"}, _focal, Y, (SIDES + 1) / 2),
]
NAMES = [f"{settings['type']}{i}" for i, (settings, *_) in enumerate(CASES)]


def ours(given: dict[str, Any], y: Any, t: Any) -> tuple[float, Any]:
    spec = parse_loss(given)
    op = spec.op(t.shape)
    return float(op.forward(y, t, **spec.params)), op.vjp("prediction", np.array(1.7), y, t, **spec.params)


def theirs(function: Callable[..., Any], y: Any, t: Any) -> tuple[float, Any]:
    leaf = torch.tensor(y, requires_grad=True)
    loss = function(leaf, torch.tensor(t), reduction="sum")
    (grad,) = torch.autograd.grad(loss, leaf, torch.tensor(1.7, dtype=loss.dtype))
    return float(loss.detach()), grad.numpy()


def test_every_loss_is_compared_here() -> None:
    assert {settings["type"] for settings, *_ in CASES} == set(LOSSES)


@pytest.mark.parametrize(("settings", "function", "y", "t"), CASES, ids=NAMES)
def test_a_sum_is_pytorchs_and_half_a_sum_is_half_of_it(settings, function, y, t) -> None:
    loss, grad = theirs(function, y, t)

    for reduction, share in (("sum", 1), ("half_sum", 0.5)):
        found, slope = ours({**settings, "reduction": reduction}, y, t)
        assert found == pytest.approx(share * loss, rel=1e-13)
        np.testing.assert_allclose(slope, share * grad, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(("settings", "function", "y", "t"), CASES, ids=NAMES)
def test_no_formula_of_a_sum_counts_what_it_is_a_sum_of(settings, function, y, t) -> None:
    ops = [parse_loss({**settings, "reduction": reduction}).op(t.shape) for reduction in ("sum", "half_sum")]
    texts = [f"{f.formula} {f.code}" for op in ops for f in (op.function, *op.vjps.values())]

    assert [text for text in texts if any(count in text for count in ("NK", "{N}", "size", "np.mean", " / len("))] == []


def test_the_textbooks_half_sum_of_squares_has_the_difference_as_its_gradient() -> None:
    found, slope = ours({"type": "mse", "reduction": "half_sum"}, np.array([[0.75, 0.5]]), np.array([[0.0, 1.0]]))

    assert (found, (slope / 1.7).tolist()) == (0.40625, [[0.75, -0.5]])
