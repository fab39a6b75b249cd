"""Expressions before they are run."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.convert.expressions import ExpressionBody, ExpressionInputs, expression_inputs
from app.http.request_body import json_body
from app.http.responses import plain
from app.routes.dependencies import ServicesDep
from app.routes.openapi_parts import body
from app.wire.schema import schema

router = APIRouter(prefix="/api/expressions", tags=["runs"])


@router.post(
    "/inputs",
    response_model=schema(ExpressionInputs),
    openapi_extra=body(schema(ExpressionBody).model_json_schema(), {"expression": "L = (a*b + c) * tanh(d)"}),
    summary="The inputs of an expression",
)
async def get_expression_inputs(request: Request, services: ServicesDep) -> Response:
    """The names that a run of it needs numbers for. A text that is no expression is refused with the place in it."""
    given = await json_body(request, ["expression"])
    return plain(await services.work(request, lambda _: expression_inputs(given["expression"])))
