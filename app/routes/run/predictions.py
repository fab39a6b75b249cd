"""The model on inputs that one chooses: new ones, or one point followed through the iterations."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from app.convert.evaluations import (
    PointAt,
    PointCourse,
    PredictBody,
    Predictions,
    Whom,
    course_answer,
    matrix,
    point_answer,
    predictions,
)
from app.http.request_body import json_body
from app.http.responses import bulk
from app.routes.dependencies import Iteration, Reply
from app.routes.openapi_parts import BULK, WHOLE, body, within
from app.runs.limits import check_prediction
from app.runs.workers import Ticket
from app.wire.schema import schema

router = APIRouter(prefix="/api/runs/{run_id}", tags=["iterations"])

Part = Annotated[Literal["train", "test"], Query(alias="set", description="The set that `row` is in.")]
Row = Annotated[int | None, Query(description="Row of the set, from 0.", examples=[12], **within(0))]
Numbers = Annotated[
    list[float] | None,
    Query(description="Instead of a row: numbers in the units of the data, once for each input.", examples=[[0.5, -1]]),
]

EXAMPLE = {"inputs": [[0.5, -1.0], [0.0, 0.0]]}


@router.post(
    "/predict",
    response_model=schema(Predictions),
    responses=BULK,
    openapi_extra=body(schema(PredictBody).model_json_schema(), EXAMPLE),
    summary="Predict",
)
async def predict(
    request: Request,
    reply: Reply,
    iteration: Annotated[
        int,
        Query(
            description="With the parameters before this iteration.",
            examples=[120],
            **within(0, "iterations"),
        ),
    ] = 0,
) -> Response:
    """Outputs for rows of inputs in the units of the data: they are scaled as the training data were."""
    given = await json_body(request, ["inputs"])
    t, accept = reply.iteration(iteration, "query.iteration"), request.headers.get("accept", "*/*")

    def work(run: Any, ticket: Ticket) -> Response:
        inputs = matrix(given["inputs"], "inputs")
        check_prediction(run, len(inputs), reply.limits)
        return bulk(predictions(run, t, inputs, ticket), accept)

    return await reply.work(work)


@router.get("/iterations/{t}/point", response_model=schema(PointAt), summary="One point at an iteration")
async def get_point(
    reply: Reply, t: Iteration, part: Part = "train", row: Row = None, inputs: Numbers = None
) -> Response:
    """A row of the training or the test set, or numbers of one's own, on their way through the model before the update:
    what it gives, the point's own loss, and every value in between."""
    whom = Whom(part, row, inputs)
    return await reply(lambda run, ticket: point_answer(run, t, whom, ticket))


@router.get("/point", response_model=schema(PointCourse), summary="One point over many iterations")
async def follow_point(
    reply: Reply,
    to: Annotated[int, Query(description="One past the last iteration.", examples=[500], **within(1, "iterations"))],
    from_: Annotated[int, Query(alias="from", description="First iteration.", **within(0, "iterations"))] = 0,
    every: Annotated[int, Query(ge=1, **WHOLE, description="Only every so many iterations, from `from` on.")] = 1,
    part: Part = "train",
    row: Row = None,
    inputs: Numbers = None,
) -> Response:
    """What the model gives for it before the update of each iteration, and its own loss: 500 iterations at the most."""
    reply.check_span(from_, to)
    whom = Whom(part, row, inputs)
    return await reply(lambda run, ticket: course_answer(run, whom, (from_, to), every, ticket))
