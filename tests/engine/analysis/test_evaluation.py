"""Scores worked out by hand, of nets that are neither perfect nor constant."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.analysis.evaluation import evaluate, in_own_unit, outputs, score
from tests.engine.support.models import inline, run_of

# y = x + 1 gives 1, 2, 3, 4
LINE = {"units": 1, "weight": [[1.0]], "bias_values": [1.0]}
COLUMN = [[0.0], [1.0], [2.0], [3.0]]


def regression(targets: Any, *layers: dict[str, Any]) -> Any:
    return run_of(data=inline(COLUMN, targets), layers=list(layers) or [LINE], batch_size=None)


def test_r2_is_one_less_the_share_of_the_squares_around_the_mean_that_is_left() -> None:
    """Errors 0, 0, 1, -1 leave 2 of the 2.25 + 0.25 + 0.25 + 6.25 around the mean 2.5."""
    train = evaluate(regression([[1.0], [2.0], [2.0], [5.0]]), 0).train
    assert [train.r2, train.loss] == pytest.approx([1 - 2 / 9, 0.5])


def test_r2_of_several_outputs_is_about_the_mean_of_each() -> None:
    """The second output is 10 throughout; its targets 9, 9, 11, 11 spread 4 around their own mean and are off by 4."""
    two = {"units": 2, "weight": [[1.0], [0.0]], "bias_values": [1.0, 10.0]}
    train = evaluate(regression([[1.0, 9.0], [2.0, 9.0], [2.0, 11.0], [5.0, 11.0]], two), 0).train
    assert train.r2 == pytest.approx(1 - (2 + 4) / (9 + 4))


def test_r2_of_a_net_worse_than_the_mean_is_negative() -> None:
    assert evaluate(regression([[4.0], [3.0], [2.0], [1.0]]), 0).train.r2 == pytest.approx(1 - 20 / 5)


def test_outputs_and_how_far_off_they_are_have_the_unit_that_the_targets_came_in() -> None:
    """Errors 0, 0, 1, -1 of targets that were divided by 20: off by 10 on average; outputs 1 to 4 are 120 to 180."""
    data = inline(COLUMN, [[1.0], [2.0], [2.0], [5.0]]) | {"target_scale": [100.0, 20.0]}
    run = run_of(data=data, layers=[LINE], batch_size=None)
    found = evaluate(run, 0).train.misses
    told = in_own_unit(run, outputs(run, run.state_at(0), run.inputs))
    assert found is not None
    assert told is not None
    assert [found.root_mean_square, found.mean_absolute, *told[:, 0]] == pytest.approx(
        [20 * 0.5**0.5, 10, 120, 140, 160, 180]
    )


def test_targets_in_their_own_unit_have_no_other() -> None:
    run = regression([[1.0], [2.0], [2.0], [5.0]])
    found = evaluate(run, 0).train.misses
    assert found is not None
    assert (found.mean_absolute, in_own_unit(run, run.targets)) == (0.5, None)


def test_targets_that_are_all_the_same_have_no_r2() -> None:
    assert evaluate(regression([[2.0]] * 4), 0).train.r2 is None


def test_accuracy_and_confusion_count_true_classes_in_rows_and_predicted_ones_in_columns() -> None:
    """Each row is its own scores: they are largest at 0, 0, 1, 2, 2 where the classes are 0, 1, 1, 2, 0."""
    rows = np.eye(3)[[0, 0, 1, 2, 2]] * 2
    scores = {"units": 3, "weight": np.eye(3).tolist(), "bias_values": [0.0, 0.0, 0.0]}
    run = run_of(data=inline(rows, [0, 1, 1, 2, 0]), layers=[scores], loss="cross_entropy", batch_size=None)
    train = evaluate(run, 0).train
    assert train.confusion is not None
    assert (train.confusion.tolist(), train.accuracy) == ([[1, 0, 1], [1, 1, 0], [0, 0, 1]], 3 / 5)


@pytest.mark.parametrize("iteration", [0, 1, 2])
def test_the_batch_says_classes_predictions_and_chances_of_its_own_rows(iteration: int) -> None:
    """Nothing is learned, so that every batch of the epoch (2, 2 and 1 of the five rows) meets the same net."""
    rows = np.eye(3)[[0, 0, 1, 2, 2]] * 2
    scores = {"units": 3, "weight": np.eye(3).tolist(), "bias_values": [0.0, 0.0, 0.0], "frozen": ["weight", "bias"]}
    run = run_of(data=inline(rows, [0, 1, 1, 2, 0]), layers=[scores], loss="cross_entropy", batch_size=2)
    batch, indices = evaluate(run, iteration).batch, run.trace_at(iteration)["batch.indices"].tolist()
    chances = np.where(np.eye(3, dtype=bool), np.e**2, 1.0) / (np.e**2 + 2)
    found = [None if part is None else part.tolist() for part in (batch.labels, batch.predicted)]
    assert found == [[[0, 1, 1, 2, 0][i] for i in indices], [[0, 0, 1, 2, 2][i] for i in indices]]
    assert batch.probabilities is not None
    np.testing.assert_allclose(batch.probabilities, chances[batch.predicted], rtol=1e-12)


def test_the_test_set_is_scored_by_its_own_rows() -> None:
    run = run_of()
    state = run.state_at(150)
    found = evaluate(run, 150)
    predicted = np.tanh(run.test_inputs @ run.layout.view(state.parameters, "dense1.weight").T)
    assert predicted.shape == (60, 4)
    assert (found.train, found.test) != (found.test, found.train)
    assert found.test is not None
    assert found.test.loss == score(run, state, test=True).loss != found.train.loss
