"""A loss that is a sum: what the batch's, each row's and the whole sets' are."""

from __future__ import annotations

from typing import Any

import pytest

from engine import Run, RunConfig
from engine.analysis.evaluation import evaluate

INPUTS = [[0.2, 1.0], [0.7, -0.4], [-0.9, 0.3], [0.1, 0.5], [1.2, -1.0]]
LAYERS = [{"units": 1, "weight": [[0.5, -1.0]], "bias_values": [0.1]}]


def run_of(reduction: str, **changes: Any) -> Run:
    data = {"inputs": INPUTS, "targets": [[1.0], [0.0], [0.5], [-1.0], [2.0]], "test_fraction": 0}
    loss = {"type": "mse", "reduction": reduction}
    return Run(RunConfig.from_dict({"data": data, "layers": LAYERS, "loss": loss, "shuffle": False} | changes))


def test_of_one_batch_the_whole_sets_loss_is_the_batchs_and_that_of_the_rows_sums_to_it() -> None:
    found = {name: evaluate(run_of(name), 0) for name in ("mean", "sum", "half_sum")}
    mean = found["mean"].train.loss

    assert {name: one.train.loss for name, one in found.items()} == {
        "mean": mean,
        "sum": pytest.approx(5 * mean),
        "half_sum": pytest.approx(2.5 * mean),
    }
    rows = found["half_sum"].batch.losses
    assert rows is not None
    assert float(rows.sum()) == pytest.approx(found["half_sum"].train.loss)


def test_sets_of_other_sizes_are_weighed_as_a_batch_so_that_the_curves_can_be_compared() -> None:
    changes: dict[str, Any] = {"batch_size": 2, "data": {"name": "circle", "samples": 40, "test_fraction": 0.3}}
    mean, total = (evaluate(run_of(name, **changes), 0) for name in ("mean", "sum"))
    assert mean.test is not None
    assert total.test is not None

    assert [total.train.loss, total.test.loss] == pytest.approx([2 * mean.train.loss, 2 * mean.test.loss])


def test_half_a_sum_is_the_worked_example_of_a_textbook() -> None:
    """One update of w for E = 1/2 (t - y)^2 by hand: w - 1 * (y - t) x."""
    data = {"inputs": [[2.0, 1.0]], "targets": [[1.0]], "test_fraction": 0}
    run = run_of("half_sum", data=data, optimizer={"type": "sgd", "learning_rate": 0.5})
    traced = run.trace_at(0)  # y = 0.5 * 2 - 1 * 1 + 0.1 = 0.1

    found = [float(traced["loss"]), *traced["dense1.weight.next"][0].tolist()]
    assert found == pytest.approx([0.405, 0.5 + 0.5 * 0.9 * 2, -1 + 0.5 * 0.9])
