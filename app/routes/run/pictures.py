"""The model over its inputs, and animations of it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from app.convert.pictures import Boundary, Maps, Plane, animation, boundary_picture, plane_picture, unit_maps
from app.http.responses import Answer
from app.routes.dependencies import Iteration, Reply
from app.routes.openapi_parts import BINARY, BULK, WHOLE, Responses, within
from app.runs.limits import check_boundary, check_frames, check_maps
from app.runs.workers import Ticket
from app.wire.json_numbers import SAFETENSORS
from app.wire.schema import schema

router = APIRouter(prefix="/api/runs/{run_id}", tags=["pictures"])
Resolution = Annotated[int, Query(description="Points along each axis.", **within(2, "resolution"))]
FRAMES: Responses = {200: {"description": "Tensors whose first axis is the frame.", "content": {SAFETENSORS: BINARY}}}


@router.get(
    "/iterations/{t}/boundary",
    response_model=schema(Boundary),
    responses=BULK,
    summary="The model's output over its inputs",
)
async def get_boundary(reply: Reply, t: Iteration, resolution: Resolution = 60) -> Response:
    """Over the plane of two inputs, or along one; in model units, rows by ascending y."""
    reply.check_resolution(resolution)

    def work(run: Any, ticket: Ticket) -> Answer:
        check_boundary(run, resolution, reply.limits)
        return boundary_picture(run, t, resolution, ticket)

    return await reply(work)


@router.get(
    "/iterations/{t}/maps",
    response_model=schema(Maps),
    responses=BULK,
    summary="What every unit computes over the inputs",
)
async def get_maps(reply: Reply, t: Iteration, resolution: Resolution = 30) -> Response:
    """One map a unit: `dense1.a` has the shape (units, resolution, resolution)."""
    reply.check_resolution(resolution)

    def work(run: Any, ticket: Ticket) -> Answer:
        check_maps(run, resolution, reply.limits)
        return unit_maps(run, t, resolution, ticket)

    return await reply(work)


Reached = Annotated[
    float | None, Query(ge=-1e9, le=1e9, description="A number that this axis holds too.", examples=[1.5])
]


@router.get("/plane", response_model=schema(Plane), summary="The loss of an expression over two trained inputs")
async def get_plane(
    reply: Reply,
    to: Annotated[
        int, Query(description="One past the path's last iteration.", examples=[100], **within(1, "iterations"))
    ],
    resolution: Resolution = 48,
    x_from: Reached = None,
    x_to: Reached = None,
    y_from: Reached = None,
    y_to: Reached = None,
) -> Response:
    """Over the part of the plane that the path of the first iterations lies in, and that path.

    It is made larger to hold from `x_from` to `x_to` and from `y_from` to `y_to`, such as the path of another run.
    """
    reply.check_span(0, to)
    reply.check_resolution(resolution)
    x, y = ([at for at in ends if at is not None] for ends in ((x_from, x_to), (y_from, y_to)))
    return await reply(lambda run, ticket: plane_picture(run, to, resolution, (x, y), ticket))


@router.get("/frames", response_class=Response, responses=FRAMES, summary="What an animation shows")
async def get_frames(
    reply: Reply,
    from_: Annotated[int, Query(alias="from", description="First iteration.", **within(0, "iterations"))] = 0,
    to: Annotated[int, Query(description="One past the last iteration.", **within(1, "iterations"))] = 60,
    stride: Annotated[int, Query(description="Iterations from frame to frame.", **WHOLE, **within(1))] = 1,
    sample: Annotated[
        int | None, Query(description="Position in the batch; the batch's mean without.", **within(0))
    ] = None,
    resolution: Annotated[
        int,
        Query(
            description="Points along each axis of the units' maps; 0 for no maps.",
            **within(0, "resolution", but=1),
        ),
    ] = 0,
) -> Response:
    """Parameters, gradients, activations, figures and maps of many iterations, as safetensors."""
    reply.check_span(from_, to)
    if resolution:
        reply.check_resolution(resolution)

    def work(run: Any, ticket: Ticket) -> Answer:
        check_frames(run, from_, to, stride, resolution, reply.limits)
        return animation(run, from_, to, stride, sample, resolution, ticket)

    return await reply(work)
