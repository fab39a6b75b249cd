"""Clipping: norms and factors worked out by hand, when it acted, and settings that cannot be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.foundation.errors import ConfigError
from engine.update.clipping import ACTED, CLIP_OPTIONS, Clip, parse_clip
from engine.update.penalties import Regularization
from tests.engine.support.stages import run_stages

PARAMETERS = {"dense1.weight": np.zeros((1, 2)), "dense1.bias": np.zeros(1)}
GRADIENTS = {"dense1.weight": np.array([[3.0, 0.0]]), "dense1.bias": np.array([-4.0])}
KINDS = [Clip(value=3.5), Clip(norm=2.5), Clip(parameter_norm=2.0)]


def clipped(clip: Clip, scale: float = 1.0) -> tuple[dict[str, Any], dict[str, Any]]:
    return run_stages(clip.stages, PARAMETERS, {name: scale * g for name, g in GRADIENTS.items()})


def test_the_global_norm_is_that_of_all_gradients_together() -> None:
    values, grads = clipped(Clip(norm=2.5))

    assert {name: float(values[name]) for name in ("clip.norm", "clip.factor", ACTED)} == {
        "clip.norm": 5.0,
        "clip.factor": pytest.approx(2.5 / 5.000001, rel=1e-15),
        ACTED: 1.0,
    }
    assert np.concatenate([g.ravel() for g in grads.values()]) == pytest.approx([1.5, 0, -2], rel=1e-6)


def test_by_its_own_norm_a_parameter_shrinks_alone() -> None:
    values, grads = clipped(Clip(parameter_norm=3.5))

    assert grads["dense1.weight"].tolist() == [[3.0, 0.0]]
    assert grads["dense1.bias"] == pytest.approx([-3.5], rel=1e-6)
    assert [float(values[f"{name}.factor"]) for name in PARAMETERS] == [1, pytest.approx(3.5 / 4.000001, rel=1e-15)]


def test_by_value_each_cell_is_bounded_alone() -> None:
    values, grads = clipped(Clip(value=3.5))

    assert {name: g.tolist() for name, g in grads.items()} == {"dense1.weight": [[3.0, 0.0]], "dense1.bias": [-3.5]}
    assert (float(values["clip.largest"]), float(values[ACTED])) == (4.0, 1.0)


@pytest.mark.parametrize("clip", KINDS, ids=str)
def test_small_gradients_stay_as_they_are_bit_for_bit_and_it_says_that_it_did_not_act(clip: Clip) -> None:
    values, grads = clipped(clip, 0.1)

    assert float(values[ACTED]) == 0
    assert {n: g.tolist() for n, g in grads.items()} == {n: (0.1 * g).tolist() for n, g in GRADIENTS.items()}


def test_penalties_are_clipped_together_with_the_gradient_of_the_data() -> None:
    parameters = {"dense1.weight": np.array([[1.0, 2.0]]), "dense1.bias": np.array([9.0])}
    stages = (*Regularization(l2=2.0).stages, *Clip(norm=1.0).stages)

    values, grads = run_stages(stages, parameters, GRADIENTS)

    assert float(values["clip.norm"]) == pytest.approx(np.sqrt(5**2 + 4**2 + 4**2), rel=1e-15)
    assert sum(float((g * g).sum()) for g in grads.values()) == pytest.approx(1, rel=1e-6)


@pytest.mark.parametrize("clip", KINDS, ids=str)
def test_clipping_comes_back_from_its_json_form(clip: Clip) -> None:
    assert parse_clip(clip.to_dict()) == clip


def test_without_a_bound_there_is_no_clipping() -> None:
    assert [parse_clip(given) for given in (None, {}, {"norm": None})] == [None] * 3


def test_every_kind_of_clipping_says_what_it_is() -> None:
    assert [option.name for option in CLIP_OPTIONS] == ["value", "norm", "parameter_norm"]
    assert all(option.title and option.symbol and option.description.endswith(".") for option in CLIP_OPTIONS)


@pytest.mark.parametrize(
    ("given", "path", "message"),
    [
        ({"norm": 1, "value": 2}, "clip", "clip is by one of value, norm, parameter_norm; given value, norm"),
        ({"norm": 0}, "clip.norm", "above 0"),
        ({"max_norm": 1}, "clip.max_norm", "unknown field"),
        (1.0, "clip", "clip is an object like {'norm': 1.0}; given 1.0"),
    ],
)
def test_settings_that_cannot_be_are_refused_with_their_place(given: Any, path: str, message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_clip(given)

    assert (refused.value.path, message in refused.value.message) == (path, True), refused.value.message
