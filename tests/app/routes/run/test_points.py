"""One point over the wire: a row of a set or numbers of one's own, at an iteration and over many."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from engine.presets import presets

CIRCLE = next(preset.config for preset in presets() if preset.name == "circle")


@pytest.fixture
def run(api: httpx.Client) -> str:
    return str(api.post("/api/runs", json=CIRCLE).json()["id"])


def test_a_row_is_followed_at_an_iteration(api: httpx.Client, run: str) -> None:
    found = api.get(f"/api/runs/{run}/iterations/6/point", params={"set": "test", "row": 3}).json()
    assert (found["iteration"], found["output"]["shape"], found["values"]["dense1.z"]["shape"]) == (6, [1], [1, 4])
    assert found["loss"] == pytest.approx((found["output"]["data"][0] - found["target"]["data"][0]) ** 2)


def test_numbers_of_ones_own_are_followed_without_a_loss(api: httpx.Client, run: str) -> None:
    address = f"/api/runs/{run}/iterations/6/point?inputs=0.5&inputs=-1"
    found = api.get(address).json()
    outputs = api.post(f"/api/runs/{run}/predict?iteration=6", json={"inputs": [[0.5, -1]]}).json()["outputs"]
    assert (found["output"]["data"], found["loss"], found["target"]) == (outputs["data"], None, None)


def test_a_point_is_followed_over_many_iterations(api: httpx.Client, run: str) -> None:
    course = api.get(f"/api/runs/{run}/point", params={"row": 3, "from": 2, "to": 9, "every": 3}).json()
    each = [api.get(f"/api/runs/{run}/iterations/{t}/point", params={"row": 3}).json() for t in (2, 5, 8)]
    assert course["iterations"] == [2, 5, 8]
    assert course["losses"] == [found["loss"] for found in each]
    assert course["outputs"]["data"] == [found["output"]["data"][0] for found in each]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({}, "neither"),
        ({"row": 1, "inputs": [0, 0]}, "both"),
        ({"row": 5000}, "no row 5000"),
        ({"inputs": [1]}, "rows of 2 numbers"),
        ({"inputs": ["nan", 1]}, "finite"),
    ],
)
def test_a_point_that_is_none_is_refused_with_what_there_is(
    api: httpx.Client, run: str, query: dict[str, Any], said: str
) -> None:
    answer = api.get(f"/api/runs/{run}/iterations/0/point", params=query)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]
