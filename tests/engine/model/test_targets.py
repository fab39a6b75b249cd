"""How targets are made into what the loss takes, and what is said when they do not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.foundation.errors import ConfigError
from engine.model.activations import parse_activation
from engine.model.losses import parse_loss
from engine.model.targets import encode

LABELS = np.array([0, 1, 1])
THREE = np.array([2, 0, 1])


def encoded(raw: Any, loss: Any, activation: str = "identity", units: int = 1, **more: Any) -> Any:
    """The targets for a last layer `dense2`, and their kind."""
    raw = np.asarray(raw)
    classes = more.pop("classes", None)
    if classes is None:
        classes = int(raw.max()) + 1 if raw.dtype.kind == "i" else 0
    found = encode(
        raw,
        classes=classes,
        units=units,
        loss=parse_loss(loss),
        activation=parse_activation(activation),
        path="data.targets",
        layer="dense2",
        **more,
    )
    return found.dtype.name, found.tolist()


def refusal(*args: Any, **more: Any) -> tuple[str, str]:
    with pytest.raises(ConfigError) as refused:
        encoded(*args, **more)
    return refused.value.path, refused.value.message


@pytest.mark.parametrize(
    ("raw", "loss", "activation", "units", "expected"),
    [
        (THREE, "cross_entropy", "identity", 3, ("int64", [2, 0, 1])),
        (LABELS, "cross_entropy", "identity", 2, ("int64", [0, 1, 1])),
        ([[2.0], [0.0]], "cross_entropy", "identity", 3, ("int64", [2, 0])),
        ([[0.2, 0.8]], "cross_entropy", "identity", 2, ("float64", [[0.2, 0.8]])),
        (LABELS, "bce", "sigmoid", 1, ("float64", [[0], [1], [1]])),
        (LABELS, "bce", "softmax", 2, ("float64", [[1, 0], [0, 1], [0, 1]])),
        (LABELS, "bce_with_logits", "identity", 1, ("float64", [[0], [1], [1]])),
        (THREE, "bce_with_logits", "identity", 3, ("float64", [[0, 0, 1], [1, 0, 0], [0, 1, 0]])),
        ([[0.1, 0.9]], "bce_with_logits", "identity", 2, ("float64", [[0.1, 0.9]])),
        (LABELS, "mse", "tanh", 1, ("float64", [[-1], [1], [1]])),
        (LABELS, "huber", "sigmoid", 1, ("float64", [[0], [1], [1]])),
        (LABELS, "mae", "identity", 2, ("float64", [[1, 0], [0, 1], [0, 1]])),
        (THREE, "mse", "identity", 3, ("float64", [[0, 0, 1], [1, 0, 0], [0, 1, 0]])),
        ([0.5, 1.5], "mse", "identity", 1, ("float64", [[0.5], [1.5]])),
        ([[0.5, -2.0]], "mae", "identity", 2, ("float64", [[0.5, -2.0]])),
        ([[3], [5]], "mse", "identity", 1, ("float64", [[3], [5]])),
        (THREE, "nll", "log_softmax", 3, ("int64", [2, 0, 1])),
        ([[2.0], [0.0]], "nll", "log_softmax", 3, ("int64", [2, 0])),
        (THREE, "kl_div", "log_softmax", 3, ("float64", [[0, 0, 1], [1, 0, 0], [0, 1, 0]])),
        ([[0.2, 0.8]], "kl_div", "log_softmax", 2, ("float64", [[0.2, 0.8]])),
        (LABELS, "hinge", "identity", 1, ("float64", [[-1], [1], [1]])),
        (THREE, "squared_hinge", "identity", 3, ("float64", [[-1, -1, 1], [1, -1, -1], [-1, 1, -1]])),
        ([[-1.0], [1.0]], "hinge", "identity", 1, ("float64", [[-1], [1]])),
        (LABELS, "focal", "identity", 1, ("float64", [[0], [1], [1]])),
    ],
)
def test_targets_take_the_form_that_the_loss_compares_with(raw, loss, activation, units, expected) -> None:
    assert encoded(raw, loss, activation, units) == expected


def test_labels_that_are_all_the_same_still_count_as_two_classes() -> None:
    assert encoded(np.array([0, 0]), "bce", "sigmoid") == ("float64", [[0.0], [0.0]])


@pytest.mark.parametrize("loss", ["mse", "bce_with_logits"])
def test_no_rows_make_no_targets(loss: str) -> None:
    assert encoded(np.zeros(0, np.int64), loss, classes=2) == ("float64", [])


def test_an_index_past_the_units_is_named_with_its_row() -> None:
    assert refusal(np.array([0, 1, 2, 7]), "cross_entropy", units=3) == (
        "data.targets",
        "class index 7 at row 3; dense2 has 3 units, so classes are 0 to 2",
    )


def test_a_negative_index_is_named_too() -> None:
    assert refusal([[0.0], [-1.0]], "cross_entropy", units=2) == (
        "data.targets",
        "class index -1 at row 1; dense2 has 2 units, so classes are 0 to 1",
    )


def test_rows_are_called_by_the_numbers_that_they_have_in_the_data() -> None:
    _, message = refusal(np.array([0, 5]), "cross_entropy", units=2, rows=np.array([40, 17]))

    assert message == "class index 5 at row 17; dense2 has 2 units, so classes are 0 to 1"


@pytest.mark.parametrize(
    ("raw", "loss", "activation", "units", "message"),
    [
        ([[0.5]], "cross_entropy", "identity", 3, "takes a class index or 3 probabilities per row; row 0 is 0.5"),
        ([[1e20]], "cross_entropy", "identity", 3, "takes a class index or 3 probabilities per row; row 0 is 1e+20"),
        ([[-1e300]], "nll", "log_softmax", 3, "takes a class index per row; row 0 is -1e+300"),
        ([[0.5, 0.5]], "cross_entropy", "identity", 3, "target has 2 columns, dense2 has 3 units"),
        (
            [[0.5, 0.5], [0.5, 0.6]],
            "cross_entropy",
            "identity",
            2,
            "sum to 1 in each row; row 1 is 0.5, 0.6",
        ),
        ([[1.5, -0.5]], "cross_entropy", "identity", 2, "sum to 1 in each row; row 0 is 1.5, -0.5"),
        ([[0.5], [1.2]], "bce", "sigmoid", 1, "bce takes targets from 0 to 1; given 1.2 at row 1, column 0"),
        (
            [[-1.0]],
            "bce_with_logits",
            "identity",
            1,
            "bce_with_logits takes targets from 0 to 1; given -1 at row 0",
        ),
        ([[0.5, 0.6]], "kl_div", "log_softmax", 2, "kl_div takes probabilities that sum to 1 in each row; row 0"),
        ([[0.5, 0.5]], "nll", "log_softmax", 2, "nll takes one class index per row; given 2 columns"),
        ([[0.5]], "nll", "log_softmax", 2, "nll takes a class index per row; row 0 is 0.5"),
        ([[1.0], [0.0]], "hinge", "identity", 1, "hinge takes targets that are -1 or 1; given 0 at row 1, column 0"),
        ([[0.5]], "focal", "identity", 1, "focal takes targets that are 0 or 1; given 0.5 at row 0, column 0"),
        ([[1.0, 2.0]], "mse", "identity", 3, "target has 2 columns, dense2 has 3 units"),
        ([1.0, 2.0], "mse", "identity", 2, "target has 1 column, dense2 has 2 units"),
        (LABELS, "mse", "identity", 3, "mse takes 2 classes as 1 or 2 units, and dense2 has 3 units"),
        (THREE, "bce", "sigmoid", 1, "bce takes 3 classes as 3 units, and dense2 has 1 unit"),
        (np.array([3, 5]), "mse", "identity", 1, "give each target as a row, like [[3], [5]]"),
    ],
)
def test_targets_that_do_not_fit_are_refused_with_what_would_do(raw, loss, activation, units, message) -> None:
    path, found = refusal(raw, loss, activation, units)

    assert (path, message in found) == ("data.targets", True), found


@pytest.mark.parametrize("activation", ["identity", "tanh", "relu", "softplus"])
def test_bce_of_outputs_that_are_no_probabilities_is_refused_with_the_two_fixes(activation: str) -> None:
    assert refusal(LABELS, "bce", activation) == (
        "loss",
        f"bce takes probabilities, and {activation} gives numbers outside 0 to 1; "
        "give dense2 the activation sigmoid, or use the loss bce_with_logits",
    )


def test_cross_entropy_of_a_single_unit_is_refused() -> None:
    assert refusal(LABELS, "cross_entropy") == (
        "loss",
        "cross_entropy needs one unit per class, and dense2 has 1 unit; give it more, or use bce_with_logits",
    )


@pytest.mark.parametrize("loss", ["nll", "kl_div"])
def test_log_probabilities_come_from_log_softmax_only(loss: str) -> None:
    assert refusal(LABELS, loss, "softmax", units=2) == (
        "loss",
        f"{loss} takes log-probabilities, and softmax gives none; "
        "give dense2 the activation log_softmax, or use the loss cross_entropy",
    )


@pytest.mark.parametrize(
    ("loss", "activation", "path"),
    [
        ({"type": "cross_entropy", "weight": [1, 2]}, "identity", "loss.weight"),
        ({"type": "nll", "weight": [1, 2]}, "log_softmax", "loss.weight"),
        ({"type": "bce_with_logits", "pos_weight": [1, 2]}, "identity", "loss.pos_weight"),
    ],
)
def test_weights_are_as_many_as_units(loss: Any, activation: str, path: str) -> None:
    assert refusal(THREE, loss, activation, units=3) == (
        path,
        f"{path[5:]} has 2 numbers, and dense2 has 3 units; give one number per unit",
    )
