"""The course of a run, at once or while it is computed."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.convert.history import History, history_answer, history_spacing, slice_of
from app.http.events import EVENTS, documented, event, streamed
from app.http.responses import choose
from app.routes.dependencies import Reply, RunReply
from app.routes.openapi_parts import WHOLE, within
from app.wire.json_numbers import JSON
from app.wire.schema import schema

router = APIRouter(prefix="/api/runs/{run_id}", tags=["course"])

FIRST_SLICE = 64  # iterations
SECONDS_A_SLICE = 0.1
LIVE = documented('event: history\ndata: {"from": 0, "to": 64, "loss": [...]}\n\nevent: done\ndata: {}\n\n')


@router.get("/history", response_model=schema(History), responses=LIVE, summary="The course of a run")
async def get_history(
    reply: Reply,
    to: Annotated[
        int,
        Query(description="One past the last iteration.", examples=[500], **within(1, "iterations")),
    ],
    from_: Annotated[int, Query(alias="from", description="First iteration.", **within(0, "iterations"))] = 0,
    every: Annotated[
        int | None,
        Query(ge=1, **WHOLE, description="Spacing of evaluations; once an epoch without, more rarely if long."),
    ] = None,
) -> Response:
    """The batch loss of every iteration, and loss and accuracy over whole sets now and then.

    With `Accept: text/event-stream` the same in slices while it is computed: events `history`, then `done` (or
    `problem`). Closing the connection stops the work.
    """
    reply.check_span(from_, to)
    if choose(reply.request.headers.get("accept", "*/*"), [JSON, EVENTS]) == JSON:
        return await reply(lambda run, ticket: history_answer(run, from_, to, every, ticket))
    spacing = await reply.work(lambda run, _: every or history_spacing(run, from_, to))
    return streamed(_events(reply, from_, to, spacing))


async def _events(reply: RunReply, start: int, end: int, every: int) -> AsyncGenerator[bytes]:
    """Slices that grow until each takes a moment: the first numbers come at once, and few events follow."""
    first_nonfinite, stopped, size, at = None, None, FIRST_SLICE, start
    while at < end:
        began, stop = time.monotonic(), min(end, at + size)
        found = await _slice(reply, at, stop, every)
        first_nonfinite, stopped = first_nonfinite or found.first_nonfinite, found.early_stopping
        yield event("history", slice_of(found))
        size = size * 2 if time.monotonic() - began < SECONDS_A_SLICE else size
        at = stop
    yield event("done", {"from": start, "to": end, "first_nonfinite": first_nonfinite, "early_stopping": stopped})


async def _slice(reply: RunReply, start: int, end: int, every: int) -> History:
    answer = await reply.patiently(lambda run, ticket: history_answer(run, start, end, every, ticket))
    found: History = answer.document
    return found
