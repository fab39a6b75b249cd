"""Axes: settings by their paths, and what is drawn from them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.foundation.errors import ConfigError
from engine.run.task import parse_config
from engine.search.axes import Axis, Listed, Ranged, parse_axis, read, with_setting
from tests.engine.search.searches import BASE

NORMAL = parse_config(BASE).to_dict()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("batch_size", 5),
        ("optimizer.learning_rate", 0.3),
        ("optimizer", {"type": "adam", "learning_rate": 0.01}),
        ("layers[0].units", 7),
        ("layers[1].activation", "sigmoid"),
        ("data.noise", 0.2),
        ("loss", "mae"),
    ],
)
def test_what_is_set_at_a_path_is_read_there_and_nothing_else_changes(path: str, value: Any) -> None:
    changed = with_setting(NORMAL, path, value)
    assert read(changed, path, "") == value
    assert with_setting(changed, path, read(NORMAL, path, "")) == NORMAL


def test_several_places_of_a_list_are_set_together() -> None:
    changed = with_setting(NORMAL, "layers[0,1].activation", "relu")
    assert [layer["activation"] for layer in changed["layers"]] == ["relu", "relu"]


def test_a_section_that_is_not_there_is_begun() -> None:
    assert with_setting(NORMAL, "regularization.l2", 0.1)["regularization"] == {"l2": 0.1}


def test_another_type_of_optimizer_keeps_the_rate_and_drops_what_it_does_not_have() -> None:
    given = {**NORMAL, "optimizer": {"type": "sgd", "learning_rate": 0.3, "momentum": 0.9}}
    assert with_setting(given, "optimizer.type", "adam")["optimizer"] == {"type": "adam", "learning_rate": 0.3}


@pytest.mark.parametrize(
    ("axis", "place"),
    [
        ({"path": "seed", "values": [1]}, "axes[0].path"),
        ({"path": "edits", "values": [[]]}, "axes[0].path"),
        ({"path": "layers[5].units", "values": [1]}, "axes[0].path"),
        ({"path": "optimiser.learning_rate", "values": [1]}, "axes[0].path"),
        ({"path": "layers[0].", "values": [1]}, "axes[0].path"),
        ({"path": "batch_size", "values": []}, "axes[0].values"),
        ({"path": "batch_size", "values": [3, 4, 3.0]}, "axes[0].values[2]"),
        ({"path": "loss", "low": 1, "high": 2}, "axes[0].path"),
        ({"path": "batch_size", "low": 4, "high": 4}, "axes[0].high"),
        ({"path": "batch_size", "low": 0, "high": 4, "scale": "log"}, "axes[0].low"),
        ({"path": "batch_size", "low": 1, "high": 4, "scale": "cubic"}, "axes[0].scale"),
        ({"path": "batch_size", "low": 1, "high": float("inf")}, "axes[0].high"),
        ({"path": "batch_size"}, "axes[0]"),
        (7, "axes[0]"),
    ],
)
def test_an_axis_that_cannot_be_is_refused_at_its_place(axis: Any, place: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_axis(axis, NORMAL, "axes[0]")
    assert refused.value.path == place


@pytest.mark.parametrize(
    ("path", "meant"),
    [("optimiser.learning_rate", "optimizer"), ("layer[0].units", "layers"), ("net[0].units", "layers")],
)
def test_of_a_path_that_is_misspelled_the_right_name_is_told(path: str, meant: str) -> None:
    with pytest.raises(ConfigError, match=rf"no setting '.*'; did you mean {meant}\?"):
        parse_axis({"path": path, "values": [1]}, NORMAL, "axes[0]")


@given(st.integers(0, 2**32), st.integers(0, 10_000))
def test_what_is_drawn_lies_in_the_range_and_has_its_place_there(seed: int, index: int) -> None:
    axes: list[Axis] = [
        Ranged("optimizer.learning_rate", 1e-4, 1.0, "log", whole=False),
        Ranged("layers[0].units", 2, 64, "log", whole=True),
        Ranged("data.noise", -1.0, 3.0, "linear", whole=False),
        Listed("loss", ("mse", "mae")),
    ]
    values = [axis.at(seed, index) for axis in axes]
    assert all(0 <= axis.position(value) <= 1 for axis, value in zip(axes, values, strict=True))
    assert values == [axis.at(seed, index) for axis in axes]
    assert type(values[1]) is int


def test_whole_numbers_are_drawn_equally_often_and_decades_too() -> None:
    whole = Ranged("batch_size", 1, 4, "linear", whole=True)
    decades = Ranged("optimizer.learning_rate", 1e-3, 1e1, "log", whole=False)
    counts = np.bincount([whole.at(0, i) for i in range(2000)])[1:]
    logs = np.floor(np.log10([decades.at(0, i) for i in range(2000)]))
    expected = np.full(4, 500)
    assert np.abs(counts - expected).max() < 70  # more than three standard deviations
    assert np.abs(np.unique(logs, return_counts=True)[1] - expected).max() < 70


def test_a_range_of_whole_ends_is_of_whole_numbers_only_where_the_setting_is() -> None:
    rate = parse_axis({"path": "optimizer.learning_rate", "low": 0, "high": 1}, NORMAL, "axes[0]")
    units = parse_axis({"path": "layers[0].units", "low": 1, "high": 9}, NORMAL, "axes[0]")
    assert (getattr(rate, "whole", None), getattr(units, "whole", None)) == (False, True)
