"""Saved runs: the only thing here that changes. A run itself never does; its entry has what a person wrote about it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app import convert
from app.convert.library.answers import Sort, entry_of, exported, page, seen_at
from app.convert.library.entries import (
    LIBRARY_FILE,
    MOST_ENTRIES,
    Exported,
    Imported,
    SavedPage,
    SavedRun,
    imported,
    kept,
    written,
)
from app.http.problems import Problem, over_limit
from app.http.request_body import json_body
from app.http.responses import plain
from app.routes.dependencies import RunId, Services, ServicesDep, checked_iteration
from app.routes.openapi_parts import body
from app.runs.workers import Ticket
from app.storage.library import Stored
from app.wire.schema import schema

router = APIRouter(prefix="/api/library", tags=["library"])

WORDS = {"name": "ten sigmoid layers", "note": "Stands still.", "tags": ["deep"], "iteration": 400}
FILE: dict[str, Any] = {"format": "backscope library", "version": 1, "entries": []}
ANY = {"type": "object"}


@router.get("", response_model=schema(SavedPage), summary="The saved runs")
async def list_library(
    request: Request,
    services: ServicesDep,
    search: Annotated[
        str, Query(max_length=200, description="Words to be found in name, note, tags or settings.")
    ] = "",
    tag: Annotated[str, Query(max_length=50, description="Only those with this tag.")] = "",
    sort: Annotated[Sort, Query(description="Newest, longest or best first; names from A.")] = "name",
    limit: Annotated[int, Query(ge=1, le=500, description="Runs on a page.")] = 100,
    after: Annotated[str, Query(max_length=64, description="`next` of the page before.")] = "",
) -> Response:
    """Every saved run with its configuration, what was written about it, and what was seen of it."""
    return await services.work(
        request, lambda _: plain(page(services.library.entries(), search, tag, sort, limit, after))
    )


@router.get("/export", response_model=schema(Exported), summary="The library as one file")
async def export_library(
    request: Request,
    services: ServicesDep,
    ids: Annotated[str, Query(max_length=100_000, description="Only these, separated by commas.")] = "",
) -> Response:
    """What `POST /api/library/import` takes: configurations, and what was written about them."""
    wanted = {run_id for run_id in ids.split(",") if run_id}

    def work(_: Ticket) -> Response:
        stored = [entry for entry in services.library.entries() if not wanted or entry.run_id in wanted]
        file = {"content-disposition": 'attachment; filename="backscope-library.json"'}
        return plain(exported(sorted(stored, key=lambda entry: entry.run_id)), headers=file)

    return await services.work(request, work)


@router.post(
    "/import", response_model=schema(Imported), openapi_extra=body(LIBRARY_FILE, FILE), summary="Take a file in"
)
async def import_library(request: Request, services: ServicesDep) -> Response:
    """Its runs beside those that are there; of a run that is there already the file's words count. All, or none."""
    given = await json_body(request)

    def work(_: Ticket) -> Response:
        entries = [_imported(services, entry, f"entries[{i}]") for i, entry in enumerate(imported(given))]
        _check_room(services, [entry.run_id for entry in entries])
        services.library.put(*entries)
        return plain(Imported([entry.run_id for entry in entries]))

    return await services.work(request, work)


def _imported(services: Services, given: Any, path: str) -> Stored:
    try:
        with convert.engine_errors():
            run = services.make_run(given["config"]).run
    except Problem as problem:
        raise problem.under(f"{path}.config") from None
    return kept(run, written(given, f"{path}."), None)


@router.put("/{run_id}", response_model=schema(SavedRun), openapi_extra=body(ANY, WORDS), summary="Save a run")
async def save_run(request: Request, services: ServicesDep, run_id: RunId) -> Response:
    """Its configuration and what is written about it, with the losses at `iteration` and the way there.

    What is left out is empty. Saved once this answers, whatever happens to the server.
    """
    words = written(await json_body(request))
    t = checked_iteration(services.limits, words["iteration"], "iteration")

    def work(ticket: Ticket) -> Response:
        run = services.runs.get(run_id)
        _check_room(services, [run_id])
        stored = kept(run, words, seen_at(run, t, ticket))
        services.library.put(stored)
        return plain(entry_of(stored))

    return await services.work(request, work)


def _check_room(services: Services, added: list[str]) -> None:
    ids = {entry.run_id for entry in services.library.entries()} | set(added)
    if len(ids) > MOST_ENTRIES:
        raise over_limit("library", MOST_ENTRIES, f"{len(ids)} saved runs")


@router.delete("/{run_id}", response_model=schema(SavedRun), summary="Take a run out of the library")
async def forget_run(request: Request, services: ServicesDep, run_id: RunId) -> Response:
    """Answers what was deleted, so that it can be put back. The run itself stays: it is only its configuration."""

    def work(_: Ticket) -> Response:
        deleted = services.library.delete(run_id)
        if deleted is None:
            raise Problem(404, "not-saved", "The library holds no such run.", "path.run_id", title="Not saved")
        return plain(entry_of(deleted))

    return await services.work(request, work)
