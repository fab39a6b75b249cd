"""The model on new inputs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app.convert.evaluations import PredictBody, Predictions, matrix, predictions
from app.http.request_body import json_body
from app.http.responses import bulk
from app.routes.dependencies import Reply
from app.routes.openapi_parts import BULK, body, within
from app.runs.limits import check_prediction
from app.runs.workers import Ticket
from app.wire.schema import schema

router = APIRouter(prefix="/api/runs/{run_id}", tags=["iterations"])

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
