"""The `data` field of a configuration: what it takes, what it refuses and what comes out."""

from __future__ import annotations

import json
import time
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest

from engine.config.run_config import RunConfig
from engine.data import DATASETS, load, parse_data
from engine.foundation.errors import ConfigError

KNOWN = (
    "circle, xor, gauss, spiral, moons, checkerboard, sine, plane, linear10, "
    "iris, penguins, wine, breast_cancer, digits, "
    "copy, reverse, sort, parity, first_token, text, wave"
)
INLINE_ALLOWED = (
    "inputs, targets, feature_names, class_names, title, target_name, rows, image, target_scale, "
    "test_fraction, standardize"
)
HUGE = 10**400
PAIR = [[1, 2], [3, 4]]

REFUSED: list[tuple[Any, str, str]] = [
    ([], "data", 'data has a name, or inputs and targets: an object like {"name": "circle"}; given []'),
    ("XOR", "data", "data has a name, or inputs and targets: an object like {\"name\": \"xor\"}; given 'XOR'"),
    ({}, "data", f"data needs a name ({KNOWN}), or inputs and targets"),
    ({"name": "circles"}, "data.name", f"unknown dataset 'circles'; did you mean circle? Known: {KNOWN}"),
    ({"name": ["xor"]}, "data.name", f"unknown dataset ['xor']; known: {KNOWN}"),
    ({"inputs": PAIR, "targets": [0, 1], "rows": [3]}, "data.rows", "there are 2 rows of inputs; rows has 1 numbers"),
    ({"inputs": PAIR, "targets": [0, 1], "title": 3}, "data.title",
     "this is a text of at most 200 characters; given 3"),
    ({"inputs": PAIR, "targets": [0, 1], "image": [1, 2, 2]}, "data.image",
     "image is channels, height and width, whose product is 2, the inputs of a row; given [1, 2, 2]"),
    ({"name": "xor", "inputs": PAIR}, "data", "data has a name, or inputs and targets, not both"),
    ({"name": "xor", "rows": 5}, "data.rows",
     "unknown field 'rows'; did you mean samples? Allowed here: samples, noise, test_fraction, standardize"),
    ({"name": "iris", "noise": 0.1}, "data.noise",
     "unknown field 'noise'; allowed here: samples, test_fraction, standardize"),
    ({"name": "xor", "samples": 1}, "data.samples", "samples is at least 2; given 1"),
    ({"name": "xor", "samples": 2.5}, "data.samples", "samples is a whole number; given 2.5"),
    ({"name": "iris", "samples": 151}, "data.samples", "samples is at least 2 and at most 150; given 151"),
    ({"name": "xor", "noise": -0.1}, "data.noise", "noise is at least 0 and at most 5; given -0.1"),
    ({"name": "xor", "test_fraction": 1}, "data.test_fraction",
     "test_fraction is at least 0 and below 1; given 1.0"),
    ({"name": "xor", "standardize": 1}, "data.standardize", "standardize is true or false; given 1"),
    ({"name": "copy", "length": 4, "delay": 4}, "data.delay", "delay is below length, which is 4; given 4"),
    ({"name": "sort", "tokens": 27}, "data.tokens", "tokens is at least 2 and at most 26; given 27"),
    ({"name": "text", "samples": 9}, "data.samples", "unknown field 'samples'; allowed here: length, test_fraction"),
    ({"inputs": PAIR}, "data.targets", "inline data has inputs and targets; targets is missing"),
    ({"targets": [1, 2]}, "data.inputs", "inline data has inputs and targets; inputs is missing"),
    ({"inputs": PAIR, "targets": [0, 1], "noise": 1}, "data.noise",
     f"unknown field 'noise'; allowed here: {INLINE_ALLOWED}"),
    ({"inputs": [], "targets": []}, "data.inputs", "inputs is a list with at least one row; given []"),
    ({"inputs": 3, "targets": [0]}, "data.inputs", "inputs is a list with at least one row; given 3"),
    ({"inputs": PAIR, "targets": []}, "data.targets", "targets is a list with at least one row; given []"),
    ({"inputs": [[1], 2], "targets": [0, 1]}, "data.inputs[1]", "every row is a list of numbers; row 1 is 2"),
    ({"inputs": [[], []], "targets": [0, 1]}, "data.inputs[0]",
     "a row has at least one number; row 0 is empty"),
    ({"inputs": [[1, 2], [3, 4], [5, 6], [7]], "targets": [0, 1, 0, 1]}, "data.inputs[3]",
     "rows are equally long; row 3 has 1 number, row 0 has 2"),
    ({"inputs": [[1, 2], [3, "4"]], "targets": [0, 1]}, "data.inputs[1][1]",
     "each input is a number; given '4'"),
    ({"inputs": [[1, 2], [None, 4]], "targets": [0, 1]}, "data.inputs[1][0]",
     "each input is a number; given None"),
    ({"inputs": [[1, True], [3, 4]], "targets": [0, 1]}, "data.inputs[0][1]",
     "each input is a number; given True"),
    ({"inputs": [[1, 2], [3, float("nan")]], "targets": [0, 1]}, "data.inputs[1][1]",
     "each input is a finite number; given nan"),
    ({"inputs": [[1, HUGE]], "targets": [0]}, "data.inputs[0][1]",
     f"each input is a finite number; given {str(HUGE)[:57]}..."),
    ({"inputs": PAIR, "targets": [0, float("inf")]}, "data.targets[1]",
     "each target is a finite number; given inf"),
    ({"inputs": PAIR, "targets": [0, [1]]}, "data.targets[1]", "each target is a number; given [1]"),
    ({"inputs": [[[1, 2], [0.5, 3]]], "targets": [0]}, "data.inputs[0][0]",
     "each input is a number; given [1, 2]. A row is flat: write all its numbers after each other, and a reshape "
     "layer makes a sequence or an image of them"),
    ({"inputs": PAIR, "targets": [[0], [1, 2]]}, "data.targets[1]",
     "rows are equally long; row 1 has 2 numbers, row 0 has 1"),
    ({"inputs": PAIR, "targets": [0, 1, 1]}, "data.targets",
     "every row has one target; 2 rows of inputs, 3 of targets"),
    ({"inputs": PAIR, "targets": [0, 1], "test_fraction": -1}, "data.test_fraction",
     "test_fraction is at least 0 and below 1; given -1.0"),
    ({"inputs": PAIR, "targets": [0, 1], "feature_names": ["a"]}, "data.feature_names",
     "inputs have 2 columns; feature_names has 1"),
    ({"inputs": PAIR, "targets": [0, 1], "feature_names": "ab"}, "data.feature_names",
     "names are a list of texts; given 'ab'"),
    ({"inputs": PAIR, "targets": [0, 1], "feature_names": ["a", ""]}, "data.feature_names[1]",
     "a name is a text that is not empty; given ''"),
    ({"inputs": PAIR, "targets": [0, 1], "feature_names": ["a", "a"]}, "data.feature_names[1]",
     "names are all different; 'a' occurs again"),
    ({"inputs": PAIR, "targets": [0, 2], "class_names": ["no", "yes"]}, "data.targets[1]",
     "a class index is below 2, the number of class_names; given 2"),
    ({"inputs": PAIR, "targets": [0.5, 2], "class_names": ["no", "yes"]}, "data.class_names",
     "class_names go with class indices 0, 1, 2, ...; these targets are other numbers"),
    ({"inputs": PAIR, "targets": [0, 1], "class_names": [f"c{i}" for i in range(30_000)]}, "data.class_names",
     "at most 1000 names; given 30000"),
    ({"inputs": PAIR, "targets": [0, 1], "class_names": ["no", "yes", "no"]}, "data.class_names[2]",
     "names are all different; 'no' occurs again"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "path", "message"), REFUSED)
