"""Many learners at once, by sockets of their own: a client library would cost more than the answers."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from engine.presets import presets

ROOT = Path(__file__).resolve().parents[3]
JSON, TENSORS = "application/json", "application/vnd.safetensors"
SECONDS_TO_START = 90
SECONDS_TO_DRAIN, SECONDS_TO_END = 20.0, 10.0
MOST_TURNS, UNKNOWN = 8, 404
STEPS = 8  # of an iteration that are looked at
DONE = (200, 201, 304, 503)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    path: str
    accept: str = JSON
    body: bytes = b""

    def raw(self, host: str) -> bytes:
        """The request as it goes out."""
        method = "POST" if self.body else "GET"
        more = f"Content-Type: {JSON}\r\nContent-Length: {len(self.body)}\r\n" if self.body else ""
        head = f"{method} {self.path} HTTP/1.1\r\nHost: {host}\r\nAccept: {self.accept}\r\n{more}\r\n"
        return head.encode() + self.body


@dataclass(slots=True)
class Heard:
    """What came of a load: how long each action took, what was answered, and what a cache on the way did."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    cached: Counter[str] = field(default_factory=Counter)
    after: float = 0.0  # when counting begins
    left: int = 0  # how many people were never answered
    told: int = 0  # how often a server had to be told of a run
    lasted: float = 0.0

    def acted(self, began: float) -> None:
        """An action is done that began then."""
        if began >= self.after:
            self.seconds.append(time.monotonic() - began)

    def quantile(self, share: float) -> float:
        """Milliseconds within which this share of the actions was done."""
        return float(np.quantile(self.seconds, share)) * 1000 if self.seconds else float("nan")

    @property
    def failed(self) -> int:
        """Answers that were no answer; one who is told to come back later has come back."""
        return self.left + sum(count for status, count in self.statuses.items() if status not in DONE)

    @property
    def share_cached(self) -> float:
        return self.cached["HIT"] / max(1, sum(self.statuses.values()))


class Connection:
    """A kept connection of one learner."""

    def __init__(self, address: str, heard: Heard) -> None:
        self._host, port = address.removeprefix("http://").rstrip("/").split(":")
        self._port = int(port)
        self._heard = heard
        self.status = 0
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, asked: Asked) -> bytes:
        """The body of an answer; one who is turned away waits as long as he is told to."""
        while True:
            try:
                status, headers, body = await self._once(asked)
            except (OSError, asyncio.IncompleteReadError):  # a kept connection may be closed: once more
                self._streams, lost = None, self._streams
                if lost is None:
                    raise
                continue
            self.status = status
            self._heard.statuses[status] += 1
            self._heard.cached[_header(headers, "x-cache")] += 1
            if status != 503:
                return body
            await asyncio.sleep(float(_header(headers, "retry-after") or 1) * (1 + random.random() / 2))

    async def ask_of(self, run: str, made_by: Asked, asked: Asked) -> None:
        """Ask of a run; a server that does not know it is told of it, as the studio does."""
        of_run = Asked(asked.path.replace("{run}", run), asked.accept)
        for _ in range(MOST_TURNS):
            await self.ask(of_run)
            if self.status != UNKNOWN:
                break
            self._heard.statuses[UNKNOWN] -= 1
            self._heard.told += 1
            await self.ask(made_by)

    async def _once(self, asked: Asked) -> tuple[int, str, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port, limit=2**24)
        reader, writer = self._streams
        writer.write(asked.raw(f"{self._host}:{self._port}"))
        headers = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = _header(headers, "content-length")
        body = await reader.readexactly(int(length)) if length else await _chunks(reader)
        return int(headers.split(" ", 2)[1]), headers, body

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()


def _header(headers: str, name: str) -> str:
    found = re.search(rf"(?im)^{name}: *(.*?)\r$", headers)
    return found[1] if found else ""


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readline(), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readline()
    return body


def lesson_requests(lesson: dict[str, Any]) -> Iterator[list[Asked]]:
    """What the studio asks for at each step of a lesson, the run itself first."""
    for place in (step["place"] for step in lesson["steps"]):
        config = json.dumps(place["config"]).encode()
        yield [
            Asked("/api/runs", JSON, config),
            *at_place("{run}", place["iteration"], place["step"], "data" in place["config"]),
        ]


