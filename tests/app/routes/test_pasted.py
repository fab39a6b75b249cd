"""Pasted code over the wire."""

from __future__ import annotations

import httpx

from tests.engine.pasted.snippets import TEXTBOOK


def test_code_becomes_a_configuration_that_a_run_is_made_of(api: httpx.Client) -> None:
    answer = api.post("/api/convert", json={"source": TEXTBOOK, "dialect": "pytorch"}).json()
    assert api.post("/api/runs", json=answer["config"]).status_code in (200, 201)
    assert {note["level"] for note in answer["notes"]} == {"understood", "ignored"}
    assert {"path": "optimizer.learning_rate", "yours": 0.01, "theirs": 0.001} in answer["defaults"]


def test_what_is_refused_is_told_with_its_place_and_what_to_write(api: httpx.Client) -> None:
    source = "model = nn.Sequential(nn.Linear(2, 3), nn.Weird(3))"
    answer = api.post("/api/convert", json={"source": source, "dialect": "pytorch"}).json()
    note = next(note for note in answer["notes"] if note["level"] == "refused")
    assert (answer["config"], note["line"], note["column"]) == (None, 1, source.index("nn.Weird") + 1)
    assert "Linear" in note["instead"]


def test_what_is_no_code_is_a_problem_beside_its_field(api: httpx.Client) -> None:
    for body, path in (
        ({"source": "x = 1 +", "dialect": "pytorch"}, "source"),
        ({"source": 3, "dialect": "pytorch"}, "source"),
        ({"source": "x = 1", "dialect": "jax"}, "dialect"),
    ):
        answer = api.post("/api/convert", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, path)
