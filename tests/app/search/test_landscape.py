"""Landscapes and range tests over the wire."""

from __future__ import annotations

from typing import Any

import httpx

from app.convert.search.landscape import Landscape
from engine import Run
from engine.analysis.range_test import range_test
from engine.run.task import parse_config
from tests.app.answers import events, read
from tests.app.conftest import CIRCLE, make_run

SMALL: dict[str, Any] = {"directions": "pca", "resolution": 5}


def test_the_centre_is_the_evaluation_of_the_iteration(api: httpx.Client, circle: str) -> None:
    found = read(Landscape, api.get(f"{circle}/iterations/12/landscape", params=SMALL).content)
    loss = api.get(f"{circle}/iterations/12/evaluation").json()["train"]["loss"]
    row, column = found.b.index(0), found.a.index(0)
    (path,) = found.paths
    assert (found.losses.data[5 * row + column], path.points[-1].loss) == (loss, loss)
    assert path.run == circle.rpartition("/")[2]


def test_a_place_on_the_ground_is_a_branch_with_its_loss(api: httpx.Client, circle: str) -> None:
    asked: dict[str, Any] = {"directions": "pca", "a": 0.3, "b": -0.2}
    spot = api.get(f"{circle}/iterations/12/landscape/spot", params=asked).json()
    branch = api.post(f"{circle}/branches", json={"edits": spot["edits"]}).json()["id"]
    there = api.get(f"/api/runs/{branch}/iterations/12/evaluation").json()
    assert spot["loss"] == there["train"]["loss"]
    assert spot["distance"] > 0
    batch = api.get(f"{circle}/iterations/12/landscape/spot", params=asked | {"data": "batch"}).json()
    assert batch["loss"] == api.get(f"/api/runs/{branch}/iterations/12").json()["loss"]


def test_the_centre_needs_no_edit_and_a_large_net_gets_none(api: httpx.Client, circle: str) -> None:
    asked: dict[str, Any] = {"directions": "random", "a": 0, "b": 0}
    assert api.get(f"{circle}/iterations/12/landscape/spot", params=asked).json()["edits"] == []
    wide = make_run(api, CIRCLE | {"layers": [{"units": 400}, {"units": 1, "activation": "sigmoid"}]})
    far = api.get(f"{wide}/iterations/1/landscape/spot", params=asked | {"a": 0.1}).json()
    assert (far["edits"], far["distance"] > 0) == (None, True)


def test_other_runs_are_drawn_in_the_same_plane(api: httpx.Client, circle: str) -> None:
    other = make_run(api, CIRCLE | {"optimizer": {"type": "sgd", "learning_rate": 0.2}}).rpartition("/")[2]
    more: list[dict[str, Any]] = [{"with": other}, {"directions": f"to:{other}"}]
    for asked in more:
        found = read(Landscape, api.get(f"{circle}/iterations/12/landscape", params=SMALL | asked).content)
        assert [path.run for path in found.paths] == [circle.rpartition("/")[2], other]


def test_what_cannot_be_drawn_is_said(api: httpx.Client, circle: str) -> None:
    asked: list[dict[str, Any]] = [
        {"directions": "up"},
        {"directions": "to:nothing"},
        {"with": "nothing"},
        {"resolution": 4},
        {"span": 0},
    ]
    statuses = [api.get(f"{circle}/iterations/12/landscape", params=SMALL | query).status_code for query in asked]
    assert statuses == [422, 404, 404, 422, 422]


def test_a_range_test_over_seeds_is_that_of_the_engine(api: httpx.Client) -> None:
    schedule = {"type": "range_test", "start": 1e-3, "end": 10.0, "iterations": 40}
    config = CIRCLE | {"schedule": schedule}
    answer = api.get(f"{make_run(api, config)}/range-test", params={"seeds": 2}).json()
    found = range_test(Run(parse_config(config)), 2)
    assert (answer["found"], answer["says"], answer["median"]) == (list(found.found), found.says, found.median.tolist())


def test_a_range_test_in_events_tells_of_every_seed_and_comes_to_the_same(api: httpx.Client) -> None:
    schedule = {"type": "range_test", "start": 1e-3, "end": 10.0, "iterations": 40}
    at = f"{make_run(api, CIRCLE | {'schedule': schedule})}/range-test"
    told = events(api.get(at, params={"seeds": 2}, headers={"accept": "text/event-stream"}).text)
    refused = events(api.get(at, params={"seeds": 33}, headers={"accept": "text/event-stream"}).text)
    progress = [("progress", {"done": done, "of": 2}) for done in range(2)]
    assert told == [*progress, ("done", api.get(at, params={"seeds": 2}).json())]
    assert [(name, found["errors"][0]["path"]) for name, found in refused] == [("problem", "query.seeds")]


def test_without_the_schedule_of_a_range_test_the_answer_says_so(api: httpx.Client, circle: str) -> None:
    answer = api.get(f"{circle}/range-test")
    assert (answer.status_code, "no learning-rate range test" in answer.text) == (422, True)
