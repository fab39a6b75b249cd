"""The figures of every layer over the past are those that each iteration tells of itself."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Run
from engine.analysis.layer_statistics import layer_figures
from engine.conditions.find import series
from engine.conditions.layer_course import FIGURES, layers_course
from engine.foundation.errors import NoDataError, RangeError
from engine.run.task import parse_config
from tests.engine.support.models import run_of

LAYERS = [{"units": 4, "activation": "sigmoid"}, {"type": "dropout"}, {"units": 3, "activation": "relu"}, {"units": 1}]


def test_every_layers_figures_are_those_of_the_iterations() -> None:
    run = run_of(layers=LAYERS)
    found = layers_course(run, 2, 75, 9)
    assert found.iterations.tolist() == list(range(2, 75, 9))
    told = [layer_figures(run, run.trace_at(t)) for t in range(2, 75, 9)]
    for layer in found.layers:
        for figure in FIGURES:
            if (numbers := getattr(layer, figure)) is not None:
                np.testing.assert_allclose(numbers, [getattr(at[layer.name], figure) for at in told], rtol=1e-9)


def test_a_layer_has_only_the_figures_that_it_can_have() -> None:
    found = layers_course(run_of(layers=LAYERS), 0, 2)
    assert {layer.name: [f for f in FIGURES if getattr(layer, f) is not None] for layer in found.layers} == {
        "dense1": ["gradient_norm", "update_ratio", "dead", "saturated"],
        "dropout1": [],
        "dense2": ["gradient_norm", "update_ratio", "dead"],
        "dense3": ["gradient_norm", "update_ratio"],
    }


def test_what_has_no_layers_or_no_iterations_is_refused() -> None:
    with pytest.raises(NoDataError):
        layers_course(Run(parse_config({"expression": "L = x**2", "inputs": {"x": 1.0}})), 0, 3)
    with pytest.raises(RangeError):
        layers_course(run_of(layers=LAYERS), 0, 3, 0)


def test_a_smoothed_series_is_the_corrected_exponential_average() -> None:
    run = run_of(layers=LAYERS)
    raw = series(run, "loss", 0, 12).values
    found = series(run, "loss", 0, 12, 3, smooth=0.8).values
    by_hand = [np.average(raw[: n + 1], weights=0.8 ** np.arange(n, -1, -1)) for n in range(0, 12, 3)]
    np.testing.assert_allclose(found, by_hand, rtol=1e-12)
    with pytest.raises(RangeError):
        series(run, "loss", 0, 12, smooth=1.0)
