"""Every loss behind every last activation has a verdict."""

from __future__ import annotations

import pytest

from engine.analysis.diagnosis.configuration import KNOWN, pair_fault
from engine.model.activations import ACTIVATIONS
from engine.model.losses import LOSSES

RIGHT = {
    "mse": ("identity", "sigmoid", "tanh", "softmax"),
    "mae": ("identity", "sigmoid", "tanh"),
    "huber": ("identity", "sigmoid", "tanh"),
    "bce": ("sigmoid", "softmax"),
    "bce_with_logits": ("identity", "leaky_relu"),
    "cross_entropy": ("identity", "leaky_relu", "log_softmax"),
    "nll": ("log_softmax",),
    "kl_div": ("log_softmax",),
    "hinge": ("identity", "leaky_relu"),
    "squared_hinge": ("identity", "leaky_relu"),
    "focal": ("identity", "leaky_relu"),
}
WRONG = [
    *(("cross_entropy", name) for name in ("softmax", "sigmoid", "tanh", "relu", "softplus")),
    *((loss, name) for loss in ("bce_with_logits", "focal") for name in ("sigmoid", "tanh", "relu", "log_softmax")),
    *((loss, name) for loss in ("hinge", "squared_hinge") for name in ("sigmoid", "relu", "tanh")),
    *((loss, "log_softmax") for loss in ("mse", "mae", "huber")),
]


def test_every_loss_is_known() -> None:
    assert set(LOSSES) <= set(KNOWN)


@pytest.mark.parametrize(("loss", "activation"), [(loss, name) for loss, names in RIGHT.items() for name in names])
def test_what_belongs_together_has_no_fault(loss: str, activation: str) -> None:
    assert pair_fault(loss, activation, 3) is None


@pytest.mark.parametrize(("loss", "activation"), WRONG)
def test_what_does_not_belong_together_has_one(loss: str, activation: str) -> None:
    fault = pair_fault(loss, activation, 3)
    assert fault is not None
    assert loss in fault[1]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ["softmax", "log_softmax"])
def test_a_softmax_over_one_unit_is_always_a_fault(loss: str, activation: str) -> None:
    fault = pair_fault(loss, activation, 1)
    assert fault is not None
    assert fault[0] == "bad"


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_pair_has_a_verdict_in_words(loss: str, activation: str) -> None:
    fault = pair_fault(loss, activation, 3)
    assert fault is None or (fault[0] in ("bad", "warning") and fault[1])
