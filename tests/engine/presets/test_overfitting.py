"""Presets of what is done about runs that go wrong: each does what its sentence promises."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from engine.analysis.evaluation import evaluate, mean_loss, outputs
from engine.analysis.history import history
from engine.analysis.layer_statistics import layer_figures
from engine.config.run_config import RunConfig
from engine.ops.core.op import Array
from engine.run.run import Run
from tests.engine.support.preset_runs import BY_NAME, started


def losses(run: Run, *iterations: int) -> tuple[list[float], list[float]]:
    """Of the training set, and of the test set."""
    states = [run.state_at(t) for t in iterations]
    return [mean_loss(run, s) for s in states], [mean_loss(run, s, test=True) for s in states]


def weights(run: Run, iteration: int) -> float:
    """The norm of all parameters."""
    return float(np.linalg.norm(run.state_at(iteration).parameters))


def first_to_last(run: Run) -> float:
    """The gradient norm of the first dense layer over that of the last, before any training."""
    figures = layer_figures(run, run.trace_at(0))
    norms = [figure.gradient_norm for name, figure in figures.items() if name.startswith("dense")]
    return norms[0] / norms[-1]


def without(name: str, *fields: str) -> dict[str, Any]:
    return {key: value for key, value in BY_NAME[name].config.items() if key not in fields}


def kinds(name: str, *left_out: str) -> list[Any]:
    """The layers of a preset but for those of some types, and but for what they take."""
    layers = BY_NAME[name].config["layers"]
    return [{k: v for k, v in layer.items() if k != "inputs"} for layer in layers if layer["type"] not in left_out]


# --- too few points ----------------------------------------------------------------------------------------------


def test_a_wide_network_chases_fifteen_points_while_its_test_loss_turns_around() -> None:
    run = started("overfitting")
    train, test = losses(run, 0, 50, 300, 800)
    assert (len(run.inputs), sum(math.prod(p.shape) for p in run.parameters) > 1000) == (15, True)
    assert train[0] > train[1] > train[2] > train[3]
    assert train[3] < 0.03
    assert test[1] < test[0] / 2
    assert test[3] > test[0]


def test_a_penalty_keeps_weights_small_and_the_test_loss_falling() -> None:
    run = started("weight_penalty")
    train, test = losses(run, 0, 100, 300, 800)
    assert train == sorted(train, reverse=True)
    assert test == sorted(test, reverse=True)
    assert test[3] < losses(started("overfitting"), 800)[1][0] / 5
    assert weights(run, 800) < weights(started("overfitting"), 800) / 2


def test_dropout_keeps_the_test_loss_low() -> None:
    run = started("dropout")
    first, second = (run.trace_at(t)["dropout1.mask"] for t in (0, 1))
    assert np.mean([first == 0, second == 0]) == pytest.approx(0.2, abs=0.04)
    assert not np.array_equal(first, second)
    assert max(losses(run, 200, 300, 500, 800)[1]) < 0.25


def test_runs_that_overfit_or_not_differ_in_nothing_but_the_remedy() -> None:
    plain = without("overfitting", "layers")
    assert without("weight_penalty", "layers", "regularization") == {
        key: value for key, value in plain.items() if key != "regularization"
    }
    assert without("dropout", "layers") == plain
    assert kinds("dropout", "dropout") == kinds("weight_penalty") == kinds("overfitting")
    assert {**BY_NAME["early_stopping"].config, "early_stopping": None} == BY_NAME["overfitting"].config


def test_stopping_early_would_have_kept_a_low_test_loss() -> None:
    run = started("early_stopping")
    stop = history(run, 0, 400).stop
    assert stop is not None
    assert stop.iteration is not None
    assert stop.best is not None
    assert 80 < stop.iteration < 130
    best, last = losses(run, stop.best, 800)[1]
    assert best < last / 5
    assert weights(run, 800) == weights(started("overfitting"), 800)


# --- what a unit is given ----------------------------------------------------------------------------------------


def test_the_weights_of_both_squares_become_alike_and_pull_inwards() -> None:
    run = started("features")
    (first, second), *_ = run.layout.view(run.state_at(300).parameters, "dense1.weight")
    start = run.layout.view(run.state_at(0).parameters, "dense1.weight")[0]
    assert first < 0 > second
    assert 2 / 3 < first / second < 3 / 2
    assert not 2 / 3 < start[0] / start[1] < 3 / 2


def test_powers_up_to_the_ninth_fit_a_sine() -> None:
    config = {
        "data": {"name": "sine"},
        "features": ["x1", *(f"x1^{power}" for power in range(2, 10))],
        "layers": [{"units": 1, "initializer": "zeros", "bias_initializer": "zeros"}],
        "optimizer": {"type": "adam", "learning_rate": 0.1},
    }
    run = Run(RunConfig.from_dict(config))
    start, *_, end = losses(run, 0, 400, 1500)[0]
    best = least_squares(run)
    assert best < end < start / 3


def least_squares(run: Run) -> float:
    """The lowest loss that any weights of the features give."""
    powers = run.inputs ** np.arange(10)
    found: Array = run.targets - powers @ np.linalg.lstsq(powers, run.targets, rcond=None)[0]
    return float(np.mean(found**2))


# --- too deep a network ------------------------------------------------------------------------------------------


def test_batch_norm_is_all_that_ten_sigmoid_layers_lacked() -> None:
    assert without("batch_norm", "layers") == without("vanishing", "layers")
    assert kinds("batch_norm", "batch_norm") == kinds("vanishing")
    assert first_to_last(started("vanishing")) < 1e-5
    assert 0.1 < first_to_last(started("batch_norm")) < 10


def test_residual_blocks_pass_the_gradient_and_learn_nothing_without_their_shortcuts() -> None:
    plain = started("residual", layers=kinds("residual", "add"))
    assert 0.1 < first_to_last(started("residual")) < 10
    assert first_to_last(plain) < 0.01
    assert evaluate(plain, 800).train.loss == pytest.approx(np.log(2), rel=0.02)


# --- too high a rate ---------------------------------------------------------------------------------------------


def test_clipping_rescues_the_run_that_diverges() -> None:
    course = history(started("clipping"), 0, 400)
    assert without("clipping", "clip") == without("diverging", "clip")
    assert course.first_nonfinite is None
    assert len(course.clipped) > 200
    assert course.loss[-50:].mean() < course.loss[0] / 5


def test_a_range_test_learns_in_between_and_explodes_at_last() -> None:
    course = history(started("range_test"), 0, 200)
    assert (course.rate[0], course.rate[-1]) == (pytest.approx(0.001), pytest.approx(10))
    middle = (course.rate > 0.05) & (course.rate < 0.5)
    assert course.loss[middle].mean() < course.loss[:20].mean() / 10
    assert course.rate[np.flatnonzero(~np.isfinite(course.loss))[0]] > 1


# --- targets that are too sure -----------------------------------------------------------------------------------


def test_smoothed_labels_let_the_weights_rest_where_a_class_is_nearly_sure() -> None:
    smoothed, exact = started("label_smoothing"), started("label_smoothing", loss="cross_entropy")
    assert weights(smoothed, 800) == pytest.approx(weights(smoothed, 100), rel=0.1)
    assert weights(exact, 800) > 1.4 * weights(exact, 100)
    assert probability_of_the_right_class(smoothed, 300) == pytest.approx(0.95, abs=0.015)
    assert probability_of_the_right_class(exact, 300) > 0.99


def probability_of_the_right_class(run: Run, iteration: int) -> float:
    logits = outputs(run, run.state_at(iteration), run.inputs)
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return float(chances[np.arange(len(chances)), run.targets].mean())