def at_place(run: str, t: int, step: int, data: bool = True) -> list[Asked]:
    """What is asked for to show an iteration and a step; an expression has no data to evaluate on."""
    at = f"/api/runs/{run}/iterations/{t}"
    return [
        Asked(f"/api/runs/{run}/program?v=0"),
        Asked(f"{at}/trace?v=0", TENSORS),
        Asked(f"{at}?v=0"),
        Asked(f"{at}/steps/{step}?v=0"),
        *([Asked(f"{at}/evaluation?v=0")] if data else []),
    ]


def small_presets(count: int = 8) -> list[dict[str, Any]]:
    """Configurations on data that a class looks at."""
    return [dict(preset.config) for preset in presets() if "data" in preset.config][:count]


async def learn(address: str, names: Sequence[str], until: float, heard: Heard, pause: float = 0.0) -> None:
    """Goes through lessons, one after the other, until time is up."""
    connection = Connection(address, heard)
    while time.monotonic() < until:
        for name in names:
            lesson = json.loads(await connection.ask(Asked(f"/api/lessons/{name}")))
            for step in lesson_requests(lesson):
                if time.monotonic() > until:
                    break
                made = json.loads(await connection.ask(step[0]))
                for asked in step[1:]:
                    began = time.monotonic()
                    await connection.ask_of(made["id"], step[0], asked)
                    heard.acted(began)
                await asyncio.sleep(pause)
    connection.close()


async def step_on(address: str, run: str, number: int, until: float, heard: Heard) -> None:
    """Steps once a second: a step is one request, and every few steps an iteration is.

    Everybody is at a place of their own, so that not all come to their next iteration in the same second.
    """
    connection, draw = Connection(address, heard), random.Random(number)
    await asyncio.sleep(draw.random())
    t, k = draw.randrange(400), draw.randrange(STEPS)
    known = None
    while time.monotonic() < until:
        began = time.monotonic()
        wanted = at_place(run, t, k) if t != known else [Asked(f"/api/runs/{run}/iterations/{t}/steps/{k}?v=0")]
        known = t
        for asked in wanted:
            await connection.ask(asked)
        heard.acted(began)
        k = (k + 1) % STEPS
        t += k == 0
        await asyncio.sleep(max(0.0, 1 - (time.monotonic() - began)))
    connection.close()


async def play(address: str, run: str, number: int, until: float, heard: Heard) -> None:
    """Plays: sixty iterations a second, in one request of frames and one of the course."""
    connection, t = Connection(address, heard), 60 * number
    await asyncio.sleep(random.Random(number).random())
    while time.monotonic() < until:
        began = time.monotonic()
        await connection.ask(Asked(f"/api/runs/{run}/frames?from={t}&to={t + 60}&v=0", TENSORS))
        await connection.ask(Asked(f"/api/runs/{run}/history?from={t}&to={t + 60}&v=0"))
        heard.acted(began)
        t += 60
        await asyncio.sleep(max(0.0, 1 - (time.monotonic() - began)))
    connection.close()


def loaded(seconds: float, work: Callable[[float, Heard], Sequence[Awaitable[None]]]) -> Heard:
    """What came of so many seconds of a load; who still waits for an answer long after is counted and let go."""
    heard = Heard()

    async def all_of_it() -> None:
        began = time.monotonic()
        people = [asyncio.ensure_future(person) for person in work(began + seconds, heard)]
        done, left = await asyncio.wait(people, timeout=seconds + SECONDS_TO_DRAIN)
        heard.lasted, heard.left = time.monotonic() - began, len(left)
        for person in left:
            person.cancel()
        for person in done:
            person.result()

    asyncio.run(all_of_it())
    return heard


@contextmanager
def servers(count: int, *options: str) -> Iterator[list[tuple[str, int]]]:
    """Addresses and process ids of so many servers."""
    with ExitStack() as stack:
        yield [stack.enter_context(_server(options)) for _ in range(count)]


@contextmanager
def _server(options: Sequence[str]) -> Iterator[tuple[str, int]]:
    command = [sys.executable, "-m", "app", "--port", "0", "--no-browser", "--ephemeral", *options]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout
            found = re.search(r"http://[^/\s]+", process.stdout.readline())
            assert found, "the server did not start"
            httpx.get(f"{found[0]}/api/health", timeout=SECONDS_TO_START)
            yield found[0], process.pid
        finally:
            process.terminate()
            try:
                process.wait(SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                process.kill()


def used(pid: int) -> float:
    """Seconds of processor time of a process and of those that it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(_used(number) for number in (str(pid), *children))


def _used(pid: str) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> float:
    """Megabytes of memory that a process holds."""
    text = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", text)
    return int(found[1]) / 1024 if found else float("nan")


def machine() -> str:
    """The state of the machine that figures are from."""
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before"