def test_wrong_data_is_refused_with_its_place_and_what_is_allowed(given: Any, path: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_data(given)
    assert (caught.value.path, caught.value.message) == (path, message)


def test_the_place_starts_where_the_caller_says() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_data({"name": "xor", "noise": "much"}, "trials[2].data")
    assert caught.value.path == "trials[2].data.noise"


@pytest.mark.parametrize("name", DATASETS)
def test_a_named_set_has_its_defaults_filled_in_and_comes_back_from_json(name: str) -> None:
    spec = parse_data({"name": name})
    defaults = {option.name: option.default for option in DATASETS[name].options}
    assert spec.to_dict() == {"name": name, **defaults}
    assert parse_data(json.loads(json.dumps(spec.to_dict()))) == spec


def test_inline_data_has_its_defaults_filled_in_and_comes_back_from_json() -> None:
    spec = parse_data({"inputs": PAIR, "targets": [1, 0]})
    assert spec.to_dict() == {
        "inputs": [[1.0, 2.0], [3.0, 4.0]],
        "targets": [1, 0],
        "feature_names": ["x1", "x2"],
        "class_names": ["0", "1"],
        "test_fraction": 0.0,
        "standardize": False,
    }
    assert parse_data(json.loads(json.dumps(spec.to_dict()))) == spec


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ({"name": "xor", "noise": 1}, {"noise": 1.0, "name": "xor", "samples": 200.0}),
        ({"name": "xor", "noise": -0.0}, {"name": "xor", "noise": 0}),
        ({"inputs": [[1], [2]], "targets": [0, 1]}, {"inputs": [[1.0], [2.0]], "targets": [0.0, 1.0]}),
        ({"inputs": [[0]], "targets": [1.5]}, {"inputs": ((-0.0,),), "targets": [[1.5]], "class_names": []}),
        ({"inputs": [[1]], "targets": [0]}, {"inputs": np.ones((1, 1)), "targets": np.zeros(1, dtype=int)}),
    ],
)
def test_equal_meaning_is_equal_json_and_equal_hash(one: dict[str, Any], same: dict[str, Any]) -> None:
    first, second = parse_data(one), parse_data(same)
    assert json.dumps(first.to_dict()) == json.dumps(second.to_dict())
    assert (first, hash(first)) == (second, hash(second))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ([0, 2, 1], [0, 2, 1]),
        ([0, 999, 1], [0, 999, 1]),
        ([0, 1000, 1], [[0.0], [1000.0], [1.0]]),
        ([-1, 1, 1], [[-1.0], [1.0], [1.0]]),
        ([0, 0.5, 1], [[0.0], [0.5], [1.0]]),
        ([[0], [1], [1]], [[0.0], [1.0], [1.0]]),
        ([[0, 1], [1, 0], [1, 0]], [[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]]),
    ],
)
def test_only_a_flat_list_of_small_whole_numbers_is_class_indices(given: list[Any], kept: list[Any]) -> None:
    data = load(parse_data({"inputs": [[1], [2], [3]], "targets": given}), 0)
    assert data.train_targets.tolist() == kept
    assert data.task == ("classification" if isinstance(kept[0], int) else "regression")
    assert len(data.classes) == (max(kept) + 1 if isinstance(kept[0], int) else 0)


