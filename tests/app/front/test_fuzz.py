"""Requests of every operation, drawn from the API's own description; `python -m tests.app.front.fuzz` draws more."""

from __future__ import annotations

from tests.app.front.fuzz import Fuzz


def test_no_request_that_the_description_allows_or_forbids_finds_a_mistake_of_ours() -> None:
    fuzz = Fuzz(drawn=2)
    fuzz.turn(1)
    assert (fuzz.found.mistakes, len(fuzz.found.asked)) == ([], len(fuzz.operations))
