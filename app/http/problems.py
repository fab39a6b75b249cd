"""Everything that goes wrong is told as RFC 9457 problem+json, and never echoes what was sent at length."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from app.wire.forms import OPTIONAL
from app.wire.json_numbers import dumps

MEDIA_TYPE = "application/problem+json"
LONGEST_TEXT, LONGEST_PATH, LONGEST_GIVEN = 800, 200, 60
MOST_ERRORS = 20
CLIENT_GONE = 499  # nobody reads that answer, but access logs show it


@dataclass(frozen=True, slots=True)
class Params:
    """A mistake in a setting as data: what was given, cut to a length that fits, what would do, and an example."""

    given: str
    allowed: str
    remedy: str


@dataclass(frozen=True, slots=True)
class FieldError:
    """One mistake and its place, like `layers[1].units` or `query.resolution`.

    code: its kind, as at the end of a problem's `type`; hint: the message in the words of a form, for whoever sees the
    setting and not its name; left out where it would say the same.
    """

    path: str
    message: str
    code: str = field(default="", metadata=OPTIONAL)
    hint: str = field(default="", metadata=OPTIONAL)
    params: Params | None = field(default=None, metadata=OPTIONAL)


@dataclass(frozen=True, slots=True)
class LimitInfo:
    """The limit that was passed."""

    name: str
    value: Annotated[float, "A finite number."]


@dataclass(frozen=True, slots=True)
class ProblemDocument:
    """An error, as RFC 9457 problem+json."""

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[FieldError, ...] = field(default=(), metadata=OPTIONAL)
    limit: LimitInfo | None = field(default=None, metadata=OPTIONAL)


class Problem(Exception):  # noqa: N818 - the standard's own word
    """An answer that is not the one asked for."""

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        path: str = "",
        *,
        title: str = "",
        headers: Mapping[str, str] | None = None,
        limit: LimitInfo | None = None,
        errors: Sequence[FieldError] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.title = title or phrase(status)
        self.detail = shortened(detail)
        own = (FieldError(shortened(path, LONGEST_PATH), self.detail, kind),) if path else ()
        self.errors: tuple[FieldError, ...] = tuple(errors[:MOST_ERRORS]) or own
        self.headers = dict(headers or {})
        self.limit = limit

    def under(self, place: str) -> Problem:
        """The same of what lies at a place of a larger document: each path begins with it, `detail` names it."""
        errors = [replace(error, path=shortened(f"{place}.{error.path}", LONGEST_PATH)) for error in self.errors]
        named = Problem(self.status, self.kind, f"{place}: {self.detail}", place, title=self.title, errors=errors)
        named.headers, named.limit = self.headers, self.limit
        return named

    def document(self) -> ProblemDocument:
        """The problem as it goes over the wire."""
        kind = f"urn:backscope:problem:{self.kind}"
        return ProblemDocument(kind, self.title, self.status, self.detail, self.errors, self.limit)

    def response(self) -> Response:
        """The problem as a response that no cache keeps."""
        body = dumps(self.document())
        headers = {"cache-control": "no-store"} | self.headers
        return Response(body, self.status, headers=headers, media_type=MEDIA_TYPE)


def over_limit(name: str, limit: float, given: str, path: str = "") -> Problem:
    """A request for more than this server gives; the name leads to the setting that raises it."""
    detail = f"{given}; the limit {name!r} of this server is {limit:.15g}. `backscope --limit {name}=N` raises it."
    status = 413 if name == "body_bytes" else 422
    return Problem(status, "limit", detail, path, title="Past a limit of this server", limit=LimitInfo(name, limit))


def gone() -> Problem:
    """The end of a request that its client has called off."""
    return Problem(CLIENT_GONE, "client-gone", "Nobody waits for this answer any more.")


def internal() -> Problem:
    """What a client learns of a mistake of ours: nothing but that it was ours."""
    detail = "The server made a mistake. Its log says more; the request itself may be fine."
    return Problem(500, "internal", detail)


def install(app: FastAPI) -> None:
    """Answer framework errors and our own with problems."""
    app.add_exception_handler(Problem, _own)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(RequestValidationError, _validation)


def phrase(status: int) -> str:
    """The standard's words for a status."""
    return "Client Closed Request" if status == CLIENT_GONE else HTTPStatus(status).phrase


def shortened(text: str, longest: int = LONGEST_TEXT) -> str:
    """A text that fits: the middle of a long one is left out. Lone surrogates have no UTF-8, so they go."""
    clean = text.encode("utf-8", "replace").decode()
    half = (longest - 5) // 2
    return clean if len(clean) <= longest else f"{clean[:half]} ... {clean[-half:]}"


async def _own(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response()


async def _framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path = shortened(request.url.path, 120)
    details = {
        404: f"There is nothing at {path}. The API is described at /docs.",
        405: f"{request.method} does not work on {path}.",
    }
    status, headers = error.status_code, {name.lower(): text for name, text in (error.headers or {}).items()}
    if status == 405:
        headers["allow"] = _allowed(headers.get("allow", "GET"))
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=headers)
    kind = phrase(status).lower().replace(" ", "-")
    return Problem(status, kind, details.get(status, str(error.detail)), headers=headers).response()


def _allowed(methods: str) -> str:
    """The methods of a path: where there is GET there is HEAD, and what is allowed may be asked anywhere."""
    given = {name.strip() for name in methods.split(",") if name.strip()}
    return ", ".join(sorted(given | {"OPTIONS"} | ({"HEAD"} if "GET" in given else set())))


async def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problem = Problem(422, "request", "The request has a mistake.")
    problem.errors = tuple(map(_item, list(error.errors())[:MOST_ERRORS]))
    problem.detail = shortened("; ".join(f"{item.path}: {item.message}" for item in problem.errors))
    return problem.response()


def _item(item: Mapping[str, Any]) -> FieldError:
    return FieldError(dotted(item["loc"]), shortened(f"{item['msg']}{_given(item)}", 200))


def _given(item: Mapping[str, Any]) -> str:
    """What was sent in place of a text or a number; `input` and `ctx` may hold a whole body."""
    given = item.get("input")
    return f"; given: {shortened(json.dumps(given), LONGEST_GIVEN)}" if isinstance(given, str | int | float) else ""


def dotted(location: Sequence[str | int]) -> str:
    """`("query", "index", 0)` as `query.index[0]`."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f"{'.' if text else ''}{part}"
    return shortened(text, LONGEST_PATH)
