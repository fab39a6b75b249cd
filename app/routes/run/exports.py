"""A run as a file."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from app.convert.files.comparison import comparison_page
from app.convert.files.export import ENDINGS, FORMATS, ITERATIONS, SCRIPTS, export
from app.http.problems import Problem
from app.http.responses import tagged
from app.routes.dependencies import Reply
from app.routes.openapi_parts import Responses, within

HTML = "text/html; charset=utf-8"

router = APIRouter(prefix="/api/runs/{run_id}", tags=["export"])

FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A file.",
        "content": {media_type.partition(";")[0]: {} for media_type in FORMATS.values()},
    }
}


PAGE: Responses = {200: {"description": "A page to print.", "content": {"text/html": {}}}}


@router.get("/export/comparison", response_class=Response, responses=PAGE, summary="Runs beside each other, to print")
async def export_comparison(
    reply: Reply,
    others: Annotated[
        str,
        Query(
            alias="with",
            description="Ids of one to three other runs, by commas.",
            examples=["b3f1c0a79d5e42ab8c61"],
            max_length=200,
        ),
    ],
    iteration: Annotated[
        int, Query(description="The last one that is looked at.", examples=[120], **within(0, "iterations"))
    ] = 0,
) -> Response:
    """The settings that differ, the losses as one chart, the first value with other bits, and the numbers there."""
    t = reply.iteration(iteration, "query.iteration")
    reply.check_span(0, t + 1, "query.iteration")
    known = reply.request.headers.get("if-none-match", "")
    ids = [one for one in others.split(",") if one]
    file = {"content-disposition": f'attachment; filename="backscope-{reply.run_id}-{t}.comparison.html"'}
    get = reply.services.runs.get
    return await reply.work(
        lambda run, ticket: tagged(comparison_page(run, ids, get, t, ticket).encode(), HTML, known, file)
    )


@router.get("/export/{format}", response_class=Response, responses=FILES, summary="A run as a file")
async def export_run(
    reply: Reply,
    form: Annotated[
        str,
        Path(
            alias="format",
            description="`json`: configuration, parameters and history; `safetensors`: parameters; `csv`: history; "
            "`numpy`, `pytorch`, `ipynb`: code with data and weights, which trains ten iterations and asserts their "
            "losses; `solution`: every step of the iteration, to print.",
            examples=["json"],
            json_schema_extra={"enum": list(FORMATS)},
        ),
    ],
    iteration: Annotated[
        int,
        Query(
            description="Parameters before it; history up to and with it.",
            examples=[120],
            **within(0, "iterations"),
        ),
    ] = 0,
) -> Response:
    """With the versions that the numbers came from, and a digest of the parameters."""
    if form not in FORMATS:
        raise Problem(422, "format", f"there is no export {form!r}; there are {', '.join(FORMATS)}", "path.format")
    t = reply.iteration(iteration, "query.iteration")
    if form in ("json", "csv"):
        reply.check_span(0, t + 1, "query.iteration")
    if form in SCRIPTS:
        reply.iteration(t + ITERATIONS, "query.iteration")
    known = reply.request.headers.get("if-none-match", "")
    file = {"content-disposition": f'attachment; filename="backscope-{reply.run_id}-{t}.{ENDINGS.get(form, form)}"'}
    return await reply.work(lambda run, ticket: tagged(export(run, form, t, ticket), FORMATS[form], known, file))
