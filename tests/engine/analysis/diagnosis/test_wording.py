"""What findings say of answers: only what is so."""

from __future__ import annotations

import numpy as np

from engine.analysis.diagnosis.words import answered, ranging
from engine.run.run import Run
from engine.run.task import parse_config
from tests.engine.analysis.diagnosis.examples import PRESETS, Config, changed, dense, diagnosis, on_circle, sgd

SHUT = {
    "data": {"inputs": [[3.0], [-3.0]], "targets": [[0], [1]]},
    "batch_size": None,
    "layers": [{"units": 1, "activation": "sigmoid", "weight": [[20]], "bias_values": [0]}],
    "loss": "bce",
    "optimizer": sgd(0.1),
}


def text(config: Config, t: int, kind: str) -> str:
    found = diagnosis(Run(parse_config(config)), t).findings
    return next(each.text for each in found if each.kind == kind)


def test_a_wrong_answer_that_bce_cannot_correct_is_found_and_learns_from_logits() -> None:
    found = next(f for f in diagnosis(Run(parse_config(SHUT)), 0).findings if f.kind == "saturated_output")
    (cure,) = found.cures
    assert (found.severity, cure.title) == ("bad", "Identity with bce_with_logits")
    assert cure.config
    losses = Run(parse_config(cure.config)).losses(0, 200)
    assert losses[-1] < 0.1 * losses[0]


def test_a_wrong_answer_that_bce_corrects_is_no_fault() -> None:
    layers = [{"units": 1, "activation": "sigmoid", "weight": [[2]], "bias_values": [0]}]
    found = diagnosis(Run(parse_config(changed(SHUT, layers=layers))), 0).findings
    assert "saturated_output" not in [each.kind for each in found]


def test_rows_that_were_looked_at_are_told_from_all_that_there_are() -> None:
    words = "slope 0 for all samples of this batch and for all 500 training rows that were looked at (of 1258), so"
    assert words in text(PRESETS["digits"], 60, "dead_units")


def test_one_of_two_classes_that_are_as_many_is_not_called_common() -> None:
    persistent = on_circle(dense((6, "tanh"), (1, "identity")), "mse", optimizer=sgd(0.1, momentum=0.999))
    assert "50% are of it, whatever the input." in text(persistent, 100, "one_class")


def test_data_of_one_class_and_equal_inputs_are_said_from_the_start() -> None:
    same = changed(SHUT, data={"inputs": [[3.0], [3.0]], "targets": [[1], [1]]})
    assert text(same, 0, "one_class") == "All 2 training rows are of class 1: there is nothing to tell apart."
    words = "All 2 training rows have the same inputs, so no answer can differ from another."
    assert text(same, 0, "input_scale") == words


def alone(target: object, **changes: object) -> Config:
    """One linear unit on a single row."""
    data = {"inputs": [[1.0, 2.0]], "targets": [target], "test_fraction": 0}
    layers = [{"units": 1, "activation": "sigmoid", "weight": [[0, 0]]}]
    return {"data": data, "layers": layers, "loss": "mse", "optimizer": sgd(0.1), **changes}


def test_of_a_single_target_no_range_is_told() -> None:
    words = "Every target is −0.058, but sigmoid gives 0 to 1: 100% of them can never be reached."
    assert text(alone([-0.058]), 0, "output_range") == words


def test_two_ends_that_are_rounded_alike_are_told_apart() -> None:
    assert ranging("targets", "target", 3.0001, 3.0002) == "The targets go from 3.0001 to 3.0002"


def test_a_single_row_is_not_called_all() -> None:
    right = alone([0.0], layers=[{"units": 1, "weight": [[0, 0]], "bias_values": [0]}])
    assert text(right, 0, "finished") == "The loss of the only training row is 0: there is nothing left to learn."


def test_answers_worse_than_their_mean_have_no_negative_share() -> None:
    assert [answered(fit, False) for fit in (-2.04, 0.0, 0.82)] == [
        "R² is −2.04, worse than the targets' mean as the only answer",
        "0% of the targets' variance is explained",
        "82% of the targets' variance is explained",
    ]


def test_what_is_so_already_does_not_help() -> None:
    layers = dense((4, "tanh"), initializer={"type": "normal", "std": 20.0})
    data = {"name": "iris", "standardize": True}
    scaled = Run(parse_config(on_circle([*layers, {"units": 3}], "hinge", data=data)))
    found = next(f for f in diagnosis(scaled, 0).findings if f.kind == "saturated_units")
    assert "Standardize the inputs" not in [cure.title for cure in found.cures]


def test_answers_that_are_worse_than_one_for_all_are_not_called_healthy() -> None:
    x = np.linspace(-1, 1, 20)
    data = {"inputs": x[:, None].tolist(), "targets": (x > 0).astype(int).tolist()}
    turned = dense((1, "identity"), weight=[[-9.0]], bias_values=[0.0])
    slow = on_circle(turned, "hinge", rate=1e-2, data=data, shuffle=True)
    (healthy,) = [f for f in diagnosis(Run(parse_config(slow)), 100).findings if f.kind == "healthy"]
    assert healthy.title == "Nothing wrong was found, but little is right"
    assert "; 0% of the answers are right, and the commonest class alone has 50%. Nothing was found" in healthy.text
