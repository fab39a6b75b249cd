"""JSON goes out compressed to whoever takes it so: the catalog is then an eighth of what it was."""

from __future__ import annotations

import asyncio
import gzip

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.responses import quality
from app.wire.json_numbers import JSON

WORTH_IT = 1400  # bytes: less than this saves no packet
LONG = 65_536  # bytes: more than this would hold up the event loop
LEVEL = 4  # text by a factor of eight, as at the highest, in a third of the time


def takes_gzip(headers: Headers) -> bool:
    """Whether the client of these headers can read it."""
    return quality(headers.get("accept-encoding", "") or "identity", "gzip") > 0


class Compressed:
    """Middleware around the routes. Numbers in bulk (safetensors) stay as they are: they hardly become smaller."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            send = _Compressing(send) if takes_gzip(Headers(scope=scope)) else _Plain(send)
        await self.app(scope, receive, send)


class _Compressing:
    """`send`, which holds the head of a long JSON answer back until it has the body."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._head: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _worth_it(Headers(raw=message["headers"])):
            self._head = message
            return
        head, self._head = self._head, None
        if head and message.get("more_body", False):  # a stream, each part of which is wanted at once
            await self._send(head)
        elif head:
            message = {**message, "body": await _gzipped(message["body"])}
            await self._send(_with_head(head, len(message["body"])))
        await self._send(message)


class _Plain:
    """`send`, which says in the head of an answer that others have it compressed: a shared cache keeps both."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _worth_it(Headers(raw=message["headers"])):
            headers = MutableHeaders(raw=list(message["headers"]))
            headers.add_vary_header("Accept-Encoding")
            message = {**message, "headers": headers.raw}
        await self._send(message)


def _worth_it(headers: Headers) -> bool:
    kind = headers.get("content-type", "").partition(";")[0]
    return kind == JSON and "content-encoding" not in headers and int(headers.get("content-length", 0)) >= WORTH_IT


def _with_head(head: Message, length: int) -> Message:
    """The head of the same answer in other bytes: its tag is a weak one then."""
    headers = MutableHeaders(raw=list(head["headers"]))
    headers["content-encoding"] = "gzip"
    headers["content-length"] = str(length)
    headers.add_vary_header("Accept-Encoding")
    if (tag := headers.get("etag", "W/")) and not tag.startswith("W/"):
        headers["etag"] = f"W/{tag}"
    return {**head, "headers": headers.raw}


async def _gzipped(body: bytes) -> bytes:
    if len(body) < LONG:
        return gzip.compress(body, LEVEL, mtime=0)
    return await asyncio.to_thread(gzip.compress, body, LEVEL, mtime=0)
