"""Whether two versions of the server give the same answers, byte for byte, for all presets.

    python -m tests.compare_answers save FILE     asks the server of this checkout and writes down its answers
    python -m tests.compare_answers diff OLD NEW  lists where two such files differ, by kind of answer and place in it

To ask an older version, run this file inside its checkout: it needs nothing but `app.main.create_app`.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx

ITERATIONS = (0, 7)
MOST_STEPS = 24  # of one iteration that are asked for one by one, evenly spaced
MOST_CHECKED = 400  # parameters of a run whose gradients are also checked
EXAMPLES = 3  # places shown of each kind of difference
JSON = "application/json"
BINARY = "application/vnd.safetensors"


async def answers(client: httpx.AsyncClient) -> AsyncIterator[tuple[str, bytes]]:
    """(what was asked, what came back), about everything that stands in the API."""
    for path in ("/api/catalog", "/api/presets"):
        yield path, (await client.get(path)).content
    for preset in (await client.get("/api/presets")).json():
        made = await client.post("/api/runs", json=preset["config"])
        yield f"{preset['name']} POST", made.content
        async for found in _of_run(client, made.json(), preset["name"]):
            yield found


async def _of_run(client: httpx.AsyncClient, run: dict[str, Any], name: str) -> AsyncIterator[tuple[str, bytes]]:
    home = f"/api/runs/{run['id']}"
    for path, accept in _asked(run, (await client.get(f"{home}/program")).json()["steps"]):
        answer = await client.get(home + path, headers={"accept": accept})
        yield f"{name} {path} {accept}", str(answer.status_code).encode() + b" " + answer.content


def _asked(run: dict[str, Any], steps: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    yield from ((path, JSON) for path in ("", "/program", "/samples", "/history?from=0&to=30"))
    yield "/frames?from=0&to=6&resolution=5", BINARY
    yield "/frames?from=0&to=6&sample=0", BINARY
    yield from ((f"/export/{form}?iteration=7", JSON) for form in ("json", "csv", "safetensors"))
    for t in ITERATIONS:
        yield from ((f"/iterations/{t}{path}", accept) for path, accept in _of_iteration(run, steps))


def _of_iteration(run: dict[str, Any], steps: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    yield from ((path, JSON) for path in ("", "/trace", "/parameters", "/evaluation", "/boundary?resolution=8"))
    yield from ((path, BINARY) for path in ("/trace", "/maps?resolution=5"))
    if run["parameter_count"] <= MOST_CHECKED:
        yield from ((path, JSON) for path in ("/gradient-check", "/variants"))
    for step in steps[:: 1 + len(steps) // MOST_STEPS]:
        first = ",".join("0" for _ in step["shape"])
        last = ",".join(str(n - 1) for n in step["shape"])
        yield f"/steps/{step['index']}", JSON
        yield f"/derivation?value={step['output']}&index={first}", JSON
        yield f"/derivation?value={step['output']}&index={last}&sample=0", JSON
    for parameter in run["parameters"]:
        cell = ",".join("0" for _ in parameter["shape"])
        yield f"/paths?parameter={parameter['name']}&index={cell}&sample=0", JSON


async def _asked_here() -> dict[str, str]:
    from app.main import create_app

    transport = httpx.ASGITransport(app=create_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8765", timeout=None) as client:
        return {asked: body.decode("latin-1") async for asked, body in answers(client)}


def save(file: str) -> int:
    found = asyncio.run(_asked_here())
    Path(file).write_bytes(gzip.compress(json.dumps(found).encode(), 3))
    print(f"{len(found)} answers in {file}")
    return 0


def load(file: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(gzip.decompress(Path(file).read_bytes()))
    return found


def diff(old: str, new: str) -> int:
    """Prints every kind of difference with a few examples; 1 if there are any."""
    before, after = load(old), load(new)
    kinds: dict[str, list[str]] = {}
    for asked in before.keys() | after.keys():
        for kind, example in _differences(asked, before.get(asked), after.get(asked)):
            kinds.setdefault(kind, []).append(example)
    for kind, examples in sorted(kinds.items(), key=lambda item: -len(item[1])):
        print(f"{len(examples):6} {kind}", *sorted(examples)[:EXAMPLES], sep="\n         ")
    print(f"{len(before)} and {len(after)} answers, {len(kinds)} kinds of differences")
    return 1 if kinds else 0


def _differences(asked: str, before: str | None, after: str | None) -> Iterator[tuple[str, str]]:
    if before == after:
        return
    endpoint = re.sub(r"\d+", "N", asked.partition(" ")[2].partition("?")[0]) or asked
    if before is None or after is None:
        yield f"{endpoint}: asked once only", asked
        return
    try:
        pair = [json.loads(text.encode("latin-1").decode().partition(" ")[2] or text) for text in (before, after)]
    except ValueError:
        yield f"{endpoint}: bytes", asked
        return
    for place, old, new in _unequal(*pair):
        yield f"{endpoint}: {re.sub(r'[0-9]+', 'N', place)}", f"{asked}: {place}: {old!r:.160} -> {new!r:.160}"


def _unequal(before: Any, after: Any, place: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys((*before, *after)):
            yield from _unequal(before.get(name, "(absent)"), after.get(name, "(absent)"), f"{place}.{name}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for i, pair in enumerate(zip(before, after, strict=True)):
            yield from _unequal(*pair, f"{place}[{i}]")
    elif before != after or type(before) is not type(after):
        yield place, before, after


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    raise SystemExit(save(*sys.argv[2:]) if sys.argv[1] == "save" else diff(*sys.argv[2:]))
