"""Bundled tables: the files, what is in them and the subsets drawn from them."""

from __future__ import annotations

import hashlib
from importlib.resources import files

import numpy as np
import pytest

from engine.data import DATASETS, load, parse_data
from engine.data.dataset_kind import Floats, Integers
from engine.data.tables import TABLES, read_csv, read_digits, table_bytes

NAMES = [kind.name for kind in TABLES]
SHA256 = {
    "iris.csv": "30821fb97cfd3335f67711058ee448fe1784557c374c82e52645e78563bafdb1",
    "penguins.csv": "d9fc8d5f19f529b042a96cb8def3261ffa9546f332d2170e15428afb20c3e3c3",
    "wine.csv": "f325d8686a5a1f281941deeb0535dc144e9cbced63a34ea1b4cc3b820fad4bbc",
    "breast_cancer.csv": "af399a019264f7999e6b395ee90576e46564867aa4c8a40797c96be87dc1be55",
    "digits.npz": "089d33176bf6819a5c6ebd6746c5293713f4e81c2c8fc52b672e6e15faa78f41",
}
TEXT = "backpropagation.txt"
# class sizes and feature means as their sources publish them
PUBLISHED = {
    "iris": ([50, 50, 50], 4, {0: 5.843, 1: 3.057, 2: 3.758, 3: 1.199}),
    "penguins": ([151, 68, 123], 4, {0: 43.92, 1: 17.15, 2: 200.92, 3: 4201.75}),
    "wine": ([59, 71, 48], 13, {0: 13.0, 1: 2.336, 12: 746.89}),
    "breast_cancer": ([212, 357], 30, {0: 14.127, 1: 19.29, 3: 654.89}),
    "digits": ([178, 182, 177, 183, 181, 182, 181, 179, 174, 180], 64, {0: 0.0}),
}


def whole(name: str) -> tuple[Floats, Integers]:
    return read_digits() if name == "digits" else read_csv(f"{name}.csv", DATASETS[name].usual.classes)


@pytest.mark.parametrize("file", SHA256)
def test_a_table_is_byte_for_byte_the_one_that_was_checked(file: str) -> None:
    assert hashlib.sha256(table_bytes(file)).hexdigest() == SHA256[file]


def test_all_tables_together_stay_small_and_each_has_its_licence_stated() -> None:
    folder = files("engine.data") / "tables"
    present = {entry.name for entry in folder.iterdir()}
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert present == {*SHA256, TEXT, "README.md"}
    assert sum(len(table_bytes(file)) for file in (*SHA256, TEXT)) < 250_000
    for file in (*SHA256, TEXT):
        (line,) = [line for line in readme.splitlines() if line.startswith(f"| `{file}`")]
        assert line.rstrip("| ").endswith("MIT" if file == TEXT else ("CC BY 4.0", "CC0 1.0"))


@pytest.mark.parametrize("name", NAMES)
def test_a_table_has_the_published_rows_classes_and_means(name: str) -> None:
    sizes, columns, means = PUBLISHED[name]
    inputs, labels = whole(name)
    assert inputs.shape == (sum(sizes), columns)
    assert np.bincount(labels).tolist() == sizes
    assert {i: inputs[:, i].mean() for i in means} == pytest.approx(means, rel=1e-3)
    assert np.isfinite(inputs).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_table_kind_describes_its_file(name: str) -> None:
    kind, (inputs, labels) = DATASETS[name], whole(name)
    assert kind.samples_maximum == len(inputs)
    assert (len(set(kind.usual.features)), len(kind.usual.classes)) == (inputs.shape[1], labels.max() + 1)
    assert kind.source.endswith(("CC BY 4.0", "CC0 1.0"))
    assert [option.name for option in kind.options] == ["samples", "test_fraction", "standardize"]


def test_digits_are_pixels_from_zero_to_one_in_steps_of_a_sixteenth() -> None:
    inputs, _ = read_digits()
    assert (inputs.min(), inputs.max()) == (0, 1)
    assert np.array_equal(inputs * 16, np.round(inputs * 16))


def test_digits_are_left_as_pixels_and_other_tables_are_standardized_by_default() -> None:
    defaults = {name: parse_data({"name": name}).to_dict()["standardize"] for name in NAMES}
    assert defaults == {name: name != "digits" for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_all_rows_of_a_table_are_used_once_by_default(name: str) -> None:
    data = load(parse_data({"name": name}), 0)
    assert sorted(data.rows.tolist()) == list(range(DATASETS[name].samples_maximum or 0))


@pytest.mark.parametrize("name", NAMES)
def test_rows_say_where_in_the_table_each_sample_stands(name: str) -> None:
    inputs, labels = whole(name)
    data = load(parse_data({"name": name, "samples": 60, "standardize": False}), 5)
    assert np.array_equal(np.vstack([data.train_inputs, data.test_inputs]), inputs[data.rows])
    assert np.array_equal(np.concatenate([data.train_targets, data.test_targets]), labels[data.rows])
    assert len(set(data.rows.tolist())) == 60


def test_a_part_of_a_table_keeps_the_proportions_of_its_classes() -> None:
    data = load(parse_data({"name": "iris", "samples": 31, "test_fraction": 0}), 0)
    assert sorted(np.bincount(data.train_targets.astype(int)).tolist()) == [10, 10, 11]


def test_rows_of_a_table_are_mixed_although_the_file_is_sorted_by_class() -> None:
    data = load(parse_data({"name": "iris"}), 0)
    assert set(data.train_targets[:15].tolist()) == {0, 1, 2}


def test_seeds_draw_different_parts_of_a_table() -> None:
    spec = parse_data({"name": "wine", "samples": 50})
    assert not np.array_equal(load(spec, 0).rows, load(spec, 1).rows)
