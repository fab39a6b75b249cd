"""Around the guard: each request's id, its line in the log, and its place in the figures."""

from __future__ import annotations

import logging
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.watching import logs
from app.watching.metrics import Meter

NOWHERE = "(no route)"
ROUTE = "backscope.route"


class Watched:
    """The outermost middleware. It costs microseconds; the line is written only at the level that asks for it."""

    def __init__(self, app: ASGIApp, meter: Meter | None) -> None:
        self.app = app
        self.meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, sent = time.perf_counter(), _Sent(send, logs.identified(Headers(scope=scope).get("x-request-id", "")))
        token = logs.request_id.set(sent.request)
        try:
            await self.app(scope, receive, sent)
        finally:
            self._note(scope, sent, time.perf_counter() - began)
            logs.request_id.reset(token)

    def _note(self, scope: Scope, sent: _Sent, seconds: float) -> None:
        method = scope["method"]
        if self.meter:
            self.meter.observe(route_of(scope), method, sent.status, seconds, sent.count)
        if logs.access.isEnabledFor(logging.INFO):
            # without the query: a first address holds the token
            found = {"status": sent.status, "ms": round(1000 * seconds, 2), "bytes": sent.count}
            logs.access.info("%s %s", method, scope["path"], extra=found)


def route_of(scope: Scope) -> str:
    """The route as it is documented: one name for all runs, and one for all that is nowhere."""
    return getattr(scope.get("state", {}).get(ROUTE), "path", NOWHERE)


class _Sent:
    """`send`, which remembers what went through it."""

    def __init__(self, send: Send, request: str) -> None:
        self._send = send
        self.request = request
        self.status, self.count = 0, 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)["x-request-id"] = self.request
        else:
            self.count += len(message.get("body", b""))
        await self._send(message)
