"""Convolution of sequences as a layer: its shapes, what it finds, and how it is explained."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from engine import Run
from engine.analysis.evaluation import evaluate
from engine.checks.gradient_check import gradient_check
from engine.explain.derivation import derivation
from engine.explain.paths import paths
from engine.foundation.errors import ShapeError
from engine.ops import OPS
from tests.engine.support.models import inline, run_of

EMBEDDING = {"type": "embedding", "tokens": 2, "units": 2}
CONV = {"type": "conv1d", "units": 2, "kernel": 3, "activation": "relu"}
WORDS = np.array(list(itertools.product(range(2), repeat=6)))


def pattern() -> Run:
    """Whether 1 0 1 stands anywhere in six tokens: what one kernel of three positions can see."""
    there = [int(any(tuple(row[i : i + 3]) == (1, 0, 1) for i in range(4))) for row in WORDS.tolist()]
    layers = [EMBEDDING, {**CONV, "units": 4}, {"type": "mean_over_time"}, {"units": 1}]
    return run_of(
        data={"inputs": WORDS.tolist(), "targets": there, "test_fraction": 0},
        layers=layers,
        loss="bce_with_logits",
        batch_size=None,
        optimizer={"type": "adam", "learning_rate": 0.03},
    )


def test_it_learns_to_find_a_pattern_wherever_it_stands() -> None:
    run = pattern()
    found = [evaluate(run, t).train.accuracy for t in (0, 300)]
    assert (found[0] is not None and found[0] < 0.9, found[1]) == (True, 1.0)


def test_its_gradients_agree_with_differences() -> None:
    run = pattern()
    assert gradient_check(run.trace_at(3)).agrees


def test_positions_become_windows_and_channels_units() -> None:
    run = run_of(
        data=inline(np.zeros((4, 10)), np.zeros(4)),
        layers=[
            {"type": "reshape", "shape": [5, 2]},
            CONV,
            {**CONV, "padding": "same"},
            {**CONV, "kernel": 2, "stride": 2, "padding": 1},
            {"type": "flatten"},
            {"units": 1},
        ],
    )
    shapes = [run.outline.shapes[f"conv1d{n}.a"][1:] for n in (1, 2, 3)]
    fans = next((p.shape, p.fan_in, p.fan_out) for p in run.parameters if p.name == "conv1d3.weight")
    assert (shapes, fans) == ([(3, 2), (3, 2), (2, 2)], ((2, 2, 2), 4, 4))


def test_the_paths_of_all_samples_sum_to_the_gradient_of_a_kernel() -> None:
    run = pattern()
    traced = run.trace_at(0)
    rows = len(traced["x"])
    shares = [paths(run, traced, "conv1d1.weight", (1, 0, 2), sample).sum for sample in range(rows)]
    assert sum(shares) == pytest.approx(traced["conv1d1.weight.grad"][1, 0, 2], rel=1e-12)


def test_a_position_at_the_end_lies_under_fewer_windows() -> None:
    run = pattern()
    traced = run.trace_at(0)
    terms = [derivation(run, traced, "embedding1.a.grad", (0, at, 1)).terms_total for at in range(6)]
    assert terms == [4, 8, 12, 12, 8, 4]  # of four units at one, two or three windows


@pytest.mark.parametrize(
    ("shapes", "changes", "message"),
    [
        (((4, 6), (2, 3, 3)), {}, r"conv1d takes x \(N, T, C\), weight \(O, C, K\) and bias \(O,\)"),
        (((4, 6, 2), (2, 3, 3)), {}, r"given \(4, 6, 2\), \(2, 3, 3\)"),
        (((4, 6, 3), (2, 3, 3)), {"stride": 0}, "given kernel 3, stride 0, padding 0, dilation 1"),
        (((4, 6, 3), (2, 3, 3)), {"padding": -1}, "padding at least 0"),
        (((4, 6, 3), (2, 3, 3)), {"dilation": 3}, "a window of 7 does not fit on 6 positions"),
    ],
)
def test_what_does_not_fit_is_refused(shapes: Any, changes: dict[str, int], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        OPS["conv1d_without_bias"].shape(*shapes, **{"stride": 1, "padding": 0, "dilation": 1, **changes})
