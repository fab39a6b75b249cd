"""Moments over the wire: find, series and compare."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from app.convert.moments import Compared, Found, Past
from tests.app.answers import read
from tests.app.conftest import CIRCLE, make_run

CONDITION = "norm(dense1.weight.grad) > 0.05"


def onsets(api: httpx.Client, run: str, to: int) -> list[int]:
    """Where the condition begins to hold, by the figures of every iteration."""
    norms = [api.get(f"{run}/iterations/{t}").json()["gradient_norms"]["dense1.weight"] for t in range(to)]
    return [t for t, norm in enumerate(norms) if norm > 0.05 and not (t and norms[t - 1] > 0.05)]


def test_find_gives_the_onsets_forward_and_back(api: httpx.Client, circle: str) -> None:
    forward = read(Found, api.get(f"{circle}/find", params={"condition": CONDITION, "to": 40}).content)
    back = read(
        Found, api.get(f"{circle}/find", params={"condition": CONDITION, "to": 40, "direction": "back"}).content
    )
    expected = onsets(api, circle, 40)
    assert ([hit.iteration for hit in forward.hits], [hit.iteration for hit in back.hits]) == (expected, expected[::-1])
    assert (forward.condition, forward.more) == (CONDITION, False)


def test_a_hit_says_where_and_with_which_numbers(api: httpx.Client, circle: str) -> None:
    hit = api.get(f"{circle}/find", params={"condition": CONDITION, "to": 40, "limit": 1}).json()["hits"][0]
    info = api.get(f"{circle}/iterations/{hit['iteration']}").json()
    step = api.get(f"{circle}/iterations/{hit['iteration']}/steps/{hit['step']}").json()
    assert hit["parts"] == [
        {
            "measure": "norm(dense1.weight.grad)",
            "actual": info["gradient_norms"]["dense1.weight"],
            "threshold": 0.05,
        }
    ]
    assert step["output"]["name"] == "dense1.weight.grad"


def test_a_search_goes_on_where_a_limit_ended_it(api: httpx.Client, circle: str) -> None:
    hits, start = [], 0
    while True:
        query: dict[str, Any] = {"condition": CONDITION, "from": start, "to": 60, "limit": 1}
        found = api.get(f"{circle}/find", params=query).json()
        hits += [hit["iteration"] for hit in found["hits"]]
        if not found["more"]:
            break
        start = found["searched"]["to"]
    assert hits == onsets(api, circle, 60)


@pytest.mark.parametrize("direction", ["forward", "back"])
@pytest.mark.parametrize("limit", [None, 3])
def test_events_are_the_same_search_part_by_part(
    api: httpx.Client, circle: str, direction: str, limit: int | None
) -> None:
    query: dict[str, Any] = {"condition": "loss crosses 0.5", "to": 1400, "direction": direction} | (
        {"limit": limit} if limit else {}
    )
    whole = api.get(f"{circle}/find", params=query).json()
    names, hits = [], []
    with api.stream("GET", f"{circle}/find", params=query, headers={"accept": "text/event-stream"}) as answer:
        for line in answer.iter_lines():
            if line.startswith("event: "):
                names.append(line.removeprefix("event: "))
            elif line.startswith("data: "):
                document = json.loads(line.removeprefix("data: "))
                hits += document.get("hits", [])
    assert (hits, names[-1], set(names[:-1])) == (whole["hits"], "done", {"found"})
    assert (document["searched"], document["more"]) == (whole["searched"], whole["more"])


@pytest.mark.parametrize("resource", ["find?condition=loss&to=9", "find?condition=loss%20<%201%20for&to=9"])
@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_text_that_is_no_condition_is_a_problem_with_its_field(
    api: httpx.Client, circle: str, resource: str, accept: str
) -> None:
    answer = api.get(f"{circle}/{resource}", headers={"accept": accept})
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "query.condition")
    assert "column" in answer.json()["detail"]


def test_a_series_is_every_iterations_number(api: httpx.Client, circle: str) -> None:
    found = read(
        Past,
        api.get(
            f"{circle}/series", params={"expression": "dense1.weight[0,1]", "from": 3, "to": 30, "every": 4}
        ).content,
    )
    traces = [api.get(f"{circle}/iterations/{t}/trace?values=dense1.weight").json() for t in range(3, 30, 4)]
    cells = [trace["values"]["dense1.weight"]["data"][1] for trace in traces]
    assert (found.iterations, found.values) == (list(range(3, 30, 4)), cells)


def test_a_series_of_something_else_is_refused(api: httpx.Client, circle: str) -> None:
    answer = api.get(f"{circle}/series", params={"expression": "dense1.weight", "to": 30})
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "query.expression")


def test_two_runs_are_compared_in_settings_and_bits(api: httpx.Client, circle: str) -> None:
    other = make_run(api, CIRCLE | {"optimizer": {"type": "sgd", "learning_rate": 0.5}})
    found = read(Compared, api.get(f"{circle}/compare", params={"with": other.rsplit("/", 1)[1], "to": 20}).content)
    assert [(s.path, s.there) for s in found.config] == [("optimizer.learning_rate", 0.5)]
    assert found.first_difference is not None
    assert (found.first_difference.iteration, found.first_difference.value) == (0, "optimizer.learning_rate")


def test_a_run_equals_itself(api: httpx.Client, circle: str) -> None:
    found = api.get(f"{circle}/compare", params={"with": circle.rsplit("/", 1)[1], "to": 20}).json()
    assert (found["config"], found["first_difference"]) == ([], None)


def test_an_unknown_other_run_is_not_found(api: httpx.Client, circle: str) -> None:
    answer = api.get(f"{circle}/compare", params={"with": "0" * 20, "to": 20})
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (404, "query.with")


def test_answers_never_change_and_say_so(api: httpx.Client, circle: str) -> None:
    for resource in ("find?condition=loss<1&to=9", "series?expression=loss&to=9"):
        answer = api.get(f"{circle}/{resource}")
        again = api.get(f"{circle}/{resource}", headers={"if-none-match": answer.headers["etag"]})
        assert ("immutable" in answer.headers["cache-control"], again.status_code) == (True, 304)


def test_a_value_of_two_runs_is_subtracted_at_any_iteration(api: httpx.Client, circle: str) -> None:
    other = make_run(api, {**CIRCLE, "seed": 3})
    query = {"with": other.rsplit("/", 1)[1], "value": "dense1.weight"}
    found = api.get(f"{circle}/iterations/7/difference", params=query).json()
    here, there = (
        api.get(f"{run}/iterations/7/trace", params={"values": "dense1.weight"}).json()["values"]["dense1.weight"]
        for run in (circle, other)
    )
    assert (found["here"], found["there"]) == (here, there)
    assert found["difference"]["data"] == [b - a for a, b in zip(here["data"], there["data"], strict=True)]
    apart = api.get(f"{circle}/iterations/7/differences", params={"with": query["with"]}).json()["values"]
    assert {"value": "dense1.weight", "shape": here["shape"], "largest": found["largest"]} in apart
    assert max(map(abs, found["difference"]["data"])) == found["largest"]


def test_a_value_that_only_one_of_them_has_is_refused_with_its_name(api: httpx.Client, circle: str) -> None:
    query = {"with": circle.rsplit("/", 1)[1], "value": "dense9.weight"}
    answer = api.get(f"{circle}/iterations/0/difference", params=query)
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "query.value")
