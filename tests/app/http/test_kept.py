"""Answers kept as bytes: what is asked again reaches no route, and what may change is never kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.http.kept import Kept
from app.main import create_app
from app.settings import Settings
from tests.app.asgi import ask, completed

RUN = "/api/runs/0123456789abcdef0123"
ROOM = 100_000
Answering = Callable[[Request], Awaitable[Response]]


class Counted:
    """A small server whose every answer is counted."""

    def __init__(self, answer: Answering) -> None:
        self.answer = answer
        self.asked = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        await (await self.answer(Request(scope, receive)))(scope, receive, send)


async def tagged(request: Request) -> Response:
    """Always the same for an address and a form."""
    body = f"{request.url.path}?{request.url.query} {request.headers.get('accept')}".encode()
    return Response(body + b"." * 1000, headers={"etag": f'"{hash(body)}"'})


def server(answer: Answering = tagged) -> tuple[Counted, Kept]:
    inner = Counted(answer)
    return inner, Kept(inner, ROOM)


def test_what_is_asked_again_is_answered_from_its_bytes() -> None:
    inner, app = server()
    first, second = (ask(app, f"{RUN}/program?iteration=3", accept="application/json") for _ in range(2))
    assert (inner.asked, first) == (1, second)


@pytest.mark.parametrize(
    ("target", "accept"), [(f"{RUN}/program?iteration=4", "a/b"), (f"{RUN}/program", "a/b"), (f"{RUN}/a%2Fb", "c/d")]
)
def test_another_address_or_form_is_another_answer(target: str, accept: str) -> None:
    inner, app = server()
    ask(app, f"{RUN}/program?iteration=3", accept="a/b")
    ask(app, f"{RUN}/a/b", accept="c/d")
    ask(app, target, accept=accept)
    assert inner.asked == 3


def test_who_shows_the_tag_has_it_though_its_bytes_are_gone() -> None:
    inner, app = server()
    tag = ask(app, f"{RUN}/program").headers["etag"]
    for t in range(200):
        ask(app, f"{RUN}/iterations/{t}")
    before = inner.asked
    again = ask(app, f"{RUN}/program", if_none_match=tag)
    other = ask(app, f"{RUN}/program", if_none_match='"other"')
    assert (again.status, again.body, other.status, inner.asked - before) == (304, b"", 200, 1)


def test_what_is_kept_stays_within_its_room() -> None:
    _, app = server()
    sizes = []
    for t in range(300):
        ask(app, f"{RUN}/iterations/{t}")
        sizes.append(app._bytes)
    assert (max(sizes) <= ROOM, len(app._answers) > 50) == (True, True)


def test_an_answer_that_would_fill_the_room_is_not_kept() -> None:
    async def long(_: Request) -> Response:
        return Response(b"." * ROOM, headers={"etag": '"a"'})

    inner, app = server(long)
    bodies = {ask(app, RUN).body for _ in range(2)}
    assert (inner.asked, bodies, app._bytes) == (2, {b"." * ROOM}, 0)


@pytest.mark.parametrize(("method", "status", "tag"), [("POST", 200, '"a"'), ("GET", 404, '"a"'), ("GET", 200, "")])
def test_what_may_be_another_answer_next_time_is_not_kept(method: str, status: int, tag: str) -> None:
    async def answer(_: Request) -> Response:
        return Response(b"x", status, {"etag": tag} if tag else {})

    inner, app = server(answer)
    for _ in range(2):
        ask(app, RUN, method)
    assert inner.asked == 2


def test_of_many_who_ask_the_same_at_once_one_is_computed_for() -> None:
    async def slow(request: Request) -> Response:
        await asyncio.sleep(0.05)
        return await tagged(request)

    inner, app = server(slow)
    assert (completed(_together(app, RUN, "*/*", 5)), inner.asked) == ([200] * 5, 1)


def test_who_reads_slowly_holds_up_nobody_else() -> None:
    inner, app = server()

    async def never_read(_: object) -> None:
        await asyncio.Event().wait()

    async def test() -> int:
        slow = asyncio.create_task(app(_scope(RUN, "*/*"), _nothing, never_read))
        await asyncio.sleep(0.02)
        status = await asyncio.wait_for(_status(app, RUN, "*/*"), 5)
        slow.cancel()
        return status

    assert (completed(test()), inner.asked) == (200, 1)


def test_nobody_waits_for_a_stream_that_another_one_reads() -> None:
    async def slow(request: Request) -> Response:
        await asyncio.sleep(0.05)
        return Response(b"event: done", headers={"cache-control": "no-store"})

    inner, app = server(slow)
    statuses = completed(_together(app, f"{RUN}/history", "text/event-stream", 3))
    assert (statuses, inner.asked, app._coming) == ([200] * 3, 3, {})


def test_when_nothing_comes_of_the_first_the_others_go_on() -> None:
    async def failing(request: Request) -> Response:
        await asyncio.sleep(0.02)
        return Response(b"busy", 503) if inner.asked == 1 else await tagged(request)

    inner, app = server(failing)
    assert sorted(completed(_together(app, RUN, "*/*", 4))) == [200, 200, 200, 503]


async def _together(app: Kept, path: str, accept: str, count: int) -> list[int]:
    return list(await asyncio.gather(*(_status(app, path, accept) for _ in range(count))))


async def _status(app: Kept, path: str, accept: str) -> int:
    found: list[int] = []

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            found.append(int(str(message["status"])))

    await app(_scope(path, accept), _nothing, send)  # type: ignore[arg-type]
    return found[0]


def _scope(path: str, accept: str) -> dict[str, object]:
    headers = [(b"host", b"localhost"), (b"accept", accept.encode())]
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b""}
    return {**scope, "headers": headers, "server": ("localhost", 80)}


async def _nothing() -> dict[str, object]:
    await asyncio.Event().wait()
    return {}


def test_the_token_is_asked_for_whatever_is_kept() -> None:
    token = "a-token-for-the-tests"
    app = create_app(Settings(host="0.0.0.0", token=token))
    kept = [ask(app, "/api/presets", authorization=f"Bearer {token}").status for _ in range(2)]
    assert (kept, ask(app, "/api/presets").status) == ([200, 200], 401)
