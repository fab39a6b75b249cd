"""The model over its inputs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.convert.values import boundary_picture, unit_maps
from app.documented import BULK
from app.schemas import Boundary, Maps
from app.services import Iteration, Reply

router = APIRouter(prefix="/api/runs/{run_id}/iterations/{t}", tags=["pictures"])

Resolution = Annotated[int, Query(description="Points along each axis.")]


@router.get("/boundary", response_model=Boundary, responses=BULK, summary="The model's output over its inputs")
async def get_boundary(reply: Reply, t: Iteration, resolution: Resolution = 60) -> Response:
    """Over the plane of two inputs, or along one; in model units, rows by ascending y."""
    reply.check_resolution(resolution)
    return await reply(lambda run, ticket: boundary_picture(run, t, resolution, ticket))


@router.get("/maps", response_model=Maps, responses=BULK, summary="What every unit computes over the inputs")
async def get_maps(reply: Reply, t: Iteration, resolution: Resolution = 30) -> Response:
    """One map a unit: `dense1.a` has the shape (units, resolution, resolution)."""
    reply.check_resolution(resolution)
    return await reply(lambda run, ticket: unit_maps(run, t, resolution, ticket))
