"""A gradient of 0 is a fault only where no row has one, and nothing to fix where nothing is left to learn."""

from __future__ import annotations

from typing import Any

import pytest

from engine.analysis.diagnosis import diagnose
from engine.run.run import Run
from engine.run.task import parse_config
from tests.engine.analysis.diagnosis.examples import Config, changed, dense, diagnosis, kinds, on_circle, sgd


def one_unit(inputs: list[float], targets: list[float], weight: float, loss: str, **more: Any) -> Config:
    return {
        "data": {"inputs": [[x] for x in inputs], "targets": targets},
        "batch_size": 1,
        "shuffle": False,
        "layers": [{"units": 1, "weight": [[weight]], "bias_values": [0]}],
        "loss": loss,
        "optimizer": sgd(0.1),
        **more,
    }


MARGIN = one_unit([1.0, -2.0, 3.0, 0.1], [1, 0, 1, 1], 1.5, "hinge")
PERFECT = one_unit([1.0, 2.0, 3.0], [2.0, 4.0, 6.0], 2.0, "mse")
DROPPED = on_circle([*dense((4, "tanh")), {"type": "dropout", "p": 0.9}, *dense((1, "sigmoid"))], batch_size=1)
ZEROS = on_circle(dense((4, "relu"), (1, "sigmoid"), initializer="zeros", bias_initializer="zeros"))


@pytest.mark.parametrize("t", [0, 1, 2])
def test_a_batch_within_its_margin_is_no_fault_where_another_row_is_not(t: int) -> None:
    assert float(Run(parse_config(MARGIN)).trace_at(t)["loss"]) == 0
    (found,) = diagnosis(Run(parse_config(MARGIN)), t).findings
    assert (found.kind, found.severity, found.cures) == ("zero_gradient", "good", ())
    assert found.text == (
        "The gradient of this batch is 0, as its rows ask for no change. Over all 4 training rows it is not 0."
    )


@pytest.mark.parametrize("t", [0, 1])
def test_a_loss_of_0_over_all_rows_is_finished_from_the_start(t: int) -> None:
    found = diagnosis(Run(parse_config(PERFECT)), t).findings
    assert [(each.kind, each.text) for each in found] == [
        ("finished", "The loss of all 3 training rows is 0: there is nothing left to learn.")
    ]


def test_a_mask_that_cuts_the_first_layer_off_once_is_no_fault() -> None:
    run = Run(parse_config(DROPPED))
    cut = [t for t in range(20) if not run.trace_at(t)["dense1.weight.grad"].any()]
    assert cut
    assert [t for t in cut if "zero_gradient" in kinds(run, t)] == []


def test_terms_that_cancel_but_for_rounding_are_no_gradient() -> None:
    text = next(f.text for f in diagnosis(Run(parse_config(ZEROS)), 0).findings if f.kind == "zero_gradient")
    assert text.startswith("The gradient of every trained parameter is 0, for this batch and for all ")
    assert "zero_gradient" in kinds(Run(parse_config(changed(ZEROS, batch_size=None))), 0)


@pytest.mark.parametrize(
    "layers",
    [
        [{"units": 4, "activation": "step"}, {"units": 1, "activation": "tanh"}],
        [{"units": 4, "activation": "tanh"}, {"units": 1, "activation": "step"}],
        [{"units": 4}, {"type": "activation", "activation": "step"}, {"units": 1, "activation": "tanh"}],
    ],
)
def test_of_a_step_it_is_said_that_nothing_before_it_learns_and_its_cure_lets_it_learn(layers: list[Any]) -> None:
    config = {"data": {"name": "circle"}, "layers": layers, "loss": "mse", "optimizer": {"type": "sgd"}}
    run = Run(parse_config(config))
    found = {finding.kind: finding for finding in diagnose(run, run.trace_at(3)).findings}
    step = found["dead_units"]
    assert step.text.startswith("The slope of a step is 0 everywhere: no gradient passes ")
    assert {cure.title for finding in found.values() for cure in finding.cures} == {"Sigmoid"}
    cured = Run(parse_config(step.cures[0].config or {}))
    assert cured.trace_at(3)["dense1.weight.grad"].any()


