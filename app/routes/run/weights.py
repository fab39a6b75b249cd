"""Weights that were saved elsewhere, on a run made here."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from app.convert.files.weights import weighted
from app.convert.runs import RunInfo, run_answer
from app.http.request_body import file_body
from app.http.responses import created
from app.routes.dependencies import Reply
from app.routes.openapi_parts import KNOWN, TENSORS
from app.wire.json_numbers import SAFETENSORS
from app.wire.schema import schema

router = APIRouter(prefix="/api/runs/{run_id}", tags=["runs"])


@router.post(
    "/weights",
    status_code=201,
    response_model=schema(RunInfo),
    responses=KNOWN,
    openapi_extra=TENSORS,
    summary="Start from other weights",
)
async def load_weights(request: Request, reply: Reply) -> Response:
    """Another run: this network from its start, with the numbers of a safetensors file, as a `state_dict` is saved.

    Names may be ours or those of PyTorch's modules, in their order; what does not fit is refused with both shapes."""
    content = await file_body(request, [SAFETENSORS])

    def work(run: Any, _: object) -> Response:
        added = reply.services.make_run(weighted(run, content))
        return created(run_answer(added.run, added.unsaved), added.new, f"/api/runs/{added.run.config.id}")

    return await reply.work(work)
