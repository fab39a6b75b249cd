"""What a configuration can name, and configurations worth looking at."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from app.convert.catalog import (
    Catalog,
    Preset,
    ReadyComparison,
    Thumbnail,
    catalog,
    preset_names,
    presets,
    ready_comparisons,
    thumbnail_answer,
)
from app.http.problems import Problem
from app.http.responses import fixed, known_tag, respond
from app.routes.dependencies import ServicesDep
from app.wire.schema import on_the_wire, schema

router = APIRouter(prefix="/api", tags=["server"])


@router.get("/catalog", response_model=schema(Catalog), summary="Everything that a configuration can name")
async def get_catalog(request: Request) -> Response:
    """Data sets, layers, activations, losses, optimizers and initializers, with settings, ranges and sources."""
    return fixed(catalog(), known_tag(request))


@router.get("/comparisons", response_model=on_the_wire(list[ReadyComparison]), summary="Runs worth comparing")
async def get_comparisons(request: Request) -> Response:
    """Two to four runs that differ in one thing, and one sentence on what to look at."""
    return fixed(ready_comparisons(), known_tag(request))


@router.get("/presets", response_model=on_the_wire(list[Preset]), summary="Runs worth looking at")
async def get_presets(request: Request) -> Response:
    """Each with a title, and one sentence on what to look at."""
    return fixed(presets(), known_tag(request))


@router.get(
    "/presets/{name}/thumbnail", response_model=schema(Thumbnail), summary="The small picture of a preset, as numbers"
)
async def get_thumbnail(
    request: Request,
    services: ServicesDep,
    name: Annotated[
        str, Path(description="Of a preset, as `GET /api/presets` lists them.", max_length=64, examples=["circle"])
    ],
) -> Response:
    """What its run shows at the iteration that is named.

    - `plane`: `values` (R, R) from -1 to 1, rows go up; `points` (M, 3): both places from 0 to 1, the class as -1 or 1.
    - `classes`: `points` (M, 3): two features from 0 to 1, and the class.
    - `curve`: `values` (R) from 0 to 1; `points` (M, 3): place and target from 0 to 1; 1 for a test point.
    - `bars`: `values` (L), norms of gradients under their `names`.
    - `lines`: `values` (S, T), losses over the iterations: training and test set, or the batch alone.
    - `matrices`: `values` (M, H, W). - `tokens`: `names` in their order.
    - `graph`: `points` (M, 2), depth and row of the values in `names`; `values` (E, 2), from which to which.
    - `path`: `points` (T, 2), where two numbers were, iteration by iteration.
    """
    if name not in preset_names():
        raise Problem(404, "unknown-preset", f"there is no preset {name!r}; GET /api/presets lists them", "path.name")
    answer = await services.work(request, lambda _: thumbnail_answer(name))
    return respond(answer, "application/json", request.headers.get("if-none-match", ""))
