"""Losses: numbers worked out by hand, identities between them, clamps, and how inf and nan go through."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.foundation.errors import ShapeError
from engine.ops import LOSS_OPS, OPS

logits = hnp.arrays(np.float64, (4, 3), elements=st.floats(-30, 30))
labels = hnp.arrays(np.int64, 4, elements=st.integers(0, 2))
ones = np.array(1.0)


def loss(name: str, prediction, target, **params) -> float:
    """The loss of arrays or nested lists."""
    with np.errstate(all="ignore"):
        return float(OPS[name].forward(np.asarray(prediction), np.asarray(target), **params))


def gradient(name: str, prediction, target, **params):
    """Its gradient, as nested lists."""
    with np.errstate(all="ignore"):
        return OPS[name].vjp("prediction", ones, np.asarray(prediction), np.asarray(target), **params).tolist()


def test_losses_worked_out_by_hand() -> None:
    y, t = [[1.0, 2.0], [3.0, -1.0]], [[0.0, 2.0], [1.0, 2.0]]  # differences 1, 0, 2, -3

    found = {
        "mse": loss("mse", y, t),
        "mae": loss("mae", y, t),
        "huber": loss("huber", y, t, delta=2.0),
        "bce": loss("bce", [[0.5], [0.25]], [[1.0], [0.0]]),
        "bce_with_logits": loss("bce_with_logits", [[0.0], [math.log(3)]], [[1.0], [1.0]]),
        "cross_entropy": loss("cross_entropy", [[0.0, math.log(3)]], [1]),
        "cross_entropy_of_probabilities": loss("cross_entropy_of_probabilities", [[0.0, math.log(3)]], [[0.5, 0.5]]),
        "hinge": loss("hinge", y, [[-1.0, 1.0], [1.0, 1.0]]),
        "squared_hinge": loss("squared_hinge", y, [[-1.0, 1.0], [1.0, 1.0]]),
        "nll": loss("nll", np.log([[0.25, 0.75], [0.5, 0.5]]), [1, 0]),
        "kl_div": loss("kl_div", np.log([[0.25, 0.75], [0.5, 0.5]]), [[0.5, 0.5], [0.0, 1.0]]),
        "focal": loss("focal", [[0.0], [math.log(3)]], [[1.0], [0.0]], alpha=0.25, gamma=2.0),
        "weighted_nll": loss("weighted_nll", np.log([[0.25, 0.75], [0.5, 0.5]]), [1, 0], weight=(3.0, 1.0)),
        "pos_weight": loss("weighted_bce_with_logits", [[0.0], [math.log(3)]], [[1.0], [0.0]], pos_weight=(5.0,)),
        "smoothed": loss("weighted_cross_entropy", [[0.0, math.log(3)]], [1], weight=1.0, label_smoothing=0.2),
    }

    assert found == pytest.approx(
        {
            "mse": (1 + 0 + 4 + 9) / 4,
            "mae": (1 + 0 + 2 + 3) / 4,
            "huber": (0.5 + 0 + 2 + 2 * (3 - 1)) / 4,
            "bce": (math.log(2) - math.log(0.75)) / 2,
            "bce_with_logits": (math.log(2) - math.log(0.75)) / 2,
            "cross_entropy": -math.log(0.75),
            "cross_entropy_of_probabilities": -(math.log(0.75) + math.log(0.25)) / 2,
            "hinge": (2 + 0 + 0 + 2) / 4,
            "squared_hinge": (4 + 0 + 0 + 4) / 4,
            "nll": -(math.log(0.75) + math.log(0.5)) / 2,
            "kl_div": (0.5 * math.log(2) + 0.5 * math.log(2 / 3) + math.log(2)) / 2,
            "focal": (0.25 * 0.5**2 * math.log(2) + 0.75 * 0.75**2 * math.log(4)) / 2,
            "weighted_nll": -(math.log(0.75) + 3 * math.log(0.5)) / 4,
            "pos_weight": (5 * math.log(2) + math.log(4)) / 2,
            "smoothed": -(0.9 * math.log(0.75) + 0.1 * math.log(0.25)),
        },
        rel=1e-15,
    )


def test_gradients_worked_out_by_hand() -> None:
    y, t = [[1.0, 2.0], [3.0, -1.0]], [[0.0, 2.0], [1.0, 2.0]]

    found = {
        "mse": gradient("mse", y, t),
        "mae": gradient("mae", y, t),
        "huber": gradient("huber", y, t, delta=1.5),
        "bce": gradient("bce", [[0.5], [0.25]], [[1.0], [0.0]]),
        "bce_with_logits": gradient("bce_with_logits", [[0.0], [math.log(3)]], [[1.0], [0.0]]),
        "cross_entropy": gradient("cross_entropy", [[0.0, 0.0], [0.0, math.log(3)]], [1, 0]),
    }

    expected = {
        "mse": [[0.5, 0.0], [1.0, -1.5]],
        "mae": [[0.25, 0.0], [0.25, -0.25]],
        "huber": [[0.25, 0.0], [0.375, -0.375]],
        "bce": [[-1.0], [2 / 3]],
        "bce_with_logits": [[-0.25], [0.375]],
        "cross_entropy": [[0.25, -0.25], [-0.375, 0.375]],
    }
    assert {name: np.ravel(g).tolist() for name, g in found.items()} == {
        name: pytest.approx(np.ravel(g), rel=1e-15) for name, g in expected.items()
    }


@given(logits, labels)
def test_cross_entropy_of_indices_is_that_of_their_one_hot_rows(y, t) -> None:
    one_hot = np.eye(3)[t]

    assert loss("cross_entropy", y, t) == pytest.approx(
        loss("cross_entropy_of_probabilities", y, one_hot), rel=1e-14, abs=1e-15
    )
    np.testing.assert_allclose(
        gradient("cross_entropy", y, t), gradient("cross_entropy_of_probabilities", y, one_hot), atol=1e-16
    )


@given(logits, labels)
def test_each_row_of_the_gradient_of_cross_entropy_sums_to_zero(y, t) -> None:
    np.testing.assert_allclose(np.sum(gradient("cross_entropy", y, t), axis=1), 0, atol=1e-15)


@given(hnp.arrays(np.float64, (4, 1), elements=st.floats(-15, 15)), st.integers(0, 1))
def test_bce_of_the_sigmoid_is_bce_with_logits(y, t: int) -> None:
    target = np.full_like(y, t)

    assert loss("bce", OPS["sigmoid"].forward(y), target) == pytest.approx(
        loss("bce_with_logits", y, target), rel=1e-8, abs=1e-14
    )


@given(hnp.arrays(np.float64, (4, 1), elements=st.floats(-30, 30)), st.integers(0, 1))
def test_two_classes_by_cross_entropy_are_bce_with_logits_of_the_difference(y, t: int) -> None:
    pair = np.hstack([np.zeros_like(y), y])

    assert loss("cross_entropy", pair, np.full(4, t)) == pytest.approx(
        loss("bce_with_logits", y, np.full_like(y, t)), rel=1e-12, abs=1e-14
    )


@given(logits)
def test_huber_within_delta_is_half_the_squared_error(y) -> None:
    assert loss("huber", y, np.zeros_like(y), delta=31.0) == pytest.approx(
        loss("mse", y, np.zeros_like(y)) / 2, rel=1e-14
    )


@given(logits, labels)
def test_nll_of_log_softmax_is_cross_entropy_and_so_is_kl_of_one_hot_rows(y, t) -> None:
    logs, expected = OPS["log_softmax"].forward(y), loss("cross_entropy", y, t)

    assert loss("nll", logs, t) == pytest.approx(expected, rel=1e-14)
    assert loss("kl_div", logs, np.eye(3)[t]) == pytest.approx(expected, rel=1e-14)


@given(logits)
def test_probabilities_have_no_kl_divergence_from_themselves(y) -> None:
    logs = OPS["log_softmax"].forward(y)

    assert loss("kl_div", logs, np.exp(logs)) == pytest.approx(0, abs=1e-14)


@given(logits, labels, st.floats(0.01, 1))
def test_equal_weights_change_nothing_and_smoothing_is_that_of_the_targets(y, t, smoothing: float) -> None:
    rows = (1 - smoothing) * np.eye(3)[t] + smoothing / 3

    assert loss("weighted_cross_entropy", y, t, weight=(2.0,) * 3, label_smoothing=0.0) == pytest.approx(
        loss("cross_entropy", y, t), rel=1e-14
    )
    assert loss("weighted_cross_entropy", y, t, weight=1.0, label_smoothing=smoothing) == pytest.approx(
        loss("cross_entropy_of_probabilities", y, rows), rel=1e-12
    )


@given(logits, labels)
def test_focal_loss_that_focuses_on_nothing_is_half_of_bce_with_logits(y, t) -> None:
    rows = np.eye(3)[t]

    assert loss("focal", y, rows, alpha=0.5, gamma=0.0) == pytest.approx(loss("bce_with_logits", y, rows) / 2)


@given(hnp.arrays(np.float64, (4, 1), elements=st.floats(-30, 30)))
def test_a_positive_that_counts_twice_is_two_samples(y) -> None:
    ones = np.ones_like(y)

    assert loss("weighted_bce_with_logits", y, ones, pos_weight=(2.0,)) == pytest.approx(
        2 * loss("bce_with_logits", y, ones)
    )


def test_an_output_past_its_margin_has_no_hinge_loss_and_no_gradient() -> None:
    y, t = [[2.0, -1.0, 0.5, 1.0]], [[1.0, -1.0, 1.0, -1.0]]

    assert gradient("hinge", y, t) == [[0.0, 0.0, -0.25, 0.25]]
    assert gradient("squared_hinge", y, t) == [[0.0, 0.0, -0.25, 1.0]]


def test_a_sure_and_wrong_probability_costs_a_hundred_and_a_sure_and_right_one_nothing() -> None:
    assert [loss("bce", [[p]], [[t]]) for p, t in ((0.0, 1.0), (1.0, 0.0), (0.0, 0.0), (1.0, 1.0))] == [
        100.0,
        100.0,
        0.0,
        0.0,
    ]


def test_the_gradient_of_bce_is_bounded_where_the_probability_is_0_or_1() -> None:
    bound = 1 / float(np.float32(1e-12))

    assert gradient("bce", [[0.0], [1.0]], [[1.0], [0.0]]) == [[-bound / 2], [bound / 2]]


def test_logits_far_out_neither_overflow_nor_lose_the_loss() -> None:
    found = {
        "bce_with_logits": loss("bce_with_logits", [[800.0], [-800.0]], [[0.0], [1.0]]),
        "cross_entropy": loss("cross_entropy", [[800.0, -800.0], [-800.0, 800.0]], [1, 1]),
        "focal": loss("focal", [[800.0], [-800.0]], [[0.0], [1.0]], alpha=0.5, gamma=2.0),
        "pos_weight": loss("weighted_bce_with_logits", [[800.0], [-800.0]], [[0.0], [1.0]], pos_weight=(3.0,)),
    }

    assert found == {"bce_with_logits": 800.0, "cross_entropy": 800.0, "focal": 400.0, "pos_weight": 1600.0}


def test_regions_name_the_kinks_of_mae_and_hinge_and_the_clamp_of_bce() -> None:
    mae = OPS["mae"].regions(np.array([[1.0, 2.0, 3.0]]), np.array([[2.0, 2.0, 2.0]]))  # type: ignore[misc]
    bce = OPS["bce"].regions(np.array([[0.0, 1e-13, 0.5, 1.0]]), np.zeros((1, 4)))  # type: ignore[misc]
    hinge = OPS["hinge"].regions(np.array([[0.9, 1.0, -2.0]]), np.ones((1, 3)))  # type: ignore[misc]

    assert (mae.tolist(), bce.tolist(), hinge.tolist()) == ([[-1, 0, 1]], [[1, 1, 0, 1]], [[1, 0, 1]])


def test_the_gradient_of_mae_on_its_target_is_zero() -> None:
    assert gradient("mae", [[2.0, 3.0]], [[2.0, 2.0]]) == [[0.0, 0.5]]


@pytest.mark.parametrize("op", LOSS_OPS, ids=lambda op: op.name)
def test_one_nan_makes_the_loss_nan(op) -> None:
    (y, t), params = op.example(np.random.default_rng(0))
    y[1, 1 if t.ndim == 2 else t[1]] = np.nan

    assert math.isnan(loss(op.name, y, t, **params))


def test_an_infinite_output_makes_the_loss_infinite() -> None:
    y, t = [[np.inf, 0.0]], [[0.0, 0.0]]

    assert [loss("mse", y, t), loss("mae", y, t), loss("huber", y, t, delta=1.0)] == [np.inf] * 3


def test_an_impossible_class_costs_infinitely_much_only_if_it_is_the_right_one() -> None:
    y = [[-np.inf, 0.0]]

    assert [loss("cross_entropy", y, [0]), loss("cross_entropy", y, [1])] == [np.inf, 0.0]


@pytest.mark.parametrize("op", LOSS_OPS, ids=lambda op: op.name)
def test_shapes_that_do_not_fit_are_refused_with_both_named(op) -> None:
    _, params = op.example(np.random.default_rng(0))

    with pytest.raises(ShapeError, match=r"given \(4, 3\) and \(5,\)"):
        op.forward(np.zeros((4, 3)), np.zeros(5, np.int64), **params)
