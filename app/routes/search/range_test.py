"""The learning-rate range test of a run, over several seeds."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.convert.search.range_test import RangeTest, range_test_answer
from app.routes.dependencies import Reply
from app.routes.openapi_parts import within
from app.wire.schema import schema

router = APIRouter(prefix="/api/runs/{run_id}", tags=["course"])


@router.get("/range-test", response_model=schema(RangeTest), summary="A learning rate, and how sure it is")
async def get_range_test(
    reply: Reply,
    seeds: Annotated[int, Query(description="The run's own seed and those after it, up to 32.", **within(1))] = 5,
) -> Response:
    """The smoothed losses of a run whose schedule is a range test, over seeds, and a tenth of the rate at their least.

    The rule is one of practice; a single curve gives a rate that another seed moves by half a decade, so the answer is
    a band.
    """
    return await reply(lambda run, ticket: range_test_answer(run, seeds, ticket))
