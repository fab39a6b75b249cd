"""Whether the server is there, and how much it gives."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from fastapi import APIRouter, Response

from app import __version__
from app.http.responses import plain
from app.routes.dependencies import ServicesDep
from app.wire.schema import schema

router = APIRouter(prefix="/api", tags=["server"])


@dataclass(frozen=True, slots=True)
class Health:
    """The server answers."""

    status: Literal["ok"]
    version: str


@router.get("/health", response_model=schema(Health), summary="Is the server there?")
async def get_health() -> Response:
    """A constant answer; it asks for no token."""
    return plain(Health("ok", __version__))


@router.get("/limits", response_model=dict[str, float], summary="How much one request may ask for")
async def get_limits(services: ServicesDep) -> Response:
    """Every limit by name, as errors name them and `backscope --limit` sets them."""
    return plain(asdict(services.limits))
