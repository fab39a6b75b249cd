"""The registry of losses: parsing, the wire form, and outputs read as probabilities and classes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.foundation.errors import ConfigError
from engine.model.activations import parse_activation
from engine.model.losses import LOSSES, coding, parse_loss, predicted_classes, probabilities
from engine.ops import OPS

ONE = np.array([[-1.0], [0.25], [0.75], [3.0]])
TWO = np.array([[0.2, 0.8], [0.6, 0.4]])


def read(loss: str, activation: str, outputs: Any) -> Any:
    found = probabilities(parse_loss(loss), parse_activation(activation), outputs)
    return None if found is None else found.tolist()


def test_a_loss_is_a_name_or_an_object() -> None:
    given = ["huber", {"type": "huber", "delta": 1}, {"type": "huber", "delta": 0.5}]

    assert [parse_loss(g).to_dict() for g in given] == ["huber", "huber", {"type": "huber", "delta": 0.5}]


@pytest.mark.parametrize(
    ("given", "path", "message"),
    [
        ("l2", "loss", f"unknown loss 'l2'; did you mean mse? There are {', '.join(LOSSES)}"),
        ({"type": "nll", "weight": [1, 0]}, "loss.weight[1]", "weight is above 0; given 0.0"),
        (
            {"type": "cross_entropy", "label_smoothing": 2},
            "loss.label_smoothing",
            "label_smoothing is at least 0 and at most 1; given 2.0",
        ),
        ({"type": "bce_with_logits", "pos_weight": 3}, "loss.pos_weight", "pos_weight is a list of numbers; given 3"),
        ({"type": "focal", "gamma": -1}, "loss.gamma", "gamma is at least 0; given -1.0"),
        ({"type": "huber", "delta": 0}, "loss.delta", "delta is above 0; given 0.0"),
        ({"type": "mse", "delta": 1}, "loss.delta", "unknown field 'delta'; allowed here: reduction"),
        ([], "loss", "loss is a name, or an object with a type; given []"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(given, path: str, message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_loss(given)

    assert (refused.value.path, refused.value.message) == (path, message)


def test_cross_entropy_has_one_op_for_indices_and_one_for_probabilities() -> None:
    spec = parse_loss("cross_entropy")

    assert [spec.op(target).name for target in ((8,), (8, 3))] == [
        "cross_entropy",
        "cross_entropy_of_probabilities",
    ]


@pytest.mark.parametrize(
    ("given", "target", "op", "params"),
    [
        ("cross_entropy", (8,), "cross_entropy", {}),
        ({"type": "cross_entropy", "label_smoothing": 0.0}, (8,), "cross_entropy", {}),
        (
            {"type": "cross_entropy", "label_smoothing": 0.1},
            (8,),
            "weighted_cross_entropy",
            {"weight": 1.0, "label_smoothing": 0.1},
        ),
        (
            {"type": "cross_entropy", "weight": [1, 2]},
            (8, 2),
            "weighted_cross_entropy_of_probabilities",
            {"weight": (1.0, 2.0), "label_smoothing": 0.0},
        ),
        ({"type": "nll", "weight": [1, 2]}, (8,), "weighted_nll", {"weight": (1.0, 2.0)}),
        ({"type": "bce_with_logits", "pos_weight": None}, (8, 1), "bce_with_logits", {}),
        ({"type": "bce_with_logits", "pos_weight": [3]}, (8, 1), "weighted_bce_with_logits", {"pos_weight": (3.0,)}),
        ("focal", (8, 1), "focal", {"alpha": 0.25, "gamma": 2.0}),
    ],
)
def test_only_a_loss_that_weighs_takes_the_op_that_does(given, target, op: str, params) -> None:
    spec = parse_loss(given)

    assert (spec.op(target).name, spec.params) == (op, params)


def test_a_mean_is_not_written_so_that_a_configuration_keeps_its_id() -> None:
    given = ["mse", {"type": "mse", "reduction": "mean"}, {"type": "huber", "delta": 2, "reduction": "mean"}]
    given += [{"type": "mse", "reduction": "sum"}, {"type": "huber", "reduction": "half_sum"}]

    assert [parse_loss(g).to_dict() for g in given] == [
        "mse",
        "mse",
        {"type": "huber", "delta": 2.0},
        {"type": "mse", "reduction": "sum"},
        {"type": "huber", "delta": 1.0, "reduction": "half_sum"},
    ]


def test_the_wire_form_of_a_weighted_loss_gives_itself() -> None:
    spec = parse_loss({"type": "cross_entropy", "weight": [1, 2]})

    assert parse_loss(spec.to_dict()).to_dict() == spec.to_dict()


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_says_what_it_is(name: str) -> None:
    kind = LOSSES[name]

    assert kind.formula.startswith("L = ")
    assert "$" not in kind.formula
    assert all([kind.title, kind.description.endswith(".")])


def test_probabilities_of_one_unit_are_those_of_both_classes() -> None:
    found = [read("bce", "sigmoid", np.array([[0.25]])), read("bce_with_logits", "identity", np.array([[0.0]]))]

    assert found == [[[0.75, 0.25]], [[0.5, 0.5]]]


def test_probabilities_of_several_units_come_from_softmax_or_are_there_already() -> None:
    found = {
        "logits": read("cross_entropy", "identity", np.log(TWO)),
        "softmax": read("mse", "softmax", TWO),
        "bce": read("bce", "sigmoid", TWO),
        "independent": read("bce_with_logits", "identity", np.zeros((1, 3))),
        "nll": read("nll", "log_softmax", np.log(TWO)),
        "focal": read("focal", "identity", np.zeros((1, 1))),
    }

    assert found == {
        "logits": [pytest.approx(row) for row in TWO.tolist()],
        "softmax": TWO.tolist(),
        "bce": TWO.tolist(),
        "independent": [[0.5, 0.5, 0.5]],
        "nll": [pytest.approx(row) for row in TWO.tolist()],
        "focal": [[0.5, 0.5]],
    }


def test_outputs_of_a_squared_error_are_no_probabilities() -> None:
    assert [read(*given, ONE) for given in (("mse", "tanh"), ("huber", "sigmoid"), ("hinge", "identity"))] == [None] * 3


def test_far_logits_give_probabilities_without_a_warning() -> None:
    assert read("bce_with_logits", "identity", np.array([[-1000.0]])) == [[1.0, 0.0]]


@pytest.mark.parametrize(
    ("loss", "activation", "code"),
    [
        ("mse", "tanh", (-1, 1)),
        ("mae", "identity", (-1, 1)),
        ("huber", "leaky_relu", (-1, 1)),
        ("mse", "sigmoid", (0, 1)),
        ("mse", "relu", (0, 1)),
        ("mse", "gelu", (0, 1)),
        ("bce", "sigmoid", (0, 1)),
        ("bce_with_logits", "identity", (0, 1)),
        ("focal", "identity", (0, 1)),
        ("hinge", "identity", (-1, 1)),
        ("squared_hinge", "relu", (-1, 1)),
    ],
)
def test_two_classes_are_coded_as_the_last_activation_can_reach(loss: str, activation: str, code) -> None:
    assert coding(parse_loss(loss), parse_activation(activation)) == code


@pytest.mark.parametrize(
    ("loss", "activation", "labels"),
    [
        ("mse", "tanh", [0, 1, 1, 1]),
        ("mse", "sigmoid", [0, 0, 1, 1]),
        ("bce", "sigmoid", [0, 0, 1, 1]),
        ("bce_with_logits", "identity", [0, 1, 1, 1]),
        ("focal", "identity", [0, 1, 1, 1]),
        ("hinge", "identity", [0, 1, 1, 1]),
    ],
)
def test_one_output_is_read_as_the_class_whose_code_is_nearer(loss: str, activation: str, labels) -> None:
    found = predicted_classes(parse_loss(loss), parse_activation(activation), ONE, classes=2)

    assert found is not None
    assert found.tolist() == labels


def test_of_several_outputs_the_largest_is_the_class() -> None:
    found = predicted_classes(parse_loss("cross_entropy"), parse_activation("identity"), TWO, classes=2)

    assert found is not None
    assert found.tolist() == [1, 0]


def test_a_regression_predicts_no_classes() -> None:
    assert predicted_classes(parse_loss("mse"), parse_activation("identity"), ONE, classes=0) is None


@pytest.mark.parametrize("name", [name for name, kind in LOSSES.items() if kind.weighted])
def test_the_formula_of_a_weighted_loss_names_its_weights(name: str) -> None:
    kind = LOSSES[name]

    formula = kind.formula_of(OPS[f"weighted_{name}"])

    assert ("w" in formula, "$" in formula, formula == kind.formula) == (True, False, False)
