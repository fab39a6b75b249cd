"""An answer is described once: what is written of a dataclass is what its schema declares."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

import numpy as np
import orjson
import pytest
from pydantic import ValidationError

from app.wire.forms import OPTIONAL, Array, Cells, Integers, Series
from app.wire.json_numbers import dumps
from app.wire.schema import schema


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an answer."""

    name: str
    score: float | None


@dataclass(frozen=True, slots=True)
class Everything:
    """An answer with a field of every kind."""

    from_: int
    loss: float
    share: Annotated[float, "A share of one."]
    kind: Literal["a", "b"]
    parts: tuple[Part, ...]
    named: dict[str, float]
    value: Array
    series: Series
    mask: Cells
    labels: Integers | None
    rest: int = field(default=0, metadata=OPTIONAL)
    usual: int = 7


FULL = Everything(
    from_=3,
    loss=float("inf"),
    share=0.5,
    kind="b",
    parts=(Part("one", None), Part("two", float("nan"))),
    named={"w": float("-inf")},
    value=np.array([[1.0, 2.0]]),
    series=Series(np.array([0.5, np.inf])),
    mask=Cells(np.array([True, False])),
    labels=Integers(np.array([1, 2])),
    rest=4,
)
WRITTEN = {
    "from": 3,
    "loss": "Infinity",
    "share": 0.5,
    "kind": "b",
    "parts": [{"name": "one", "score": None}, {"name": "two", "score": "NaN"}],
    "named": {"w": "-Infinity"},
    "value": {"shape": [1, 2], "data": [1.0, 2.0]},
    "series": [0.5, "Infinity"],
    "mask": [True, False],
    "labels": [1, 2],
    "rest": 4,
    "usual": 7,
}


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in WRITTEN.items() if key != name}


def test_a_dataclass_is_written_field_by_field() -> None:
    assert list(orjson.loads(dumps(FULL)).items()) == list(WRITTEN.items())


def test_an_optional_field_is_left_out_while_it_has_its_default() -> None:
    assert orjson.loads(dumps(replace(FULL, rest=0))) == without("rest")


def test_what_is_written_is_what_the_schema_declares() -> None:
    assert schema(Everything).model_validate_json(dumps(FULL), strict=True).model_dump() == WRITTEN


def test_only_an_optional_field_may_be_left_out() -> None:
    assert set(schema(Everything).model_json_schema()["required"]) == without("rest").keys()


@pytest.mark.parametrize(
    "wrong",
    [
        without("usual"),
        WRITTEN | {"more": 1},
        WRITTEN | {"share": "Infinity"},
        WRITTEN | {"loss": "inf"},
        WRITTEN | {"kind": "c"},
        WRITTEN | {"labels": [0.5]},
        WRITTEN | {"series": [True, "x"]},
        WRITTEN | {"value": [1.0, 2.0]},
    ],
    ids=["one missing", "one more", "not finite", "not a word", "not a choice", "not whole", "not numbers", "no value"],
)
def test_what_the_dataclass_does_not_allow_is_not_in_the_schema(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        schema(Everything).model_validate(wrong, strict=True)


def test_words_about_a_type_are_its_description() -> None:
    found = schema(Everything).model_json_schema()["properties"]["share"]
    assert (found["type"], found["description"]) == ("number", "A share of one.")
