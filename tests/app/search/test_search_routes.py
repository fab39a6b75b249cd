"""Searches over the wire, on the real server with its processes."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
import pytest

from app.convert.search.results import SearchBest, SearchCells, SearchCurves, SearchImportance
from app.convert.search.trials import Entries, SearchInfo, SearchList, SearchStatus
from tests.app.answers import read
from tests.app.conftest import CIRCLE, DIVERGING, EXPRESSION

SEARCH: dict[str, Any] = {
    "base": CIRCLE,
    "axes": [
        {"path": "optimizer.learning_rate", "values": [0.03, 0.3]},
        {"path": "layers[0].activation", "values": ["tanh", "relu"]},
    ],
    "seeds": 2,
    "iterations": 30,
}


def begun(api: httpx.Client, **changes: Any) -> str:
    """Path of a search that is under way."""
    answer = api.post("/api/searches", json=SEARCH | changes)
    assert answer.is_success, answer.text
    return f"/api/searches/{read(SearchInfo, answer.content).id}"


def ended(api: httpx.Client, path: str) -> Any:
    """Its status, once it is at rest."""
    deadline = time.monotonic() + 60
    while (found := read(SearchStatus, api.get(path).content)).state in ("waiting", "running"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


@pytest.fixture(scope="module")
def search(api: httpx.Client) -> str:
    """Path of a search that is done."""
    path = begun(api)
    ended(api, path)
    return path


def test_a_search_is_done_with_a_result_for_every_trial(api: httpx.Client, search: str) -> None:
    status = ended(api, search)
    entries = read(Entries, api.get(f"{search}/trials").content).entries
    assert (status.state, status.done, status.failed, status.trials) == ("done", 8, 0, 8)
    assert [entry.index for entry in entries] == list(range(8))
    assert status.best.objective == min(entry.objective for entry in entries)


def test_trials_that_are_asked_for_exactly_are_their_runs_to_the_bit(api: httpx.Client, search: str) -> None:
    entries = read(Entries, api.get(f"{search}/trials", params={"exact": True, "limit": 3}).content).entries
    found = []
    for entry in entries:
        run = api.post("/api/runs", json=entry.config).json()["id"]
        scores = api.get(f"/api/runs/{run}/iterations/{entry.iterations}/evaluation").json()
        found.append((entry.exact, entry.objective == scores["test"]["loss"]))
    assert found == [(True, True)] * 3


def test_every_trial_opens_as_a_run_with_the_same_numbers(api: httpx.Client, search: str) -> None:
    for entry in api.get(f"{search}/trials").json()["entries"][::3]:
        run = api.post("/api/runs", json=entry["config"]).json()["id"]
        found = api.get(f"/api/runs/{run}/iterations/30/evaluation").json()
        assert (run, entry["objective"]) == (entry["run"], found["test"]["loss"])


def test_pages_of_trials_are_the_trials(api: httpx.Client, search: str) -> None:
    whole = api.get(f"{search}/trials", params={"config": False}).json()
    pages, after = [], 0
    while after is not None:
        page = api.get(f"{search}/trials", params={"config": False, "limit": 3, "after": after}).json()
        pages += page["entries"]
        after = page["next"]
    assert pages == whole["entries"]
    assert all("config" not in entry for entry in pages)


def test_the_same_search_is_known_and_not_run_again(api: httpx.Client, search: str) -> None:
    again = api.post("/api/searches", json=SEARCH | {"seeds": [0, 1], "seed": 0})
    listed = read(SearchList, api.get("/api/searches").content)
    at = again.url.join(again.headers["location"]).path
    assert (again.status_code, at, again.json()["state"]) == (200, search, "done")
    assert again.json()["id"] in [entry.id for entry in listed.entries]
    assert api.get(f"{search}/config").json()["search"] == again.json()["search"]


def test_importance_and_curves_are_of_all_trials(api: httpx.Client, search: str) -> None:
    importance = read(SearchImportance, api.get(f"{search}/importance").content)
    curves = read(SearchCurves, api.get(f"{search}/curves", params={"group": "layers[0].activation"}).content)
    assert (importance.method, sum(share.thousandths for share in importance.shares)) == ("squares", 1000)
    assert {band.value: len(band.trials) for band in curves.bands} == {"tanh": 4, "relu": 4}


def test_the_best_setting_is_held_against_the_others(api: httpx.Client, search: str) -> None:
    best = read(SearchBest, api.get(f"{search}/best").content)
    assert (best.seeds, best.of, best.open, len(best.rivals)) == (2, 3, 3, 3)
    assert best.says == "Not sure: better with all 2 seeds is luck 1 time in 2. Train more seeds of the best few."


def test_cells_tell_of_every_pair_of_values(api: httpx.Client, search: str) -> None:
    asked = {"x": SEARCH["axes"][0]["path"], "y": SEARCH["axes"][1]["path"]}
    found = read(SearchCells, api.get(f"{search}/cells", params=asked).content)
    assert [(cell.x, cell.y, cell.trials) for cell in found.cells] == [
        (x, y, 2) for y in ("tanh", "relu") for x in (0.03, 0.3)
    ]


def test_events_tell_every_trial_once_and_end(api: httpx.Client) -> None:
    path = begun(api, iterations=31)
    names, told = [], []
    with api.stream("GET", path, headers={"accept": "text/event-stream"}) as answer:
        for line in answer.iter_lines():
            if line.startswith("event: "):
                names.append(line.removeprefix("event: "))
            elif line.startswith("data: ") and names[-1] == "trials":
                told += [entry["index"] for entry in json.loads(line.removeprefix("data: "))["entries"]]
    assert (sorted(told), names[-2:], set(names)) == (
        list(range(8)),
        ["progress", "done"],
        {"trials", "progress", "done"},
    )


def test_a_cancelled_search_keeps_what_is_done_and_goes_on_when_asked_again(api: httpx.Client) -> None:
    path = begun(api, seeds=200, iterations=2000)
    cancelled = read(SearchStatus, api.post(f"{path}/cancel").content)
    rest = ended(api, path)
    assert (cancelled.state, rest.state) == ("cancelled", "cancelled")
    assert rest.done < rest.trials
    again = begun(api, seeds=200, iterations=2000)
    assert (again, api.get(path).json()["state"] in ("waiting", "running")) == (path, True)
    api.post(f"{path}/cancel")


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"base": EXPRESSION, "axes": []}, "base"),
        ({"base": DIVERGING}, "objective"),
        ({"axes": [{"path": "layers[0].units", "values": [3, -1]}]}, "axes[0].values[1]"),
        ({"seeds": 1000, "axes": [{"path": "data.noise", "values": [0.1 * i for i in range(9)]}]}, "axes"),
        ({"iterations": 10**6}, "iterations"),
    ],
)
def test_a_search_that_cannot_be_is_refused_at_its_place(
    api: httpx.Client, changes: dict[str, Any], place: str
) -> None:
    answer = api.post("/api/searches", json=SEARCH | changes)
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, place)


def test_what_is_not_known_yet_is_said(api: httpx.Client, search: str) -> None:
    missing = api.get("/api/searches/0123456789abcdef0123")
    luck = begun(api, axes=[], seeds=3)
    ended(api, luck)
    refused = api.get(f"{luck}/importance")
    assert (missing.status_code, missing.json()["type"].endswith("unknown-search")) == (404, True)
    assert (refused.status_code, api.get(f"{search}/curves", params={"group": "loss"}).status_code) == (422, 422)
