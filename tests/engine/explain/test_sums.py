"""Sums as they are read: the largest first, zeros with their reason, times forwards, and each sample's share."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from engine.execution.interpreter import replay
from engine.explain.derivation import Derivation, derivation
from engine.explain.formulas import cell_formula, cell_numbers
from engine.explain.sentences import explanation
from engine.explain.sums import Zeros
from engine.foundation.value_name import gradient_name
from tests.engine.explain.drawn import drawn
from tests.engine.support.models import LAYERS, SEQUENCES, run_of
from tests.engine.support.preset_runs import started

CASES = LAYERS | SEQUENCES


def some_cell(array: np.ndarray[Any, Any], seed: int) -> tuple[int, ...]:
    """Any cell, most often one that is not 0."""
    rng = np.random.default_rng(seed)
    cells = [*map(tuple, np.argwhere(array)), (0,) * array.ndim]
    return tuple(int(i) for i in cells[rng.integers(len(cells))])


def products(found: Derivation) -> list[float]:
    return [term.product for term in found.terms]


# --- order ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_terms_stand_in_the_order_of_their_size_and_none_is_nothing(seed: int) -> None:
    net, wrong = drawn(seed), []
    for name in (f"dense{n}.{kind}" for n in net.layers for kind in ("z", "a.grad", "weight.grad")):
        for index in np.ndindex(net.traced[name].shape):
            found = derivation(net.run, net.traced, name, index)
            sizes = [abs(product) for product in products(found)]
            if found.terms_total > 2 and (sizes != sorted(sizes, reverse=True) or 0 in sizes):
                wrong.append((name, index, sizes))
    assert wrong == []


def test_the_addends_of_an_update_stay_as_its_formula_has_them() -> None:
    run = run_of(optimizer={"type": "sgd", "learning_rate": 5.0})
    found = [derivation(run, run.trace_at(t), "dense2.weight.next", (0, 0)) for t in range(6)]
    assert [[t.factors[-1].value for t in d.terms] for d in found] == [["dense2.weight", "dense2.weight.update"]] * 6


@pytest.mark.parametrize("limit", [1, 3, 7])
def test_a_limit_keeps_the_largest_and_makes_one_number_of_the_rest(limit: int) -> None:
    run = started("digits")
    traced, index = run.trace_at(2), (1, 3)
    every = derivation(run, traced, "dense2.weight.grad", index)
    few = derivation(run, traced, "dense2.weight.grad", index, limit=limit)
    assert products(few)[:limit] == products(every)[:limit]
    assert few.terms[-1].rest == len(every.terms) - limit
    assert math.isclose(math.fsum(products(few)), few.result, rel_tol=1e-12)


@pytest.mark.parametrize("preset", ["forgetting", "remembering"])
def test_contributions_of_times_are_listed_from_the_first_to_the_last(preset: str) -> None:
    run = started(preset)
    traced = run.trace_at(1)
    (name,) = (p.name for p in run.parameters if p.name.endswith("weight_hh"))
    found = derivation(run, traced, gradient_name(name), some_cell(traced[gradient_name(name)], 3))
    times = [term.time for term in found.terms]
    assert times == sorted(times, key=lambda time: time or 0)
    assert len(set(times)) == len(times) > 5


# --- zeros ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_what_relu_blocks_is_counted_and_said(seed: int) -> None:
    layers = [{"units": 6, "activation": "relu"}, {"units": 5, "activation": "relu"}, {"units": 1}]
    run = run_of(seed=seed, layers=layers, batch_size=7)
    traced = run.trace_at(2)
    shut, fed = traced["dense2.z"] <= 0, traced["dense1.a"] != 0
    wrong = []
    for j, k in np.ndindex(5, 6):
        found = derivation(run, traced, "dense2.weight.grad", (j, k)).counts
        blocked, silent = int(shut[:, j].sum()), int((~shut[:, j] & ~fed[:, k]).sum())
        told = {zeros.why: zeros.count for zeros in found.zeros}
        if told != {k: n for k, n in (("blocked by ReLU", blocked), ("dense 1 gives 0", silent)) if n}:
            wrong.append((j, k, told, blocked, silent))
    assert wrong == []


def test_terms_that_are_all_0_are_counted_with_their_reason() -> None:
    dead = {"units": 3, "activation": "relu", "bias_initializer": {"type": "constant", "val": -50.0}}
    run = run_of(layers=[dead, {"units": 1}], batch_size=6)
    traced = run.trace_at(0)
    found = derivation(run, traced, "dense1.weight.grad", (1, 0))
    assert (found.terms, found.counts.zeros, found.result) == ((), (Zeros(6, "blocked by ReLU"),), 0.0)
    assert explanation(run, traced, found) == "All of its 6 terms are 0: blocked by ReLU."
    assert (cell_numbers(found).endswith(" = 0"), cell_formula(found).endswith(" = 0")) == (True, True)


# --- samples' shares --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", CASES.values(), ids=CASES)
def test_the_shares_of_all_samples_sum_to_the_gradient_of_every_parameter(changes: dict[str, Any]) -> None:
    run = run_of(**changes)
    traced = run.trace_at(3)
    wrong: list[tuple[object, ...]] = []
    for number, parameter in enumerate(p for p in run.parameters if p.trainable):
        value = gradient_name(parameter.name)
        index = some_cell(traced[value], number)
        shares = [derivation(run, traced, value, index, sample=n) for n in range(traced.program.batch)]
        sums = [math.isclose(math.fsum(products(d)), d.result, rel_tol=1e-9, abs_tol=1e-15) for d in shares]
        whole = float(traced[value][index])
        if not math.isclose(math.fsum(d.result for d in shares), whole, rel_tol=1e-9, abs_tol=1e-14) or not all(sums):
            wrong.append((value, index, whole))
        wrong += [(value, term) for n, d in enumerate(shares) for term in d.terms if term.sample not in (n, None)]
    assert wrong == []


@pytest.mark.parametrize(
    "name", ["convolution", "rnn", "gru truncated", "lstm last", "layer norm", "shared", "attention"]
)
def test_a_sample_s_share_is_what_is_left_of_the_gradient_if_the_loss_counts_that_sample_alone(name: str) -> None:
    """The backward pass run again, with what the loss sends back to the other samples put to 0."""
    run = run_of(**CASES[name])
    traced = run.trace_at(3)
    back = [step for step in traced.program.steps if step.phase == "backward"]
    sent = next(s.output for s in back if s.layer == "loss" and s.output != "loss.grad" and s.shape)
    after = back[[s.output for s in back].index(sent) + 1 :]
    wrong = []
    for sample in (0, 1):
        alone = np.zeros_like(traced[sent])
        rows = len(alone) // traced.program.batch
        alone[sample * rows : (sample + 1) * rows] = traced[sent][sample * rows : (sample + 1) * rows]
        found = replay(after, traced.table, {sent: alone})
        for number, parameter in enumerate(p for p in run.parameters if p.trainable):
            value = gradient_name(parameter.name)
            index = some_cell(traced[value], number)
            share = derivation(run, traced, value, index, sample=sample).result
            if not math.isclose(share, float(found[value][index]), rel_tol=1e-9, abs_tol=1e-15):
                wrong.append((value, index, sample, share, float(found[value][index])))
    assert wrong == []


def test_a_share_says_what_it_is_of_and_that_batch_norm_ties_samples() -> None:
    run = started("batch_norm")
    traced = run.trace_at(30)
    texts = {
        name: explanation(run, traced, derivation(run, traced, name, (1,), sample=2))
        for name in ("dense5.bias.grad", f"{run.parameters[-1].name.rpartition('.')[0]}.bias.grad")
        if traced[name].shape[0] > 1
    }
    assert all("Sample 3 brings" in text for text in texts.values())
    assert "Batch norm 5 ties the samples of a batch together" in texts["dense5.bias.grad"]


def test_only_a_batch_norm_between_a_parameter_and_the_loss_ties_samples() -> None:
    told = {}
    for preset, value in [("batch_norm", "dense10.weight.grad"), ("circle", "dense1.weight.grad")]:
        run = started(preset)
        traced = run.trace_at(0)
        last = [p.name for p in run.parameters if p.name.endswith("weight")][-1]
        name = gradient_name(last) if preset == "batch_norm" else value
        told[preset] = "ties" in explanation(run, traced, derivation(run, traced, name, (0, 0), sample=0))
    assert told == {"batch_norm": False, "circle": False}
