"""Answers that come piece by piece: they end well while the server is busy now and then, and say what was refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest

from app.http.events import event, streamed
from app.http.problems import Problem
from app.routes import dependencies
from app.runs.workers import Jobs, busy
from tests.app.answers import events
from tests.app.asgi import completed
from tests.app.conftest import CIRCLE, make_run

RISING = {"type": "range_test", "start": 1e-3, "end": 10.0, "iterations": 40}
STREAMS = {
    "history?from=0&to=40": 2,
    "find?condition=loss < 0.2&from=0&to=40": 2,
    "iterations/30/reached": 1,
    "range-test?seeds=1": 1,
    "export/html?from=0&to=3": 1,
}
"""Each with the piece of work that is its first after it has begun to answer."""


@pytest.mark.parametrize(("path", "first"), STREAMS.items())
def test_what_streams_goes_on_after_the_server_was_busy(
    api: httpx.Client, path: str, first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, run, of_run = [], Jobs.run, make_run(api, CIRCLE | {"schedule": RISING})

    async def sometimes_busy(self: Jobs, request: Any, work: Any) -> Any:
        asked.append(work)
        if first <= len(asked) <= first + 1:
            raise busy()
        return await run(self, request, work)

    monkeypatch.setattr(Jobs, "run", sometimes_busy)
    monkeypatch.setattr(dependencies, "sleep", lambda _: asyncio.sleep(0))
    told = events(api.get(f"{of_run}/{path}", headers={"accept": "text/event-stream"}).text)
    assert (told[-1][0], len(asked) > first + 1) == ("file" if path.startswith("export") else "done", True)


def test_a_problem_is_the_last_event_and_ends_what_made_the_others() -> None:
    ended = []

    async def two() -> AsyncGenerator[bytes]:
        try:
            yield event("progress", {"done": 1})
            raise Problem(422, "range", "no such range")
        finally:
            ended.append(True)

    async def told() -> bytes:
        return b"".join([part async for part in streamed(two()).body_iterator])  # type: ignore[misc]

    found = events(completed(told()).decode())
    assert [name for name, _ in found] == ["progress", "problem"]
    assert (found[-1][1]["detail"], ended) == ("no such range", [True])