def test_inline_rows_stay_in_the_given_order_and_without_test_rows() -> None:
    data = load(parse_data({"inputs": [[3], [1], [2]], "targets": [0.5, 1.5, 2.5]}), 7)
    assert data.train_inputs.tolist() == [[3.0], [1.0], [2.0]]
    assert data.train_targets.tolist() == [[0.5], [1.5], [2.5]]
    assert (data.test_inputs.shape, data.test_targets.shape, data.rows.tolist()) == (
        (0, 1),
        (0, 1),
        [0, 1, 2],
    )


def test_inline_rows_are_split_when_asked_and_keep_their_numbers() -> None:
    spec = parse_data({"inputs": [[i] for i in range(10)], "targets": [i % 2 for i in range(10)], "test_fraction": 0.4})
    data = load(spec, 0)
    assert (len(data.train_inputs), len(data.test_inputs)) == (6, 4)
    assert data.rows.tolist() == [*data.train_inputs[:, 0], *data.test_inputs[:, 0]]
    assert np.bincount(data.test_targets.astype(int)).tolist() == [2, 2]


def test_inline_names_are_kept_and_may_name_classes_without_rows() -> None:
    names = {"feature_names": ["length"], "class_names": ["no", "yes", "never"]}
    data = load(parse_data({"inputs": [[1], [2]], "targets": [0, 1], **names}), 0)
    assert (data.features, data.classes) == (("length",), ("no", "yes", "never"))


def test_loading_is_remembered_and_what_is_loaded_cannot_be_changed() -> None:
    spec = parse_data({"name": "circle"})
    data = load(spec, 0)
    assert load(parse_data({"name": "circle", "samples": 200}), 0) is data
    arrays = (data.train_inputs, data.train_targets, data.test_inputs, data.mean, data.std, data.rows)
    assert not any(array.flags.writeable for array in arrays)
    with pytest.raises(FrozenInstanceError):
        data.task = "regression"  # type: ignore[misc]


def test_a_hundred_thousand_numbers_are_checked_quickly() -> None:
    inputs = np.random.default_rng(0).standard_normal((10_000, 10)).tolist()
    start = time.perf_counter()
    parse_data({"inputs": inputs, "targets": [0.5] * 10_000})
    assert time.perf_counter() - start < 0.5


@pytest.mark.parametrize(
    ("inputs", "targets", "path"),
    [([[0.5], [1e300]], [1.0, 2.5], "data.inputs[1][0]"), ([[0.5], [1.0]], [1.5, -4e38], "data.targets[1][0]")],
)
def test_a_number_beyond_single_precision_is_refused_with_its_cell(inputs: Any, targets: Any, path: str) -> None:
    config = {"data": {"inputs": inputs, "targets": targets, "test_fraction": 0}, "layers": [{"units": 1}]}
    RunConfig.from_dict(config)
    with pytest.raises(ConfigError, match="numbers in float32 reach to") as refused:
        RunConfig.from_dict({**config, "dtype": "float32"})
    assert refused.value.path == path


def test_where_rows_came_from_is_kept_and_written_only_where_it_is_said() -> None:
    plain = {"inputs": PAIR, "targets": [0, 1]}
    origin = {"title": "mine.csv", "target_name": "kind", "rows": [4, 7], "image": [1, 1, 2]}
    spec = parse_data(plain | origin)
    written = spec.to_dict()
    assert ({name: written[name] for name in origin}, spec.title, spec.meaning.image, load(spec, 0).rows.tolist()) == (
        origin,
        "mine.csv",
        (1, 1, 2),
        [4, 7],
    )
    assert parse_data(plain).to_dict().keys() & origin.keys() == set()
