"""What every route works with: the runs, the threads, and the way from a request to its answer."""

from __future__ import annotations

import math
from asyncio import sleep
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Path, Request, Response

from app import convert
from app.convert.catalog import preset_ids
from app.http.problems import Problem, over_limit
from app.http.responses import FOR_ALL, Answer, respond
from app.routes.openapi_parts import within
from app.runs.limits import check_given
from app.runs.registry import Added, Runs
from app.runs.workers import Jobs, Ticket
from app.search.searches import Searches
from app.settings import Limits, Settings
from app.storage.library import Library
from engine.run.run import Run

T = TypeVar("T")
BUSY = 503


@dataclass(frozen=True, slots=True)
class Services:
    """One server's parts; made in `create_app`."""

    settings: Settings
    runs: Runs
    jobs: Jobs
    searches: Searches
    library: Library

    @property
    def limits(self) -> Limits:
        return self.settings.limits

    def add_run(self, config: Any) -> str:
        """Make a configuration known, on the calling thread; gives its id.

        Raises: Problem if it cannot be run here.
        """
        with convert.engine_errors():
            return self.make_run(config).run.config.id

    def add_recording(self, data: bytes) -> str:
        """Make a recorded loop known, on the calling thread; gives its id.

        Raises: Problem if it cannot be explained here.
        """
        return self.runs.add_recording(data).run.config.id

    def make_run(self, given: Any) -> Added:
        """The run of a configuration in its JSON form.

        Raises: Problem past a limit; EngineError if it cannot be run.
        """
        check_given(given, self.limits)
        return self.runs.add(convert.config(given))

    async def work(self, request: Request, work: Callable[[Ticket], T]) -> T:
        """The result of work on a thread, with the engine's errors as problems."""

        def translated(ticket: Ticket) -> T:
            with convert.engine_errors():
                return work(ticket)

        return await self.jobs.run(request, translated)


# The framework takes a function that is not async to a thread and back, which takes longer than most answers do.


async def services(request: Request) -> Services:
    """The server's parts, for a route."""
    found: Services = request.app.state.services
    return found


ServicesDep = Annotated[Services, Depends(services)]
RunId = Annotated[
    str,
    Path(
        description="Id of a run, as `POST /api/runs` gives it.",
        max_length=64,
        examples=["b3f1c0a79d5e42ab8c61"],
    ),
]


async def patiently(ask: Callable[[], Awaitable[T]], turns: float = math.inf) -> T:
    """What is asked for, again each second while the server is busy, for so many turns.

    It is a piece of longer work, and whoever waits for the whole of it waits anyway.
    """
    tried = 0
    while True:
        try:
            return await ask()
        except Problem as problem:
            if problem.status != BUSY or tried >= turns:
                raise
        tried += 1
        await sleep(1)


class RunReply:
    """A GET under a run: its work is done on a thread and answered as something that never changes."""

    def __init__(self, request: Request, services: Services, run_id: str) -> None:
        self.request = request
        self.services = services
        self.run_id = run_id

    @property
    def limits(self) -> Limits:
        return self.services.limits

    def iteration(self, t: int, path: str) -> int:
        """An iteration from the query, if it may be asked for."""
        return checked_iteration(self.limits, t, path)

    def check_resolution(self, resolution: int) -> None:
        """Refuse a picture too fine for this server."""
        if resolution > self.limits.resolution:
            raise over_limit("resolution", self.limits.resolution, f"resolution {resolution}", "query.resolution")

    def check_span(self, start: int, end: int, path: str = "query.to") -> None:
        """Refuse a range of iterations that is empty, or too far or too long for this server."""
        checked_iteration(self.limits, start, "query.from")
        checked_iteration(self.limits, end, path)
        if start >= end:
            text = f"from and to are a range like 0 to 500; given {start} to {end}"
            raise Problem(422, "range", text, path, title="Out of range")
        if end - start > self.limits.iterations_per_request:
            most = self.limits.iterations_per_request
            raise over_limit("iterations_per_request", most, f"{end - start} iterations", path)

    async def work(self, work: Callable[[Run, Ticket], T]) -> T:
        """The result of work on the run."""
        runs, run_id = self.services.runs, self.run_id
        return await self.services.work(self.request, lambda ticket: work(runs.get(run_id), ticket))

    async def patiently(self, work: Callable[[Run, Ticket], T], turns: float = math.inf) -> T:
        """The same for a piece of longer work: see `patiently`."""
        return await patiently(lambda: self.work(work), turns)

    async def __call__(self, make: Callable[[Run, Ticket], Answer]) -> Response:
        """The answer, in the form that the request accepts."""
        accept = self.request.headers.get("accept", "*/*")
        known = self.request.headers.get("if-none-match", "")
        return await self.work(lambda run, ticket: self._shared(respond(make(run, ticket), accept, known)))

    def _shared(self, response: Response) -> Response:
        """On a server for everybody, what is told of a preset may be kept for all by any cache on the way."""
        if self.services.settings.public and self.run_id in preset_ids():
            response.headers["cache-control"] = FOR_ALL
        return response


async def run_reply(request: Request, services: ServicesDep, run_id: RunId) -> RunReply:
    """The reply of a route under a run."""
    return RunReply(request, services, run_id)


Reply = Annotated[RunReply, Depends(run_reply)]


async def iteration(
    services: ServicesDep,
    t: Annotated[
        int,
        Path(
            description="Iteration: 0 starts from the initial parameters.",
            examples=[12],
            **within(0, "iterations"),
        ),
    ],
) -> int:
    """An iteration that this server is ready to compute."""
    return checked_iteration(services.limits, t, "path.t")


Iteration = Annotated[int, Depends(iteration)]


def checked_iteration(limits: Limits, t: int, path: str) -> int:
    """The iteration, if it may be asked for.

    Raises: Problem naming the limit.
    """
    if t < 0:
        raise Problem(422, "range", f"iterations start at 0; given {t}", path, title="Out of range")
    if t > limits.iterations:
        raise over_limit("iterations", limits.iterations, f"iteration {t} is too far", path)
    return t
