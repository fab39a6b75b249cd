"""Whether the server is there, and how much it gives."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, Response

from app import __version__
from app.http.responses import plain
from app.routes.dependencies import ServicesDep
from app.schemas.common import Health

router = APIRouter(prefix="/api", tags=["server"])


@router.get("/health", response_model=Health, summary="Is the server there?")
async def get_health() -> Response:
    """A constant answer; it asks for no token."""
    return plain({"status": "ok", "version": __version__})


@router.get("/limits", response_model=dict[str, float], summary="How much one request may ask for")
async def get_limits(services: ServicesDep) -> Response:
    """Every limit by name, as errors name them and `backscope --limit` sets them."""
    return plain(asdict(services.limits))
