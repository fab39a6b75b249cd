"""Which trials are better: standing, halving, bands."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.foundation.errors import ConfigError
from engine.search.bands import bands
from engine.search.cells import Cell, cells
from engine.search.halving import survivors, trials_of
from engine.search.outcome import Lost
from engine.search.standing import Standing, standing
from tests.engine.search.searches import AXES, made, outcomes_of, search_of

HALVING = search_of(method="halving", rungs=[10, 40], keep=0.4)


def test_the_best_comes_first_and_what_is_no_number_last() -> None:
    lost = Lost(3, 1, "loss")
    found = [
        made(0, 0.5),
        made(1, math.nan, first_nonfinite=lost),
        made(2, 0.1),
        made(3, 12.0),
        made(4, error="no such thing", course=()),
        made(5, 0.05, iterations=10),
        made(6, 0.1),
    ]
    stand = standing(search_of(), found)
    assert stand == Standing(10.0, (2, 6, 0, 3, 1, 5), frozenset({1, 3}))


def test_of_accuracies_the_largest_is_the_best() -> None:
    search = search_of(objective="test_accuracy@last")
    assert standing(search, [made(0, 0.5), made(1, 0.9), made(2, 0.7)]).ranked == (1, 2, 0)


def test_the_better_share_of_the_settings_goes_on_by_the_median_of_its_seeds() -> None:
    medians = {0: 0.3, 1: 0.1, 2: math.inf, 3: 0.1, 4: 0.2, 5: 0.4}
    at_first = {
        2 * s + k: made(2 * s + k, m + (0.05 if k else -0.05), iterations=10)
        for s, m in medians.items()
        for k in (0, 1)
    }
    assert survivors(HALVING, 0, at_first) == (1, 3, 4)
    assert trials_of(HALVING, (1, 3)) == [2, 3, 6, 7]


def test_halving_by_training_keeps_those_that_are_best_at_the_rung() -> None:
    search = search_of(method="halving", rungs=[10, 40], keep=0.3, seeds=1)
    at_rung = outcomes_of(search_of(seeds=1, iterations=10))
    losses = sorted((o.objective, i) for i, o in at_rung.items() if o.objective is not None)
    assert survivors(search, 0, at_rung) == tuple(sorted(i for _, i in losses[:2]))


def test_a_band_is_made_of_its_courses_and_holds_no_mean() -> None:
    outcomes = {i: made(i, course=(1.0, value)) for i, value in enumerate([0.5, 0.125, math.nan, 0.25])}
    (band,) = bands(search_of(), outcomes)
    found = [numbers.tolist() for numbers in (band.least, band.lower, band.median, band.upper, band.most)]
    assert found == [[1, 0.125], [1, 0.21875], [1, 0.375], [1, math.inf], [1, math.inf]]
    assert sorted(band.indices) == [0, 1, 2, 3]


def test_the_quartiles_are_those_of_numpy() -> None:
    search, rng = search_of(seeds=12, axes=[]), np.random.default_rng(0)
    outcomes = {i: made(i, course=tuple(rng.random(3))) for i in range(12)}
    (band,) = bands(search, outcomes)
    expected = np.quantile(band.courses, [0.25, 0.5, 0.75], axis=0)
    np.testing.assert_allclose([band.lower, band.median, band.upper], expected, rtol=1e-14)


def test_groups_are_the_values_of_an_axis_or_the_settings_the_best_first() -> None:
    search = search_of()
    outcomes = {i: made(i, 1 / (i + 1)) for i in range(search.size)}
    by_rate, by_setting = (bands(search, outcomes, group) for group in (AXES[0]["path"], "setting"))
    assert [(band.value, len(band.indices)) for band in by_rate] == [(0.5, 4), (0.1, 4), (0.01, 4)]
    assert [band.value for band in by_setting] == [5, 4, 3, 2, 1, 0]
    with pytest.raises(ConfigError):
        bands(search, outcomes, "loss")


def test_a_cell_holds_the_median_the_best_and_what_diverged_of_its_trials() -> None:
    search = search_of(seeds=3)
    losses = [0.2, 0.4, 0.1, 0.5, math.nan, 20.0, *[0.3] * 12]
    found = cells(search, {i: made(i, loss) for i, loss in enumerate(losses)}, AXES[1]["path"], AXES[0]["path"])
    assert found[:2] == (Cell(2, 0.01, 0.2, 0.1, 3, 0), Cell(4, 0.01, 20.0, 0.5, 3, 2))
    assert [(cell.x, cell.y) for cell in found] == [(2, 0.01), (4, 0.01), (2, 0.1), (4, 0.1), (2, 0.5), (4, 0.5)]


def test_cells_are_of_two_different_axes_with_values() -> None:
    for x, y in ((AXES[0]["path"], AXES[0]["path"]), ("loss", AXES[0]["path"])):
        with pytest.raises(ConfigError):
            cells(search_of(), {0: made(0)}, x, y)
