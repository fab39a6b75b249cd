"""Whether the server is there, and how much it gives."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from fastapi import APIRouter, Request, Response

from app import __version__
from app.http.problems import Problem
from app.http.responses import plain
from app.routes.dependencies import ServicesDep
from app.watching.metrics import Meter
from app.watching.readiness import Probe
from app.wire.schema import schema

router = APIRouter(prefix="/api", tags=["server"])
metrics = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Health:
    """The server answers."""

    status: Literal["ok"]
    version: str


@router.get("/health", response_model=schema(Health), summary="Is the server there?")
async def get_health() -> Response:
    """A constant answer; it asks for no token."""
    return plain(Health("ok", __version__))


@dataclass(frozen=True, slots=True)
class Readiness:
    """What a request needs is there."""

    ready: Literal[True]


@router.get("/ready", response_model=schema(Readiness), summary="Can it take requests?")
async def get_ready(request: Request, services: ServicesDep) -> Response:
    """503 while the library cannot be reached, the data folder cannot be written, or too much work waits.

    It asks for no token, and looks once a second at most.
    """
    probe: Probe = request.app.state.probe
    trouble = await services.work(request, lambda _: probe.trouble())
    if trouble:
        raise Problem(503, "not-ready", trouble, title="Not ready", headers={"retry-after": "1"})
    return plain(Readiness(True))


@router.get("/limits", response_model=dict[str, float], summary="How much one request may ask for")
async def get_limits(services: ServicesDep) -> Response:
    """Every limit by name, as errors name them and `backscope --limit` sets them."""
    return plain(asdict(services.limits))


@metrics.get("/metrics")
async def get_metrics(request: Request) -> Response:
    """Figures for Prometheus; they ask for the token as everything does that tells of others."""
    meter: Meter | None = request.app.state.meter
    if meter is None:
        raise Problem(404, "no-metrics", "Figures need prometheus-client: pip install 'backscope[metrics]'.")
    text, kind = meter.text()
    return Response(text, headers={"cache-control": "no-store", "content-type": kind})
