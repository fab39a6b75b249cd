"""JSON that goes out compressed: the same answer in fewer bytes, to those who take it so."""

from __future__ import annotations

import gzip
import json

import pytest
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from app.http.compressed import Compressed
from app.main import create_app
from tests.app.asgi import ask

TAKEN = "br, gzip"
LONG = {"words": ["forward", "backward"] * 500}


def serving(answer: Response) -> ASGIApp:
    return Compressed(answer)


def test_the_catalog_is_the_same_in_a_sixth_of_its_bytes() -> None:
    app = create_app()
    plain, small = ask(app, "/api/catalog"), ask(app, "/api/catalog", accept_encoding=TAKEN)
    again = ask(app, "/api/catalog", accept_encoding=TAKEN, if_none_match=small.headers["etag"])
    assert json.loads(gzip.decompress(small.body)) == json.loads(plain.body)
    assert len(small.body) < len(plain.body) / 6
    assert (again.status, again.body) == (304, b"")


def test_the_head_says_what_was_done_to_the_body() -> None:
    heard = ask(serving(JSONResponse(LONG, headers={"etag": '"a"', "vary": "Accept"})), accept_encoding=TAKEN)
    said = {name: heard.headers[name] for name in ("content-encoding", "content-length", "etag", "vary")}
    assert said == {
        "content-encoding": "gzip",
        "content-length": str(len(heard.body)),
        "etag": 'W/"a"',
        "vary": "Accept, Accept-Encoding",
    }


def test_a_shared_cache_keeps_the_answer_apart_from_the_one_for_those_who_take_it_compressed() -> None:
    assert ask(serving(JSONResponse(LONG)), accept_encoding="identity").headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    ("answer", "taken"),
    [
        (JSONResponse(LONG), "identity"),
        (JSONResponse(LONG), "gzip;q=0"),
        (JSONResponse({"few": "words"}), TAKEN),
        (Response(b"." * 5000, media_type="application/vnd.safetensors"), TAKEN),
        (JSONResponse(LONG, headers={"content-encoding": "br"}), TAKEN),
    ],
)
def test_what_is_short_or_no_json_or_not_taken_so_stays_as_it_is(answer: Response, taken: str) -> None:
    assert ask(serving(answer), accept_encoding=taken).body == answer.body
