"""One point followed through a run: a row of a set, or numbers of one's own."""

from __future__ import annotations

import numpy as np
import pytest

from engine.analysis.evaluation import predict, score
from engine.analysis.one_point import Set, own_point, point_at, point_course, row_point
from engine.foundation.errors import NoDataError, RangeError, ShapeError
from engine.presets import presets
from engine.run.run import Run
from engine.run.task import parse_config

CONFIGS = {preset.name: preset.config for preset in presets()}


def run_of(name: str) -> Run:
    return Run(parse_config(CONFIGS[name]))


@pytest.mark.parametrize("name", ["circle", "iris", "sine", "dropout", "batch_norm", "forgetting", "transformer"])
def test_the_losses_of_all_rows_are_those_of_their_set(name: str) -> None:
    run = run_of(name)
    state = run.state_at(7)
    parts: tuple[tuple[Set, int], ...] = (("train", len(run.inputs)), ("test", len(run.test_inputs)))
    for part, size in parts:
        losses = [point_at(run, 7, row_point(run, part, row)).loss for row in range(size)]
        assert np.mean(np.array(losses, float)) == pytest.approx(score(run, state, test=part == "test").loss, rel=1e-9)


@pytest.mark.parametrize("name", ["circle", "iris", "forgetting"])
def test_every_value_on_the_way_is_the_one_that_the_next_layer_takes(name: str) -> None:
    run = run_of(name)
    found = point_at(run, 3, row_point(run, "test", 2))
    assert np.array_equal(found.values[run.prediction][0], found.output)
    assert found.values["dense1.z"].shape[0] == 1


def test_a_row_of_the_training_set_is_in_a_batch_what_it_is_alone() -> None:
    run = run_of("circle")
    traced = run.trace_at(5)
    row = int(traced["batch.indices"][4])
    found = point_at(run, 5, row_point(run, "train", row))
    assert np.allclose(found.values["dense1.z"][0], traced["dense1.z"][4], rtol=1e-13)


def test_own_numbers_are_scaled_as_the_data_are() -> None:
    run = run_of("iris")
    raw = (run.inputs[3:4] * run.data.std + run.data.mean)[0]
    point = own_point(run, list(raw))
    assert np.allclose(point.inputs, run.inputs[3:4])
    assert np.array_equal(point_at(run, 9, point).output, predict(run, 9, raw[None])[0])
    assert point_at(run, 9, point).loss is None


def test_a_course_is_the_point_at_each_iteration() -> None:
    run = run_of("moons")
    point = row_point(run, "test", 5)
    course = point_course(run, point, 4, 20, every=5)
    each = [point_at(run, int(t), point) for t in course.iterations]
    assert list(course.iterations) == [4, 9, 14, 19]
    assert np.array_equal(course.outputs, [at.output for at in each])
    assert course.losses is not None
    assert list(course.losses) == [at.loss for at in each]


def test_a_class_is_predicted_where_there_are_classes() -> None:
    assert point_at(run_of("iris"), 60, row_point(run_of("iris"), "train", 0)).predicted is not None
    assert point_at(run_of("sine"), 60, row_point(run_of("sine"), "train", 0)).predicted is None


def test_a_point_that_is_not_there_is_refused() -> None:
    run = run_of("circle")
    with pytest.raises(RangeError, match=r"test set has no row 60: its rows are 0 to 59"):
        row_point(run, "test", 60)
    with pytest.raises(ShapeError, match="rows of 2 numbers"):
        own_point(run, [1.0])
    with pytest.raises(RangeError, match="set every to 3"):
        point_course(run, row_point(run, "train", 0), 0, 1001)
    with pytest.raises(NoDataError):
        row_point(run_of("valley"), "train", 0)
