"""Request bodies: JSON objects, read under a size limit, with the place of a number that is not finite."""

from __future__ import annotations

import asyncio
import json
import math
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from typing import Any, cast

import orjson
from fastapi import Request
from starlette.requests import ClientDisconnect

from app.http.problems import Problem, gone, over_limit
from app.http.slow_clients import BODY_SECONDS

DEEPEST = 32  # levels of nesting; a configuration has five
LONG = 100_000  # bytes
MOST_NAMED = 20
TABLES = ("text/csv", "text/tab-separated-values", "application/x-ndjson")  # none that a foreign page's form can send


async def json_body(
    request: Request, fields: Sequence[str] | None = None, optional: Sequence[str] = ()
) -> dict[str, Any]:
    """The request's body as a JSON object, with exactly these fields if they are given, and maybe the optional ones.

    Raises: Problem for another content type, a body too large, or one that is no such object.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem(415, "content-type", "The body is JSON: send it with `Content-Type: application/json`.")
    services = request.app.state.services
    body = await read_body(request, services.limits.body_bytes)
    # a long one would hold up the event loop
    document = parse(body) if len(body) < LONG else await services.work(request, lambda _: parse(body))
    if fields is not None and set(document) - set(optional) != set(fields):
        wrong = next(iter((set(document) - set(optional)) ^ set(fields)))
        given = ", ".join(list(document)[:MOST_NAMED]) or "none"
        raise Problem(422, "body", f"The body has the fields {', '.join(fields)}; given {given}.", wrong)
    return cast(dict[str, Any], document)


async def file_body(request: Request, kinds: Sequence[str]) -> bytes:
    """The request's body as the bytes of a file.

    Raises: Problem for another content type, or a body too large.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in kinds:
        raise Problem(415, "content-type", f"This is sent with `Content-Type: {'` or `'.join(kinds)}`.")
    return await read_body(request, request.app.state.services.limits.body_bytes)


async def read_body(request: Request, most: int) -> bytes:
    """All of a body.

    Raises: Problem if it is too large, too slow, or never comes to its end.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise over_limit("body_bytes", most, "the body is too large")
    except ClientDisconnect:  # a browser that calls a request off is nothing to report
        raise gone() from None
    except TimeoutError:
        detail = f"The body did not come within {BODY_SECONDS:.15g} seconds."
        raise Problem(408, "slow", detail, headers={"connection": "close"}) from None
    return bytes(body)


def parse(body: bytes) -> dict[str, Any]:
    """A JSON object with finite numbers only; the mark that some editors put before a text is none of it.

    Raises: Problem saying where the mistake is.
    """
    body = body.removeprefix(BOM_UTF8)
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _mistake(body, error) from None
    if not isinstance(document, dict):
        raise Problem(422, "body", 'The body is a JSON object, like {"seed": 0, ...}.', "body")
    if deeper_than(document, DEEPEST):
        raise Problem(422, "body", f"The body is nested more than {DEEPEST} levels deep.", "body")
    return document


def _mistake(body: bytes, error: orjson.JSONDecodeError) -> Problem:
    """What is wrong with a body that strict JSON refuses; NaN and numbers past the largest float have a place."""
    try:
        path = next(not_finite(json.loads(body)), None)
    except (ValueError, RecursionError):
        path = None
    if path is None:
        return Problem(
            422, "body", f"The body is not JSON: {error.msg} (line {error.lineno}, column {error.colno}).", "body"
        )
    return Problem(422, "body", "a number is finite; NaN, Infinity and numbers past 1.8e308 are not", path)


def not_finite(document: Any) -> Iterator[str]:
    """Paths of numbers that are not finite, like `data.inputs[3][0]`."""
    waiting = [("", document)]
    while waiting:
        path, item = waiting.pop()
        if isinstance(item, float) and not math.isfinite(item):
            yield path or "body"
        elif isinstance(item, dict):
            waiting += [(f"{path}.{name}" if path else str(name), part) for name, part in item.items()]
        elif isinstance(item, list):
            waiting += [(f"{path}[{i}]", part) for i, part in enumerate(item)]


def deeper_than(document: Any, most: int) -> bool:
    """Whether lists and objects are nested more than so many levels, looked at level by level."""
    level = [document]
    for _ in range(most):
        level = [
            part
            for item in level
            for part in (item.values() if isinstance(item, dict) else item)
            if isinstance(part, (dict, list))
        ]
    return bool(level)
