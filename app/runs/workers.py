"""Work for numpy happens here: on threads of our own, never on the event loop, and only while somebody waits for it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from starlette.requests import Request

from app.http.addresses import client_of
from app.http.problems import Problem, gone, over_limit
from app.runs.shares import Shares
from app.runs.turns import MOST_ASIDE, SLICE, Turns
from app.settings import Limits

T = TypeVar("T")


class Ticket:
    """What the work asks now and then: true once nobody wants its result, or its time is over.

    Asking is also how long work makes way for others: it may wait in there, and that time does not count.
    """

    def __init__(self, seconds: float, make_way: Callable[[float], None] = lambda _: None) -> None:
        self._seconds = seconds
        self._make_way = make_way
        self._used = 0.0  # before the slice that runs now
        self._since: float | None = None
        self._gone = threading.Event()

    def __call__(self) -> bool:
        if self._since is not None and time.monotonic() - self._since > SLICE:
            self._used += time.monotonic() - self._since
            self._make_way(self._used)
            self._since = time.monotonic()
        return self._gone.is_set() or self.expired

    @property
    def expired(self) -> bool:
        """Whether the work has used up its time."""
        running = time.monotonic() - self._since if self._since is not None else 0.0
        return self._used + running > self._seconds

    def start(self) -> None:
        """The time runs from the moment that a thread takes the work up, not while it queues."""
        self._since = time.monotonic()

    def cancel(self) -> None:
        """Nobody waits any more."""
        self._gone.set()


Work = Callable[[Ticket], T]


class StoppedError(Exception):
    """The work noticed its ticket and stopped.

    Args: reached: the iteration up to which training is kept.
    """

    def __init__(self, reached: int | None = None) -> None:
        super().__init__()
        self.reached = reached


class Jobs:
    """As many threads as cores, and a bounded queue before them, of which no client has all."""

    def __init__(self, workers: int, limits: Limits) -> None:
        self._turns = Turns(workers)
        self._limits = limits
        self._tickets: set[Ticket] = set()
        self._most = workers + limits.waiting
        self._shares = Shares(workers + MOST_ASIDE, self._most)

    async def run(self, request: Request, work: Work[T]) -> T:
        """The work's result; its ticket is cancelled when the request's connection closes.

        Raises: Problem if too much work waits already, or the work ran out of time.
        """
        client = client_of(request)
        if len(self._tickets) >= self._most or self._shares.full(client):
            raise busy()
        ticket = Ticket(self._limits.seconds, self._turns.make_way)
        self._tickets.add(ticket)
        watch = asyncio.create_task(_cancel_when_gone(request, ticket))
        try:
            async with self._shares.place(client):
                return await asyncio.get_running_loop().run_in_executor(self._turns, _perform, work, ticket)
        except StoppedError as stopped:
            raise self._stopped(ticket, stopped.reached) from None
        finally:
            ticket.cancel()
            watch.cancel()
            self._tickets.discard(ticket)

    @property
    def waiting(self) -> int:
        """How many requests have work that runs or waits."""
        return len(self._tickets)

    def _stopped(self, ticket: Ticket, reached: int | None) -> Problem:
        if not ticket.expired:
            return gone()
        goes_on = f"; training up to iteration {reached} is kept, so asking again goes on from there" if reached else ""
        return over_limit("seconds", self._limits.seconds, f"this took too long and was stopped{goes_on}")

    def close(self) -> None:
        """Stop all work: what runs notices its ticket, what waits never starts."""
        for ticket in list(self._tickets):
            ticket.cancel()
        self._turns.shutdown()


def busy() -> Problem:
    """Too many at once, of all or of one client; a moment later there is room again."""
    detail = "As many requests wait for this server as may. Ask again in a second."
    return Problem(503, "busy", detail, title="Busy", headers={"retry-after": "1"})


def _perform(work: Work[T], ticket: Ticket) -> T:
    if ticket():
        raise StoppedError
    ticket.start()
    return work(ticket)


async def _cancel_when_gone(request: Request, ticket: Ticket) -> None:
    # the body, if any, has been read by now, so all that can still come is the end of the connection
    while (await request.receive())["type"] != "http.disconnect":
        pass
    ticket.cancel()
