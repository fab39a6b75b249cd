"""Runs of expressions: the same engine, and everything about a run that has no data."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from engine import Run, Store
from engine.analysis.animation import frames
from engine.analysis.diagnosis import diagnose
from engine.analysis.divergence import first_nonfinite, lost_in
from engine.analysis.evaluation import evaluate, parameters, predict
from engine.analysis.history import history
from engine.analysis.input_plane import boundary, maps
from engine.checks.gradient_check import check_cell, gradient_check, judged
from engine.execution.interpreter import run_step
from engine.explain.blocks import blocks
from engine.explain.derivation import derivation, users
from engine.explain.formulas import cell_formula, cell_numbers
from engine.explain.local_derivatives import slopes
from engine.explain.notation import Symbols, code, formula
from engine.explain.paths import paths
from engine.explain.sentences import explanation, step_sentence
from engine.explain.sums import operand_names
from engine.foundation.errors import ConfigError, NoDataError
from engine.run.task import parse_config
from tests.engine.explain.test_derivation import check_all_cells, close
from tests.engine.support.expression_runs import EXPRESSIONS, LECTURE, MICROGRAD, run_of_expression
from tests.engine.support.models import OPTIMIZERS, run_of

every_expression = pytest.mark.parametrize("given", EXPRESSIONS.values(), ids=EXPRESSIONS)


# --- the program -----------------------------------------------------------------------------------------------------


def test_the_program_of_an_expression_has_no_batch_and_a_step_an_op() -> None:
    steps = run_of_expression(LECTURE).program_at(0).steps
    assert [(s.phase, s.layer, s.op, s.output) for s in steps if s.phase != "update"] == [
        ("forward", "v1", "multiply", "v1"),
        ("forward", "v2", "add", "v2"),
        ("forward", "v3", "tanh", "v3"),
        ("loss", "loss", "multiply", "loss"),
        ("backward", "loss", "seed", "loss.grad"),
        ("backward", "loss", "multiply", "v2.grad"),
        ("backward", "loss", "multiply", "v3.grad"),
        ("backward", "v3", "tanh", "d.grad"),
        ("backward", "v2", "add", "v1.grad"),
        ("backward", "v2", "add", "c.grad"),
        ("backward", "v1", "multiply", "a.grad"),
        ("backward", "v1", "multiply", "b.grad"),
    ]


def test_blocks_are_ops_written_as_signs_and_inputs_by_their_names() -> None:
    run = run_of_expression(LECTURE, expression="k = 2*a - b; L = (k + 3)**3 * tanh(c/d)", train=["b", "a"])
    labels = [(block.phase, block.label) for block in blocks(run.program_at(0), run.names)]
    assert labels[:7] == [
        *(("forward", label) for label in ("× 2", "−", "+ 3", "^ 3", "÷", "tanh")),
        ("loss", "×"),
    ]
    assert labels[-2:] == [("update", "a"), ("update", "b")]


@every_expression
def test_the_line_of_code_of_every_step_computes_what_the_step_does(given: dict[str, Any]) -> None:
    run = run_of_expression(given)
    traced = run.trace_at(3)
    symbols = Symbols(traced.program, run.names)
    names = {symbols[name].code: value for name, value in traced.table.items()}
    assert len(names) == len(traced.table), "two values share a name in code"
    for step in traced.program.steps:
        scope: dict[str, Any] = {**names, "np": np, "erf": np.vectorize(math.erf)}
        line = code(step, symbols)
        exec(line, scope)
        precision = 1e-12 if traced["loss"].dtype == np.float64 else 1e-6
        np.testing.assert_allclose(scope[line.split(" = ")[0]], traced[step.output], rtol=precision, atol=1e-15)


def test_lines_of_code_and_formulas_use_the_names_of_the_text() -> None:
    run = run_of_expression(LECTURE, expression="w1 = a*b + c; out = w1 / -2 * tanh(d)")
    program = run.program_at(0)
    symbols = Symbols(program, run.names)
    assert [(code(s, symbols), formula(s, symbols)) for s in program.steps if s.output in ("w1", "loss", "a.grad")] == [
        ("w1 = v1 + c", "w_{1} = v_{1} + c"),
        ("out = v2 * v3", r"\mathrm{out} = v_{2} \cdot v_{3}"),
        (
            "da = dv1 * b",
            r"\frac{\partial \mathrm{out}}{\partial a} = \frac{\partial \mathrm{out}}{\partial v_{1}} \cdot b",
        ),
    ]
    assert code(program.steps[program.producer["v2"]], symbols) == "v2 = w1 / (-2)"


@every_expression
def test_formulas_are_whole_and_steps_have_sentences(given: dict[str, Any]) -> None:
    run = run_of_expression(given)
    program = run.program_at(0)
    symbols = Symbols(program, run.names)
    for step in program.steps:
        text, sentence = formula(step, symbols), step_sentence(step)
        assert (text.count("{"), text.count(r"\left")) == (text.count("}"), text.count(r"\right"))
        assert "$" not in text + sentence
        assert "odot" not in text.replace("+ -", "odot")
        assert (sentence[0].islower(), sentence[-1]) == (False, ".")


# --- running ---------------------------------------------------------------------------------------------------------


@every_expression
def test_training_fast_gives_the_bits_of_training_step_by_step(given: dict[str, Any]) -> None:
    run, steps = run_of_expression(given), run_of_expression(given, Store(max_bytes=0))
    losses = run.losses(0, 80)
    state = steps.state_at(0)
    for t in range(80):
        traced, state = steps.step(state, t)
        assert losses[t].tobytes() == traced["loss"].tobytes()
    assert state.parameters.tobytes() == run.state_at(80).parameters.tobytes()


@every_expression
def test_any_iteration_is_the_same_from_anywhere(given: dict[str, Any]) -> None:
    straight = run_of_expression(given)
    straight.losses(0, 150)
    jumped = run_of_expression(given, Store(max_bytes=0))
    assert [jumped.trace_at(t)["loss"].tobytes() for t in (149, 0, 64)] == [
        straight.trace_at(t)["loss"].tobytes() for t in (149, 0, 64)
    ]


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_every_optimizer_trains_an_expression_and_is_explained(optimizer: dict[str, Any]) -> None:
    run = run_of_expression(EXPRESSIONS["everything"], optimizer=optimizer)
    assert run.losses(0, 31)[30] == run.trace_at(30)["loss"]
    assert check_all_cells(run, run.trace_at(2)) == []


def test_micrograds_example_has_the_numbers_of_its_readme() -> None:
    traced = run_of_expression(MICROGRAD).trace_at(0)
    assert [f"{float(traced[name]):.4f}" for name in ("loss", "a.grad", "b.grad")] == [
        "24.7041",
        "138.8338",
        "645.5773",
    ]


def test_inputs_that_are_not_trained_have_gradients_and_stay() -> None:
    run = run_of_expression(EXPRESSIONS["fixed"])
    before, after = (parameters(run, run.state_at(t)) for t in (0, 20))
    assert {name for name in before if before[name] != after[name]} == {"w", "b"}
    assert float(run.trace_at(0)["x.grad"]) == -2.0
    assert not any(step.phase == "update" for step in run_of_expression(LECTURE, train=[]).program_at(0).steps)


def test_a_penalty_is_on_every_trained_input() -> None:
    run = run_of_expression(LECTURE, regularization={"l2": 0.5}, train=["a", "d"])
    traced = run.trace_at(0)
    assert [float(traced[f"{name}.total_grad"] - traced[f"{name}.grad"]) for name in ("a", "d")] == pytest.approx(
        [1.0, 0.25]
    )


# --- branches --------------------------------------------------------------------------------------------------------


def test_a_branch_sets_an_input_and_shares_the_past() -> None:
    run = run_of_expression(LECTURE, train=["a"])
    edits = [
        {"iteration": 10, "parameter": "c", "index": [], "value": -1.5},
        {"iteration": 20, "parameter": "a", "index": [], "value": 4},
        {"iteration": 20, "set": {"optimizer.learning_rate": 0.5}},
    ]
    branch = run.branch(edits)
    again = Run(parse_config(branch.config.to_dict()))
    np.testing.assert_array_equal(branch.losses(0, 10), run.losses(0, 10))
    assert (float(branch.trace_at(10)["c"]), float(branch.trace_at(20)["a"])) == (-1.5, 4.0)
    np.testing.assert_array_equal(again.losses(0, 40), branch.losses(0, 40))


@pytest.mark.parametrize(
    ("edit", "path"),
    [
        ({"parameter": "v1", "index": [], "value": 1}, "edits[0].parameter"),
        ({"parameter": "a", "index": [0], "value": 1}, "edits[0].index"),
        ({"set": {"optimizer.momentun": 1}}, "edits[0].set.optimizer.momentun"),
    ],
)
def test_an_edit_of_what_there_is_not_is_refused(edit: dict[str, Any], path: str) -> None:
    with pytest.raises(ConfigError) as error:
        run_of_expression(LECTURE).branch([{"iteration": 3, **edit}])
    assert error.value.path == path


# --- explanations ----------------------------------------------------------------------------------------------------


@every_expression
def test_the_terms_of_every_cell_sum_to_it(given: dict[str, Any]) -> None:
    run = run_of_expression(given, dtype="float64")
    assert check_all_cells(run, run.trace_at(2)) == []


@every_expression
def test_central_differences_agree_with_every_gradient(given: dict[str, Any]) -> None:
    run = run_of_expression(given)
    traced = run.trace_at(4)
    assert gradient_check(traced).agrees
    gradients = [
        name
        for name in traced
        if name.endswith(".grad") and traced.program.steps[traced.program.producer[name]].phase == "backward"
    ]
    assert [name for name in gradients if not judged(traced, name, check_cell(traced, name, ())).agrees] == []


@every_expression
def test_the_products_along_all_paths_sum_to_the_gradient(given: dict[str, Any]) -> None:
    run = run_of_expression(given, dtype="float64")
    traced = run.trace_at(1)
    for p in run.parameters:
        found = paths(run, traced, p.name, (), 0)
        assert close(sum(path.product for path in found.paths) + found.rest, float(traced[f"{p.name}.grad"]))
        assert all(close(math.prod(f.number for f in path.factors), path.product) for path in found.paths)


@every_expression
def test_a_gradient_is_what_comes_in_times_the_slope_of_the_edge(given: dict[str, Any]) -> None:
    traced = run_of_expression(given, dtype="float64").trace_at(2)
    found = slopes(traced)
    for name, slope in found.items():
        step = traced.program.steps[traced.program.producer[name]]
        assert close(slope * float(traced[operand_names(step)["grad"]]), float(traced[name]))
    edges = [
        step for step in traced.program.steps if step.phase == "backward" and step.op not in ("seed", "accumulate")
    ]
    assert found.keys() == {step.output for step in edges}


def test_layers_have_no_slopes_of_single_numbers() -> None:
    assert slopes(run_of().trace_at(0)) == {}


def test_there_is_a_path_for_every_way_to_the_loss() -> None:
    run = run_of_expression(EXPRESSIONS["used again"])
    found = paths(run, run.trace_at(0), "a", (), 0)
    assert sorted("-".join(cell.value for cell in path.cells) for path in found.paths) == [
        *("a-b-c-loss", "a-b-c-loss", "a-b-c-v1-v2-loss", "a-b-c-v1-v2-loss", "a-v1-v2-loss", "a-v2-loss"),
    ]


def test_a_derivation_says_the_chain_rule_in_formula_numbers_and_words() -> None:
    run = run_of_expression(LECTURE)
    traced = run.trace_at(0)
    found = derivation(run, traced, "a.grad", (), sample=0)
    assert (cell_formula(found), cell_numbers(found), explanation(run, traced, found)) == (
        r"\frac{\partial L}{\partial a} = \frac{\partial L}{\partial v_{1}} \cdot b",
        r"\frac{\partial L}{\partial a} = 0.4621 \cdot \left(-3\right) = -1.386",
        "A product passes the gradient on to a times the other factor, b. Per unit of v1, L changes by 0.4621; per "
        "unit of a, v1 changes by −3: so per unit of a, L changes by −1.386.",
    )


def test_a_source_says_what_it_is() -> None:
    run = run_of_expression(LECTURE, expression="L = a * 2 / b / 3", inputs={"a": 1, "b": 4}, train=["a"])
    traced = run.trace_at(5)
    told = [explanation(run, traced, derivation(run, traced, name, ())) for name in ("a", "b", "constant.1")]
    assert [text.partition(":")[0] for text in told] == [
        "a is a parameter",
        "b is not trained",
        "3 is a number that no step changes.",
    ]


def test_a_value_is_used_by_the_steps_that_read_it() -> None:
    program = run_of_expression(LECTURE).program_at(0)
    assert [cell.value for cell in users(program, "v3", ())] == ["loss", "v2.grad", "d.grad"]


# --- the course ------------------------------------------------------------------------------------------------------


def test_the_history_is_the_loss_alone() -> None:
    run = run_of_expression(LECTURE)
    found = history(run, 0, 30)
    assert (found.points, found.first_nonfinite, found.stop, len(found.loss)) == ((), None, None, 30)


def test_frames_show_every_value_of_every_iteration() -> None:
    run = run_of_expression(LECTURE)
    found = frames(run, 0, 6, 2)
    assert found["v2.grad"].tolist() == [float(run.trace_at(t)["v2.grad"]) for t in (0, 2, 4)]
    assert {"a", "a.grad", "loss", "v3", "epoch", "iteration"} <= found.keys()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_numbers_past_all_bounds_are_found_and_explained(dtype: str) -> None:
    given = {"expression": "L = exp(a*b)", "inputs": {"a": 1e300, "b": 1e300}, "dtype": dtype}
    run = run_of_expression(given)
    traced = run.trace_at(0)
    found = lost_in(traced)
    assert found is not None
    assert (diagnose(run, traced).findings[0].title, found.kind) == ("A number is infinite", "inf")
    assert all(explanation(run, traced, derivation(run, traced, name, ())) for name in traced)
    assert first_nonfinite(run, 5) == found


def titles(run: Run, t: int) -> list[str]:
    return [finding.title for finding in diagnose(run, run.trace_at(t)).findings]


def test_findings_are_about_the_way_down() -> None:
    bowl = {"expression": "L = x**2 + 9*y**2", "inputs": {"x": 3, "y": 1}}

    def at(t: int, rate: float, **changes: Any) -> list[str]:
        return titles(run_of_expression(bowl, optimizer={"type": "sgd", "learning_rate": rate}, **changes), t)

    assert at(0, 0.05) == ["Healthy"]
    assert at(1, 0.05) == ["The last step went down", "Healthy"]
    assert at(1, 0.13) == ["The last step went up"]
    assert at(0, 0.0) == ["Nothing moves"]
    assert at(0, 0.1, train=[]) == ["Nothing is trained"]
    assert at(0, 0.1, inputs={"x": 0, "y": 0}) == ["At a minimum"]
    assert at(0, 0.1, inputs={"x": 0, "y": 1}) == ["Healthy"]
    assert at(0, 0.1, inputs={"x": 1e4, "y": 1}) == ["The gradient is very large"]
    assert at(30, 0.5) == ["The loss explodes"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda run: evaluate(run, 0),
        lambda run: predict(run, 0, np.zeros((1, 2))),
        lambda run: boundary(run, 0, 10),
        lambda run: maps(run, 0, 10),
        lambda run: frames(run, 0, 2, resolution=10),
        lambda run: run.data,
    ],
)
def test_what_asks_for_data_is_told_that_there_is_none(ask: Any) -> None:
    with pytest.raises(NoDataError, match="this run is an expression: it has no data"):
        ask(run_of_expression(LECTURE))


# --- configurations --------------------------------------------------------------------------------------------------


def test_a_configuration_comes_back_with_its_defaults_and_the_same_id() -> None:
    given = {"expression": "L = a*b", "inputs": {"b": 1, "a": 2, "unused": 3}}
    config = parse_config(given)
    assert config.to_dict() == {
        "seed": 0,
        "dtype": "float64",
        "expression": "L = a*b",
        "inputs": {"a": 2.0, "b": 1.0, "unused": 3.0},
        "train": ["a", "b"],
        "optimizer": parse_config(EXPRESSIONS["a copy"]).to_dict()["optimizer"] | {"learning_rate": 0.001},
        "schedule": None,
        "regularization": None,
        "clip": None,
        "edits": [],
    }
    assert parse_config(config.to_dict()).id == config.id


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"expression": "a"}, "inputs"),
        ({"expression": "a", "inputs": {}}, "expression"),
        ({"expression": "a", "inputs": {"a": 1}, "layers": []}, "layers"),
        ({"expression": "a", "inputs": {"a": 1}, "early_stopping": {}}, "early_stopping"),
        ({"expression": "a", "inputs": {"a": 1}, "dtype": "float16"}, "dtype"),
        ({"expression": "a*clip", "inputs": {"a": 1, "clip": 1}}, "inputs"),
        ({"expression": None, "inputs": {"a": 1}}, "expression"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused_with_its_place(given: dict[str, Any], path: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_config(given)
    assert error.value.path == path


def test_a_step_run_again_on_its_inputs_gives_its_output() -> None:
    traced = run_of_expression(EXPRESSIONS["everything"]).trace_at(17)
    for step in traced.program.steps:
        np.testing.assert_array_equal(run_step(step, traced.table), traced[step.output])
