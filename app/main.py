"""`create_app`: the parts put together."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI, Request, Response

from app import __version__, openapi
from app.http import problems
from app.http.assets import static_folder
from app.http.compressed import Compressed
from app.http.guard import Door, Guard
from app.http.kept import Kept
from app.http.watched import Watched
from app.routes import ROUTERS, pages
from app.routes.dependencies import Services
from app.routes.query import check_query
from app.runs.registry import SHARE_OF_ANSWERS, Runs
from app.runs.workers import Jobs
from app.search.searches import Searches
from app.settings import Settings
from app.storage.database import DatabaseError, database
from app.storage.library import Library
from app.watching.metrics import meter
from app.watching.readiness import Probe


def create_app(settings: Settings | None = None) -> FastAPI:
    """The server for these settings."""
    settings = settings or Settings()
    app = FastAPI(
        title="Backscope",
        version=__version__,
        summary="Backpropagation, step by step, with every number in reach.",
        description=openapi.DESCRIPTION,
        openapi_tags=openapi.TAGS,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        lifespan=_lifespan,
    )
    jobs = Jobs(settings.workers, settings.limits)
    figures = meter(lambda: jobs.waiting)
    app.state.meter = figures
    library = Library(database(settings.database, settings.library_file))
    app.state.services = Services(settings, Runs(settings), jobs, Searches(settings), library)
    app.state.probe = Probe(library, settings.runs_folder)
    app.state.door = Door.of(settings)
    if settings.home:
        from app.http.forward import Forward  # it needs a client, whose import takes a fifteenth of the start

        held = ("/api/searches",) if settings.library_file or settings.database else ("/api/searches", "/api/library")
        app.add_middleware(Forward, home=settings.home, paths=held, body_bytes=settings.limits.body_bytes)
    app.add_middleware(Compressed)
    app.add_middleware(Kept, most_bytes=settings.limits.cache_bytes // SHARE_OF_ANSWERS)
    app.add_middleware(Guard, door=app.state.door)
    app.add_middleware(Watched, meter=figures)
    problems.install(app)
    app.add_exception_handler(DatabaseError, _library_is_out_of_reach)
    for router in ROUTERS:
        app.include_router(router, dependencies=[Depends(check_query)])
    app.include_router(pages.router)  # what others add to the address of a page, as mail programs do, is not ours
    app.mount("/static", pages.BuiltFiles(directory=static_folder(), check_dir=False))
    openapi.install(app)
    return app


async def _library_is_out_of_reach(request: Request, error: Exception) -> Response:
    """The rest goes on: a run needs no library."""
    logging.getLogger(__name__).warning("the library cannot be used: %s", error)
    detail = "The library cannot be read or written now: the server's log says why. Everything else works."
    return problems.Problem(503, "library-unavailable", detail, title="Library out of reach").response()


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    services: Services = app.state.services
    services.searches.resume()
    try:
        yield
    finally:
        services.searches.close()
        services.jobs.close()
        services.library.close()
