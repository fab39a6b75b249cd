"""Data of one's own: a table, before a run is made on it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app.convert.pasted.tables import DRAWN_BODY, Asked, DrawnTable, TableAnswer, drawn_answer, table_answer
from app.http.request_body import TABLES, file_body, json_body
from app.http.responses import plain
from app.routes.dependencies import ServicesDep
from app.routes.openapi_parts import body
from app.wire.schema import schema

router = APIRouter(prefix="/api", tags=["runs"])

EXAMPLE = "length,width,leaf\n8.1,3.2,beech\n7.4,3.6,beech\n5.2,4.9,elm\n4.8,5.1,elm\n"
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string"}, "example": EXAMPLE} for kind in TABLES},
    }
}


@router.post("/tables", response_model=schema(TableAnswer), openapi_extra=BODY, summary="A table as data")
async def read_table(request: Request, services: ServicesDep, asked: Annotated[Asked, Query()]) -> Response:
    """Takes CSV, TSV, a pasted table or JSON lines as the body. Says of each column what it is and goes in as, and of
    each row that is left out which cell keeps it out; gives the data for a configuration, and a first run on it.

    Categories go in as one input per value; a target of texts, or of few whole numbers, stands for classes. Nothing is
    kept, and no cell is run."""
    content = await file_body(request, TABLES)
    return plain(await services.work(request, lambda _: table_answer(content, asked, services.limits)))


@router.post(
    "/tables/drawn",
    response_model=schema(DrawnTable),
    openapi_extra=body(DRAWN_BODY, {"rule": "y > sin(x)", "rows": 200}),
    summary="A table drawn by a rule",
)
async def draw_table(request: Request, services: ServicesDep) -> Response:
    """Points drawn evenly, and what a rule says of each: true or false with a comparison, else a number. The rule is
    written as an expression is, and read, never run."""
    given = await json_body(request)
    return plain(await services.work(request, lambda _: drawn_answer(given)))
