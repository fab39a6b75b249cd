"""Many iterations at once are what each is alone, to the bit, whichever program computed them."""

from __future__ import annotations

import numpy as np
import pytest

from engine.analysis.layer_statistics import layer_norms, layer_norms_along, norm, norms
from engine.analysis.stacked_traces import stacked_traces
from engine.ops.core.op import Array
from engine.presets import Preset, presets
from engine.run.run import Run
from engine.run.task import parse_config

EXTREME = [[3.0, 4.0], [0.0, 0.0], [1e200, 1e200], [1e-200, 0.0], [np.inf, 1.0], [np.nan, 1.0]]


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.name)
def test_what_is_stacked_is_every_iteration_by_itself(preset: Preset) -> None:
    run, iterations = Run(parse_config(preset.config)), range(0, 40, 3)
    alone = {(k, name): run.trace_at(t)[name].tobytes() for k, t in enumerate(iterations) for name in run.trace_at(t)}
    together = {
        (k, name): np.ascontiguousarray(stacked[name][row]).tobytes()
        for stacked in stacked_traces(run, iterations)
        for row, k in enumerate(stacked.positions)
        for name in stacked.traces[row]
    }
    assert together == alone


@pytest.mark.parametrize("name", ["moons", "batch_norm"])
def test_norms_of_many_iterations_are_those_of_each(name: str) -> None:
    run = Run(parse_config(next(preset.config for preset in presets() if preset.name == name)))
    for stacked in stacked_traces(run, range(7)):
        for layer in run.names:
            along = np.array(layer_norms_along(run, stacked, layer)).T.tolist()
            assert along == [list(layer_norms(run, traced, layer)) for traced in stacked.traces]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_norms_hold_where_squares_do_not(dtype: type) -> None:
    with np.errstate(over="ignore"):
        stack: Array = np.array(EXTREME, dtype)
    np.testing.assert_array_equal(norms([stack, stack]), [norm(row, row) for row in stack])
