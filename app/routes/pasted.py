"""Code of PyTorch or Keras, before it is run here."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.convert.pasted.code import ConvertedCode, PastedCode, converted
from app.http.request_body import json_body
from app.http.responses import plain
from app.routes.dependencies import ServicesDep
from app.routes.openapi_parts import body
from app.wire.schema import schema

router = APIRouter(prefix="/api", tags=["runs"])

EXAMPLE = {"source": "model = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))", "dialect": "pytorch"}


@router.post(
    "/convert",
    response_model=schema(ConvertedCode),
    openapi_extra=body(schema(PastedCode).model_json_schema(), EXAMPLE),
    summary="A configuration of pasted code",
)
async def convert_code(request: Request, services: ServicesDep) -> Response:
    """What a script of PyTorch (modules, Sequential, loss, optimizer, loop) or Keras (Sequential, compile, fit) becomes
    here. It is read, never run. Each line has a note: understood, ignored because it changes nothing, or refused with
    what to write instead; `defaults` stand beside the other library's."""
    given = await json_body(request, ["source", "dialect"])
    return plain(await services.work(request, lambda _: converted(given)))
