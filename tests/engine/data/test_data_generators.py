"""Drawn data sets: their geometry without noise, their balance and their streams."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data import DATASETS, Dataset, load, parse_data
from engine.data.dataset_kind import Floats, Raw
from engine.data.generators import GENERATORS, LINEAR10_WEIGHTS
from engine.foundation.random_streams import generator

NAMES = [kind.name for kind in GENERATORS]
PLANAR = [kind.name for kind in GENERATORS if kind.task == "classification"]


def drawn(name: str, samples: int = 400, noise: float = 0.0, seed: int = 0) -> Raw:
    return DATASETS[name].generate(generator(seed, "data"), samples=samples, noise=noise)


def numbers(raw: Raw) -> Floats:
    return np.hstack([raw.inputs, raw.targets.reshape(len(raw.targets), -1)])


def everything(data: Dataset) -> bytes:
    return b"".join(
        part.tobytes()
        for part in (data.train_inputs, data.train_targets, data.test_inputs, data.test_targets, data.rows)
    )


def test_the_promised_sets_are_there() -> None:
    assert NAMES == [
        "circle", "xor", "gauss", "spiral", "moons", "checkerboard", "sine", "plane", "linear10",
    ]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_row_has_one_number_per_feature_and_one_target(name: str) -> None:
    kind, raw = DATASETS[name], drawn(name, 50)
    targets = (50,) if kind.task == "classification" else (50, 1)
    assert (raw.inputs.shape, raw.targets.shape) == ((50, len(kind.usual.features)), targets)
    assert raw.inputs.dtype == np.float64
    assert raw.targets.dtype == (np.int64 if kind.task == "classification" else np.float64)
    assert raw.rows.tolist() == list(range(50))


@pytest.mark.parametrize("name", NAMES)
def test_inputs_span_about_two_units_to_each_side(name: str) -> None:
    raw = drawn(name, 1000, 0.1)
    largest = np.abs(raw.inputs).max(axis=0)
    assert np.all((largest > 0.9) & (largest < 4.5))
    assert np.all(np.abs(raw.inputs.mean(axis=0)) < 0.2)
    assert np.all((raw.inputs.std(axis=0) > 0.4) & (raw.inputs.std(axis=0) < 1.3))


@pytest.mark.parametrize("name", PLANAR)
@pytest.mark.parametrize("samples", [2, 3, 200, 201])
def test_classes_are_balanced_to_one_row(name: str, samples: int) -> None:
    counts = np.bincount(drawn(name, samples).targets.astype(int), minlength=2)
    assert counts.tolist() == [samples - samples // 2, samples // 2]


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_gives_the_same_bytes_and_another_seed_does_not(name: str) -> None:
    spec = parse_data({"name": name})
    first = everything(load(spec, 3))
    load.cache_clear()
    assert everything(load(spec, 3)) == first
    assert everything(load(spec, 4)) != first


@pytest.mark.parametrize("name", NAMES)
def test_noise_moves_the_points_of_the_same_shape(name: str) -> None:
    exact, near, far = (drawn(name, 60, noise) for noise in (0.0, 0.1, 0.2))
    moved, further = numbers(near) - numbers(exact), numbers(far) - numbers(exact)
    np.testing.assert_allclose(further, 2 * moved, atol=1e-12)
    assert np.abs(moved).max() > 0


def test_the_circle_without_noise_is_a_disc_in_a_ring() -> None:
    raw = drawn("circle")
    radius = np.hypot(*raw.inputs.T)
    assert radius[raw.targets == 1].max() <= 1
    assert np.all((radius[raw.targets == 0] >= 1.5) & (radius[raw.targets == 0] <= 2))


def test_xor_without_noise_says_whether_signs_agree_and_keeps_off_the_axes() -> None:
    raw = drawn("xor")
    assert np.array_equal(raw.targets, (raw.inputs.prod(axis=1) > 0).astype(int))
    assert np.abs(raw.inputs).min() >= 0.2


def test_clouds_sit_around_their_centres() -> None:
    raw = drawn("gauss", 4000)
    for label, centre in ((0, -1), (1, 1)):
        cloud = raw.inputs[raw.targets == label]
        np.testing.assert_allclose(cloud.mean(axis=0), [centre, centre], atol=0.03)
        np.testing.assert_allclose(cloud.std(axis=0), 0.3, atol=0.02)


def test_spiral_arms_without_noise_turn_with_their_radius() -> None:
    raw = drawn("spiral")
    radius = np.hypot(*raw.inputs.T) / 2
    angle = 3.5 * np.pi * radius + np.pi * raw.targets
    np.testing.assert_allclose(
        raw.inputs, 2 * radius[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1), atol=1e-12
    )


def test_moons_without_noise_are_half_circles_of_radius_one() -> None:
    raw = drawn("moons")
    side = 1 - 2 * raw.targets[:, None]
    centred = raw.inputs * side + [0.5, 0.25]
    np.testing.assert_allclose(np.hypot(*centred.T), 1, atol=1e-12)
    assert centred[:, 1].min() >= 0


def test_the_checkerboard_without_noise_alternates_over_sixteen_squares() -> None:
    raw = drawn("checkerboard", 1000)
    squares = np.floor(raw.inputs).astype(int)
    assert np.array_equal(squares.sum(axis=1) % 2, raw.targets)
    assert len(np.unique(squares, axis=0)) == 16


def test_regression_targets_without_noise_follow_their_formula() -> None:
    sine, plane, linear = drawn("sine"), drawn("plane"), drawn("linear10")
    weights = [0.05, -0.1, 0.15, -0.2, 0.25, -0.3, 0.35, -0.4, 0.45, -0.5]
    np.testing.assert_allclose(LINEAR10_WEIGHTS, weights, rtol=1e-15)
    np.testing.assert_allclose(sine.targets, np.sin(np.pi * sine.inputs), atol=1e-15)
    np.testing.assert_allclose(plane.targets[:, 0], (plane.inputs[:, 0] + plane.inputs[:, 1]) / 4, atol=1e-15)
    np.testing.assert_allclose(linear.targets[:, 0], linear.inputs @ weights, atol=1e-14)


@pytest.mark.parametrize("name", NAMES)
def test_each_set_states_its_formula_and_what_is_hard_about_it(name: str) -> None:
    kind = DATASETS[name]
    assert kind.formula.count("{") == kind.formula.count("}")
    assert r"\varepsilon" in kind.formula or r"\mathcal{N}" in kind.formula
    assert kind.description.endswith(".")
    assert kind.samples_maximum is None
    assert [option.name for option in kind.options] == ["samples", "noise", "test_fraction", "standardize"]
