"""Numbers over the wire and back."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from app.wire.forms import Bundle, Series
from app.wire.json_numbers import dumps, form, number
from app.wire.safetensors import to_safetensors
from backscope.decoding import read_number, read_value
from tests.app.tensors import from_safetensors

FLOATS = arrays.arrays(
    st.sampled_from([np.float64, np.float32]), arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
)


@given(FLOATS)
def test_a_value_comes_back_bit_for_bit_whatever_numbers_it_holds(array: np.ndarray) -> None:
    again = read_value(json.loads(dumps(array), parse_constant=pytest.fail)).astype(array.dtype)
    np.testing.assert_array_equal(again, array, strict=True)


def test_a_small_float_is_the_same_number_to_whoever_reads_it_as_float64() -> None:
    small = np.array([0.1, 1 / 3], np.float32)
    assert json.loads(dumps(small))["data"] == [float(number) for number in small]


def test_a_value_is_its_shape_and_flat_data() -> None:
    transposed = np.arange(6.0).reshape(2, 3).T
    assert json.loads(dumps(transposed)) == {"shape": [3, 2], "data": [0, 3, 1, 4, 2, 5]}


def test_a_scalar_is_a_value_with_one_number() -> None:
    assert json.loads(dumps(np.asarray(2.5))) == {"shape": [], "data": [2.5]}


def test_numbers_that_are_not_finite_travel_as_words_wherever_they_are() -> None:
    inf, nan = math.inf, math.nan
    document = {"a": [inf, {"b": -inf}], "c": (nan,), "d": np.array([1.0, nan]), "e": Series(np.array([-inf]))}
    assert json.loads(dumps(document)) == {
        "a": ["Infinity", {"b": "-Infinity"}],
        "c": ["NaN"],
        "d": {"shape": [2], "data": [1.0, "NaN"]},
        "e": ["-Infinity"],
    }


@given(st.floats())
def test_a_number_is_read_back_as_it_was(value: float) -> None:
    np.testing.assert_equal(read_number(number(value)), value)


def test_a_text_that_is_no_word_for_a_number_stays_a_text() -> None:
    assert read_number("infinity") == "infinity"


@given(st.dictionaries(st.text(min_size=1).filter(lambda name: name != "__metadata__"), FLOATS, max_size=5))
def test_tensors_come_back_bit_for_bit(tensors: dict[str, np.ndarray]) -> None:
    again, metadata = from_safetensors(to_safetensors(tensors, {"run": "1"}))
    assert again.keys() == tensors.keys()
    assert metadata == {"run": "1"}
    for name, array in tensors.items():
        np.testing.assert_array_equal(again[name], array, strict=True)


def test_every_tensor_begins_where_a_typed_array_can() -> None:
    tensors = {
        "flags": np.array([True]),
        "half": np.ones(3, np.float32),
        "count": np.arange(2),
        "full": np.ones(1),
    }
    buffer = to_safetensors(tensors, {})
    size = int.from_bytes(buffer[:8], "little")
    header = json.loads(buffer[8 : 8 + size])
    widths = {name: array.dtype.itemsize for name, array in tensors.items()}
    assert size % 8 == 0
    assert {name: header[name]["data_offsets"][0] % width for name, width in widths.items()} == dict.fromkeys(widths, 0)


VALUES = st.dictionaries(
    st.text(min_size=1).filter(lambda name: name != "__metadata__"),
    FLOATS | arrays.arrays(np.int64, arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=12)),
    min_size=1,
    max_size=5,
)


@given(VALUES, st.sampled_from([{}, {"run": "1"}]))
def test_a_bundle_is_written_as_its_values_are_one_by_one(values: dict[str, np.ndarray], about: dict[str, str]) -> None:
    shapes = {name: (array.dtype, array.shape) for name, array in values.items()}
    vectors = {
        dtype: np.concatenate([array.ravel() for array in values.values() if array.dtype == dtype])
        for dtype, _ in shapes.values()
    }
    bundle = Bundle(form(shapes), vectors)
    assert dumps({"values": bundle}) == dumps({"values": values})
    assert to_safetensors(bundle, about) == to_safetensors(values, about)
