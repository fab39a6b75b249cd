"""A table that is sent: read into data, and what is refused of it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from app.main import create_app
from app.settings import Limits, Settings
from tests.serving import serving

CSV = "length,width,leaf\n8.1,3.2,beech\n7.4,3.6,beech\n5.2,4.9,elm\n4.8,5.1,elm\n5.0,x,elm\n"
KIND = {"content-type": "text/csv"}


def post(api: httpx.Client, content: str | bytes, headers: dict[str, str] = KIND, **query: Any) -> httpx.Response:
    return api.post("/api/tables", content=content, headers=headers, params=query)


def test_a_table_becomes_data_and_a_run_that_keeps_its_name(api: httpx.Client) -> None:
    answer = post(api, CSV, title="leaves.csv", category="width", test_percent=0).json()
    run = api.post("/api/runs", json=answer["config"]).json()
    assert (answer["target"], answer["classes"], answer["rows"], answer["train"], run["title"], run["features"]) == (
        "leaf",
        ["beech", "elm"],
        5,
        5,
        "leaves.csv 6-8-8-2",
        ["length", *(f"width = {value}" for value in ("3.2", "3.6", "4.9", "5.1", "x"))],
    )


def test_the_rows_of_a_run_keep_their_numbers_in_the_table_and_made_data_has_none(api: httpx.Client) -> None:
    config = post(api, CSV, number="width", gaps="median", test_percent=50).json()["config"]
    made = {"data": {"name": "moons"}, "layers": [{"units": 1}]}
    runs = [api.post("/api/runs", json=given).json()["id"] for given in (config, made)]
    told = [api.get(f"/api/runs/{run}/samples").json() for run in runs]
    numbers = told[0]["table_rows"]
    rows = dict(zip(numbers, told[0]["labels"], strict=True))
    assert (sorted(rows), rows, numbers == sorted(numbers), told[1]["table_rows"]) == (
        [1, 2, 3, 4],
        {1: 0, 2: 0, 3: 1, 4: 1},
        False,
        None,
    )


def test_rows_of_a_table_can_be_images(api: httpx.Client) -> None:
    rows = "\n".join(f"{i},{i + 1}.5,{i * i},{9 - i},{'ab'[i % 2]}" for i in range(6))
    config = post(api, f"p1,p2,p3,p4,what\n{rows}", image="2x2").json()["config"]
    assert api.post("/api/runs", json=config).json()["image"] == [1, 2, 2]


@pytest.mark.parametrize(
    ("content", "query", "path"),
    [
        ("", {}, "body"),
        ("a\n1", {}, "body"),
        (b"PK\x03\x04...", {}, "body"),
        (CSV, {"target": "tree"}, "query.target"),
        (CSV, {"column": "tree"}, "query.column"),
        (CSV, {"image": "3x3"}, "query.image"),
        (CSV, {"gaps": "guess"}, "query.gaps"),
        (CSV, {"unknown": "1"}, "query.unknown"),
    ],
)
def test_what_cannot_be_read_names_its_place(api: httpx.Client, content: Any, query: Any, path: str) -> None:
    answer = post(api, content, **query)
    assert (answer.status_code, [error["path"] for error in answer.json()["errors"]]) == (422, [path])


def test_a_table_of_which_nothing_can_be_learned_comes_back_with_its_columns(api: httpx.Client) -> None:
    answer = post(api, "a,b\n1,x\n2,x\n3,x\n").json()
    assert (answer["data"], answer["config"], answer["refused"], [column["name"] for column in answer["columns"]]) == (
        None,
        None,
        "every row has the target 'x': there is nothing to tell apart; choose another target",
        ["a", "b"],
    )


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_what_a_foreign_page_could_send_unasked_is_no_table(api: httpx.Client, kind: str) -> None:
    assert post(api, CSV, {"content-type": kind}).status_code == 415


def test_a_table_past_a_limit_names_it() -> None:
    with serving(create_app(Settings(limits=Limits(samples=3, inputs=3)))) as address, httpx.Client() as client:
        client.base_url = httpx.URL(address)
        answers = [post(client, CSV), post(client, "a,b,c,d\n1,2,3,4\n5,6,7,9\n")]
    assert [answer.json()["limit"] for answer in answers] == [
        {"name": "samples", "value": 3},
        {"name": "inputs", "value": 3},
    ]
