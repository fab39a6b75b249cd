"""The loss around an iteration's parameters, and the way that training took through it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.convert.search.landscape import (
    DataOf,
    Landscape,
    LandscapeSpot,
    Normalise,
    landscape_answer,
    spot_answer,
    view_of,
)
from app.routes.dependencies import Iteration, Reply
from app.routes.openapi_parts import BULK, within
from app.wire.schema import schema

router = APIRouter(prefix="/api/runs/{run_id}", tags=["pictures"])


Directions = Annotated[
    str,
    Query(
        description="`pca` of the way of training, `random`, `gradient,update`, or `to:` and a run's id.",
        examples=["pca"],
        max_length=64,
    ),
]
Others = Annotated[
    str, Query(alias="with", description="Ids of other runs with the same parameters, by commas.", max_length=400)
]
Rows = Annotated[Normalise, Query(description="`row`: random directions as long as the weights, row by row.")]
Of = Annotated[DataOf, Query(description="The whole training set, or the iteration's batch.")]


@router.get("/iterations/{t}/landscape", response_model=schema(Landscape), responses=BULK, summary="The loss around it")
async def get_landscape(
    reply: Reply,
    t: Iteration,
    directions: Directions,
    with_: Others = "",
    normalise: Rows = "none",
    span: Annotated[
        float | None,
        Query(gt=0, le=1e6, description="From the middle to the left and right edges; without, all of the paths."),
    ] = None,
    a: Annotated[float, Query(ge=-1e6, le=1e6, description="The middle along p1, with a span.")] = 0,
    b: Annotated[float, Query(ge=-1e6, le=1e6, description="The middle along p2, with a span.")] = 0,
    aspect: Annotated[float, Query(ge=0.2, le=5, description="The width of the picture over its height.")] = 1,
    resolution: Annotated[int, Query(description="Points along the longer side, odd.", **within(3, "resolution"))] = 31,
    data: Of = "train",
) -> Response:
    """A grid of losses over a plane, and of every iterate its true loss beside what the plane shows of it.

    The centre's loss is the iteration's to the bit; signs are such that the start lies at the upper left. A plane holds
    a part of the way only: `explained` says how much, `distance` and `off_plane` what it leaves out.
    """
    reply.check_resolution(resolution)
    others = _ids(with_)
    runs = reply.services.runs
    view = view_of(span, (a, b), resolution, aspect)
    return await reply(
        lambda run, ticket: landscape_answer(run, t, directions, others, runs.get, normalise, view, data, ticket)
    )


@router.get("/iterations/{t}/landscape/spot", response_model=schema(LandscapeSpot), summary="A place on the ground")
async def get_landscape_spot(
    reply: Reply,
    t: Iteration,
    directions: Directions,
    a: Annotated[float, Query(ge=-1e6, le=1e6, description="How far along p1.", examples=[0.5])],
    b: Annotated[float, Query(ge=-1e6, le=1e6, description="How far along p2.", examples=[-0.5])],
    with_: Others = "",
    normalise: Rows = "none",
    data: Of = "train",
) -> Response:
    """The loss at a place of a landscape with the same directions and runs, and the edits that make a run of it.

    A branch with these edits has that loss as its `evaluation` (as its batch's loss, with `data=batch`), to the bit.
    """
    runs, most = reply.services.runs, reply.services.limits.edits
    return await reply(
        lambda run, ticket: spot_answer(
            run, t, directions, (a, b), _ids(with_), runs.get, normalise, data, most, ticket
        )
    )


def _ids(text: str) -> list[str]:
    return [one for one in text.split(",") if one]
