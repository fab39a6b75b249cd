"""What a problem says, and how much of what was sent."""

from __future__ import annotations

import httpx
import pytest

from app.http.problems import FieldError, Problem, shortened


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("short", "short"),
        ("a" * 20, "a" * 20),
        ("a" * 15 + "b" * 15, "aaaaaaa ... bbbbbbb"),
        ("\ud800", "?"),
    ],
)
def test_of_a_long_text_the_middle_is_left_out(text: str, shown: str) -> None:
    assert shortened(text, 20) == shown


def test_neither_detail_nor_path_of_a_problem_echoes_at_length_what_was_sent() -> None:
    problem = Problem(422, "config", "d" * 10_000, "p" * 10_000)
    detail, path = f"{'d' * 397} ... {'d' * 397}", f"{'p' * 97} ... {'p' * 97}"
    assert (problem.detail, problem.errors) == (detail, (FieldError(path, detail, "config"),))


@pytest.mark.parametrize(
    ("given", "said"), [("ten", '"ten"'), ("501", '"501"'), ("x" * 500, f'"{"x" * 26} ... {"x" * 26}"')]
)
def test_a_parameter_that_cannot_be_is_told_with_what_was_given(api: httpx.Client, given: str, said: str) -> None:
    (error,) = api.get("/api/library", params={"limit": given}).json()["errors"]
    assert (error["path"], error["message"].partition("; given: ")[2]) == ("query.limit", said)
