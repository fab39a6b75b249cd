"""Importance: exact sums of squares on a grid, and the better trials against all where settings were drawn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.foundation.errors import ConfigError
from engine.search.importance import importance, sums_of_squares, thousandths
from engine.search.trials import trial
from tests.engine.search.searches import made, outcomes_of, search_of

RATE, UNITS = "optimizer.learning_rate", "layers[0].units"
RANGES = [{"path": RATE, "low": 1e-3, "high": 1.0, "scale": "log"}, {"path": UNITS, "low": 2, "high": 40}]


def test_a_table_worked_by_hand() -> None:
    """Two by two cells with two trials each: means 1, 3, 5, 11; effects of rows 3, of columns 2, together 1."""
    values = np.array([[[0.0, 2.0], [3.0, 3.0]], [[5.0, 5.0], [10.0, 12.0]]])
    assert sums_of_squares(values) == {(0,): 8 * 9, (1,): 8 * 4, (0, 1): 8 * 1, None: 1 + 1 + 1 + 1}


@given(hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=4, max_side=3), elements=st.floats(-5, 5)))
def test_sums_of_squares_add_up_to_the_whole(values: np.ndarray) -> None:
    total = float(np.sum((values - values.mean()) ** 2))
    assert math.fsum(sums_of_squares(values).values()) == pytest.approx(total, abs=1e-9)


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=40))
def test_shares_sum_to_one_also_when_they_are_rounded(parts: list[float]) -> None:
    shares = [part / math.fsum(parts) for part in parts]
    rounded = thousandths(shares)
    assert sum(rounded) == 1000
    assert max(abs(r - 1000 * s) for r, s in zip(rounded, shares, strict=True)) < 1


def test_on_a_full_grid_the_shares_and_the_luck_of_the_seeds_sum_to_one() -> None:
    search = search_of()
    found = importance(search, outcomes_of(search))
    assert (found.method, found.trials) == ("squares", 12)
    assert {share.term for share in found.shares} == {(RATE,), (UNITS,), (RATE, UNITS), ("seed",)}
    assert math.fsum(share.share for share in found.shares) == pytest.approx(1)
    assert sum(share.thousandths for share in found.shares) == 1000
    by_term = {share.term: share.share for share in found.shares}
    rate = next(axis for axis in found.axes if axis.path == RATE)
    assert [rate.alone, rate.in_all] == pytest.approx([by_term[RATE,], by_term[RATE,] + by_term[RATE, UNITS]])


def test_an_axis_that_changes_nothing_has_no_share() -> None:
    search = search_of()
    outcomes = {i: made(i, float(trial(search, i).settings[UNITS])) for i in range(search.size)}
    shares = {share.term: share.share for share in importance(search, outcomes).shares}
    assert shares == pytest.approx({(UNITS,): 1, (RATE,): 0, (RATE, UNITS): 0, ("seed",): 0}, abs=1e-12)


def test_where_settings_were_drawn_the_axis_that_decides_stands_out() -> None:
    search = search_of(method="random", trials=80, axes=RANGES, seeds=1)
    outcomes = {i: made(i, abs(math.log(trial(search, i).settings[RATE] / 0.1)) + 0.01) for i in range(search.size)}
    found = importance(search, outcomes)
    assert (found.method, found.shares[0].term) == ("ped_anova", (RATE,))
    assert found.shares[0].share > 0.9
    assert all(axis.in_all is None for axis in found.axes)


def test_a_grid_that_is_not_whole_is_not_divided_up_exactly() -> None:
    search = search_of()
    outcomes = {i: made(i, 0.1 + i % 3) for i in range(11)}
    assert importance(search, outcomes).method == "ped_anova"


@pytest.mark.parametrize("count", [0, 9])
def test_too_few_trials_say_nothing(count: int) -> None:
    search = search_of(method="random", trials=80, axes=RANGES, seeds=1)
    with pytest.raises(ConfigError):
        importance(search, {i: made(i, float(i)) for i in range(count)})


def test_what_diverged_counts_as_the_bound() -> None:
    search = search_of(axes=[{"path": RATE, "values": [0.1, 1.0]}], seeds=2)
    losses = [1.0, 1.0, math.inf, 1e9]
    found = importance(search, {i: made(i, loss) for i, loss in enumerate(losses)})
    assert {share.term: share.share for share in found.shares} == {(RATE,): 1, ("seed",): 0}
