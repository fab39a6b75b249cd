"""Many iterations in bulk, for animation."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.convert.values import animation
from app.documented import BINARY, Responses
from app.services import Reply
from app.wire import SAFETENSORS

router = APIRouter(prefix="/api/runs/{run_id}", tags=["course"])

FRAMES: Responses = {200: {"description": "Tensors whose first axis is the frame.", "content": {SAFETENSORS: BINARY}}}


@router.get("/frames", response_class=Response, responses=FRAMES, summary="What an animation shows")
async def get_frames(
    reply: Reply,
    from_: Annotated[int, Query(alias="from", description="First iteration.")] = 0,
    to: Annotated[int, Query(description="One past the last iteration.")] = 60,
    stride: Annotated[int, Query(description="Iterations from frame to frame.")] = 1,
    sample: Annotated[int | None, Query(description="Position in the batch; the batch's mean without.")] = None,
    resolution: Annotated[int, Query(description="Points along each axis of the units' maps; 0 for no maps.")] = 0,
) -> Response:
    """Parameters, gradients, activations, figures and maps of many iterations, as safetensors."""
    reply.check_span(from_, to)
    if resolution:
        reply.check_resolution(resolution)
    limits = reply.limits
    return await reply(lambda run, ticket: animation(run, from_, to, stride, sample, resolution, limits, ticket))
