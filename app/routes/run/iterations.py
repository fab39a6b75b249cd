"""One iteration: in figures, and all of its numbers."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from app.convert.evaluations import Evaluation, SampleLosses, evaluation, sample_losses_answer
from app.convert.iterations import (
    GradientFlow,
    IterationInfo,
    Reached,
    UpdateEffect,
    effect_answer,
    flow_answer,
    iteration_answer,
    reach,
)
from app.convert.traces import Parameters, StepDetail, Trace, parameter_values, step_answer, trace
from app.http.events import EVENTS, documented, event, streamed
from app.http.responses import choose, plain
from app.routes.dependencies import Iteration, Reply, RunReply
from app.routes.openapi_parts import BULK, within
from app.wire.json_numbers import JSON
from app.wire.schema import schema

router = APIRouter(prefix="/api/runs/{run_id}/iterations/{t}", tags=["iterations"])

Values = Annotated[
    str | None,
    Query(description="Names with commas; all without.", examples=["dense1.z,dense1.a"], max_length=4000),
]
Sample = Annotated[int | None, Query(description="Position in the batch: only that sample's rows.", **within(0))]
LIVE = documented('event: progress\ndata: {"reached": 4352, "to": 20000}\n\nevent: done\ndata: {}\n\n')
StepNumber = Annotated[int, Path(description="Index of a step in the program.", examples=[3], **within(0))]


@router.get("", response_model=schema(IterationInfo), summary="An iteration in figures")
async def get_iteration(reply: Reply, t: Iteration) -> Response:
    """Loss, norms of gradients, sizes of updates, silent units, and what these say."""
    return await reply(lambda run, ticket: iteration_answer(run, t, ticket))


@router.get("/trace", response_model=schema(Trace), responses=BULK, summary="Every value of an iteration")
async def get_trace(reply: Reply, t: Iteration, values: Values = None, sample: Sample = None) -> Response:
    """Values by name: `x`, `dense1.z`, `dense1.a`, `loss`, `dense1.weight.grad`, `dense1.weight.next`, ..."""
    names = values.split(",") if values else None
    return await reply(lambda run, ticket: trace(run, t, names, sample, ticket))


@router.get("/steps/{k}", response_model=schema(StepDetail), summary="One step with its numbers")
async def get_step(reply: Reply, t: Iteration, k: StepNumber) -> Response:
    """Inputs and output as values, the formula in symbols and with numbers, and the code."""
    return await reply(lambda run, ticket: step_answer(run, t, k, ticket))


@router.get(
    "/parameters", response_model=schema(Parameters), responses=BULK, summary="The parameters before an iteration"
)
async def get_parameters(reply: Reply, t: Iteration) -> Response:
    """What iteration t starts from; those of iteration 0 are the initial ones."""
    return await reply(lambda run, ticket: parameter_values(run, t, ticket))


@router.get("/flow", response_model=schema(GradientFlow), summary="What each layer hands on of the gradient")
async def get_flow(reply: Reply, t: Iteration, sample: Sample = None) -> Response:
    """The norm of ∂L/∂output of every layer, what is left of it at the layer's input, and both for each time of a
    recurrent layer's state."""
    return await reply(lambda run, ticket: flow_answer(run, t, sample, ticket))


@router.get("/effect", response_model=schema(UpdateEffect), summary="What the update did to its own batch")
async def get_effect(reply: Reply, t: Iteration) -> Response:
    """The loss of the same batch before and after, and what g · Δθ, the straight line along the gradient, foretold."""
    return await reply(lambda run, ticket: effect_answer(run, t, ticket))


@router.get("/samples", response_model=schema(SampleLosses), summary="The loss of each sample of the batch")
async def get_sample_losses(reply: Reply, t: Iteration) -> Response:
    """Each sample's own loss and what it counts for: multiplied and added up, they are the loss of the batch."""
    return await reply(lambda run, ticket: sample_losses_answer(run, t, ticket))


@router.get("/evaluation", response_model=schema(Evaluation), summary="How good the model is before an iteration")
async def get_evaluation(reply: Reply, t: Iteration) -> Response:
    """Loss, accuracy, confusion or R² over the training and the test set, and classes of the batch."""
    return await reply(lambda run, ticket: evaluation(run, t, ticket))


@router.get(
    "/reached", response_model=schema(Reached), responses=LIVE, summary="Train up to an iteration, told how far"
)
async def reach_iteration(reply: Reply, t: Iteration) -> Response:
    """For a jump that takes longer than a request may: trains on for a moment and says how far it is.

    With `Accept: text/event-stream` it goes on to the end: an event `progress` for every moment, then `done` (or
    `problem`). Closing the connection stops the work; what is reached is kept, so asking again goes on from there.
    """
    if choose(reply.request.headers.get("accept", "*/*"), [JSON, EVENTS]) == EVENTS:
        return streamed(_progress(reply, t))
    return plain(await reply.work(lambda run, ticket: reach(run, t, ticket)))


async def _progress(reply: RunReply, t: int) -> AsyncGenerator[bytes]:
    """Each moment is a piece of work by itself: others have their turn between two, and no time limit ends them all."""
    reached = -1
    while reached < t:
        found = await reply.patiently(lambda run, ticket: reach(run, t, ticket))
        reached = found.reached
        yield event("progress", found)
    yield event("done", {"to": t})
