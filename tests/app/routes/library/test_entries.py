"""Saved runs over the wire: saved, found, deleted and put back, taken out as a file and in again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.convert.library.entries import Exported, SavedPage, SavedRun
from app.main import create_app
from app.settings import Settings
from tests.app.answers import read
from tests.app.conftest import CIRCLE, DIVERGING, EXPRESSION, make_run
from tests.serving import serving

WORDS: dict[str, Any] = {
    "name": "circle, slowly",
    "note": "Nearly there at 30.",
    "tags": ["deep", "what helps"],
    "colour": "",
    "iteration": 30,
    "bookmarks": [{"iteration": 7, "step": 2, "note": "look"}],
}


@pytest.fixture
def api() -> Iterator[httpx.Client]:
    """A server with an empty library."""
    with serving(create_app()) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


def run_id(api: httpx.Client, **changes: Any) -> str:
    return make_run(api, {**CIRCLE, **changes}).rsplit("/", 1)[1]


def save(api: httpx.Client, run: str, **words: Any) -> Any:
    answer = api.put(f"/api/library/{run}", json={**WORDS, **words})
    assert answer.is_success, answer.text
    return answer.json()


def names(api: httpx.Client, **query: Any) -> list[str]:
    return [entry["name"] for entry in api.get("/api/library", params=query).json()["entries"]]


def test_a_saved_run_says_what_was_written_and_what_is_seen_there(api: httpx.Client) -> None:
    run = run_id(api)
    save(api, run)
    entry = read(SavedPage, api.get("/api/library").content).entries[0]
    scores = api.get(f"/api/runs/{run}/iterations/30/evaluation").json()
    start = api.get(f"/api/runs/{run}/iterations/0/evaluation").json()
    assert {
        name: value for name, value in api.get("/api/library").json()["entries"][0].items() if name in WORDS
    } == WORDS
    assert entry.seen is not None
    assert (entry.id, entry.seen.train, entry.seen.test) == (run, scores["train"]["loss"], scores["test"]["loss"])
    picture = entry.seen.thumbnail_train
    assert [(picture[i].iteration, picture[i].value) for i in (0, -1)] == [
        (0, start["train"]["loss"]),
        (30, scores["train"]["loss"]),
    ]
    assert entry.config == api.get(f"/api/runs/{run}").json()["config"]


@pytest.mark.parametrize(("config", "iteration"), [(EXPRESSION, 5), (DIVERGING, 4), (CIRCLE, 0), (CIRCLE, 77)])
def test_every_kind_of_run_can_be_saved_anywhere(api: httpx.Client, config: dict[str, Any], iteration: int) -> None:
    run = make_run(api, config).rsplit("/", 1)[1]
    saved = api.put(f"/api/library/{run}", json={"iteration": iteration})
    entry = read(SavedRun, saved.content)
    assert saved.status_code == 200
    assert entry.seen is not None
    lost = api.get(f"/api/runs/{run}/iterations/{iteration}").json()["first_nonfinite"]
    assert entry.seen.lost == (lost and lost["iteration"])


def test_what_is_deleted_is_answered_so_that_it_can_be_put_back(api: httpx.Client) -> None:
    run = run_id(api)
    before = save(api, run)
    deleted = api.delete(f"/api/library/{run}").json()
    assert (deleted, names(api)) == (before, [])
    again = save(api, run, **{name: deleted[name] for name in WORDS})
    assert again | {"saved": 0} == before | {"saved": 0}
    assert api.delete("/api/library/" + "0" * 20).status_code == 404


def test_words_are_found_in_names_notes_tags_and_settings(api: httpx.Client) -> None:
    save(api, run_id(api), name="one", note="the first lecture", tags=["deep"])
    save(api, run_id(api, loss="huber"), name="two", note="", tags=["deep", "own"])
    found = [names(api, search=words) for words in ("ONE", "lecture first", "own", "huber", "deep", "nothing")]
    assert found == [["one"], ["one"], ["two"], ["two"], ["one", "two"], []]
    assert (names(api, tag="own"), names(api, tag="deep")) == (["two"], ["one", "two"])
    assert api.get("/api/library").json()["tags"] == [{"tag": "deep", "count": 2}, {"tag": "own", "count": 1}]


def test_they_are_sorted_and_come_page_by_page(api: httpx.Client) -> None:
    for seed, name, t in [(0, "b", 30), (1, "C", 10), (2, "a", 20)]:
        save(api, run_id(api, seed=seed), name=name, iteration=t)
    orders = [names(api, sort=sort) for sort in ("name", "saved", "iterations")]
    assert orders == [["a", "b", "C"], ["a", "C", "b"], ["b", "a", "C"]]
    losses = [entry["seen"]["train"] for entry in api.get("/api/library?sort=loss").json()["entries"]]
    assert losses == sorted(losses)
    first = api.get("/api/library?limit=2").json()
    assert names(api, limit=2, after=first["next"]) == ["C"]


def test_a_file_brings_everything_to_another_server(api: httpx.Client, tmp_path: Path) -> None:
    run, other = run_id(api), run_id(api, seed=5)
    save(api, run)
    save(api, other, name="other")
    file = api.get("/api/library/export").json()
    read(Exported, api.get("/api/library/export").content)
    chosen = api.get("/api/library/export", params={"ids": run}).json()["entries"]
    assert [entry["name"] for entry in chosen] == ["circle, slowly"]
    with (
        serving(create_app(Settings(data_dir=tmp_path))) as address,
        httpx.Client(base_url=address, timeout=60) as there,
    ):
        assert sorted(there.post("/api/library/import", json=file).json()["ids"]) == sorted([run, other])
        assert there.get("/api/library/export").json() == file
        assert save(there, run)["seen"] == save(api, run)["seen"]


def test_the_library_outlives_its_server(tmp_path: Path) -> None:
    for saves in (True, False):
        with (
            serving(create_app(Settings(library_dir=tmp_path))) as address,
            httpx.Client(base_url=address, timeout=60) as api,
        ):
            if saves:
                save(api, run_id(api))
            assert names(api) == ["circle, slowly"]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"name": 3}, "name"),
        ({"note": "x" * 5001}, "note"),
        ({"tags": "deep"}, "tags"),
        ({"tags": [""]}, "tags"),
        ({"iteration": -1}, "iteration"),
        ({"iteration": 10**9}, "iteration"),
        ({"bookmarks": [{"iteration": 1.5}]}, "bookmarks[0].iteration"),
        ({"title": "x"}, "title"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_field(api: httpx.Client, given: dict[str, Any], path: str) -> None:
    answer = api.put(f"/api/library/{run_id(api)}", json=given)
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, path)


def file_of(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"format": "backscope library", "version": 1, "entries": list(entries)}


@pytest.mark.parametrize(
    ("file", "path"),
    [
        ({"format": "other", "version": 1, "entries": []}, "format"),
        ({"format": "backscope library", "version": 2, "entries": []}, "version"),
        ({"format": "backscope library", "version": 1, "entries": [{"name": "x"}]}, "entries[0]"),
        (file_of({"config": CIRCLE}, {"config": CIRCLE | {"loss": "no"}}), "entries[1].config.loss"),
        (file_of({"config": CIRCLE}, {"config": CIRCLE, "tags": 1}), "entries[1].tags"),
        (
            file_of({"config": CIRCLE | {"data": {"name": "circle", "samples": 10**9}}}),
            "entries[0].config.data.samples",
        ),
    ],
)
def test_a_file_that_is_no_library_is_refused_as_a_whole(api: httpx.Client, file: dict[str, Any], path: str) -> None:
    answer = api.post("/api/library/import", json=file)
    assert (answer.status_code, answer.json()["errors"][0]["path"], names(api)) == (422, path, [])


def test_a_file_that_an_editor_has_marked_as_utf8_is_taken_in(api: httpx.Client) -> None:
    file = b"\xef\xbb\xbf" + json.dumps(file_of({"config": CIRCLE, "name": "x"})).encode()
    answer = api.post("/api/library/import", content=file, headers={"content-type": "application/json"})
    assert (answer.status_code, names(api)) == (200, ["x"])


def test_a_run_that_is_not_known_cannot_be_saved(api: httpx.Client) -> None:
    assert api.put("/api/library/" + "0" * 20, json=WORDS).status_code == 404