def test_a_step_behind_what_is_not_trained_is_no_fault() -> None:
    first = {"units": 4, "activation": "step", "frozen": ["weight", "bias"]}
    layers = [first, {"units": 1, "activation": "sigmoid"}]
    config = {"data": {"name": "xor"}, "layers": layers, "loss": "bce", "optimizer": {"type": "sgd"}}
    run = Run(parse_config(config))
    assert "dead_units" not in kinds(run, 20)


SHUT = {"units": 3, "activation": "relu", "bias_values": [-100.0, 0.0, 0.0]}
STEP = {"units": 4, "activation": "step"}


def text_of(layers: list[Any], kind: str, t: int = 3) -> str:
    return next(f.text for f in diagnosis(Run(parse_config(on_circle(layers))), t).findings if f.kind == kind)


def dead_in(layers: list[Any]) -> str:
    return text_of([*layers, *dense((1, "sigmoid"))], "dead_units")


def test_beside_a_step_the_dead_units_of_other_layers_are_told_and_cured_too() -> None:
    layers = [SHUT, STEP, SHUT]
    assert dead_in(layers) == (
        "The slope of a step is 0 everywhere: no gradient passes dense 2, and nothing before it learns. "
        "2 of 7 other units have slope 0 for all samples of this batch and for all 140 training rows, so no gradient "
        "passes them: 1 in dense 1 and 1 in dense 3."
    )
    (found,) = (f for f in diagnosis(Run(parse_config(on_circle([*layers, *dense((1, "sigmoid"))]))), 3).findings)
    assert [cure.title for cure in found.cures] == ["Sigmoid", "Leaky ReLU", "Weights drawn anew, biases 0"]


def test_a_layer_after_a_step_that_dies_by_itself_is_no_fault_of_the_step() -> None:
    frozen = {**STEP, "frozen": ["weight", "bias"]}
    dead = {**SHUT, "bias_values": [-100.0] * 3}
    layers = [frozen, dead, *dense((1, "sigmoid"))]
    assert [text_of(layers, kind) for kind in ("dead_units", "zero_gradient")] == [
        "3 of 4 other units have slope 0 for all samples of this batch and for all 140 training rows, so no gradient "
        "passes them: 3 in dense 2. No gradient at all passes dense 2.",
        "The gradient of dense 2 is 0, for this batch and for all 140 training rows: in every unit of dense 2 the "
        "slope of relu is 0.",
    ]


@pytest.mark.parametrize(
    ("second", "stop"),
    [
        (
            {"activation": "tanh", "bias_values": [400.0]},
            "in every unit of dense 2 the slope of tanh is 0 to the last digit",
        ),
        ({"activation": "relu", "bias_values": [-400.0]}, "in every unit of dense 2 the slope of relu is 0"),
        ({"activation": "tanh", "initializer": "zeros"}, "every weight of dense 2 is 0"),
    ],
)
def test_where_no_gradient_arrives_it_is_told_what_was_seen_to_pass_none(second: Config, stop: str) -> None:
    layers = [*dense((3, "tanh")), {"units": 1, **second}, *dense((1, "sigmoid"))]
    first = "dense 1" if "zeros" in second.values() else "dense 1 and dense 2"
    assert text_of(layers, "zero_gradient", 0) == (
        f"The gradient of {first} is 0, for this batch and for all 140 training rows: {stop}."
    )


def test_units_that_only_flatten_out_are_dead_as_far_as_digits_go() -> None:
    told = {
        kind: dead_in([{"units": 3, "activation": kind, "bias_values": [bias, 0.0, 0.0]}]).partition(" for all")[0]
        for kind, bias in {"tanh": 400.0, "sigmoid": 400.0, "relu": -400.0, "hardtanh": 400.0}.items()
    }
    flat, exact = "1 of 4 units has slope 0 to the last digit", "1 of 4 units has slope 0"
    assert told == {"tanh": flat, "sigmoid": flat, "relu": exact, "hardtanh": exact}


# --- activations that are as good as shut --------------------------------------------------------------------------

BIASED = {"type": "constant", "val": -400.0}
CELLS: dict[str, Any] = {
    "data": {"name": "first_token", "samples": 40, "length": 8, "tokens": 4},
    "layers": [
        {"type": "embedding", "tokens": 4, "units": 3},
        {"type": "rnn", "units": 4, "return_sequence": False, "bias_initializer": {"type": "constant", "val": 9.0}},
        {"units": 4},
    ],
    "loss": "cross_entropy",
}


