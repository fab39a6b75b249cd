"""Searches: many runs at once, and what came of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Path, Query, Request, Response

from app.convert.search.results import (
    SearchBest,
    SearchCells,
    SearchCurves,
    SearchImportance,
    best_answer,
    cells_answer,
    curves_answer,
    importance_answer,
)
from app.convert.search.trials import (
    Entries,
    SearchInfo,
    SearchList,
    SearchStatus,
    alone,
    news_of,
    read_search,
    search_info,
    status_of,
    trials_of,
)
from app.http.addresses import relative
from app.http.events import EVENTS, documented, event, streamed
from app.http.request_body import json_body
from app.http.responses import choose, plain
from app.routes.dependencies import Services, ServicesDep, patiently
from app.routes.openapi_parts import WHOLE, bodies, component
from app.runs.workers import Ticket
from app.search.job import Job, Snapshot
from app.wire.json_numbers import JSON
from app.wire.schema import schema

router = APIRouter(prefix="/api/searches", tags=["searches"])
T = TypeVar("T")

PAUSE = 0.25  # seconds between two looks at a search that somebody watches
EXAMPLE: dict[str, Any] = {
    "base": {
        "data": {"name": "spiral", "samples": 300, "noise": 0.05},
        "batch_size": 30,
        "layers": [{"units": 8, "activation": "tanh"}, {"units": 1, "activation": "tanh"}],
        "optimizer": {"type": "sgd", "learning_rate": 0.1},
    },
    "axes": [
        {"path": "optimizer.learning_rate", "values": [0.03, 0.1, 0.3]},
        {"path": "layers[0].units", "values": [4, 8, 16]},
    ],
    "method": "grid",
    "seeds": 3,
    "iterations": 500,
    "objective": "test_loss@last",
}
RANDOM: dict[str, Any] = {
    **EXAMPLE,
    "axes": [{"path": "optimizer.learning_rate", "low": 0.001, "high": 1, "scale": "log"}, EXAMPLE["axes"][1]],
    "method": "random",
    "trials": 40,
}
LIVE = documented(
    'event: trials\ndata: {"entries": [], "next": null}\n\nevent: progress\ndata: {"state": "running", "done": 12, '
    '"failed": 0, "diverged": 1, "trials": 27, "best": null, "bound": 10.4, "seconds": 1.2, "seconds_left": 1.5, '
    '"trouble": ""}\n\n'
    "event: done\ndata: {}\n\n"
)
FOUND: dict[int | str, dict[str, Any]] = {
    200: {"model": schema(SearchInfo), "description": "The search was known already."}
}
SearchId = Annotated[
    str, Path(description="Id of a search, as `POST /api/searches` gives it.", max_length=64, examples=["5f0c1e9a77d2"])
]


@router.post(
    "",
    status_code=201,
    response_model=schema(SearchInfo),
    responses=FOUND,
    openapi_extra=bodies(component("Search"), {"grid": ("A full grid", EXAMPLE), "random": ("Random", RANDOM)}),
    summary="Begin a search",
)
async def create_search(request: Request, services: ServicesDep) -> Response:
    """Every trial is a run: the base with other settings and another seed. One search runs at a time.

    The same search has the same id and the same trials anywhere; one that is known is not run again, one that was
    cancelled goes on.
    """
    given = await json_body(request)
    search = await services.work(request, lambda _: read_search(given, services.limits))
    job, new = services.searches.add(search)
    info = search_info(job.snapshot(), services.searches.crew)
    return plain(info, 201 if new else 200, {"location": relative(request, f"/api/searches/{search.id}")})


@router.get("", response_model=schema(SearchList), summary="All searches")
async def list_searches(request: Request, services: ServicesDep) -> Response:
    """What this server knows, the latest first."""
    searches = services.searches
    infos = [search_info(job.snapshot(), searches.crew) for job in searches.all()]
    return plain(SearchList(infos, None))


@router.get("/{search_id}", response_model=schema(SearchStatus), responses=LIVE, summary="How far a search is")
async def get_search(request: Request, services: ServicesDep, search_id: SearchId) -> Response:
    """How far it is and the best trial so far.

    With `Accept: text/event-stream` while it runs: `trials` with those that are new since the event before, beginning
    with all there are, `progress` with this answer, and `done` at its end. Closing the connection does not stop it.
    """
    job = services.searches.get(search_id)
    if choose(request.headers.get("accept", "*/*"), [JSON, EVENTS]) == EVENTS:
        return streamed(_events(request, services, job))
    return await _answer(request, services, search_id, status_of)


async def _events(request: Request, services: Services, job: Job) -> AsyncGenerator[bytes]:
    told, version = 0, -1
    while True:
        found = job.snapshot()
        if found.version != version:
            news, status = await patiently(partial(services.work, request, partial(_news, found, told)))
            if news.entries:
                yield event("trials", news)
            yield event("progress", status)
            told, version = len(found.order), found.version
        if found.state in ("done", "cancelled"):
            break
        await asyncio.sleep(PAUSE)
    yield event("done", {})


def _news(found: Snapshot, told: int, _: Ticket) -> tuple[Entries, SearchStatus]:
    return news_of(found, told), status_of(found)


@router.get("/{search_id}/config", response_model=schema(SearchInfo), summary="A search")
async def get_search_config(request: Request, services: ServicesDep, search_id: SearchId) -> Response:
    """What is asked for, in its normal form, as `POST /api/searches` answers it."""
    return await _answer(request, services, search_id, lambda found: search_info(found, services.searches.crew))


@router.get("/{search_id}/trials", response_model=schema(Entries), summary="What came of its trials")
async def get_trials(
    request: Request,
    services: ServicesDep,
    search_id: SearchId,
    after: Annotated[
        int,
        Query(ge=0, **WHOLE, description="The number of the trial to begin with: `next` of the page before."),
    ] = 0,
    limit: Annotated[int, Query(ge=1, le=5000, description="How many at the most.")] = 1000,
    config: Annotated[bool, Query(description="Whether each comes with its whole configuration.")] = True,
    exact: Annotated[
        bool, Query(description="Whether those of this page that were trained beside others are done again, alone.")
    ] = False,
) -> Response:
    """Those that are done, in the order of their numbers. Each opens as a run: POST its `config` to `/api/runs`.

    With `exact` the numbers of all on this page are those of the runs themselves, to the bit: each that is not so yet
    is trained again for this answer, so ask for few at a time.
    """
    job = services.searches.get(search_id)

    def work(ticket: Ticket) -> Response:
        found = job.snapshot()
        return plain(trials_of(alone(found, after, limit, ticket) if exact else found, after, limit, config))

    return await services.work(request, work)


@router.get("/{search_id}/importance", response_model=schema(SearchImportance), summary="Which axes mattered")
async def get_importance(request: Request, services: ServicesDep, search_id: SearchId) -> Response:
    """On a full grid each axis' exact share of the variance (of the logarithm of a loss), with every group of axes and
    the luck of the seeds: they sum to 1. Else PED-ANOVA: how differently the better trials lie on each axis.

    422 where too little is done to tell, or all came out equal.
    """
    return await _answer(request, services, search_id, importance_answer)


@router.get("/{search_id}/best", response_model=schema(SearchBest), summary="The best setting, and how sure that is")
async def get_best(request: Request, services: ServicesDep, search_id: SearchId) -> Response:
    """The setting with the least median over its seeds, held against every other one seed by seed.

    Of trials that came equally far; a few seeds cannot tell settings apart, and `says` then says so.
    """
    return await _answer(request, services, search_id, best_answer)


@router.get("/{search_id}/curves", response_model=schema(SearchCurves), summary="How its trials went")
async def get_curves(
    request: Request,
    services: ServicesDep,
    search_id: SearchId,
    group: Annotated[
        str,
        Query(
            description="The path of an axis, `setting` for each setting with its seeds; empty: all trials together.",
            max_length=200,
        ),
    ] = "",
) -> Response:
    """Loss against iterations: median, quartiles, least and most over the trials of a group; never a mean."""
    return await _answer(request, services, search_id, lambda found: curves_answer(found, group))


AxisPath = Annotated[str, Query(description="The path of an axis with values.", max_length=200)]


@router.get("/{search_id}/cells", response_model=schema(SearchCells), summary="A search over two axes")
async def get_cells(request: Request, services: ServicesDep, search_id: SearchId, x: AxisPath, y: AxisPath) -> Response:
    """Median and best of the objective, and how many diverged, for each pair of values of two axes."""
    return await _answer(request, services, search_id, lambda found: cells_answer(found, x, y))


@router.post("/{search_id}/cancel", response_model=schema(SearchStatus), summary="Stop a search")
async def cancel_search(request: Request, services: ServicesDep, search_id: SearchId) -> Response:
    """What is done stays; to POST the search again goes on with it."""
    services.searches.cancel(search_id)
    return await _answer(request, services, search_id, status_of)


async def _answer(request: Request, services: Any, search_id: str, answer: Callable[[Snapshot], T]) -> Response:
    job = services.searches.get(search_id)
    return plain(await services.work(request, lambda _: answer(job.snapshot())))
