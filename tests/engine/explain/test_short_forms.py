"""Shorter forms of a cell: the same number by fewer terms."""

from __future__ import annotations

import numpy as np
import pytest

from engine.explain.derivation import Derivation, derivation
from engine.explain.formulas import cell_formula, cell_numbers
from engine.explain.sentences import explanation
from engine.run.run import Run
from engine.run.task import parse_config
from engine.run.trace import Trace

ROWS = {
    "data": {"name": "circle", "samples": 40},
    "batch_size": 4,
    "layers": [
        {"units": 3, "activation": "softmax"},
        {"type": "batch_norm"},
        {"units": 3, "activation": "log_softmax"},
        {"type": "layer_norm"},
        {"type": "rms_norm"},
        {"units": 1},
    ],
    "loss": "mse",
}
SEQUENCES = {
    "data": {"name": "parity", "samples": 20},
    "batch_size": 2,
    "layers": [
        {"type": "embedding", "tokens": 10, "units": 4},
        {"type": "attention", "heads": 2, "causal": True},
        {"type": "layer_norm"},
        {"type": "flatten"},
        {"units": 2},
    ],
    "loss": "cross_entropy",
}


def traced(config: dict[str, object]) -> tuple[Run, Trace]:
    run = Run(parse_config(config))
    return run, run.trace_at(1)


def test_those_that_have_a_short_form_are_softmax_and_what_is_normalized_and_its_terms_sum_to_the_cell() -> None:
    short, wrong = set(), []
    for config in (ROWS, SEQUENCES):
        run, trace = traced(config)
        for step in (step for step in trace.program.steps if step.phase == "backward"):
            for index in ((0,) * len(step.shape), tuple(size - 1 for size in step.shape)):
                found = derivation(run, trace, step.output, index, short=True)
                short |= {(step.output, *sorted(term.name for term in found.terms))} if found.short else set()
                together = sum(term.product for term in found.terms)
                wrong += [] if np.isclose(together, found.result, rtol=1e-9, atol=1e-15) else [(step.output, index)]
    ways = ("direct", "through_mean", "through_variance")
    assert wrong == []
    assert short == {
        ("dense1.z.grad", ""),
        ("dense1.a.grad", *ways),
        ("dense2.z.grad", "", ""),
        ("dense2.a.grad", *ways),
        ("layer_norm1.a.grad", "direct", "through_variance"),
        ("attention1.scores.grad", ""),
        ("attention1.a.grad", *ways),
    }


def lines(found: Derivation) -> tuple[str, str]:
    names = (r"^{(\text{dense 1})}", r"^{(\text{dense 2})}", r"^{(\text{batch norm 1})}")
    text = [cell_formula(found), cell_numbers(found)]
    for name in names:
        text = [line.replace(name, "") for line in text]
    return text[0], text[1].partition(" = ")[2]


def test_through_softmax_it_is_the_share_times_how_far_its_gradient_is_above_the_mean() -> None:
    run, trace = traced(ROWS)
    formula, numbers = lines(derivation(run, trace, "dense1.z.grad", (0, 1), short=True))
    mean = r"\textstyle\sum_k a_{1,\,k} \cdot \frac{\partial L}{\partial a_{1,\,k}}"
    above = rf"\frac{{\partial L}}{{\partial a_{{1,\,2}}}} - {mean}"
    assert formula == rf"\frac{{\partial L}}{{\partial z_{{1,\,2}}}} = a_{{1,\,2}} \cdot \left({above}\right)"
    a, grad = trace["dense1.a"][0], trace["dense1.a.grad"][0]
    result = trace["dense1.z.grad"][0, 1]
    parts = [
        abs(float(part))
        for part in numbers.replace(r"\left(", "").replace(r"\right)", "").split()
        if part[-1].isdigit()
    ]
    assert parts == pytest.approx(np.abs([a[1], grad[1], a @ grad, result]), rel=1e-3)


def test_a_normalization_says_what_would_come_if_mean_and_variance_were_held_still() -> None:
    run, trace = traced(ROWS)
    found = derivation(run, trace, "dense1.a.grad", (0, 1), short=True)
    assert explanation(run, trace, found).startswith("With mean and variance held still the gradient would be ")


def test_a_cell_without_a_short_form_is_told_in_full() -> None:
    run, trace = traced(ROWS)
    full = derivation(run, trace, "dense1.weight.grad", (0, 1))
    assert derivation(run, trace, "dense1.weight.grad", (0, 1), short=True) == full
