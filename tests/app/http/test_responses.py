"""Which form an answer takes, and whether the client has it already."""

from __future__ import annotations

import pytest

from app.http.problems import Problem
from app.http.responses import Answer, choose, matches, respond
from app.wire.json_numbers import JSON, SAFETENSORS

BOTH = [JSON, SAFETENSORS]


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("*/*", JSON),
        ("", JSON),
        (JSON, JSON),
        (SAFETENSORS, SAFETENSORS),
        ("application/*", JSON),
        ("text/html,application/xhtml+xml,*/*;q=0.8", JSON),
        (f"{JSON};q=0.5, {SAFETENSORS}", SAFETENSORS),
        (f"{SAFETENSORS};q=0.1, */*;q=0.2", JSON),
        (f"{JSON};q=0, */*", SAFETENSORS),
        ("APPLICATION/VND.SAFETENSORS", SAFETENSORS),
        (f"{SAFETENSORS};q=much", None),
        ("text/html", None),
        ("application/jsonx", None),
    ],
)
def test_the_form_is_the_one_that_the_client_likes_most(accept: str, chosen: str | None) -> None:
    if chosen:
        assert choose(accept, BOTH) == chosen
    else:
        with pytest.raises(Problem, match="Accept"):
            choose(accept, BOTH)


def test_an_answer_without_tensors_is_json_or_nothing() -> None:
    with pytest.raises(Problem) as refusal:
        respond(Answer({}), SAFETENSORS, "")
    assert refusal.value.status == 406


@pytest.mark.parametrize(
    ("header", "found"),
    [("", False), ('"a"', True), ('W/"a"', True), ('"b", "a"', True), ("*", True), ('"b"', False), ("a", False)],
)
def test_a_known_tag_is_found_in_a_header(header: str, found: bool) -> None:
    assert matches(header, '"a"') == found


def test_equal_answers_have_equal_tags_and_others_do_not() -> None:
    tags = [respond(Answer({"a": a}), "*/*", "").headers["etag"] for a in (1, 1, 2)]
    assert (tags[0] == tags[1], tags[1] == tags[2]) == (True, False)


@pytest.mark.parametrize("known", ["", "*"])
def test_caches_may_keep_an_answer_for_ever_but_one_for_each_form(known: str) -> None:
    headers = respond(Answer({"a": 1}), "*/*", known).headers
    assert (headers["cache-control"], headers["vary"]) == ("private, max-age=31536000, immutable", "Accept")
