"""Every route of the API can be asked by its name, and a busy server is asked again."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from app.main import create_app
from backscope import AsyncBackscope, Backscope
from backscope.calls import Operations
from backscope.notebook import Played
from tests.app.asgi import completed

DOCUMENT: dict[str, Any] = create_app().openapi()
OPERATIONS = Operations.of(DOCUMENT)


def test_the_client_reaches_every_route() -> None:
    asked = set()
    for name, (_, path, operation) in OPERATIONS.named.items():
        given = {p["name"]: "1" for p in operation.get("parameters", []) if p["in"] == "path"}
        request = OPERATIONS.request(name, {} if "requestBody" in operation else None, **given)
        asked.add((request.method.lower(), request.path, path.count("{")))
    every = {(m, p, p.count("{")) for p, methods in DOCUMENT["paths"].items() for m in methods}
    assert len(asked) == len(every)
    assert [path for _, path, _ in asked if "{" in path] == []


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        ("get_nothing", {}, "no operation 'get_nothing'"),
        ("get_iteration", {"run_id": "a"}, "get_iteration needs t"),
        ("get_iteration", {"run_id": "a", "t": 1, "colour": "red"}, "does not take colour"),
    ],
)
def test_what_there_is_not_is_named(name: str, given: dict[str, Any], says: str) -> None:
    with pytest.raises(TypeError, match=says):
        OPERATIONS.request(name, **given)


def test_operations_are_called_by_name_also_from_asyncio(address: str) -> None:
    config = {"data": {"name": "xor"}, "layers": [{"units": 1}]}

    async def asked() -> Any:
        async with AsyncBackscope(address) as server:
            run = await server.call("create_run", config)
            return await server.call("get_history", run_id=run["id"], from_=0, to=3)

    with Backscope(address) as server:
        run = server.call("create_run", config)
        assert server.call("get_history", run_id=run["id"], from_=0, to=3) == completed(asked())
        assert list(server.pages("list_library", limit=1)) == []


def test_a_busy_server_is_asked_again_when_it_says_so() -> None:
    answers = [httpx.Response(503, headers={"retry-after": "0"}), httpx.Response(200, json={"status": "ok"})]
    with Backscope("http://server") as server:
        server._http = httpx.Client(base_url="http://server", transport=httpx.MockTransport(lambda _: answers.pop(0)))
        assert server.health() == {"status": "ok"}


def test_a_recording_shows_itself_in_a_notebook_without_a_server() -> None:
    shown = Played(b'<p title="a">&</p>', 'circle "2"')._repr_html_()
    assert 'srcdoc="&lt;p title=&quot;a&quot;&gt;&amp;&lt;/p&gt;"' in shown
    assert "http" not in shown
