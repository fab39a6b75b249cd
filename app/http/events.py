"""Answers that come piece by piece, as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from fastapi.sse import EventSourceResponse, format_sse_event

from app.http.problems import Problem
from app.wire.json_numbers import dumps

EVENTS = "text/event-stream"
_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no", "vary": "Accept"}


def streamed(events: AsyncGenerator[bytes]) -> EventSourceResponse:
    """The answer made of events, which nobody on the way keeps or holds back.

    It has begun by the time that something is refused, so a problem is told as an event too, the last one.
    """
    return EventSourceResponse(_told(events), headers=_HEADERS)


async def _told(events: AsyncGenerator[bytes]) -> AsyncIterator[bytes]:
    async with aclosing(events):
        try:
            async for one in events:
                yield one
        except Problem as problem:
            yield event("problem", problem.document())


def event(name: str, document: Any) -> bytes:
    """One event with a JSON document."""
    return format_sse_event(event=name, data_str=dumps(document).decode())


def documented(example: str) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of a route that can answer in events."""
    return {200: {"content": {EVENTS: {"schema": {"type": "string"}, "example": example}}}}
