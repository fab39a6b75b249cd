"""Work for numpy happens here: on threads of our own, never on the event loop, and only while somebody waits for it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from typing import Any, TypeVar

from starlette.requests import Request

from app.http.problems import Problem, gone, over_limit
from app.settings import Limits

T = TypeVar("T")


class Ticket:
    """What the work asks now and then: true once nobody wants its result, or its time is over."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._deadline = float("inf")
        self._gone = threading.Event()

    def __call__(self) -> bool:
        return self._gone.is_set() or self.expired

    @property
    def expired(self) -> bool:
        """Whether the work has used up its time."""
        return time.monotonic() > self._deadline

    def start(self) -> None:
        """The time runs from the moment that a thread takes the work up, not while it queues."""
        self._deadline = time.monotonic() + self._seconds

    def cancel(self) -> None:
        """Nobody waits any more."""
        self._gone.set()


Work = Callable[[Ticket], T]


class StoppedError(Exception):
    """The work noticed its ticket and stopped."""


class Workers(Executor):
    """Daemon threads: the process may end while one still computes. The standard pool would wait for it."""

    def __init__(self, count: int) -> None:
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._count = count
        for number in range(count):
            threading.Thread(target=self._serve, name=f"backscope-{number}", daemon=True).start()

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future: Future[T] = Future()
        self._queue.put(lambda: _fulfil(future, lambda: fn(*args, **kwargs)))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        for _ in range(self._count):
            self._queue.put(None)

    def _serve(self) -> None:
        while (work := self._queue.get()) is not None:
            work()


def _fulfil(future: Future[T], work: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(work())
    except BaseException as error:  # it belongs to whoever waits for the future
        future.set_exception(error)


class Jobs:
    """As many threads as cores, and a bounded queue before them."""

    def __init__(self, workers: int, limits: Limits) -> None:
        self._workers = Workers(workers)
        self._limits = limits
        self._tickets: set[Ticket] = set()
        self._most = workers + limits.waiting

    async def run(self, request: Request, work: Work[T]) -> T:
        """The work's result; its ticket is cancelled when the request's connection closes.

        Raises: Problem if too much work waits already, or the work ran out of time.
        """
        if len(self._tickets) >= self._most:
            raise busy(self._limits.waiting)
        ticket = Ticket(self._limits.seconds)
        self._tickets.add(ticket)
        watch = asyncio.create_task(_cancel_when_gone(request, ticket))
        try:
            return await asyncio.get_running_loop().run_in_executor(self._workers, _perform, work, ticket)
        except StoppedError:
            raise self._stopped(ticket) from None
        finally:
            ticket.cancel()
            watch.cancel()
            self._tickets.discard(ticket)

    @property
    def waiting(self) -> int:
        """How many requests have work that runs or waits."""
        return len(self._tickets)

    def _stopped(self, ticket: Ticket) -> Problem:
        if ticket.expired:
            given = "this took too long and was stopped; what was computed is kept, so asking again may get further"
            return over_limit("seconds", self._limits.seconds, given)
        return gone()

    def close(self) -> None:
        """Stop all work: what runs notices its ticket, what waits never starts."""
        for ticket in list(self._tickets):
            ticket.cancel()
        self._workers.shutdown()


def busy(waiting: int) -> Problem:
    """Too many at once; a moment later there is room again."""
    detail = f"More than {waiting} requests wait for this server. Ask again in a second."
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
