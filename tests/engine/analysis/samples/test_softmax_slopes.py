"""The two slopes behind a softmax, against the engine's own gradient and against differences."""

from __future__ import annotations

import numpy as np
import pytest

from engine.analysis.samples.softmax_slopes import slopes_of_sample, softmax_slopes
from engine.foundation.errors import ConfigError
from engine.presets import presets
from engine.run.run import Run
from engine.run.task import parse_config


def preset(name: str) -> Run:
    return Run(parse_config(next(each.config for each in presets() if each.name == name)))


def test_the_slope_of_cross_entropy_is_the_engines_of_that_sample() -> None:
    run = preset("iris")
    *_, slopes = slopes_of_sample(run, 2, 9, 2)
    assert slopes.cross_entropy == pytest.approx(np.array(run.trace_at(2)["dense2.z.grad"][9]) * 15, abs=1e-14)


def test_the_slope_of_squared_error_is_that_of_differences() -> None:
    z, right, h = np.array([0.9, -0.2, -1.6]), 2, 1e-6

    def error(scores: np.ndarray) -> float:
        p = np.exp(scores) / np.exp(scores).sum()
        return float(((p - np.eye(3)[right]) ** 2).sum())

    differences = [(error(z + h * e) - error(z - h * e)) / (2 * h) for e in np.eye(3)]
    assert softmax_slopes(z, right).squared_error == pytest.approx(differences, abs=1e-9)


def test_scores_of_any_size_have_slopes_and_a_loss() -> None:
    slopes = softmax_slopes(np.array([1000.0, 0.0]), 1)
    assert (slopes.cross_entropy.tolist(), slopes.loss) == ([1.0, -1.0], 1000.0)


def test_a_run_without_classes_has_no_such_slopes() -> None:
    with pytest.raises(ConfigError, match="cross_entropy"):
        list(slopes_of_sample(preset("sine"), 0, 0, 1))
