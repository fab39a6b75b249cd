"""Moments of a run: where a condition begins to hold, what a measure was, where two runs part."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from app.convert.moments import (
    Compared,
    Differences,
    Distribution,
    Found,
    LayersCourse,
    Offered,
    Past,
    Scale,
    ValueDifference,
    check_condition,
    compared_answer,
    conditions_answer,
    difference_answer,
    differences_answer,
    distribution_answer,
    found_answer,
    layers_answer,
    series_answer,
)
from app.http.events import EVENTS, documented, event, streamed
from app.http.responses import choose
from app.routes.dependencies import Iteration, Reply, RunReply
from app.routes.openapi_parts import WHOLE, within
from app.wire.json_numbers import JSON
from app.wire.schema import schema

router = APIRouter(prefix="/api/runs/{run_id}", tags=["course"])

SLICE = 512  # iterations between two events of a search
LIVE = documented(
    'event: found\ndata: {"condition": "loss < 0.1", "hits": [], "searched": {"from": 0, "to": '
    '512}, "more": false}\n\nevent: done\ndata: {}\n\n'
)

Condition = Annotated[
    str,
    Query(
        description="A comparison of measures, such as `norm(dense1.weight.grad) < 1e-4 for 5`.",
        examples=["loss < 0.5"],
        max_length=500,
        min_length=1,
    ),
]
From = Annotated[int, Query(alias="from", description="First iteration.", **within(0, "iterations"))]
To = Annotated[int, Query(description="One past the last iteration.", examples=[500], **within(1, "iterations"))]
Other = Annotated[
    str, Query(alias="with", description="Id of the other run.", max_length=64, examples=["b3f1c0a79d5e42ab8c61"])
]
Every = Annotated[int, Query(ge=1, **WHOLE, description="Only every so many iterations, from `from` on.")]
Limit = Annotated[int | None, Query(ge=1, le=10_000, description="Hits after which the search ends; all without.")]


@router.get("/find", response_model=schema(Found), responses=LIVE, summary="Where a condition begins to hold")
async def find_moments(
    reply: Reply,
    condition: Condition,
    to: To,
    from_: From = 0,
    direction: Annotated[
        Literal["forward", "back"], Query(description="From `from` on, or from `to` back.")
    ] = "forward",
    limit: Limit = None,
) -> Response:
    """The iterations in which a condition holds and did not in the one before, nearest first.

    With `Accept: text/event-stream` while it searches: an event `found` for every part of the range, then `done` (or
    `problem`). Closing the connection stops the work.
    """
    reply.check_span(from_, to)
    if choose(reply.request.headers.get("accept", "*/*"), [JSON, EVENTS]) == JSON:
        return await reply(lambda run, ticket: found_answer(run, condition, from_, to, direction, limit, ticket))
    await reply.work(lambda run, _: check_condition(run, condition, to))
    return streamed(_events(reply, condition, (from_, to), direction, limit))


async def _events(
    reply: RunReply,
    condition: str,
    asked: tuple[int, int],
    direction: Literal["forward", "back"],
    limit: int | None,
) -> AsyncGenerator[bytes]:
    """The search part by part: what is known so far can be shown, and nobody waits for the rest."""
    (start, end), left = asked, limit
    while start < end and left != 0:
        part = (start, min(end, start + SLICE)) if direction == "forward" else (max(start, end - SLICE), end)
        found = await _part(reply, condition, part, direction, left)
        yield event("found", found)
        left = None if left is None else left - len(found.hits)
        start, end = (found.searched.to, end) if direction == "forward" else (start, found.searched.from_)
    searched = {"from": asked[0], "to": start} if direction == "forward" else {"from": end, "to": asked[1]}
    yield event("done", {"searched": searched, "more": start < end})


async def _part(
    reply: RunReply, condition: str, part: tuple[int, int], direction: Literal["forward", "back"], limit: int | None
) -> Found:
    answer = await reply.patiently(lambda run, ticket: found_answer(run, condition, *part, direction, limit, ticket))
    found: Found = answer.document
    return found


@router.get("/conditions", response_model=schema(Offered), summary="Conditions worth stopping at, by name")
async def list_conditions(reply: Reply, to: To) -> Response:
    """Ready for this run's layers: `text` is a condition for `find`."""
    reply.check_span(0, to)
    return await reply(lambda run, _: conditions_answer(run, to))


