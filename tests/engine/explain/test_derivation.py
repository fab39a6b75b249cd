"""Every number explained: terms sum to the cell, paths sum to the gradient, differences agree."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

from engine import Run
from engine.checks.gradient_check import check_cell, gradient_check, judged
from engine.execution.interpreter import replay
from engine.explain.blocks import blocks
from engine.explain.derivation import derivation, first_cell, users
from engine.explain.formulas import cell_formula, cell_numbers, chain_formula, chain_numbers
from engine.explain.notation import Symbols, code, formula
from engine.explain.paths import paths
from engine.explain.sentences import explanation, step_sentence
from engine.foundation.errors import RangeError, UnknownValueError
from engine.foundation.numbers import total
from engine.model.activations import ACTIVATIONS
from engine.run.trace import Trace
from tests.engine.support.models import LAYERS, LOSSES, OPTIMIZERS, SEQUENCES, UPDATES, inline, run_of

MOST_CELLS = 32  # of one value: the others are made in the same way


def close(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-12 * max(1.0, abs(other))


def check_all_cells(run: Run, traced: Trace) -> list[str]:
    """The values with a cell whose terms do not sum to it, or whose words fail; of many cells some, evenly spaced."""
    wrong = []
    for name in traced:
        cells = list(np.ndindex(traced[name].shape))
        for index in [*cells[:: 1 + len(cells) // MOST_CELLS], cells[-1]]:
            found = derivation(run, traced, name, index, sample=0)
            texts = [cell_formula(found), cell_numbers(found), explanation(run, traced, found)]
            if not close(sum(t.product for t in found.terms), found.result) or not all(texts):
                wrong.append(f"{name}{list(index)}")
    return wrong


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_terms_of_every_cell_sum_to_it_for_every_activation(activation: str) -> None:
    run = run_of(layers=[{"units": 3, "activation": activation}, {"units": 2, "activation": activation}, {"units": 1}])
    assert check_all_cells(run, run.trace_at(2)) == []


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_step_can_be_written_for_every_activation(activation: str) -> None:
    program = run_of(layers=[{"units": 3, "activation": activation}, {"units": 1}]).program_at(0)
    symbols = Symbols(program, ["dense1", "dense2"])
    assert all(formula(step, symbols) and code(step, symbols) for step in program.steps)
    assert blocks(program, ["dense1", "dense2"])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("rate", [1e10, 1e154, 1.7e308])
@pytest.mark.parametrize("activation", ["relu", "softplus", "softmax"])
def test_numbers_without_bound_are_explained_without_a_warning(activation: str, rate: float, dtype: str) -> None:
    layers = [{"units": 2, "activation": activation}, {"units": 2, "activation": activation}, {"units": 1}]
    data = {"name": "circle", "samples": 6}
    optimizer = {"type": "adam", "learning_rate": rate}
    run = run_of(layers=layers, optimizer=optimizer, batch_size=3, dtype=dtype, data=data)
    for t in range(4):
        traced = run.trace_at(t)
        for name in traced:
            for index in np.ndindex(traced[name].shape):
                assert explanation(run, traced, derivation(run, traced, name, index, sample=0))
        assert [p.name for p in gradient_check(traced).parameters] == [p.name for p in run.parameters]
        assert paths(run, traced, "dense1.weight", (0, 0), 0).rest_count == 0


def test_partial_sums_past_the_largest_number_are_added_in_order() -> None:
    assert (total([1e308, 1e308]), total([1e308, -1e308, 0.1]), total([0.1] * 10)) == (math.inf, 0.1, 1.0)
    assert math.isnan(total([math.inf, -math.inf]))


def test_a_gradient_that_is_no_number_does_not_agree() -> None:
    run = run_of()
    traced = run.trace_at(0)
    gradient = traced["dense2.weight.grad"].copy()
    gradient[0, -1] = math.nan
    wrong = Trace(0, traced.program, traced.table | {"dense2.weight.grad": gradient}, traced.nbytes)
    assert [p.name for p in gradient_check(wrong).parameters if not p.agrees] == ["dense2.weight"]


@pytest.mark.parametrize("changes", LOSSES.values(), ids=LOSSES)
def test_the_terms_of_every_cell_sum_to_it_for_every_loss(changes: dict[str, Any]) -> None:
    run = run_of(**changes)
    assert check_all_cells(run, run.trace_at(2)) == []


@pytest.mark.parametrize("changes", (LAYERS | SEQUENCES | UPDATES).values(), ids=LAYERS | SEQUENCES | UPDATES)
def test_the_terms_of_every_cell_sum_to_it_for_every_layer_and_way_to_an_update(changes: dict[str, Any]) -> None:
    run = run_of(**changes, batch_size=4)
    assert check_all_cells(run, run.trace_at(2)) == []


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_the_terms_of_every_cell_sum_to_it_for_every_optimizer(optimizer: dict[str, Any]) -> None:
    run = run_of(optimizer=optimizer, layers=[{"units": 2, "activation": "tanh"}, {"units": 1}])
    assert check_all_cells(run, run.trace_at(2)) == []


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_central_differences_agree_for_every_activation(activation: str) -> None:
    run = run_of(layers=[{"units": 5, "activation": activation}, {"units": 3, "activation": activation}, {"units": 1}])
    found = gradient_check(run.trace_at(40))
    assert [(p.name, p.agrees) for p in found.parameters] == [(p.name, True) for p in run.parameters]


@pytest.mark.parametrize("changes", (LOSSES | LAYERS | SEQUENCES).values(), ids=LOSSES | LAYERS | SEQUENCES)
def test_central_differences_agree_for_every_loss_layer_and_every_gradient_on_the_way(changes: dict[str, Any]) -> None:
    run = run_of(**changes)
    traced = run.trace_at(30)
    diverged = float(traced["loss"]) > 1e8  # its rounding hides the gradients of saturated units
    assert gradient_check(traced).agrees in ((None, True) if diverged else (True,))
    for name in (name for name in traced if name.endswith((".a.grad", ".z.grad")) or name == "x.grad"):
        index = (1,) + (0,) * (traced[name].ndim - 1)
        assert judged(traced, name, check_cell(traced, name, index)).agrees, name


def test_a_wrong_gradient_does_not_agree() -> None:
    run = run_of()
    traced = run.trace_at(0)
    wrong = traced.table | {"dense2.weight.grad": traced["dense2.weight.grad"] * 1.0001}
    found = gradient_check(Trace(0, traced.program, wrong, traced.nbytes))
    assert [p.name for p in found.parameters if not p.agrees] == ["dense2.weight"]


def test_a_kink_inside_the_step_is_named_and_not_an_error() -> None:
    layers = [{"units": 1, "activation": "relu", "weight": [[1.0]], "bias_values": [0.0]}, {"units": 1}]
    run = run_of(data=inline([[0.0], [2.0]], [[0.0], [1.0]]), layers=layers, batch_size=None)
    found = gradient_check(run.trace_at(0))
    assert ([p.kinks for p in found.parameters if p.name == "dense1.bias"], found.agrees) == ([((0,),)], True)


@pytest.mark.parametrize("changes", (LOSSES | LAYERS | SEQUENCES).values(), ids=LOSSES | LAYERS | SEQUENCES)
def test_the_paths_of_all_samples_sum_to_the_gradient(changes: dict[str, Any]) -> None:
    run = run_of(**changes)
    traced = run.trace_at(7)
    total = 0.0
    for sample in range(traced.program.batch):
        found = paths(run, traced, "dense1.weight", (1, 0), sample)
        assert close(sum(p.product for p in found.paths) + found.rest, found.sum)
        assert all(close(math.prod(f.number for f in p.factors), p.product) for p in found.paths)
        total += found.sum
    assert close(total, float(traced["dense1.weight.grad"][1, 0]))


def test_there_is_a_path_through_every_unit_on_the_way() -> None:
    layers = [*({"units": n, "activation": "tanh"} for n in (2, 4, 3)), {"units": 1}]
    run = run_of(layers=layers)
    found = paths(run, run.trace_at(0), "dense1.weight", (0, 0), 5)
    through = {tuple(c.index[1] for c in p.cells if c.value.endswith(".a")) for p in found.paths}
    assert through == {(0, j, k, 0) for j in range(4) for k in range(3)}
    sizes = [abs(p.product) for p in found.paths]
    assert sizes == sorted(sizes, reverse=True)


def test_very_many_paths_become_the_largest_and_one_remainder() -> None:
    run = run_of(layers=[{"units": 4, "activation": "tanh"}] * 10 + [{"units": 1}])
    traced = run.trace_at(0)
    found = paths(run, traced, "dense1.weight", (0, 0), 1)
    assert (len(found.paths), found.rest_count) == (200, 4**9 - 200)
    share = traced["dense1.z.grad"][1, 0] * traced["x"][1, 0]
    assert close(found.sum, float(share))
    assert close(sum(p.product for p in found.paths) + found.rest, found.sum)


def test_the_listed_paths_are_the_largest_of_all() -> None:
    run = run_of(layers=[{"units": 5, "activation": "tanh"}] * 4 + [{"units": 1}])
    traced = run.trace_at(0)
    every = paths(run, traced, "dense1.bias", (2,), 3, limit=10_000)
    few = paths(run, traced, "dense1.bias", (2,), 3, limit=20)
    assert [p.product for p in few.paths] == pytest.approx([p.product for p in every.paths[:20]], rel=1e-12)


def test_the_chain_rule_of_a_sample_is_its_term_of_the_gradient() -> None:
    run = run_of()
    traced = run.trace_at(12)
    found = [derivation(run, traced, "dense2.weight.grad", (2, 1), sample=n) for n in range(traced.program.batch)]
    chains = [d.chain for d in found if d.chain]
    assert [c.product for c in chains] == pytest.approx([d.result for d in found], rel=1e-12)
    assert close(sum(d.result for d in found), found[0].whole)
    assert len(chains) == traced.program.batch
    assert [f.value for f in chains[0].factors] == [None, "dense2.a.grad", "dense2.a", "dense1.a"]
    assert chain_formula(chains[0]).count(r"\cdot") == chain_numbers(chains[0]).count(r"\cdot") == 3


def test_a_minus_is_written_as_a_sign_not_as_a_factor() -> None:
    run = run_of(optimizer=OPTIMIZERS["sgd"])
    found = derivation(run, run.trace_at(3), "dense2.weight.update", (2, 1))
    assert cell_formula(found).endswith(r" = -\eta \cdot \frac{\partial L}{\partial w^{(2)}_{3,\,2}}")
    assert re.fullmatch(r".* = -0\.05 \\cdot \\left\(-\d\.\d+\\right\) = \d\.\d+", cell_numbers(found))
    run = run_of(optimizer=OPTIMIZERS["adam"])
    found = derivation(run, run.trace_at(3), "optimizer.bias_correction1", ())
    assert cell_numbers(found) == "c_1 = 1 - 0.6561 = 0.3439"


def test_a_cell_is_used_by_exactly_the_cells_that_change_with_it() -> None:
    run = run_of(optimizer=OPTIMIZERS["adam"])
    traced = run.trace_at(6)
    for name, index in [("dense1.weight", (2, 1)), ("dense1.a", (3, 2)), ("dense3.z.grad", (4, 0)), ("loss", ())]:
        told = {(c.value, c.index) for c in users(traced.program, name, index)}
        assert told == _changed_directly(traced, name, index) | {c for c in told if c[0] == "loss.grad"}


def _changed_directly(traced: Trace, name: str, index: tuple[int, ...]) -> set[tuple[str, tuple[int, ...]]]:
    """What moves if a cell moves and all other values but those computed straight from it are held."""
    moved = traced[name].copy()
    moved[index] += 0.1
    changed = set()
    for step in traced.program.steps:
        if name in step.inputs:
            after = replay([step], traced.table, {name: moved})[step.output]
            changed |= {(step.output, tuple(map(int, at))) for at in np.argwhere(after != traced[step.output])}
    return changed


def test_every_step_has_a_sentence() -> None:
    program = run_of(optimizer=OPTIMIZERS["rmsprop centered"], layers=[{"units": 2, "bias": False}, {"units": 1}])
    sentences = [step_sentence(step) for step in program.program_at(0).steps]
    assert all(s[0].isupper() and s.endswith(".") and "  " not in s for s in sentences)


def test_a_dead_unit_is_said_to_let_nothing_pass() -> None:
    layers = [{"units": 1, "activation": "relu", "weight": [[1.0]], "bias_values": [-5.0]}, {"units": 1}]
    run = run_of(data=inline([[0.0], [2.0]], [[0.0], [1.0]]), layers=layers, batch_size=None)
    traced = run.trace_at(0)
    found = derivation(run, traced, "dense1.weight.grad", (0, 0), sample=1)
    assert "nothing passes" in explanation(run, traced, found)


def test_asking_for_what_is_not_there_says_what_is() -> None:
    run = run_of()
    traced = run.trace_at(0)
    with pytest.raises(UnknownValueError, match=r"unknown value 'dense7.z'.*dense1.z"):
        derivation(run, traced, "dense7.z", (0, 0))
    with pytest.raises(RangeError, match=r"dense1\.weight is 4x2; it has no cell"):
        derivation(run, traced, "dense1.weight", (0, 2))
    with pytest.raises(RangeError, match="0 to 11; given 12"):
        paths(run, traced, "dense1.weight", (0, 0), 12)
    with pytest.raises(UnknownValueError, match="unknown parameter"):
        paths(run, traced, "dense1.z", (0, 0), 0)
    with pytest.raises(UnknownValueError, match="not a gradient"):
        check_cell(traced, "dense1.z", (0, 0))


@pytest.mark.parametrize("changes", [*(LAYERS | SEQUENCES | UPDATES).values()][::4])
def test_a_first_cell_that_is_told_shortly_has_the_numbers_of_its_derivation(changes: dict[str, Any]) -> None:
    run = run_of(**changes, batch_size=4)
    traced = run.trace_at(1)
    symbols = Symbols(traced.program, run.names)
    steps = traced.program.steps
    whole = [cell_numbers(derivation(run, traced, step.output, (0,) * len(step.shape))) for step in steps]
    assert [cell_numbers(first_cell(traced, step, symbols)) for step in steps] == whole
