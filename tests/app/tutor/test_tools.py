"""`backscope mcp`, through the protocol's own client."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mcp", reason="the extra `mcp` is not installed")

from fastapi import FastAPI
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from app.main import create_app
from app.routes.dependencies import Services
from app.runs.registry import Runs
from app.tutor.tools import TOOLS, tutoring
from backscope import Backscope
from tests.app.asgi import completed
from tests.app.conftest import CIRCLE
from tests.serving import serving

ROOT = Path(__file__).resolve().parents[3]
SNIPPET = "from torch import nn\nmodel = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))\n"


def told(server: Any, *asked: tuple[str, Mapping[str, Any]]) -> list[Any]:
    """The answers of tools, one after the other; of one that refuses, what it says."""

    async def ask() -> list[Any]:
        async with Client(server) as client:
            answers = [await client.call_tool(name, dict(given)) for name, given in asked]
            return [getattr(a.content[0], "text", "") if a.is_error else a.structured_content for a in answers]

    return completed(ask())


@pytest.fixture(scope="module")
def server(address: str) -> Iterator[Any]:
    with Backscope(address) as client:
        yield tutoring(client)


@pytest.fixture(scope="module")
def run(server: Any) -> str:
    (made,) = told(server, ("make_run", {"config": CIRCLE}))
    return str(made["id"])


def test_every_tool_is_listed_with_what_it_does(server: Any) -> None:
    async def listed() -> dict[str, bool]:
        async with Client(server) as client:
            return {tool.name: len(tool.description or "") > 40 for tool in (await client.list_tools()).tools}

    assert completed(listed()) == dict.fromkeys(TOOLS, True)


def test_every_answer_leads_to_its_place_in_the_studio(server: Any, run: str, address: str) -> None:
    at = {"run": run, "iteration": 3}
    asked: list[tuple[str, Mapping[str, Any]]] = [
        ("presets", {}),
        ("make_run", {"preset": "circle"}),
        ("make_run", {"code": SNIPPET}),
        ("trace", {**at, "values": ["loss"]}),
        ("derive", {**at, "value": "dense2.weight.grad", "index": [0, 1], "sample": 2}),
        ("check", at),
        ("diagnose", at),
        ("find", {"run": run, "condition": "loss < 10", "end": 5}),
        ("branch", {**at, "edit": {"set": {"optimizer.learning_rate": 0.5}}}),
        ("skills", {}),
        ("exercise", {"skill": "slope"}),
        ("exercise", {"run": run, "iteration": 3}),
        ("grade", {"run": run, "iteration": 3, "answers": {"1": "0.5"}}),
    ]
    answers = told(server, *asked)
    links = [_link(answer) for answer in answers]
    assert [link.startswith(f"{address}/") for link in links] == [True] * len(asked)


def _link(answer: Mapping[str, Any]) -> str:
    nested = answer.get("presets") or answer.get("hits") or [answer]
    return str(nested[0]["link"])


def test_numbers_are_those_of_the_run(server: Any, run: str, address: str) -> None:
    traced, derived, checked = told(
        server,
        ("trace", {"run": run, "iteration": 3, "values": ["loss", "dense2.weight.grad"]}),
        ("derive", {"run": run, "iteration": 3, "value": "dense2.weight.grad", "index": [0, 1]}),
        ("check", {"run": run, "iteration": 3}),
    )
    with Backscope(address) as there:
        expected = there.run(CIRCLE).trace(3, ["loss", "dense2.weight.grad"])
    found = traced["values"]
    assert (found["loss"], found["dense2.weight.grad"], derived["result"], checked["agrees"]) == (
        float(expected["loss"]),
        expected["dense2.weight.grad"].tolist(),
        float(expected["dense2.weight.grad"][0, 1]),
        True,
    )


def test_a_wrong_answer_gets_a_verdict_and_the_right_one_another(server: Any) -> None:
    """By the solution's own last number, which is the answer."""
    exercise, wrong = told(
        server, ("exercise", {"skill": "slope"}), ("grade", {"skill": "slope", "answers": {"1": "123"}})
    )
    given = {"run_id": exercise["run"], "t": exercise["iteration"], "kind": exercise["kind"], "skill": "slope"}
    with Backscope(exercise["link"].partition("/practice")[0]) as there:
        derived = there.call("get_derivation", run_id=given["run_id"], t=given["t"], **_cell(exercise["ask"][0]))
    (right,) = told(server, ("grade", {"skill": "slope", "answers": {"1": str(derived["result"])}}))
    assert (wrong["fields"]["1"]["verdict"], right["score"]) == ("wrong", 1)


def _cell(blank: Mapping[str, Any]) -> dict[str, Any]:
    return {"value": blank["value"], "index": ",".join(map(str, blank["index"])), "sample": blank["sample"]}


def test_a_refusal_is_the_servers_own_sentence_once(server: Any, run: str) -> None:
    refused = told(
        server,
        ("make_run", {}),
        ("make_run", {"preset": "circel"}),
        ("make_run", {"config": {"data": {"name": "xor"}, "layers": [{"unitz": 3}]}}),
        ("derive", {"run": run, "iteration": 3, "value": "dense9.z"}),
        ("trace", {"run": "0" * 20, "iteration": 0}),
        ("exercise", {"skill": "juggling"}),
    )
    begins = [
        "A run is made of one",
        "There is no preset 'circel'",
        "unknown field 'unitz'",
        "unknown value 'dense9.z'",
    ]
    begins += ["This server does not know that run", "An exercise needs a run or a skill"]
    assert [text.count(begin) for begin, text in zip(begins, refused, strict=True)] == [1] * len(refused)


def test_a_server_that_has_forgotten_a_run_is_told_of_it_again() -> None:
    """What the tools made they know by its configuration."""
    app = create_app()
    with serving(app) as address, Backscope(address) as client:
        tutor = tutoring(client)
        (made,) = told(tutor, ("make_run", {"config": CIRCLE | {"seed": 77}}))
        at = {"run": made["id"], "iteration": 1}
        app.state.services = forgetful(app)
        (traced,) = told(tutor, ("trace", {**at, "values": ["loss"]}))
        app.state.services = forgetful(app)
        (asked,) = told(tutor, ("exercise", at))
    assert (traced["iteration"], asked["kind"]) == (1, "number")


def forgetful(app: FastAPI) -> Services:
    """Its parts as after a restart."""
    services: Services = app.state.services
    return replace(services, runs=Runs(services.settings))


def test_the_command_speaks_over_stdin_and_stdout_with_a_studio_of_its_own() -> None:
    async def ask() -> tuple[str, str, bool]:
        paths = os.pathsep.join([str(ROOT), str(ROOT / "app/python")])
        command = StdioServerParameters(
            command=sys.executable, args=["-m", "app", "mcp"], env={**os.environ, "PYTHONPATH": paths}, cwd=ROOT
        )
        async with Client(stdio_client(command)) as client:
            made = (await client.call_tool("make_run", {"preset": "circle"})).structured_content or {}
            text = (await client.read_resource("backscope://llms.txt")).contents[0].text  # type: ignore[union-attr]
            return made["title"], text.splitlines()[0], made["link"].startswith("http://127.0.0.1:")

    assert completed(ask()) == ("circle 2-4-3-1", "# Backscope", True)
