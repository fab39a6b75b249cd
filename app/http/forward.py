"""Between processes of one server: what only one of them holds, its searches first of all, the others ask it for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import httpx
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.http.addresses import client_of
from app.http.problems import Problem, gone
from app.http.request_body import read_body
from app.watching.logs import request_id

HOP = {b"connection", b"keep-alive", b"transfer-encoding"}
LEFT_OUT = HOP | {b"content-length", b"x-request-id", b"x-forwarded-for"}


class Forward:
    """Middleware inside the guard: who may not come in is not passed on either, and its home asks again."""

    def __init__(self, app: ASGIApp, home: str, paths: Sequence[str], body_bytes: int) -> None:
        self.app = app
        self.home = home
        self.paths = tuple(paths)
        self.body_bytes = body_bytes
        self._client: httpx.AsyncClient | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(self.paths):
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            body = await read_body(request, self.body_bytes)
        except Problem as problem:
            await problem.response()(scope, receive, send)
            return
        passing = asyncio.create_task(self._pass(request, body, send))
        leaving = asyncio.create_task(_left(request))
        await asyncio.wait({passing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        for task in (passing, leaving):
            task.cancel()
        await asyncio.gather(passing, leaving, return_exceptions=True)

    async def _pass(self, request: Request, body: bytes, send: Send) -> None:
        scope = request.scope
        query = scope["query_string"].decode("latin-1")
        url = self.home + scope["raw_path"].decode("latin-1").partition("?")[0] + (f"?{query}" if query else "")
        client = self._client = self._client or httpx.AsyncClient(timeout=httpx.Timeout(20, read=None))
        headers = [(name, value) for name, value in scope["headers"] if name not in LEFT_OUT]
        headers.append((b"x-request-id", request_id.get().encode()))
        headers.append((b"x-forwarded-for", client_of(request).encode("latin-1")))  # whose share it is there too
        try:
            async with client.stream(request.method, url, headers=headers, content=body) as answer:
                heard = ((name.lower(), value) for name, value in answer.headers.raw)
                kept = [(name, value) for name, value in heard if name not in HOP | {b"x-request-id"}]
                await send({"type": "http.response.start", "status": answer.status_code, "headers": kept})
                async for chunk in answer.aiter_raw():
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
        except httpx.ConnectError:  # it is being started again
            busy = Problem(503, "busy", "A part of this server is starting. Ask again.", headers={"retry-after": "1"})
            await busy.response()(scope, request.receive, send)


async def _left(request: Request) -> None:
    """Ends when the client has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    raise gone()
