"""Answers that never change are kept as they went out: asked again they cost neither a route nor a thread.

An answer is a function of its address and of the form that is asked for, and says so by its tag: whoever shows the tag
has it, whether or not its bytes are still here. Of several who ask for the same at once, one is computed for.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.compressed import takes_gzip
from app.http.events import EVENTS
from app.http.responses import matches

MOST_TAGS = 10_000  # of answers whose bytes are gone: a few megabytes
SHARE_OF_ONE = 32  # a single answer takes this share of the room at most
BOOKKEEPING = 600  # bytes that are kept with an answer, about

_Key = tuple[bytes, bytes, str, bool]
_Header = tuple[bytes, bytes]
_OF_NO_BODY = {b"content-length", b"content-type"}


@dataclass(frozen=True, slots=True)
class _Answer:
    headers: list[_Header]
    body: bytes

    @property
    def nbytes(self) -> int:
        return len(self.body) + BOOKKEEPING


class Kept:
    """Middleware inside the guard, on the event loop's thread alone."""

    def __init__(self, app: ASGIApp, most_bytes: int) -> None:
        self.app = app
        self._most = most_bytes
        self._bytes = 0
        self._answers: OrderedDict[_Key, _Answer] = OrderedDict()
        self._tags: OrderedDict[_Key, list[_Header]] = OrderedDict()
        self._coming: dict[_Key, asyncio.Event] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith("/api/"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        key = (scope["raw_path"], scope["query_string"], headers.get("accept", "*/*"), takes_gzip(headers))
        if key in self._coming:
            await self._coming[key].wait()  # if nothing came of it, each goes on by itself
        if not await self._answered(key, headers.get("if-none-match", ""), send):
            await self._asked(key, scope, receive, send)

    async def _answered(self, key: _Key, known: str, send: Send) -> bool:
        """Whether the answer was here, or is the client's already."""
        tagged = self._tags.get(key)
        if known and tagged and matches(known, Headers(raw=tagged)["etag"]):
            await _send(send, 304, tagged, b"")
            return True
        answer = self._answers.get(key)
        if answer:
            self._answers.move_to_end(key)
            await _send(send, 200, answer.headers, answer.body)
        return answer is not None

    async def _asked(self, key: _Key, scope: Scope, receive: Receive, send: Send) -> None:
        mine = asyncio.Event()

        def whole(answer: _Answer) -> None:
            self._keep(key, answer)
            mine.set()  # before it is sent: who reads slowly holds up nobody else

        heard = _Heard(send, self._most // SHARE_OF_ONE, whole)
        if scope["path"].startswith("/api/runs/") and EVENTS not in key[2]:  # what else changes, or has no end
            self._coming.setdefault(key, mine)
        try:
            await self.app(scope, receive, heard)
        finally:
            if self._coming.get(key) is mine:
                del self._coming[key]
            mine.set()

    def _keep(self, key: _Key, answer: _Answer) -> None:
        tagged = [(name, value) for name, value in answer.headers if name not in _OF_NO_BODY]
        self._tags[key] = tagged
        self._drop(key)
        self._answers[key] = answer
        self._bytes += answer.nbytes
        while self._bytes > self._most:
            self._drop(next(iter(self._answers)))
        while len(self._tags) > MOST_TAGS:
            self._tags.popitem(last=False)

    def _drop(self, key: _Key) -> None:
        gone = self._answers.pop(key, None)
        self._bytes -= gone.nbytes if gone else 0


class _Heard:
    """`send` that listens along: tells of a whole answer with a tag, unless it is too long to keep."""

    def __init__(self, send: Send, most: int, whole: Callable[[_Answer], None]) -> None:
        self._send = send
        self._most = most
        self._whole = whole
        self._fits = False
        self._start: Message | None = None
        self._headers: list[_Header] = []
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._headers = list(message["headers"])
            self._fits = message["status"] == 200 and any(name == b"etag" for name, _ in self._headers)
            if self._fits:  # it is sent with what comes next, so that a client that reads nothing delays only itself
                self._start = message
                return
        elif self._fits:
            self._body += message.get("body", b"")
            self._fits = len(self._body) <= self._most
            if self._fits and not message.get("more_body", False):
                self._whole(_Answer(self._headers, bytes(self._body)))
        if self._start:
            start, self._start = self._start, None
            await self._send(start)
        await self._send(message)


async def _send(send: Send, status: int, headers: list[_Header], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})
