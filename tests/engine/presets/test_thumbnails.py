"""The small picture of every preset: numbers of its own run."""

from __future__ import annotations

import numpy as np
import pytest

from engine.analysis.evaluation import outputs
from engine.analysis.history import history
from engine.analysis.layer_statistics import gradient_norms
from engine.foundation.errors import UnknownValueError
from engine.presets import presets
from engine.presets.thumbnails import thumbnail
from engine.run.run import Run
from engine.run.task import parse_config

NAMES = [preset.name for preset in presets()]


def run_of(name: str) -> Run:
    return Run(parse_config(next(preset.config for preset in presets() if preset.name == name)))


@pytest.mark.parametrize("name", [name for name in NAMES if name != "digits_conv"])
def test_every_preset_has_one_of_finite_numbers(name: str) -> None:
    drawn = thumbnail(name)
    assert np.isfinite(drawn.values).all()
    assert np.isfinite(drawn.points).all()
    assert drawn.caption
    assert drawn.values.size + drawn.points.size + len(drawn.names) > 0


@pytest.mark.parametrize("name", ["circle", "xor", "one_neuron", "label_smoothing"])
def test_a_plane_is_coloured_as_the_points_on_it_are_predicted(name: str) -> None:
    drawn, run = thumbnail(name), run_of(name)
    found = outputs(run, run.state_at(drawn.iteration), run.inputs)[:60]
    labels = run.targets if run.targets.ndim == 1 else run.targets[:, 0]
    middle = (labels.min() + labels.max()) / 2
    side = found[:, 1] - found[:, 0] if found.shape[1] == 2 else found[:, 0] - middle
    cells = np.rint(drawn.points[:, :2] * (len(drawn.values) - 1)).astype(int)
    shades = drawn.values[cells[:, 1], cells[:, 0]]
    clear = np.abs(shades) > 0.5
    assert np.array_equal(np.sign(shades[clear]), np.sign(side[clear]))
    assert np.array_equal(drawn.points[:, 2], np.where(labels[:60] > middle, 1, -1))


def test_bars_are_the_weights_gradient_norms() -> None:
    drawn, run = thumbnail("vanishing"), run_of("vanishing")
    norms = gradient_norms(run, run.trace_at(drawn.iteration))
    assert list(drawn.values) == [norms[f"dense{k}.weight"] for k in range(1, 12)]
    assert drawn.names == tuple(f"dense {k}" for k in range(1, 12))


def test_a_line_is_the_loss_of_every_batch() -> None:
    drawn, run = thumbnail("diverging"), run_of("diverging")
    assert np.array_equal(drawn.values[0], history(run, 0, drawn.iteration).loss)


def test_two_lines_are_the_training_set_and_the_test_set() -> None:
    drawn, run = thumbnail("early_stopping"), run_of("early_stopping")
    points = history(run, 0, drawn.iteration, every=drawn.iteration // 80).points
    wanted = np.array([[p.train_loss for p in points], [p.test_loss for p in points]], float)
    assert np.array_equal(drawn.values, wanted)


def test_a_preset_that_is_not_there_is_refused_with_what_was_meant() -> None:
    with pytest.raises(UnknownValueError, match="did you mean circle"):
        thumbnail("circl")
