"""Several processes on one socket: any of them answers, one that dies is replaced, and all end with the first."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app.conftest import CIRCLE
from tests.app.search.test_search_routes import SEARCH
from tests.app.test_cli import end, started

linux = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="children are found in /proc")


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Any, str]]:
    """Two processes, and their address."""
    with started("--port", "0", "--workers", "2", "--ephemeral") as found:
        yield found


def children(pid: int) -> list[int]:
    """The processes that serve; the one that watches over shared resources is none of them."""
    found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [child for child in found if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def asked(address: str, path: str, count: int = 24) -> list[httpx.Response]:
    """The answers on connections of their own, several at once, so that every process has some of them."""
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda _: httpx.get(address + path, timeout=30), range(count)))


def test_any_process_answers_for_any_run(server: tuple[Any, str]) -> None:
    _, address = server
    run = httpx.post(f"{address}api/runs", json=CIRCLE, timeout=30).json()["id"]
    answers = asked(address, f"api/runs/{run}/iterations/30")
    assert ({answer.status_code for answer in answers}, len({answer.content for answer in answers})) == ({200}, 1)


def test_any_process_tells_of_a_search_and_of_what_is_saved(server: tuple[Any, str]) -> None:
    _, address = server
    search = httpx.post(f"{address}api/searches", json=SEARCH, timeout=60).json()["id"]
    run = httpx.post(f"{address}api/runs", json=CIRCLE, timeout=30).json()["id"]
    assert httpx.put(f"{address}api/library/{run}", json={"name": "mine"}, timeout=30).status_code in (200, 201)
    statuses = {answer.status_code for answer in asked(address, f"api/searches/{search}/config")}
    names = {answer.json()["entries"][0]["name"] for answer in asked(address, "api/library")}
    assert (statuses, names) == ({200}, {"mine"})


@linux
def test_a_process_that_is_killed_is_replaced_and_its_runs_are_known(server: tuple[Any, str]) -> None:
    process, address = server
    run = httpx.post(f"{address}api/runs", json=CIRCLE, timeout=30).json()["id"]
    before = children(process.pid)
    for child in before:
        os.kill(child, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while len(left := set(children(process.pid)) - set(before)) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    answers = asked(address, f"api/runs/{run}", 4)
    assert (len(left), {answer.status_code for answer in answers}) == (2, {200})


@linux
@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM])
def test_all_end_at_once_and_without_a_word(sig: signal.Signals) -> None:
    with started("--port", "0", "--workers", "2", "--ephemeral") as (process, address):
        assert httpx.get(f"{address}api/health").status_code == 200
        served = children(process.pid)
        code, errors, _ = end(process, sig)
    assert (code, errors, [pid for pid in served if Path(f"/proc/{pid}").exists()]) == (0, "", [])
