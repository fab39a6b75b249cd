"""What a configuration can name, and configurations worth looking at."""

from __future__ import annotations

from fastapi import APIRouter, Response

from app.convert.catalog import Catalog, Preset, catalog, presets
from app.http.responses import plain
from app.wire.schema import on_the_wire, schema

router = APIRouter(prefix="/api", tags=["server"])


@router.get("/catalog", response_model=schema(Catalog), summary="Everything that a configuration can name")
async def get_catalog() -> Response:
    """Data sets, layers, activations, losses, optimizers and initializers, with settings, ranges and sources."""
    return plain(catalog())


@router.get("/presets", response_model=on_the_wire(list[Preset]), summary="Runs worth looking at")
async def get_presets() -> Response:
    """Each with a title, and one sentence on what to look at."""
    return plain(presets())
