"""What SECURITY.md promises, measured: load, heavy jumps beside it, kills, requests of any form, memory.

`python -m tests.benchmarks reliability` prints each goal and whether it is met. On a machine that does other things
besides, times say little: the load is printed with them.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
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
)
from tests.app.storage.kills import lost

SECONDS = 20.0
KILLS = 200
ALLOWED = 512  # megabytes of caches, as a server starts; beside them stand the program and what is being computed
BESIDE = 300
HEAVY = {
    "data": {"name": "digits"},
    "batch_size": 64,
    "layers": [{"units": 128, "activation": "relu"}, {"units": 64, "activation": "relu"}, {"units": 10}],
    "loss": "cross_entropy",
    "optimizer": {"type": "sgd", "learning_rate": 0.01},
}


def main() -> None:
    print(f"{machine()}\n\n| goal | measured | met |\n|---|---|---|")
    with servers(1, "--workers", "2") as ((address, _),):
        runs = [_made(address, config) for config in small_presets()]
        _say("200 stepping, 20 playing: no error, p99 under 150 ms", _crowd(address, runs, 200, 20), 150)
        _say("500 stepping: no error, p99 under 1 s", _crowd(address, runs, 500, 0), 1000)
    with servers(1) as ((address, pid),):
        _jumps(address)
        _memory(address, pid)
    with tempfile.TemporaryDirectory() as folder:
        gone, damaged = lost(Path(folder) / "library.sqlite3", KILLS)
        _row(
            f"{KILLS} kills while it saves: nothing acknowledged is lost",
            f"{len(gone)} lost, {len(damaged)} damaged",
            not gone and not damaged,
        )


def _made(address: str, config: object) -> str:
    answer = httpx.post(f"{address}/api/runs", json=config, timeout=60)
    answer.raise_for_status()
    return str(answer.json()["id"])


def _crowd(address: str, runs: list[str], people: int, players: int) -> Heard:
    def work(until: float, heard: Heard) -> list[object]:
        steps = [step_on(address, runs[n % len(runs)], n, until, heard) for n in range(people)]
        return [*steps, *(play(address, runs[n % len(runs)], n, until, heard) for n in range(players))]

    return loaded(SECONDS, work)  # type: ignore[arg-type]


def _say(goal: str, heard: Heard, most: float) -> None:
    waited = heard.statuses[503]
    text = f"{len(heard.seconds)} actions, p50 {heard.quantile(0.5):.0f}, p99 {heard.quantile(0.99):.0f} ms"
    text += f", {heard.failed} failed, {waited} asked to wait"
    _row(goal, text, heard.failed == 0 and waited == 0 and heard.quantile(0.99) < most)


def _jumps(address: str) -> None:
    """Two heavy jumps, and one who asks for something small meanwhile."""
    heavy, small = _made(address, HEAVY), _made(address, small_presets(1)[0])

    def work(until: float, heard: Heard) -> list[object]:
        far = [_jump(address, heavy, 60_000 + n, until) for n in range(2)]
        return [*far, *(step_on(address, small, n, until, heard) for n in range(8))]

    heard = loaded(SECONDS / 2, work)  # type: ignore[arg-type]
    text = f"p50 {heard.quantile(0.5):.0f}, p99 {heard.quantile(0.99):.0f} ms, {heard.failed} failed"
    _row(
        "small requests beside two heavy jumps: p99 under 500 ms",
        text,
        heard.failed == 0 and heard.quantile(0.99) < 500,
    )


async def _jump(address: str, run: str, t: int, until: float) -> None:
    connection = Connection(address, Heard())
    while time.monotonic() < until:
        await connection.ask(Asked(f"/api/runs/{run}/iterations/{t}/reached"))
    connection.close()


def _memory(address: str, pid: int) -> None:
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

    loaded(SECONDS, lambda until, heard: [fill(until, heard) for _ in range(2)])
    held = resident(pid)
    goal = f"memory under {ALLOWED} MB of caches and {BESIDE} MB beside them"
    _row(goal, f"{held:.0f} MB", held < ALLOWED + BESIDE)


def _row(goal: str, measured: str, met: bool) -> None:
    print(f"| {goal} | {measured} | {'yes' if met else 'NO'} |", flush=True)
