"""The program of a run."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.convert.runs import program_answer
from app.schemas import Program
from app.services import Reply

router = APIRouter(prefix="/api/runs/{run_id}", tags=["runs"])


@router.get("/program", response_model=Program, summary="What an iteration computes")
async def get_program(
    reply: Reply,
    iteration: Annotated[
        int,
        Query(description="Of which iteration: the last batch of an epoch may be smaller, and an edit may add steps."),
    ] = 0,
) -> Response:
    """Steps in order, each with its formula and the numpy line that runs; symbols of values; blocks of steps."""
    t = reply.iteration(iteration, "query.iteration")
    return await reply(lambda run, _: program_answer(run, t))
