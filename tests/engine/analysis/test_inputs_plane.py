"""The loss over two trained inputs is what a run that starts there has, and the path is the run's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import Run
from engine.analysis.landscape.inputs import inputs_plane
from engine.foundation.errors import NoDataError
from engine.presets import presets
from engine.run.task import parse_config
from tests.engine.support.models import run_of

TWO = {p.name: p.config for p in presets() if "inputs" in p.config and p.name in ("micrograd", "valley", "chain_rule")}


def run_from(config: dict[str, Any], **inputs: float) -> Run:
    return Run(parse_config({**config, "inputs": {**config["inputs"], **inputs}}))


@pytest.mark.parametrize("name", TWO)
def test_losses_are_those_of_runs_that_start_there(name: str) -> None:
    plane = inputs_plane(run_from(TWO[name]), 12, 5)
    one, other = plane.names
    for i, j in [(0, 0), (1, 3), (4, 2)]:
        run = run_from(TWO[name], **{one: float(plane.x[j]), other: float(plane.y[i])})
        assert plane.losses[i, j] == pytest.approx(float(run.trace_at(0)["loss"]), rel=1e-12)


@pytest.mark.parametrize("name", TWO)
def test_the_path_is_the_runs_and_lies_in_the_plane(name: str) -> None:
    run = run_from(TWO[name])
    plane = inputs_plane(run, 12, 5)
    traces = [run.trace_at(t) for t in range(12)]
    wanted = np.array([[float(t[n]) for n in (*plane.names, "loss")] for t in traces]).T
    np.testing.assert_array_equal([plane.path_x, plane.path_y, plane.path_loss], wanted)
    assert plane.x[0] < plane.path_x.min() < plane.path_x.max() < plane.x[-1]
    assert plane.y[0] < plane.path_y.min() < plane.path_y.max() < plane.y[-1]


def test_what_another_path_has_reached_lies_in_the_plane_too() -> None:
    run = run_from(TWO["valley"])
    alone, wider = inputs_plane(run, 12, 5), inputs_plane(run, 12, 5, reach=((40.0, -30.0), (float("nan"),)))
    assert wider.x[0] < -30 < 40 < wider.x[-1]
    np.testing.assert_array_equal([wider.y, wider.path_x[:5]], [alone.y, alone.path_x[:5]])


def test_a_run_of_layers_or_of_one_trained_input_has_no_plane() -> None:
    one = parse_config({"expression": "L = x**2 + y", "inputs": {"x": 1, "y": 2}, "train": ["x"]})
    for run in (run_of(layers=[{"units": 1}]), Run(one)):
        with pytest.raises(NoDataError):
            inputs_plane(run, 3)
