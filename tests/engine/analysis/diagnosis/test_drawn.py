"""Whatever a run is like, its findings contradict neither each other nor its numbers."""

from __future__ import annotations

import pytest

from engine.checks.gradient_check import gradient_check
from engine.run.run import Run
from engine.run.task import parse_config
from tests.engine.analysis.diagnosis.drawn import faults, faults_of, iterations, run_of


@pytest.mark.parametrize("seed", range(30))
def test_the_findings_of_a_drawn_run_say_nothing_that_cannot_be(seed: int) -> None:
    run = run_of(seed)
    assert [fault for t in iterations(seed) if run for fault in faults(run, t)] == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("The targets go from −0.058, but sigmoid gives 0 to 1.", "one end"),
        ("-204% of the targets' variance is explained", "a hyphen for a minus"),
        ("The loss of all 1 training rows is 0.", "a plural of one"),
        ("5 of 4 units have slope 0", "more than there are"),
        ("the training loss fell from 0.1 to 0.2", "a way that is none"),
        ("Its norm grows from 0.3 in dense 2 to 0.1 in dense 1", "a way that is none"),
        ("1 · 2 5", "two numbers side by side"),
        ("120% of all", "a share of more than all"),
    ],
)
def test_what_no_sentence_may_have_is_seen(text: str, fault: str) -> None:
    assert fault in list(faults_of(text))


@pytest.mark.parametrize("seed", range(12))
def test_a_right_gradient_of_a_loss_that_is_mostly_rounding_never_differs(seed: int) -> None:
    layers = [
        {"units": 4, "activation": "tanh"},
        {"units": 3, "activation": "sigmoid", "initializer": {"type": "normal", "std": 5 + seed}},
    ]
    shut = {"seed": seed, "data": {"name": "iris"}, "layers": layers, "loss": "bce", "batch_size": None}
    assert gradient_check(Run(parse_config(shut)).trace_at(0)).agrees is not False