@router.get("/series", response_model=schema(Past), summary="A measure over the past")
async def get_series(
    reply: Reply,
    expression: Annotated[
        str,
        Query(
            description="A measure, such as `norm(dense1.weight.grad)` or `dense1.weight[0,2]`.",
            examples=["norm(dense1.weight.grad)"],
            max_length=500,
            min_length=1,
        ),
    ],
    to: To,
    from_: From = 0,
    every: Every = 1,
    smooth: Annotated[
        float, Query(ge=0, lt=1, description="How much of the average so far each number keeps; 0 smooths nothing.")
    ] = 0.0,
) -> Response:
    """A number at every iteration, as if it had been watched from the start; none where it does not exist."""
    reply.check_span(from_, to)
    return await reply(lambda run, ticket: series_answer(run, expression, from_, to, every, smooth, ticket))


@router.get("/layers", response_model=schema(LayersCourse), summary="The figures of every layer over the past")
async def get_layers(reply: Reply, to: To, from_: From = 0, every: Every = 1) -> Response:
    """Gradient norm, update over weight, and the shares of dead and saturated units, as an iteration tells them."""
    reply.check_span(from_, to)
    return await reply(lambda run, ticket: layers_answer(run, from_, to, every, ticket))


@router.get("/distribution", response_model=schema(Distribution), summary="Histograms of a value over the past")
async def get_distribution(
    reply: Reply,
    value: Annotated[str, Query(description="Name of a value.", examples=["dense1.weight.grad"], max_length=200)],
    to: To,
    from_: From = 0,
    every: Every = 1,
    bins: Annotated[int, Query(ge=1, le=200, description="How many.")] = 40,
    scale: Annotated[Scale, Query(description="Of the cells, or `log`: of their sizes in powers of ten.")] = "linear",
) -> Response:
    """How many cells lie in each bin, at every so many iterations, on one axis from the least cell to the largest."""
    reply.check_span(from_, to)
    return await reply(lambda run, ticket: distribution_answer(run, value, from_, to, every, bins, scale, ticket))


@router.get("/compare", response_model=schema(Compared), summary="Where two runs part")
async def compare_runs(reply: Reply, other: Other, to: To) -> Response:
    """The settings that differ, and the first value that has other bits in the iterations before `to`."""
    reply.check_span(0, to)
    runs = reply.services.runs
    return await reply(lambda run, ticket: compared_answer(run, runs.get(other, "query.with"), to, ticket))


@router.get(
    "/iterations/{t}/differences", response_model=schema(Differences), summary="How far two runs are apart, by value"
)
async def list_differences(reply: Reply, t: Iteration, other: Other) -> Response:
    """Of every value that both have in one shape the largest size of a cell's difference; 0: they are the same."""
    runs = reply.services.runs
    return await reply(lambda run, ticket: differences_answer(run, runs.get(other, "query.with"), t, ticket))


@router.get(
    "/iterations/{t}/difference",
    response_model=schema(ValueDifference),
    summary="A value of two runs, and its difference",
)
async def get_difference(
    reply: Reply,
    t: Iteration,
    other: Other,
    value: Annotated[str, Query(description="Name of a value.", examples=["dense1.weight"], max_length=200)],
) -> Response:
    """`difference` is there minus here, cell by cell; 0 where both are the same, also where both are inf or nan."""
    runs = reply.services.runs
    return await reply(lambda run, ticket: difference_answer(run, runs.get(other, "query.with"), t, value, ticket))