def told(run: Run, *which: str) -> dict[str, tuple[str, str]]:
    return {f.kind: (f.severity, f.text) for f in diagnosis(run, 0).findings if f.kind in which}


@pytest.mark.parametrize("hidden", [("sigmoid",), ("tanh", "sigmoid", "tanh")])
def test_a_sigmoid_far_out_is_saturated_and_does_not_vanish_and_its_cures_open_it(hidden: tuple[str, ...]) -> None:
    layers: list[dict[str, Any]] = [{"units": 4, "activation": name} for name in hidden]
    layers[hidden.index("sigmoid")]["bias_initializer"] = BIASED
    run = Run(parse_config(on_circle([*layers, {"units": 1}], loss="mse")))
    found = {f.kind: f for f in diagnosis(run, 0).findings}
    severity, text = found["saturated_units"].severity, found["saturated_units"].text
    assert (severity, "vanishes" in found) == ("bad", False)
    assert "the slope is" in text
    assert "so next to nothing passes" in text
    for cure in found["saturated_units"].cures:
        assert {"saturated_units", "vanishes"} & set(kinds(Run(parse_config(dict(cure.config or {}))), 0)) == set()


def test_a_recurrent_cell_far_out_is_saturated_and_does_not_vanish_over_time() -> None:
    found = told(Run(parse_config(CELLS)), "saturated_units", "vanishes", "vanishes_over_time")
    assert {kind: severity for kind, (severity, _) in found.items()} == {"saturated_units": "bad"}


def test_of_a_recurrent_cell_that_is_flat_at_every_time_the_cause_is_told() -> None:
    layers = [*CELLS["layers"]]
    layers[1] = {**layers[1], "bias_initializer": {"type": "constant", "val": 30.0}}
    found = told(Run(parse_config({**CELLS, "layers": layers})), "zero_gradient", "vanishes_over_time")
    assert list(found) == ["zero_gradient"]
    assert found["zero_gradient"][1].endswith(
        ": in every unit of rnn 1 the slope of tanh is 0 to the last digit at every time."
    )


# --- what a cure cannot cure, and what it was seen to ---------------------------------------------------------------


def rows(inputs: list[list[float]], targets: list[float], layers: list[dict[str, Any]], **more: Any) -> Run:
    data = {"inputs": inputs, "targets": [[y] for y in targets], "test_fraction": 0}
    return Run(parse_config({"data": data, "layers": layers, "loss": "mse", **more}))


def test_equal_rows_are_told_as_such_and_no_weights_are_offered_against_them() -> None:
    run = rows([[1.0, 2.0]] * 6, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0], [{"units": 3, "activation": "tanh"}, {"units": 1}])
    found = diagnosis(run, 60)
    assert [f.title for f in found.findings if f.severity != "good"] == ["All inputs are equal"]
    assert "the inputs are all the same" in [left.reason for left in found.not_measured]


def test_equal_targets_are_told_as_such() -> None:
    run = rows([[1.0], [2.0], [-1.0]], [3.0, 3.0, 3.0], [{"units": 1}])
    (found,) = [f for f in diagnosis(run, 0).findings if f.kind == "target_scale"]
    assert found.text == "All 3 training rows have the target 3: one answer fits them, whatever the inputs."


@pytest.mark.parametrize(
    ("layers", "batch", "cure"),
    [
        ([*([{"units": 6, "activation": "relu"}] * 16), {"units": 1}], None, "Kaiming weights"),
        ([{"units": 4}, {"type": "batch_norm"}, {"units": 1}], 2, "Batches of 32"),
    ],
)
def test_what_is_offered_against_a_fading_gradient_keeps_it(
    layers: list[dict[str, Any]], batch: int | None, cure: str
) -> None:
    run = Run(parse_config(on_circle(layers, loss="bce_with_logits", batch_size=batch, seed=1)))
    (found,) = [f for f in diagnosis(run, 0).findings if f.kind == "vanishes"]
    offered = {each.title: each.config for each in found.cures}
    assert cure in offered
    assert "vanishes" not in kinds(Run(parse_config(dict(offered[cure] or {}))), 0)
