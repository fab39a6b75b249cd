"""An animation shows what held before each of its iterations: no number a moment early or late."""

from __future__ import annotations

import numpy as np
import pytest

from engine.analysis.animation import frame_count, frames
from engine.analysis.evaluation import evaluate
from engine.foundation.errors import RangeError
from engine.ops.core.op import Array
from engine.presets import presets
from engine.run.run import Run
from engine.run.task import parse_config
from tests.engine.support.models import run_of

LAYERS = [{"units": 3, "activation": "tanh"}, {"units": 1}]
EPOCH = 12  # iterations: 140 rows by 12


def mean_squared_error(found: dict[str, Array], row: int, inputs: Array, targets: Array) -> float:
    """Of the net whose parameters a frame shows, by plain numpy."""
    hidden = np.tanh(inputs @ found["dense1.weight"][row].T + found["dense1.bias"][row])
    return float(np.mean((hidden @ found["dense2.weight"][row].T + found["dense2.bias"][row] - targets) ** 2))


def test_whole_set_losses_are_those_of_the_parameters_in_the_same_frame() -> None:
    run = run_of(layers=LAYERS, optimizer={"type": "sgd", "learning_rate": 0.5})
    found = dict(frames(run, 2 * EPOCH - 2, 3 * EPOCH + 2))
    rows = [2, 2 + EPOCH]
    expected = [
        [mean_squared_error(found, row, inputs, targets) for row in rows]
        for inputs, targets in ((run.inputs, run.targets), (run.test_inputs, run.test_targets))
    ]
    shown = [found["train_loss"][rows].tolist(), found["test_loss"][rows].tolist()]
    assert shown == [pytest.approx(losses, rel=1e-12) for losses in expected]


def test_whole_set_losses_stand_in_the_first_iteration_of_an_epoch_and_in_no_other() -> None:
    found = frames(run_of(layers=LAYERS), 0, 3 * EPOCH)
    known = [np.flatnonzero(~np.isnan(found[name])).tolist() for name in ("train_loss", "test_loss")]
    assert known == [[0, EPOCH, 2 * EPOCH]] * 2


def test_without_a_test_set_its_loss_is_never_there() -> None:
    data = {"name": "circle", "samples": 24, "test_fraction": 0.0}
    found = frames(run_of(layers=LAYERS, data=data), 0, 4)
    assert np.isnan(found["test_loss"]).all()


def test_the_loss_of_a_batch_is_that_of_the_parameters_and_rows_in_the_same_frame() -> None:
    run = run_of(layers=LAYERS, optimizer={"type": "sgd", "learning_rate": 0.5})
    found = dict(frames(run, 7, 12, stride=2))
    batches = [run.batches.indices(t) for t in (7, 9, 11)]
    expected = [mean_squared_error(found, i, run.inputs[at], run.targets[at]) for i, at in enumerate(batches)]
    assert found["loss"].tolist() == pytest.approx(expected, rel=1e-12)


def test_every_frame_says_its_iteration_and_how_many_epochs_have_passed() -> None:
    found = frames(run_of(layers=LAYERS), 10, 20, stride=4)
    assert (found["iteration"].tolist(), found["epoch"].tolist()) == (
        [10, 14, 18],
        [10 / EPOCH, 14 / EPOCH, 18 / EPOCH],
    )


@pytest.mark.parametrize(("start", "end", "stride", "count"), [(0, 60, 1, 60), (20, 30, 3, 4), (5, 6, 9, 1)])
def test_an_animation_has_a_frame_each_stride(start: int, end: int, stride: int, count: int) -> None:
    assert frame_count(start, end, stride) == count


@pytest.mark.parametrize(("start", "end", "stride"), [(5, 5, 1), (-1, 5, 1), (0, 5, 0)])
def test_an_animation_of_nothing_is_refused(start: int, end: int, stride: int) -> None:
    with pytest.raises(RangeError, match="a range like 0 to 60"):
        frame_count(start, end, stride)


def test_a_sample_beyond_a_short_last_batch_is_its_last_row_of_class_indices_too() -> None:
    data = {"name": "spiral", "samples": 20, "test_fraction": 0.0}
    layers = [{"units": 2}]
    run = run_of(layers=layers, data=data, loss="cross_entropy", batch_size=9, shuffle=False)
    found = frames(run, 0, 3, sample=8)
    last_rows = [run.batches.indices(t)[-1] for t in range(3)]
    shown = [found["x"].tolist(), found["target"].tolist()]
    assert shown == [run.inputs[last_rows].tolist(), run.targets[last_rows].tolist()]


@pytest.mark.parametrize("preset", ["circle", "iris", "transformer"])
def test_whole_set_losses_are_those_of_the_evaluation_of_the_same_iteration(preset: str) -> None:
    run = Run(parse_config(next(known.config for known in presets() if known.name == preset)))
    epoch = run.batches.per_epoch
    found = frames(run, 0, epoch + 1, stride=epoch)
    assert found["train_loss"].tolist() == [evaluate(run, t).train.loss for t in (0, epoch)]
