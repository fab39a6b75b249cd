"""A request made by hand: any headers at all, also those that no client library would send."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import unquote

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back."""

    status: int
    headers: Headers
    body: bytes


def ask(
    app: ASGIApp, target: str = "/api/health", method: str = "GET", body: str | None = "", **headers: str | list[str]
) -> Heard:
    """Send one request; `host` is localhost unless given, underscores in names of headers stand for hyphens.

    A body of None never comes: the client leaves before it has sent it.
    """
    path, _, query = target.partition("?")
    pairs = [
        (name.replace("_", "-").encode(), value.encode("latin-1"))
        for name, values in ({"host": "localhost"} | headers).items()
        for value in ([values] if isinstance(values, str) else values)
    ]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": pairs,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8765),
        "state": {},
    }
    return completed(_converse(app, scope, body))


def completed(work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine comes to, on a thread of its own: a browser that a test has used holds this one's loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def _converse(app: ASGIApp, scope: dict[str, Any], body: str | None) -> Heard:
    heard: list[Message] = []
    waiting: list[Message] = [{"type": "http.disconnect"}]
    if body is not None:
        waiting = [{"type": "http.request", "body": body.encode(), "more_body": False}]

    async def receive() -> Message:
        if waiting:
            return waiting.pop()
        await asyncio.Event().wait()  # the client stays
        raise AssertionError

    async def send(message: Message) -> None:
        heard.append(message)

    await app(scope, receive, send)
    content = b"".join(message.get("body", b"") for message in heard[1:])
    return Heard(heard[0]["status"], Headers(raw=heard[0]["headers"]), content)
