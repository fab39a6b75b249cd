"""A PyTorch loop that `backscope.watch` has recorded, as a run."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.convert.runs import RunInfo, run_answer
from app.http.request_body import file_body
from app.http.responses import created
from app.routes.dependencies import ServicesDep
from app.routes.openapi_parts import KNOWN, TENSORS
from app.wire.json_numbers import SAFETENSORS
from app.wire.schema import schema

router = APIRouter(prefix="/api/recordings", tags=["runs"])


@router.post(
    "",
    status_code=201,
    response_model=schema(RunInfo),
    responses=KNOWN,
    openapi_extra=TENSORS,
    summary="Open a recorded PyTorch loop",
)
async def open_recording(request: Request, services: ServicesDep) -> Response:
    """Takes the file that `backscope.watch` wrote. Every recorded iteration is derived again from its parameters and
    its batch, and compared with what PyTorch had: `recording` says how far apart they are, or where they first differ.

    The id begins with `rec-` and answers as that of any run does; iteration k is the k-th recording. A recording is
    data: it is kept while there is room, and nothing but its file brings it back.
    """
    data = await file_body(request, [SAFETENSORS])

    def work(_: object) -> Response:
        added = services.runs.add_recording(data)
        return created(run_answer(added.run), added.new, f"/api/runs/{added.run.config.id}")

    return await services.work(request, work)
