"""What SECURITY.md promises, measured: load, heavy jumps beside it, requests of any form, memory, kills.

`python -m tests.benchmarks reliability` prints each goal and whether it is met, and ends within ten minutes; with
`--small` it is a tenth of it, to try the command itself. On a machine that does other things besides, times say little:
its load is printed, and what share of its cores a crowd would take, if they were there for it.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.app.front.load import (
    Asked,
    Connection,
    Heard,
    loaded,
    machine,
    play,
    resident,
    servers,
    small_presets,
    step_on,
    used,
)
from tests.app.storage.kills import forked, lost

ALLOWED = 512  # megabytes of caches, as a server starts; beside them stand the program and what is being computed
BESIDE = 300
BEGAN = time.monotonic()
CORES = 2
DRAWING = 90.0  # seconds more than asked for, until drawing is given up
ARRIVING = 4.0  # seconds in which people come, and every process meets every run; not counted
HEAVY = {
    "data": {"name": "digits"},
    "batch_size": 64,
    "layers": [{"units": 128, "activation": "relu"}, {"units": 64, "activation": "relu"}, {"units": 10}],
    "loss": "cross_entropy",
    "optimizer": {"type": "sgd", "learning_rate": 0.01},
}


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    seconds: float = 30.0
    stepping: int = 200
    playing: int = 20
    crowd: int = 500
    beyond: int = 1000
    kills: int = 200
    fuzz: float = 60.0


SMALL = Size(3.0, 20, 2, 50, 300, 20, 6.0)


def main() -> None:
    size = SMALL if "--small" in sys.argv else Size()
    print(f"{machine()}\n\n| goal | measured | met | after |\n|---|---|---|---|", flush=True)
    _crowds(size)
    with servers(1) as ((address, pid),):
        _jumps(address, size)
        _memory(address, pid, size)
    _kills(size)
    _fuzz(size)
    print(f"\nload {os.getloadavg()[0]:.1f} at the end")


def _crowds(size: Size) -> None:
    with servers(1, "--workers", "2") as ((address, pid),):
        runs = [_made(address, config) for config in small_presets()]
        for people, players, most in ((size.stepping, size.playing, 150), (size.crowd, 0, 1000)):
            before = used(pid)
            heard = _crowd(address, runs, people, players, size.seconds)
            share = (used(pid) - before) / heard.lasted / CORES
            beside = f", {players} playing" if players else ""
            _say(f"{people} stepping{beside}: no error, p99 under {most} ms", heard, most, share)
        _beyond(_crowd(address, runs, size.beyond, 0, size.seconds / 2), size)


def _made(address: str, config: object) -> str:
    answer = httpx.post(f"{address}/api/runs", json=config, timeout=60)
    answer.raise_for_status()
    return str(answer.json()["id"])


def _crowd(address: str, runs: list[str], people: int, players: int, seconds: float) -> Heard:
    def work(until: float, heard: Heard) -> list[object]:
        heard.after = until - seconds
        steps = [step_on(address, runs[n % len(runs)], n, until, heard) for n in range(people)]
        return [*steps, *(play(address, runs[n % len(runs)], n, until, heard) for n in range(players))]

    return loaded(ARRIVING + seconds, work)  # type: ignore[arg-type]


def _say(goal: str, heard: Heard, most: float, share: float) -> None:
    waited = heard.statuses[503]
    text = f"{len(heard.seconds)} actions, p50 {heard.quantile(0.5):.0f}, p99 {heard.quantile(0.99):.0f} ms"
    text += f", {heard.failed} failed, {waited} asked to wait, {share:.0%} of {CORES} cores"
    _row(goal, text, heard.failed == 0 and waited == 0 and heard.quantile(0.99) < most)


def _beyond(heard: Heard, size: Size) -> None:
    """More than can be carried: all are answered, at once or after having been told to come back."""
    text = f"{sum(heard.statuses.values())} answers, {heard.statuses[503]} asked to wait, {heard.failed} failed"
    text += f", {heard.left} never answered, the last after {heard.lasted - ARRIVING - size.seconds / 2:.1f} s"
    _row(f"{size.beyond} stepping: an answer or 503 with Retry-After, never a hang", text, heard.failed == 0)


def _jumps(address: str, size: Size) -> None:
    """Two heavy jumps, and one who asks for something small meanwhile."""
    heavy, small = _made(address, HEAVY), _made(address, small_presets(1)[0])

    def work(until: float, heard: Heard) -> list[object]:
        heard.after = until - size.seconds / 2
        far = [_jump(address, heavy, 60_000 + n, until) for n in range(2)]
        return [*far, *(step_on(address, small, n, until, heard) for n in range(8))]

    heard = loaded(ARRIVING + size.seconds / 2, work)  # type: ignore[arg-type]
    text = f"p50 {heard.quantile(0.5):.0f}, p99 {heard.quantile(0.99):.0f} ms, {heard.failed} failed"
    goal = "small requests beside two heavy jumps: p99 under 500 ms"
    _row(goal, text, heard.failed == 0 and heard.quantile(0.99) < 500)


async def _jump(address: str, run: str, t: int, until: float) -> None:
    connection = Connection(address, Heard())
    while time.monotonic() < until:
        await connection.ask(Asked(f"/api/runs/{run}/iterations/{t}/reached"))
    connection.close()


def _memory(address: str, pid: int, size: Size) -> None:
    """Traces and frames of many runs, until every cache is full."""
    draw = random.Random(0)

    async def fill(until: float, heard: Heard) -> None:
        connection = Connection(address, heard)
        while time.monotonic() < until:
            config = {**HEAVY, "seed": draw.randrange(1000)}
            run = json.loads(await connection.ask(Asked("/api/runs", body=json.dumps(config).encode())))["id"]
            for t in range(0, 40, 4):
                await connection.ask(Asked(f"/api/runs/{run}/iterations/{t}/trace"))
        connection.close()

    heard = loaded(2 * size.seconds, lambda until, heard: [fill(until, heard) for _ in range(2)])
    held = resident(pid)
    goal = f"memory under {ALLOWED} MB of caches and {BESIDE} MB beside them"
    _row(goal, f"{held:.0f} MB after {heard.statuses[200]} traces", held < ALLOWED + BESIDE and not heard.failed)


def _kills(size: Size) -> None:
    with tempfile.TemporaryDirectory() as folder:
        gone, damaged = lost(Path(folder) / "library.sqlite3", size.kills, start=forked)
    goal = f"{size.kills} kills while it saves: nothing acknowledged is lost"
    _row(goal, f"{len(gone)} lost, {len(damaged)} damaged", not gone and not damaged)


def _fuzz(size: Size) -> None:
    """In a process of its own, which is ended: to draw from a large schema can take long."""
    goal, command = "requests of any form: never a mistake of ours", [sys.executable, "-m", "tests.app.front.fuzz"]
    try:
        done = subprocess.run([*command, str(size.fuzz)], capture_output=True, text=True, timeout=size.fuzz + DRAWING)
    except subprocess.TimeoutExpired:
        _row(goal, "drawing did not end", met=False)
        return
    said = done.stdout.splitlines() or [done.stderr[-200:]]
    _row(goal, said[0], not done.returncode)


def _row(goal: str, measured: str, met: bool) -> None:
    after = time.monotonic() - BEGAN
    print(f"| {goal} | {measured} | {'yes' if met else 'NO'} | {after:.0f} s |", flush=True)
