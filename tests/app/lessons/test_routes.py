"""Lessons over the wire."""

from __future__ import annotations

import httpx

from app.convert.learn.lessons import FilledLesson
from app.routes.learn.lessons import EXAMPLE
from tests.app.answers import read


def test_a_listed_lesson_can_be_had(api: httpx.Client) -> None:
    first = api.get("/api/lessons").json()[-1]
    lesson = read(FilledLesson, api.get(f"/api/lessons/{first['name']}").content)
    assert (lesson.title, len(lesson.steps)) == (first["title"], first["steps"])


def test_a_lesson_that_is_sent_is_filled_in(api: httpx.Client) -> None:
    lesson = read(FilledLesson, api.post("/api/lessons", json={"text": EXAMPLE}).content)
    assert [(step.title, [claim.holds for claim in step.claims]) for step in lesson.steps] == [
        ("The loss before it", [True])
    ]


def test_a_file_that_is_no_lesson_is_a_problem(api: httpx.Client) -> None:
    answer = api.post("/api/lessons", json={"text": "hello"})
    assert (answer.status_code, answer.json()["detail"]) == (
        422,
        "own: a file begins with a line of +++, and every head ends with another",
    )


def test_an_unknown_lesson_is_not_found(api: httpx.Client) -> None:
    assert api.get("/api/lessons/nothing").status_code == 404


def test_a_lesson_past_a_limit_is_refused(api: httpx.Client) -> None:
    far = EXAMPLE.replace('step = "loss"\n', "iteration = 100000000\n")
    answer = api.post("/api/lessons", json={"text": far})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:backscope:problem:limit")
