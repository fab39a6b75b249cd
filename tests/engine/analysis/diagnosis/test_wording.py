"""What findings say of answers: only what is so."""

from __future__ import annotations

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
