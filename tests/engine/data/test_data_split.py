"""Splitting and standardizing, with the promises that both make."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.data import load, parse_data
from engine.data.scaling import mean_and_deviation, standardized
from engine.data.split import shares, split
from engine.foundation.random_streams import generator

FRACTIONS = st.floats(0, 1, exclude_max=True)


@given(st.integers(1, 200), FRACTIONS, st.integers(0, 5))
def test_a_split_is_disjoint_complete_and_leaves_something_to_train_on(n: int, fraction: float, seed: int) -> None:
    train, test = split(n, fraction, generator(seed, "split"))
    assert sorted([*train.tolist(), *test.tolist()]) == list(range(n))
    assert len(test) == min(int(n * fraction + 0.5), n - 1)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=120), FRACTIONS)
def test_a_stratified_split_gives_each_class_its_share_to_within_one_row(labels: list[int], fraction: float) -> None:
    known = np.array(labels, dtype=np.int64)
    train, test = split(len(known), fraction, generator(0, "split"), known)
    assert sorted([*train.tolist(), *test.tolist()]) == list(range(len(known)))
    sizes = np.bincount(known)
    assert np.all(np.abs(np.bincount(known[test], minlength=len(sizes)) - sizes * len(test) / len(known)) < 1)


def test_a_split_is_the_same_for_a_seed_and_another_for_another() -> None:
    first, again, other = (split(100, 0.3, generator(seed, "split"))[1].tolist() for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_both_parts_of_a_split_are_in_the_given_order() -> None:
    train, test = split(50, 0.4, generator(0, "split"), np.arange(50) % 3)
    assert train.tolist() == sorted(train.tolist())
    assert test.tolist() == sorted(test.tolist())


def test_what_is_left_of_a_division_goes_to_the_largest_remainders() -> None:
    assert shares(np.array([5, 3, 2]), 4).tolist() == [2, 1, 1]
    assert shares(np.array([2, 2, 2]), 2).tolist() == [1, 1, 0]


def test_standardizing_uses_the_training_rows_only() -> None:
    given_rows = [[0.0, 5.0], [2.0, 5.0], [4.0, 5.0], [1000.0, -7.0]]
    spec = parse_data(
        {"inputs": given_rows, "targets": [0.5, 1.5, 2.5, 3.5], "test_fraction": 0.25, "standardize": True}
    )
    data = next(data for data in (load(spec, seed) for seed in range(50)) if data.rows[-1] == 3)
    assert data.mean.tolist() == [2.0, 5.0]
    np.testing.assert_allclose(data.std, [np.sqrt(8 / 3), 1.0], rtol=1e-15)
    np.testing.assert_allclose(data.train_inputs[:, 0], np.array([-2, 0, 2]) / np.sqrt(8 / 3), rtol=1e-15)
    np.testing.assert_allclose(data.test_inputs, [[998 / np.sqrt(8 / 3), -12.0]], rtol=1e-15)


def test_standardized_training_inputs_have_mean_zero_and_deviation_one() -> None:
    data = load(parse_data({"name": "wine"}), 0)
    np.testing.assert_allclose(data.train_inputs.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(data.train_inputs.std(axis=0), 1, rtol=1e-12)
    assert np.abs(data.test_inputs.mean(axis=0)).max() > 1e-3


def test_without_standardizing_inputs_stay_as_they_are() -> None:
    data = load(parse_data({"name": "penguins", "standardize": False}), 0)
    assert (data.mean.tolist(), data.std.tolist()) == ([0.0] * 4, [1.0] * 4)
    assert data.train_inputs[:, 3].min() > 2000


def test_a_constant_feature_becomes_zero_even_where_its_mean_is_rounded() -> None:
    inputs = np.full((3, 1), 0.1)
    mean, std = mean_and_deviation(inputs)
    assert std.tolist() == [1.0]
    assert standardized(inputs, mean, std).tolist() == [[0.0]] * 3


def test_inputs_near_the_largest_float_overflow_without_a_warning() -> None:
    mean, std = mean_and_deviation(np.array([[1.7e308], [1.7e308], [0.0]]))
    assert (mean.tolist(), np.isfinite(std).tolist()) == ([np.inf], [False])
