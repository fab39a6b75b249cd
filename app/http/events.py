"""Answers that come piece by piece, as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from fastapi.sse import EventSourceResponse, format_sse_event

from app.wire.json_numbers import dumps

EVENTS = "text/event-stream"
_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no", "vary": "Accept"}


def streamed(events: AsyncIterator[bytes]) -> EventSourceResponse:
    """The answer made of events, which nobody on the way keeps or holds back."""
    return EventSourceResponse(events, headers=_HEADERS)


def event(name: str, document: Any) -> bytes:
    """One event with a JSON document."""
    return format_sse_event(event=name, data_str=dumps(document).decode())


def documented(example: str) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of a route that can answer in events."""
    return {200: {"content": {EVENTS: {"schema": {"type": "string"}, "example": example}}}}
