"""A stretch of a run as one file that plays without a server."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from app.convert.recording.bundle import About, about, bundle, packed
from app.convert.recording.page import page
from app.convert.recording.stretch import Answers, Moments, axes, beside, explained, has_maps, moments
from app.convert.runs import run_answer
from app.http.events import EVENTS, event, streamed
from app.http.responses import quality, tagged
from app.routes.dependencies import Reply, RunReply
from app.routes.openapi_parts import Responses, within
from app.runs.limits import check_recording
from app.runs.workers import Ticket

router = APIRouter(prefix="/api/runs/{run_id}", tags=["export"])

AT_ONCE = 20  # iterations computed before others have their turn
BYTES = 3_000_000  # what the file has for the studio, the numbers and as many explanations as fit
MOST_EXPLAINED = 40  # iterations
PATIENCE = 120  # turns that a part of the file waits for a busy server
HTML = "text/html"
FILE: Responses = {
    200: {"description": "A file with the studio and the recording in it.", "content": {HTML: {}, EVENTS: {}}}
}


@router.get("/export/html", response_class=Response, responses=FILE, summary="A stretch of a run that plays by itself")
async def export_recording(
    reply: Reply,
    to: Annotated[int, Query(description="One past the last iteration.", examples=[200], **within(1, "iterations"))],
    from_: Annotated[int, Query(alias="from", description="First iteration.", **within(0, "iterations"))] = 0,
    iteration: Annotated[
        int, Query(description="At which it opens, or the nearest one.", examples=[12], **within(0, "iterations"))
    ] = 0,
) -> Response:
    """One HTML file that needs no server and no network: it plays and steps in both directions, and explains every
    step; where every single cell came from it knows at as many iterations as fit into three megabytes. With
    `Accept: text/event-stream` an event `made` after every part, then `file` with its `name` and `html` (or `problem`).
    """
    start, end = from_, to
    reply.check_span(start, end)
    t = min(max(reply.iteration(iteration, "query.iteration"), start), end - 1)
    name = f"backscope-{reply.run_id}-{start}-{end - 1}.html"
    accept = reply.request.headers.get("accept", "*/*")
    if quality(accept, EVENTS) > quality(accept, HTML):
        return streamed(_events(_made(reply, start, end, t), name, end - start))
    body = b""
    async for made in _made(reply, start, end, t):
        body = made if isinstance(made, bytes) else b""
    file = {"content-disposition": f'attachment; filename="{name}"'}
    return tagged(body, HTML, reply.request.headers.get("if-none-match", ""), file)


async def _events(made: AsyncIterator[int | bytes], name: str, of: int) -> AsyncGenerator[bytes]:
    """How many iterations are in it while it is made, then the file; or what went wrong."""
    async for part in made:
        if isinstance(part, bytes):
            yield event("file", {"name": name, "html": part.decode()})
        else:
            yield event("made", {"done": part, "of": of})


async def _made(reply: RunReply, start: int, end: int, t: int) -> AsyncIterator[int | bytes]:
    """How many iterations are in it so far, again and again, and in the end the file."""
    answers, drawn, title = await reply.patiently(lambda run, ticket: _begun(run, start, end, reply, ticket), PATIENCE)
    parts = list[Moments]()
    for at in range(start, end, AT_ONCE):
        parts.append(await _moments(reply, at, min(at + AT_ONCE, end)))
        yield min(at + AT_ONCE, end) - start
    first = await _explained(reply, [t])
    told = about(reply.run_id, title, start, end, t, [t])
    least = len(await _page(reply, told, answers | first, parts, drawn))
    more = _others(start, end, t, BYTES - least, len(await reply.patiently(lambda *_: packed(first), PATIENCE)))
    told = about(reply.run_id, title, start, end, t, [t, *more])
    yield await _page(reply, told, answers | first | await _explained(reply, more), parts, drawn)


def _begun(run: Any, start: int, end: int, reply: RunReply, ticket: Ticket) -> tuple[Answers, Any, str]:
    check_recording(run, start, end, reply.limits)
    drawn = axes(run, start, ticket) if has_maps(run) else None
    return beside(run, end, ticket), drawn, run_answer(run).document.title


async def _moments(reply: RunReply, start: int, end: int) -> Moments:
    return await reply.patiently(lambda run, ticket: moments(run, start, end, ticket), PATIENCE)


async def _explained(reply: RunReply, iterations: list[int]) -> Answers:
    found: Answers = {}
    for t in iterations:
        found |= await reply.patiently(partial(_explain, t), PATIENCE)
    return found


def _explain(t: int, run: Any, ticket: Ticket) -> Answers:
    return explained(run, t, ticket)


async def _page(reply: RunReply, told: About, answers: Answers, parts: list[Moments], drawn: Any) -> bytes:
    return await reply.patiently(lambda *_: page(told, bundle(told, answers, parts, drawn)), PATIENCE)


def _others(start: int, end: int, t: int, room: int, each: int) -> list[int]:
    """As many more iterations as there is room for, spread evenly from the first to the last."""
    count = min(MOST_EXPLAINED, end - start, max(0, room) // max(1, each))
    spread = {start + round(i * (end - 1 - start) / max(1, count - 1)) for i in range(count)}
    return sorted(spread - {t})
