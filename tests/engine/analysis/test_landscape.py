"""Landscapes: exact at the centre, through both runs, and honest about the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import Run
from engine.analysis.evaluation import evaluate
from engine.analysis.landscape.directions import at_random, trained
from engine.analysis.landscape.landscape import DataOf, Landscape, Misled, View, landscape
from engine.foundation.errors import ConfigError, RangeError
from engine.run import recorded_set
from engine.run.recorded_set import ManyLosses
from engine.run.task import parse_config
from tests.engine.search.searches import BASE

ADAM = {**BASE, "optimizer": {"type": "adam", "learning_rate": 0.05}}
NORM = {**ADAM, "layers": [{"units": 3}, {"type": "batch_norm"}, {"units": 1, "activation": "tanh"}]}
DROP = {**ADAM, "layers": [{"units": 3}, {"type": "dropout", "p": 0.4}, {"units": 1, "activation": "tanh"}]}
LOST = {"type": "sgd", "learning_rate": 1e200}
T = 30


def run_of(**changes: Any) -> Run:
    return Run(parse_config(ADAM | changes))


def at(found: Landscape, a: float, b: float) -> float:
    """The loss of the grid point nearest to a place."""
    return float(found.losses[np.argmin(abs(found.b - b)), np.argmin(abs(found.a - a))])


@pytest.mark.parametrize("directions", ["pca", "random", "gradient,update"])
@pytest.mark.parametrize("config", [ADAM, NORM, {**ADAM, "dtype": "float32"}], ids=["plain", "norm", "float32"])
def test_the_centre_has_the_loss_of_the_iteration_to_the_bit(directions: str, config: dict[str, Any]) -> None:
    run = Run(parse_config(config))
    whole = landscape(run, T, directions, view=View(resolution=5))
    batch = landscape(run, T, directions, view=View(resolution=3), data="batch")
    assert (at(whole, 0, 0), at(batch, 0, 0)) == (evaluate(run, T).train.loss, float(run.trace_at(T)["loss"]))
    assert 0 in whole.a
    assert 0 in whole.b


@pytest.mark.parametrize("data", ["train", "batch"])
@pytest.mark.parametrize(
    "config", [ADAM, NORM, DROP, {**ADAM, "dtype": "float32"}], ids=["plain", "norm", "dropout", "float32"]
)
def test_losses_that_are_computed_side_by_side_are_those_one_by_one(
    config: dict[str, Any], data: DataOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(parse_config(config))
    assert ManyLosses(run, run.state_at(T), T if data == "batch" else None).nets > 1
    together = landscape(run, T, "random", view=View(resolution=7), data=data)
    monkeypatch.setattr(recorded_set, "MOST_NUMBERS", 1)  # no room for two nets
    one_by_one = landscape(run, T, "random", view=View(resolution=7), data=data)
    assert together.losses == pytest.approx(one_by_one.losses, rel=1e-5 if config.get("dtype") == "float32" else 1e-12)


def test_the_path_has_the_true_losses_and_what_the_plane_shows() -> None:
    run = run_of()
    found = landscape(run, T, "pca", view=View(resolution=3))
    path = found.paths[0].points
    assert [p.iteration for p in path] == list(range(T + 1))
    assert [p.loss for p in path] == [evaluate(run, t).train.loss for t in range(T + 1)]
    assert (path[-1].seen, path[-1].distance) == (path[-1].loss, 0)
    assert max(abs(p.seen - p.loss) for p in path) > 1e-3  # a plane never holds all of the way
    assert (path[0].a <= 0, path[0].b >= 0) == (True, True)


def test_towards_another_run_the_plane_holds_both() -> None:
    here, there = run_of(), run_of(seed=4, data={**BASE["data"]})
    found = landscape(here, T, there, view=View(1.0, resolution=3))
    own, other = (path.points for path in found.paths)
    end = other[-1]
    assert own[-1].seen == own[-1].loss
    assert [abs(end.a), end.b, end.distance] == pytest.approx([1, 0, 0], abs=1e-9)
    assert end.loss == pytest.approx(end.seen, rel=1e-9)
    assert end.seen == pytest.approx(found.losses[1, 0 if end.a < 0 else 2])


def test_the_principal_plane_explains_most_and_what_it_leaves_is_the_distance() -> None:
    run = run_of()
    by_pca, at_random_ = (landscape(run, T, kind, view=View(resolution=3)) for kind in ("pca", "random"))
    path = by_pca.paths[0].points
    ways = [np.linalg.norm(trained(run, run.state_at(p.iteration)) - trained(run, run.state_at(T))) for p in path]
    left = sum(p.distance**2 for p in path) / sum(way**2 for way in ways)
    assert sum(by_pca.explained) + left == pytest.approx(1)
    assert by_pca.paths[0].off_plane == pytest.approx(left)
    assert by_pca.lengths == pytest.approx((1, 1))
    assert by_pca.explained[0] >= by_pca.explained[1]
    assert sum(by_pca.explained) > sum(at_random_.explained)


def test_a_random_direction_by_rows_is_as_long_as_the_weights_row_by_row() -> None:
    run = run_of()
    state = run.state_at(T)
    plane = at_random(run, trained(run, state), state, "row")
    for direction in (plane.first, plane.second):
        for name in ("dense1.weight", "dense2.weight"):
            rows = (run.layout.view(vector, name) for vector in (state.parameters, direction))
            sizes = [np.linalg.norm(row, axis=1) for row in rows]
            np.testing.assert_allclose(sizes[1], sizes[0], rtol=1e-12)
        assert not run.layout.view(direction, "dense1.bias").any()


def test_several_runs_share_one_plane() -> None:
    sgd = run_of(optimizer={"type": "sgd", "learning_rate": 0.1})
    found = landscape(run_of(), T, "pca", [sgd], view=View(resolution=3))
    own, other = (path.points for path in found.paths)
    assert (own[0].loss, own[0].a, own[0].b) == (other[0].loss, other[0].a, other[0].b)
    assert own[-1].loss != other[-1].loss


@pytest.mark.parametrize(("config", "said"), [(ADAM, "none"), (NORM, "running")])
def test_it_says_which_statistics_a_normalization_takes(config: dict[str, Any], said: str) -> None:
    found = landscape(Run(parse_config(config)), T, "random", view=View(resolution=3))
    assert found.statistics == said


def test_what_spans_no_plane_is_refused() -> None:
    sgd = run_of(optimizer={"type": "sgd", "learning_rate": 0.1})
    cases = [(run_of(), 0, "pca"), (sgd, 5, "gradient,update"), (run_of(), 3, "downwards")]
    for run, t, directions in cases:
        with pytest.raises(RangeError):
            landscape(run, t, directions, view=View(resolution=3))
    with pytest.raises(RangeError):
        landscape(run_of(), T, "pca", view=View(resolution=4))
    with pytest.raises(ConfigError):
        landscape(run_of(), T, "pca", [run_of(layers=[{"units": 1}])], view=View(resolution=3))


def test_a_path_says_how_far_the_plane_misleads_along_it() -> None:
    path = landscape(run_of(), T, "random", view=View(resolution=3)).paths[0]
    shares = sorted(abs(p.seen - p.loss) / p.loss for p in path.points)
    assert path.misled == Misled(float(np.median(shares)), shares[-1])
    assert shares[-1] > 0.1


@pytest.mark.parametrize(("aspect", "shape"), [(1.6, (13, 21)), (0.5, (21, 11)), (5.0, (5, 21))])
def test_a_view_is_as_wide_as_asked_for_around_its_middle_and_its_points_are_of_one_grid(
    aspect: float, shape: tuple[int, int]
) -> None:
    found = landscape(run_of(), T, "pca", view=View(0.5, (0.25, -0.5), 21, aspect))
    steps = np.diff(found.a), np.diff(found.b)
    assert found.losses.shape == shape
    np.testing.assert_allclose(np.concatenate(steps), found.a[1] - found.a[0])
    middle = (found.a[0] + found.a[-1]) / 2, (found.b[0] + found.b[-1]) / 2
    assert middle == pytest.approx((0.25, -0.5), abs=0.051)
    assert found.a[-1] - found.a[0] == pytest.approx(1)


def test_a_wide_view_holds_all_of_the_paths() -> None:
    found = landscape(run_of(), T, "pca", view=View(resolution=21, aspect=1.7))
    places = [(p.a, p.b) for p in found.paths[0].points]
    assert all(found.a[0] < a < found.a[-1] and found.b[0] < b < found.b[-1] for a, b in places)


def test_a_path_ends_where_its_run_diverges_and_around_such_a_place_nothing_is_drawn() -> None:
    lost = run_of(optimizer=LOST)
    path = landscape(run_of(), T, "random", [lost], view=View(resolution=3)).paths[1]
    assert [p.iteration for p in path.points if p.iteration > 3] == []
    with pytest.raises(RangeError, match="diverged"):
        landscape(Run(parse_config(BASE | {"optimizer": LOST, "layers": [{"units": 1}]})), T, "random")
