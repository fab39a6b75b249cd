"""The presets over the wire: a telling place, and a small picture."""

from __future__ import annotations

import httpx

from engine.presets.thumbnails import thumbnail


def test_a_preset_says_where_to_look_and_where_its_picture_is(api: httpx.Client) -> None:
    preset = next(p for p in api.get("/api/presets").json() if p["name"] == "vanishing")
    assert preset["look"].keys() == {"iteration", "step", "selection", "sentence"}
    assert preset["look"]["selection"] == {"value": "dense1.weight.grad", "index": [0, 0]}
    assert (preset["group"], preset["thumbnail"]) == ("What goes wrong", "/api/presets/vanishing/thumbnail")


def test_the_place_of_a_preset_is_one_that_its_run_has(api: httpx.Client) -> None:
    preset = next(p for p in api.get("/api/presets").json() if p["name"] == "moons")
    run, look = api.post("/api/runs", json=preset["config"]).json()["id"], preset["look"]
    step = api.get(f"/api/runs/{run}/iterations/{look['iteration']}/steps/{look['step']}").json()
    assert step["output"]["name"] == look["selection"]["value"]


def test_a_thumbnail_is_the_engines_and_stays_the_same(api: httpx.Client) -> None:
    answer = api.get("/api/presets/vanishing/thumbnail")
    again = api.get("/api/presets/vanishing/thumbnail", headers={"if-none-match": answer.headers["etag"]})
    drawn = thumbnail("vanishing")
    assert answer.json()["values"] == {"shape": [11], "data": list(drawn.values)}
    assert (answer.json()["names"], "immutable" in answer.headers["cache-control"]) == (list(drawn.names), True)
    assert (again.status_code, again.content) == (304, b"")


def test_a_preset_that_is_not_there_is_not_found_and_says_what_was_meant(api: httpx.Client) -> None:
    answer = api.get("/api/presets/circl/thumbnail")
    assert (answer.status_code, "circl" in answer.json()["detail"]) == (404, True)
