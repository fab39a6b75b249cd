"""Variants of backpropagation: what each sends back, beside plain numpy; and that all else stays as it is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from engine import Run, RunConfig
from engine.checks.gradient_check import gradient_check
from engine.checks.table import example
from engine.execution.interpreter import run_step
from engine.execution.recorder import Recorder
from engine.explain.derivation import derivation
from engine.explain.notation import Symbols, code, formula
from engine.explain.sentences import step_sentence
from engine.foundation.errors import ConfigError
from engine.model.layers import LAYERS
from engine.ops.core.numpy_calls import EAGER
from engine.ops.core.op import Array
from engine.ops.dense.feedback_weights import SIGNS
from engine.program.feedback_alignment import BACKWARD
from tests.engine.ops.code_scopes import numpy_scope
from tests.engine.run.test_run import digest, straight
from tests.engine.support.models import OPTIMIZERS, net, run_of

VARIANTS: dict[str, Any] = {
    "feedback_alignment": "feedback_alignment",
    "direct_feedback_alignment": {"type": "direct_feedback_alignment", "scale": 0.7},
    "sign_symmetry": {"type": "sign_symmetry", "scale": 0.3},
}
every_variant = pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
TWO_LAYERS = [{"units": 5, "activation": "tanh"}, {"units": 4, "activation": "tanh"}, {"units": 2}]


def trained(variant: Any, **changes: Any) -> Run:
    return run_of(backward=variant, **changes)


def close(found: Mapping[str, Array], expected: dict[str, Array]) -> None:
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-12, atol=1e-15, err_msg=name)


# --- against plain numpy ---------------------------------------------------------------------------------------------


def by_hand(values: Any, way: Any) -> dict[str, Array]:
    """The gradients of a tanh-tanh-identity net under mse, with the error at the first two layers' outputs as given.

    way: ``way(layer, error at the layer's output, error at the model's output)`` to the error at the layer before.
    """
    e = 2 * (values["dense3.z"] - values["target"]) / values["target"].size
    d2 = way(3, e, e) * (1 - values["dense2.a"] ** 2)
    d1 = way(2, d2, e) * (1 - values["dense1.a"] ** 2)
    return {
        "dense1.weight": d1.T @ values["x"],
        "dense1.bias": d1.sum(axis=0),
        "dense2.weight": d2.T @ values["dense1.a"],
        "dense2.bias": d2.sum(axis=0),
        "dense3.weight": e.T @ values["dense2.a"],
        "dense3.bias": e.sum(axis=0),
    }


def used(run: Run, values: Any) -> dict[str, Array]:
    """What the update takes for each gradient."""
    return {p.name: values[run.program_at(0).gradients[p.name]] for p in run.parameters}


def test_feedback_alignment_sends_errors_back_through_fixed_random_weights() -> None:
    run = trained("feedback_alignment")
    values = run.trace_at(7)
    matrices = {layer: values[f"dense{layer}.feedback_weight"] for layer in (2, 3)}

    close(used(run, values), by_hand(values, lambda layer, own, e: own @ matrices[layer]))


def test_direct_feedback_alignment_sends_the_error_of_the_outputs_to_every_layer() -> None:
    run = trained("direct_feedback_alignment")
    values = run.trace_at(7)
    matrices = {layer: values[f"dense{layer}.feedback_weight"] for layer in (2, 3)}

    close(used(run, values), by_hand(values, lambda layer, own, e: e @ matrices[layer]))


def test_sign_symmetry_sends_errors_back_through_the_signs_of_the_weights() -> None:
    run = trained({"type": "sign_symmetry", "scale": 0.3})
    values = run.trace_at(7)

    close(
        used(run, values), by_hand(values, lambda layer, own, e: own @ (0.3 * np.sign(values[f"dense{layer}.weight"])))
    )


@every_variant
def test_the_update_descends_along_what_the_variant_gives(variant: Any) -> None:
    run = trained(variant)
    values = run.trace_at(3)
    expected = {f"{name}.next": values[name] - 0.05 * gradient for name, gradient in used(run, values).items()}

    close(values.table, expected)


def test_feedback_weights_are_drawn_from_the_seed_with_the_spread_asked_for() -> None:
    wide = [{"units": 200, "activation": "tanh"}, {"units": 100}, {"units": 1}]
    values = {
        (seed, scale): trained({"type": "feedback_alignment", "scale": scale}, layers=wide, seed=seed).trace_at(0)[
            "dense2.feedback_weight"
        ]
        for seed, scale in ((3, 1.0), (3, 2.0), (4, 1.0))
    }
    drawn = values[3, 1.0]

    np.testing.assert_allclose(values[3, 2.0], 2 * drawn, rtol=1e-15)
    assert not np.array_equal(values[4, 1.0], drawn)
    assert drawn.shape == (100, 200)
    assert drawn.std() == pytest.approx(1 / math.sqrt(200), rel=0.02)


# --- what does not change --------------------------------------------------------------------------------------------


@every_variant
def test_the_true_gradient_stays_in_the_program_and_is_right(variant: Any) -> None:
    run = trained(variant, optimizer=OPTIMIZERS["adam"])
    values, plain = run.trace_at(0), run_of(optimizer=OPTIMIZERS["adam"]).trace_at(0)

    for p in run.parameters:
        np.testing.assert_array_equal(values[f"{p.name}.grad"], plain[f"{p.name}.grad"])
    assert gradient_check(run.trace_at(20)).agrees


NOISY = [{"units": 4, "activation": "relu"}, {"type": "dropout"}, {"type": "batch_norm"}, {"units": 3}, {"units": 1}]
PARTLY = [{"units": 4, "frozen": ["weight"]}, {"units": 3, "bias": False, "activation": "relu"}, {"units": 1}]


@every_variant
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer": OPTIMIZERS["adam amsgrad"]},
        {"clip": {"norm": 0.1}, "regularization": {"l2": 0.01}, "schedule": "cosine"},
        {"layers": NOISY},
        {"layers": PARTLY},
    ],
    ids=["adam", "penalty and clipping", "noise and norm", "frozen"],
)
def test_the_fast_path_and_a_replay_give_the_bits_of_step_by_step(
    variant: Any, dtype: str, changes: dict[str, Any]
) -> None:
    run = trained(variant, dtype=dtype, **changes)
    run.state_at(99)
    run.state_at(0)

    assert digest(run.state_at(70)) == digest(straight(run, 70))


def test_backpropagation_by_name_is_the_run_without_a_variant() -> None:
    assert RunConfig.from_dict(net(backward="backpropagation")).id == RunConfig.from_dict(net()).id


def test_a_single_layer_has_nothing_to_send_back_and_learns_from_its_true_gradient() -> None:
    run = trained("feedback_alignment", layers=[{"units": 1}])

    assert run.program_at(0).gradients == {"dense1.weight": "dense1.weight.grad", "dense1.bias": "dense1.bias.grad"}
    assert not any("feedback" in name for name in run.trace_at(0))


# --- graphs and shared parameters ------------------------------------------------------------------------------------


SEQUENCE: list[dict[str, Any]] = [
    {"units": 6, "activation": "tanh"},
    {"type": "reshape", "shape": [3, 2]},
    {"units": 2, "activation": "tanh"},
    {"type": "flatten"},
    {"units": 1},
]
RESIDUAL: list[dict[str, Any]] = [
    {"units": 3, "activation": "tanh"},
    {"units": 3, "activation": "tanh"},
    {"type": "add", "inputs": ["dense1", "dense2"]},
    {"units": 1},
]


def test_feedback_of_a_value_used_twice_adds_up_all_that_comes_back() -> None:
    values = trained("feedback_alignment", layers=RESIDUAL).trace_at(4)
    into_sum = values["dense3.z.grad"] @ values["dense3.feedback_weight"]
    d2 = into_sum * (1 - values["dense2.a"] ** 2)
    expected = into_sum + d2 @ values["dense2.feedback_weight"]

    np.testing.assert_allclose(values["dense1.a.feedback"], expected, rtol=1e-12)


def test_feedback_goes_through_every_position_of_a_sequence() -> None:
    values = trained("feedback_alignment", layers=SEQUENCE).trace_at(4)

    np.testing.assert_allclose(
        values["reshape1.a.feedback"], values["dense2.z.feedback"] @ values["dense2.feedback_weight"], rtol=1e-12
    )


def test_a_shared_weight_adds_a_true_part_and_one_that_went_a_detour() -> None:
    layers = [{"units": 2, "activation": "tanh"}, {"units": 2, "share": "dense1"}]
    run = trained("feedback_alignment", layers=layers, loss="mse", data={"name": "circle", "samples": 40})
    step = run.program_at(0).steps[run.program_at(0).producer["dense1.weight.feedback"]]

    assert step.inputs == ("dense1.weight.grad.1", "dense1.weight.feedback.2")
    assert digest(run.state_at(30)) == digest(straight(run, 30))


@pytest.mark.parametrize(
    ("variant", "layers", "says"),
    [
        ("direct_feedback_alignment", RESIDUAL, "has no meaning for add1"),
        ("direct_feedback_alignment", SEQUENCE, "sends errors to rows of units; dense2 takes sequences"),
        ({"type": "feedback_alignment", "scale": 0}, TWO_LAYERS, "scale is above 0"),
        ("feedback", TWO_LAYERS, "unknown backward pass 'feedback'; there are backpropagation, feedback_alignment"),
    ],
)
def test_a_variant_without_a_meaning_for_the_model_is_refused(variant: Any, layers: Any, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        RunConfig.from_dict(net(backward=variant, layers=layers))
    assert caught.value.path.startswith("backward")


@pytest.mark.parametrize("layer", LAYERS)
@every_variant
def test_with_every_type_of_layer_a_variant_is_refused_or_trains_to_the_bits_of_step_by_step(
    variant: Any, layer: str
) -> None:
    config = example(layer) | {"backward": variant}
    kind = BACKWARD[variant if isinstance(variant, str) else variant["type"]]
    if {"dense", *(given["type"] for given in config["layers"] if "type" in given)} <= {*kind.layers}:
        run = Run(RunConfig.from_dict(config))
        assert digest(run.state_at(12)) == digest(straight(run, 12))
    else:
        with pytest.raises(ConfigError, match="has no meaning for"):
            RunConfig.from_dict(config)


# --- how it is told --------------------------------------------------------------------------------------------------


@every_variant
def test_every_step_of_a_variant_has_its_own_line_of_code_that_does_what_it_does(variant: Any) -> None:
    run = trained(variant, layers=TWO_LAYERS, loss="cross_entropy")
    values = run.trace_at(5)
    symbols = Symbols(values.program, run.names)
    names = {symbols[name].code: value for name, value in values.table.items()}

    assert len(names) == len(values.table)
    for step in values.program.steps:
        line = code(step, symbols)
        scope = numpy_scope(line) | names
        exec(line, scope)
        np.testing.assert_allclose(scope[symbols[step.output].code], values[step.output], rtol=1e-12, atol=1e-15)
        np.testing.assert_array_equal(run_step(step, values.table), values[step.output])


@every_variant
def test_the_terms_of_every_cell_of_feedback_sum_to_it(variant: Any) -> None:
    run = trained(variant)
    values = run.trace_at(5)
    made = [step.output for step in values.program.steps if "feedback" in step.output or "sign" in step.output]

    for name in made:
        for index in np.ndindex(values[name].shape):
            found = derivation(run, values, name, index)
            total = math.fsum(term.product for term in found.terms)
            assert total == pytest.approx(found.result, rel=1e-12, abs=1e-15)


def test_feedback_is_written_as_a_derivative_that_is_not_quite_one() -> None:
    run = trained("feedback_alignment")
    program = run.program_at(0)
    symbols = Symbols(program, run.names)
    step = program.steps[program.producer["dense1.a.feedback"]]

    assert formula(step, symbols) == (
        r"\frac{\tilde{\partial} L}{\partial a^{(1)}} = \frac{\tilde{\partial} L}{\partial z^{(2)}}\, B^{(2)}"
    )
    assert code(step, symbols) == "da1_feedback = dz2_feedback @ B2"


@pytest.mark.parametrize(
    ("variant", "words"),
    [
        ("feedback_alignment", "fixed random weights"),
        ("direct_feedback_alignment", "the errors of the outputs, straight"),
        ("sign_symmetry", "the signs of its weights"),
    ],
)
def test_a_step_says_what_the_errors_go_through(variant: str, words: str) -> None:
    program = trained(variant).program_at(0)

    assert words in step_sentence(program.steps[program.producer["dense1.a.feedback"]])


@every_variant
def test_every_step_of_a_noisy_net_has_its_sentence(variant: Any) -> None:
    steps = trained(variant, layers=NOISY).program_at(0).steps
    told = {step.output: step_sentence(step) for step in steps}

    assert told["dense1.a.feedback"] == told["dense1.a.grad"].replace("gradient", "feedback")
    assert told["batch_norm1.a.feedback"] != told["batch_norm1.a.grad"]
    assert all(text.endswith(".") for text in told.values())


def test_signs_recorded_give_the_bits_of_the_eager_run_in_either_number_type() -> None:
    bits = []
    for dtype in (np.float64, np.float32):
        weight = np.array([[0.5, -2.0], [0.0, -1e-30]], dtype)
        eager, recorded, recorder = np.empty_like(weight), np.empty_like(weight), Recorder()
        SIGNS.kernel(EAGER, eager, weight, scale=0.3)
        SIGNS.kernel(recorder, recorded, weight, scale=0.3)
        for call in recorder.calls:
            call()
        bits.append((eager.tobytes() == recorded.tobytes(), np.round(eager / dtype(0.3), 6).tolist()))

    assert bits == [(True, [[1, -1], [0, -1]])] * 2


@pytest.mark.parametrize("kind", BACKWARD.values(), ids=BACKWARD)
def test_every_kind_says_what_it_is_and_where_it_comes_from(kind: Any) -> None:
    assert kind.description.endswith(".")
    assert any(year in kind.source for year in ("1986", "2016"))
    assert kind.formula.count("{") == kind.formula.count("}")
