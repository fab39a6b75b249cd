"""Attention with one winner a row: a fault while the answers are wrong, and what was learned once they are right."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from engine.analysis.diagnosis import Diagnosis, diagnose
from engine.analysis.diagnosis.attention import flat_rows
from engine.run.run import Run
from engine.run.task import parse_config
from tests.engine.analysis.diagnosis.examples import PRESETS

TITLE = "attention weights leave a choice"


def reversing(spread: float | None = None, **more: Any) -> Run:
    """The preset, its projections drawn with another spread."""
    config = json.loads(json.dumps(PRESETS["reversing"]))
    attention = next(layer for layer in config["layers"] if layer["type"] == "attention")
    attention |= more
    if spread is not None:
        attention["initializer"] = {"type": "normal", "std": spread}
    return Run(parse_config(config))


def diagnosed(run: Run, t: int) -> Diagnosis:
    return diagnose(run, run.trace_at(t))


def found(run: Run, t: int) -> list[str]:
    return [finding.title for finding in diagnosed(run, t).findings if finding.kind == "saturated_units"]


def share(run: Run, t: int) -> float:
    """Row by row: whether every slope of the softmax is below 0.05."""
    weights = run.trace_at(t)["attention1.weights"]
    flat = [max(a * (1 - a) for a in row) < 0.05 for row in weights.reshape(-1, weights.shape[-1])]
    return float(np.mean(flat))


@pytest.mark.parametrize("t", [0, 60])
def test_huge_scores_are_a_fault_while_the_answers_are_wrong(t: int) -> None:
    run = reversing(3.0)
    assert found(run, t) == ["Saturated attention"]
    measured = next(each for each in diagnosed(run, t).measured if each.check == TITLE)
    assert measured.high == pytest.approx(share(run, t))
    assert not measured.passed


def test_one_winner_a_row_is_no_fault_where_it_is_what_was_learned() -> None:
    run = reversing(1.0)
    assert share(run, 600) > 0.95
    assert found(run, 600) == []


def test_its_cure_lets_it_learn() -> None:
    run = reversing(3.0)
    cure = next(f for f in diagnosed(run, 0).findings if f.kind == "saturated_units").cures[0]
    cured = Run(parse_config(cure.config))
    assert (found(cured, 0), found(cured, 100)) == ([], [])
    assert cured.trace_at(200)["loss"] < 0.5 * run.trace_at(200)["loss"]


def test_the_first_place_of_a_causal_row_has_no_choice_and_does_not_count() -> None:
    even = np.tril(np.ones((4, 4)))
    assert flat_rows(even / even.sum(axis=1, keepdims=True), causal=True) == 0


def test_without_attention_nothing_is_said_of_it() -> None:
    run = Run(parse_config(PRESETS["circle"]))
    assert TITLE in [each.check for each in diagnosed(run, 0).not_measured]
