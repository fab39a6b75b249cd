"""Every operation of a server by its name, as its own description lists them; the same for asyncio."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from backscope.decoding import decoded
from backscope.errors import refusal

BUSY = 503
MOST_TURNS = 5  # how often a busy server is asked again
JSON = "application/json"
SAFETENSORS = "application/vnd.safetensors"


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent for an operation."""

    method: str
    path: str
    query: Mapping[str, Any]
    content: bytes | None
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Operations:
    """What a server can be asked, by the operation ids of its OpenAPI document."""

    named: Mapping[str, tuple[str, str, Mapping[str, Any]]]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Operations:
        """Those of a document."""
        return cls(
            {
                operation["operationId"]: (method.upper(), path, operation)
                for path, methods in document["paths"].items()
                for method, operation in methods.items()
            }
        )

    def request(self, name: str, body: Any = None, /, **given: Any) -> Request:
        """The request of an operation: parameters by their names, `from_` and `with_` for those that Python keeps.

        Raises: TypeError naming an operation, or a parameter, that there is not.
        """
        if name not in self.named:
            raise TypeError(f"there is no operation {name!r}; there are {', '.join(sorted(self.named))}")
        method, path, operation = self.named[name]
        given = {key.removesuffix("_"): value for key, value in given.items() if value is not None}
        places = {parameter["name"]: parameter["in"] for parameter in operation.get("parameters", [])}
        unknown = sorted(given.keys() - places.keys())
        missing = sorted(key for key, place in places.items() if place == "path" and key not in given)
        if unknown or missing:
            wrong = f"does not take {', '.join(unknown)}" if unknown else f"needs {', '.join(missing)}"
            raise TypeError(f"{name} {wrong}; its parameters are {', '.join(places)}")
        for key in [key for key in given if places[key] == "path"]:
            path = path.replace(f"{{{key}}}", str(given.pop(key)))
        content, kind = (body, SAFETENSORS) if isinstance(body, bytes) else (_written(body), JSON)
        return Request(method, path, given, content, {"content-type": kind} if content is not None else {})


def _written(body: Any) -> bytes | None:
    return None if body is None else orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)


def wait_of(response: httpx.Response) -> float | None:
    """How many seconds a busy server asks to wait; None if it is not busy."""
    after = response.headers.get("retry-after", "")
    return float(after) if response.status_code == BUSY and after.isdecimal() else None


def sent(http: httpx.Client, method: str, path: str, **options: Any) -> httpx.Response:
    """The response, asked for again whenever a busy server says when to come back."""
    response = http.request(method, path, **options)
    for _ in range(MOST_TURNS):
        seconds = wait_of(response)
        if seconds is None:
            break
        time.sleep(seconds)
        response = http.request(method, path, **options)
    return response


class AsyncBackscope:
    """A connection for asyncio: every operation of the server by its name.

    async with AsyncBackscope() as server:
        run = await server.call("create_run", {"data": {"name": "xor"}, "layers": [{"units": 1}]})
        info = await server.call("get_iteration", run_id=run["id"], t=12)
    """

    def __init__(self, url: str = "http://127.0.0.1:8765", token: str | None = None, seconds: float = 60) -> None:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=seconds)
        self._operations: Operations | None = None

    async def __aenter__(self) -> AsyncBackscope:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def call(self, name: str, body: Any = None, /, **given: Any) -> Any:
        """The answer of an operation; a file as bytes.

        Raises: BackscopeError in the server's words; TypeError for what there is not.
        """
        if self._operations is None:
            self._operations = Operations.of((await self._http.get("/openapi.json")).json())
        asked = self._operations.request(name, body, **given)
        options: dict[str, Any] = {"params": asked.query, "content": asked.content, "headers": asked.headers}
        response = await self._http.request(asked.method, asked.path, **options)
        for _ in range(MOST_TURNS):
            seconds = wait_of(response)
            if seconds is None:
                break
            await asyncio.sleep(seconds)
            response = await self._http.request(asked.method, asked.path, **options)
        if response.is_error:
            raise refusal(response)
        return answer_of(response)


def answer_of(response: httpx.Response) -> Any:
    """What a response holds: a decoded document, or a file's bytes."""
    is_json = response.headers.get("content-type", "").partition(";")[0] == JSON
    return decoded(response.json()) if is_json else response.content
