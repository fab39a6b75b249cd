"""Who works when: short work passes by long work, long work arrives, and a failure holds no arrays."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx
import numpy as np
import pytest

from app import convert
from app.http.problems import Problem
from app.main import create_app
from app.runs import workers
from app.runs.turns import MOST_ASIDE, SLICE, Turns
from app.runs.workers import Jobs, StoppedError, Ticket
from app.settings import Settings
from engine.foundation.errors import CancelledWorkError, ConfigError
from tests.app.asgi import completed
from tests.app.conftest import CIRCLE
from tests.app.runs.test_workers import Client, patient, run

pytestmark = pytest.mark.timeout(60)


def long(ticket: Ticket, slices: int = 1000) -> int:
    """Work of so many slices that looks at its ticket, as the engine does; how many of them it did."""
    for number in range(slices):
        if ticket():
            return number
        time.sleep(SLICE * 1.1)
    return slices


def short(_: Ticket) -> float:
    return time.monotonic()


@pytest.mark.parametrize("heavy", [2, 1 + MOST_ASIDE])
def test_short_work_is_done_while_every_place_is_taken_by_long_work(heavy: int) -> None:
    async def test(jobs: Jobs) -> list[float]:
        clients = [Client() for _ in range(heavy)]
        tasks = [asyncio.create_task(jobs.run(client.request, long)) for client in clients]
        waits = []
        for _ in range(5):
            await asyncio.sleep(0.05)
            began = time.monotonic()
            waits.append(await jobs.run(Client().request, short) - began)
        for client in clients:
            client.leave()
        await asyncio.gather(*tasks, return_exceptions=True)
        return waits

    assert max(run(test, workers=2, seconds=500)) < 50 * SLICE  # for ever, if long work kept its place


def test_long_work_arrives_though_short_work_never_ends() -> None:
    async def test(jobs: Jobs) -> bool:
        ended = asyncio.Event()

        async def busy() -> None:
            while not ended.is_set():
                await jobs.run(Client().request, lambda _: time.sleep(SLICE / 5))

        crowd = [asyncio.create_task(busy()) for _ in range(4)]
        done = await jobs.run(Client().request, lambda ticket: long(ticket, 8))
        ended.set()
        await asyncio.gather(*crowd)
        return done == 8

    assert run(test, workers=1)


def test_nothing_is_held_that_others_need_while_work_makes_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """One place, and every look at a ticket gives it to whoever waits: work that held a lock would hold all up."""
    monkeypatch.setattr(workers, "SLICE", -1.0)
    app = create_app(Settings(workers=1))
    at = ("iterations/{t}", "iterations/{t}/trace", "iterations/{t}/evaluation", "frames?from={t}&to=99")

    async def test() -> set[int]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            run = (await client.post("/api/runs", json=CIRCLE)).json()["id"]
            paths = [f"/api/runs/{run}/{path.format(t=t)}" for t in range(7, 90, 20) for path in at]
            answers = await asyncio.wait_for(asyncio.gather(*map(client.get, paths)), 40)
        return {answer.status_code for answer in answers}

    assert completed(test()) == {200}


def test_no_more_works_at_a_time_than_there_are_places() -> None:
    working, most, lock = 0, 0, threading.Lock()

    def counted(ticket: Ticket) -> None:
        nonlocal working, most
        for _ in range(4):
            with lock:
                working += 1
                most = max(most, working)
            time.sleep(SLICE * 1.1)
            with lock:
                working -= 1
            ticket()

    async def test(jobs: Jobs) -> None:
        await asyncio.gather(*(jobs.run(Client().request, counted) for _ in range(3 + MOST_ASIDE)))

    run(test, workers=2)
    assert most == 2


def test_so_much_is_begun_and_set_aside_and_no_more() -> None:
    begun: list[int] = []

    def noted(number: int, ticket: Ticket) -> None:
        begun.append(number)
        patient(ticket)

    async def test(jobs: Jobs) -> int:
        clients = [Client() for _ in range(MOST_ASIDE + 10)]
        work = [partial(noted, number) for number in range(len(clients))]
        tasks = [asyncio.create_task(jobs.run(c.request, w)) for c, w in zip(clients, work, strict=True)]
        await asyncio.sleep(SLICE * (MOST_ASIDE + 10) * 3)
        most = len(begun)
        for client in clients:
            client.leave()
        await asyncio.gather(*tasks, return_exceptions=True)
        return most

    assert run(test, workers=1, seconds=500) <= 1 + MOST_ASIDE


def test_time_that_work_is_set_aside_does_not_count() -> None:
    async def test(jobs: Jobs) -> list[int]:
        return await asyncio.gather(*(jobs.run(Client().request, lambda ticket: long(ticket, 6)) for _ in range(4)))

    assert run(test, workers=1, seconds=SLICE * 20) == [6, 6, 6, 6]


def test_threads_end_once_the_last_work_is_done_and_not_before() -> None:
    turns = Turns(1)
    futures = [turns.submit(time.sleep, 0.02) for _ in range(3)]
    turns.shutdown()
    wait(futures)
    assert [future.exception() for future in futures] == [None, None, None]


@contextmanager
def no_collection() -> Iterator[None]:
    """Circles of references stay while this lasts."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def out_of_memory() -> None:
    raise MemoryError


def refused() -> None:
    with convert.engine_errors():
        raise ConfigError("no", "layers")


def stopped() -> None:
    with convert.engine_errors():
        raise CancelledWorkError


def twice() -> None:
    try:
        out_of_memory()
    except MemoryError:
        raise ValueError from None


@pytest.mark.parametrize("fail", [out_of_memory, refused, stopped, twice])
def test_a_failure_holds_nothing_of_what_was_computed(fail: Callable[[], None]) -> None:
    arrays: list[weakref.ref[Any]] = []

    def work(_: Ticket) -> None:
        large = np.zeros(1000)
        arrays.append(weakref.ref(large))
        held = [large]
        fail()
        held.clear()

    async def test(jobs: Jobs) -> list[bool]:
        with pytest.raises((MemoryError, Problem, StoppedError, ValueError)):
            await jobs.run(Client().request, work)
        return [array() is None for array in arrays]

    with no_collection():
        assert run(test) == [True]


def test_work_out_of_time_says_where_it_goes_on_only_if_it_does() -> None:
    def kept(ticket: Ticket) -> None:
        while not ticket():
            time.sleep(0.001)
        raise StoppedError(120)

    async def test(jobs: Jobs) -> list[str]:
        problems = await asyncio.gather(
            *(jobs.run(Client().request, work) for work in (kept, patient)), return_exceptions=True
        )
        return [str(problem).partition("; the limit")[0] for problem in problems]

    assert run(test, workers=2, seconds=0.02) == [
        "this took too long and was stopped; training up to iteration 120 is kept, so asking again goes on from there",
        "this took too long and was stopped",
    ]
