"""Work on threads: cancelled, bounded, and out of time."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from starlette.requests import Request
from starlette.types import Message

from app.http.addresses import client_of
from app.http.problems import LimitInfo, Problem
from app.runs.workers import Jobs, StoppedError, Ticket
from app.settings import Limits
from tests.app.asgi import completed

pytestmark = pytest.mark.timeout(20)  # work that nobody stops would go on for ever


class Client:
    """A request's connection, which the test can close."""

    def __init__(self, host: str = "") -> None:
        self._gone = asyncio.Event()
        scope: dict[str, Any] = {"type": "http", "headers": [], "client": (host, 1) if host else None}
        self.request = Request(scope, self._receive)

    async def _receive(self) -> Message:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    def leave(self) -> None:
        self._gone.set()


def patient(ticket: Ticket) -> None:
    """Work without end that asks its ticket, as the engine does."""
    while not ticket():
        time.sleep(0.001)
    raise StoppedError


class Clock:
    """The time that a ticket reads, set by the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)


def test_the_deadline_of_work_is_its_seconds_after_it_was_taken_up(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, ticket = Clock(monkeypatch), Ticket(2.0)
    over = []
    for start, later in ((False, 500.0), (True, 2.0), (False, 0.5)):
        if start:
            ticket.start()
        clock.now += later
        over.append((ticket(), ticket.expired))
    assert over == [(False, False), (False, False), (True, True)]


def test_work_that_nobody_waits_for_has_to_stop_but_is_not_out_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    _, ticket = Clock(monkeypatch), Ticket(2.0)
    ticket.start()
    ticket.cancel()
    assert (ticket(), ticket.expired) == (True, False)


def run(test: Callable[[Jobs], Coroutine[Any, Any, Any]], workers: int = 1, **limits: Any) -> Any:
    jobs = Jobs(workers, Limits(**limits))
    try:
        return completed(test(jobs))
    finally:
        jobs.close()


def test_work_is_done_on_a_thread_of_our_own() -> None:
    async def test(jobs: Jobs) -> str:
        return await jobs.run(Client().request, lambda _: threading.current_thread().name)

    assert run(test).startswith("backscope-")


def test_an_error_of_the_work_reaches_whoever_waits() -> None:
    async def test(jobs: Jobs) -> None:
        await jobs.run(Client().request, lambda _: [].pop())

    with pytest.raises(IndexError):
        run(test)


def test_work_stops_when_its_client_leaves() -> None:
    async def test(jobs: Jobs) -> int:
        client = Client()
        asyncio.get_running_loop().call_later(0.02, client.leave)
        with pytest.raises(Problem) as stopped:
            await jobs.run(client.request, patient)
        return stopped.value.status

    assert run(test) == 499


def test_work_that_waits_never_starts_once_its_client_has_left() -> None:
    started: list[bool] = []

    async def test(jobs: Jobs) -> None:
        first, second = Client(), Client()
        running = asyncio.create_task(jobs.run(first.request, patient))
        waiting = asyncio.create_task(jobs.run(second.request, lambda _: started.append(True)))
        await asyncio.sleep(0.02)
        second.leave()
        await asyncio.gather(waiting, return_exceptions=True)
        first.leave()
        await asyncio.gather(running, return_exceptions=True)

    run(test)
    assert started == []


def test_a_cancelled_handler_cancels_its_work() -> None:
    async def test(jobs: Jobs) -> int:
        task = asyncio.create_task(jobs.run(Client().request, patient))
        await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        # the only thread is free again
        return await asyncio.wait_for(jobs.run(Client().request, lambda _: 7), 1)

    assert run(test) == 7


def test_work_out_of_time_is_stopped_and_names_the_limit() -> None:
    async def test(jobs: Jobs) -> Any:
        with pytest.raises(Problem) as stopped:
            await jobs.run(Client().request, patient)
        return stopped.value.limit

    assert run(test, seconds=0.02) == LimitInfo("seconds", 0.02)


def test_time_in_the_queue_does_not_count() -> None:
    async def test(jobs: Jobs) -> list[Any]:
        work = [jobs.run(Client().request, lambda _: time.sleep(0.06)) for _ in range(3)]
        return await asyncio.gather(*work)

    assert run(test, seconds=0.1) == [None, None, None]


def test_too_much_waiting_work_is_refused_with_a_time_to_come_back() -> None:
    async def test(jobs: Jobs) -> tuple[list[int], str]:
        clients = [Client() for _ in range(4)]  # one that works, two that wait, one too many
        tasks = [asyncio.create_task(jobs.run(client.request, patient)) for client in clients]
        await asyncio.sleep(0.02)
        for client in clients:
            client.leave()
        ended = [p for p in await asyncio.gather(*tasks, return_exceptions=True) if isinstance(p, Problem)]
        return [problem.status for problem in ended], ended[-1].headers["retry-after"]

    assert run(test, waiting=2) == ([499, 499, 499, 503], "1")


def test_closing_stops_what_runs_and_what_waits() -> None:
    async def test(jobs: Jobs) -> list[int]:
        tasks = [asyncio.create_task(jobs.run(Client().request, patient)) for _ in range(3)]
        await asyncio.sleep(0.02)
        jobs.close()
        stopped = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 2)
        return [problem.status for problem in stopped if isinstance(problem, Problem)]

    assert run(test) == [499, 499, 499]


def test_the_event_loop_goes_on_while_numbers_are_computed() -> None:
    async def test(jobs: Jobs) -> int:
        client, beats = Client(), 0
        task = asyncio.create_task(jobs.run(client.request, patient))
        for _ in range(20):
            await asyncio.sleep(0.001)
            beats += 1
        client.leave()
        await asyncio.gather(task, return_exceptions=True)
        return beats

    assert run(test) == 20


def test_one_client_with_much_heavy_work_leaves_room_for_another() -> None:
    async def test(jobs: Jobs) -> float:
        greedy = [Client("10.0.0.1") for _ in range(40)]
        tasks = [asyncio.create_task(jobs.run(client.request, patient)) for client in greedy]
        await asyncio.sleep(0.1)
        began = time.monotonic()
        await asyncio.wait_for(jobs.run(Client("10.0.0.2").request, lambda _: None), 5)
        lasted = time.monotonic() - began
        for client in greedy:
            client.leave()
        await asyncio.gather(*tasks, return_exceptions=True)
        return lasted

    assert run(test, workers=2, seconds=500) < 4  # for ever, if the first could begin all that may be begun


def test_one_client_never_fills_the_queue() -> None:
    async def test(jobs: Jobs) -> list[int]:
        clients = [Client("10.0.0.1") for _ in range(10)]
        tasks = [asyncio.create_task(jobs.run(client.request, patient)) for client in clients]
        await asyncio.sleep(0.02)
        answer: int = await jobs.run(Client("10.0.0.2").request, lambda _: 7)
        for client in clients:
            client.leave()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        return [answer, *sorted(p.status for p in ended if isinstance(p, Problem))]

    assert run(test, workers=2, waiting=6, seconds=500) == [7, *[499] * 6, *[503] * 4]


@pytest.mark.parametrize(
    ("peer", "told", "client"),
    [
        ("10.0.0.1", "", "10.0.0.1"),
        ("127.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        ("93.184.216.34", "203.0.113.9", "93.184.216.34"),
        ("", "203.0.113.9", ""),
    ],
)
def test_a_client_is_whom_a_proxy_of_ones_own_was_asked_by(peer: str, told: str, client: str) -> None:
    headers = [(b"x-forwarded-for", told.encode())] if told else []
    scope = {"type": "http", "headers": headers, "client": (peer, 1) if peer else None}
    assert client_of(Request(scope)) == client
