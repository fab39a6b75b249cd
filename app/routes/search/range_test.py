"""The learning-rate range test of a run, over several seeds."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.convert.search.range_test import (
    Course,
    RangeTest,
    range_test_answer,
    range_test_course,
    range_test_pieces,
    range_test_together,
)
from app.http.events import EVENTS, documented, event, streamed
from app.http.responses import choose
from app.routes.dependencies import Reply, RunReply
from app.routes.openapi_parts import within
from app.wire.json_numbers import JSON
from app.wire.schema import schema

router = APIRouter(prefix="/api/runs/{run_id}", tags=["course"])
LIVE = documented('event: progress\ndata: {"done": 2, "of": 5}\n\nevent: done\ndata: {"seeds": [0, 1, 2, 3, 4]}\n\n')


@router.get(
    "/range-test", response_model=schema(RangeTest), responses=LIVE, summary="A learning rate, and how sure it is"
)
async def get_range_test(
    reply: Reply,
    seeds: Annotated[int, Query(description="The run's own seed and those after it, up to 32.", **within(1))] = 5,
) -> Response:
    """The smoothed losses of a run whose schedule is a range test, over seeds, and a tenth of the rate at their least.

    The rule is one of practice; a single curve gives a rate that another seed moves by half a decade, so the answer is
    a band. With `Accept: text/event-stream` an event `progress` before each seed, then `done` with the answer (or
    `problem`). Closing the connection stops the work.
    """
    if choose(reply.request.headers.get("accept", "*/*"), [JSON, EVENTS]) == EVENTS:
        return streamed(_events(reply, seeds))
    return await reply(lambda run, ticket: range_test_answer(run, seeds, ticket))


async def _events(reply: RunReply, seeds: int) -> AsyncGenerator[bytes]:
    """Each seed is a piece of work by itself: others have their turn between two, and no time limit ends them all."""
    numbers = await reply.patiently(lambda run, _: range_test_pieces(run, seeds))
    courses: list[Course] = []
    for seed in numbers:
        yield event("progress", {"done": len(courses), "of": len(numbers)})
        courses.append(await reply.patiently(partial(range_test_course, seed=seed)))
    yield event("done", range_test_together(numbers, courses))
