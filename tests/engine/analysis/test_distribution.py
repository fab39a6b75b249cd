"""Histograms of a value over iterations, beside numpy's of the traces."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.analysis.distribution import MOST, Scale, distribution
from engine.foundation.errors import RangeError, UnknownValueError
from tests.engine.support.models import run_of

RELU: dict[str, Any] = {"layers": [{"units": 5, "activation": "relu"}, {"units": 1}]}


@pytest.mark.parametrize("scale", ["linear", "log"])
@pytest.mark.parametrize("value", ["dense1.weight", "dense1.a", "dense1.weight.grad", "dense2.weight.update"])
def test_counts_are_those_of_the_traces_on_one_axis(value: str, scale: Scale) -> None:
    run = run_of(**RELU)
    found = distribution(run, value, 3, 20, every=4, bins=7, scale=scale)
    cells = [run.trace_at(t)[value].ravel() for t in (3, 7, 11, 15, 19)]
    placed = cells if scale == "linear" else [np.log10(np.abs(c[c != 0])) for c in cells]
    every = np.concatenate(placed)
    edges = np.linspace(every.min(), every.max(), 8)
    assert found.iterations.tolist() == [3, 7, 11, 15, 19]
    np.testing.assert_allclose(found.edges, edges, rtol=1e-12)
    np.testing.assert_array_equal(found.counts, [np.histogram(row, found.edges)[0] for row in placed])
    assert found.zeros.tolist() == ([int((c == 0).sum()) for c in cells] if scale == "log" else [0] * 5)


def test_cells_that_are_not_finite_are_counted_and_lie_on_no_axis() -> None:
    run = run_of(layers=[{"units": 3}, {"units": 1}], optimizer={"learning_rate": 1e200})
    found = distribution(run, "dense1.weight", 0, 6)
    assert found.nonfinite.tolist()[0] == 0
    assert found.nonfinite.tolist()[-1] == 6
    assert np.isfinite(found.edges).all()


def test_what_is_the_same_everywhere_lies_in_the_middle_of_an_axis_of_its_own() -> None:
    found = distribution(run_of(layers=[{"units": 2, "bias_initializer": "zeros"}, {"units": 1}]), "dense1.bias", 0, 1)
    assert (found.edges[0], found.edges[-1], int(found.counts.sum())) == (-0.5, 0.5, 2)


def test_what_there_is_none_of_or_too_much_of_is_refused() -> None:
    run = run_of(**RELU)
    with pytest.raises(UnknownValueError):
        distribution(run, "dense9.weight", 0, 5)
    with pytest.raises(RangeError, match=str(MOST)):
        distribution(run, "dense1.weight", 0, MOST)
    with pytest.raises(RangeError):
        distribution(run, "dense1.weight", 5, 5)
