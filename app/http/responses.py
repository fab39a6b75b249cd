"""From what was computed to a response: JSON or safetensors, and a tag that says whether it is the same as before."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from fastapi import Request, Response

from app.http.problems import Problem
from app.wire.forms import Array, Bundle
from app.wire.json_numbers import JSON, SAFETENSORS, dumps
from app.wire.safetensors import to_safetensors

# everything under a run id is a function of the address, so nobody need ever ask again
IMMUTABLE = "private, max-age=31536000, immutable"
FOR_ALL = IMMUTABLE.replace("private", "public")
KNOWN = 64  # headers that were read; few occur, and a request may hold any


@dataclass(frozen=True, slots=True)
class Answer:
    """A document for JSON, and the same numbers as tensors where they come in bulk."""

    document: Any
    tensors: Mapping[str, Array] | Bundle | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


def respond(answer: Answer, accept: str, known: str) -> Response:
    """The answer in the accepted form; 304 if the client has it already.

    Args: accept, known: the request's `Accept` and `If-None-Match`.
    """
    offered = [name for name, there in ((JSON, answer.document), (SAFETENSORS, answer.tensors)) if there is not None]
    chosen = choose(accept, offered)
    return tagged(encode(answer, chosen), chosen, known)


def tagged(body: bytes, media_type: str, known: str, extra: Mapping[str, str] | None = None) -> Response:
    """A response for ever, with a tag made of its bytes."""
    tag = f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
    headers = {"etag": tag, "cache-control": IMMUTABLE, "vary": "Accept"} | dict(extra or {})
    if matches(known, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)


def fixed(document: Any, known: str) -> Response:
    """A JSON answer that is the same until another version of this server gives it."""
    return tagged(dumps(document), JSON, known, {"cache-control": "no-cache"})


def plain(document: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer that may be another one next time."""
    return Response(
        dumps(document), status, headers={"cache-control": "no-cache"} | dict(headers or {}), media_type=JSON
    )


def created(answer: Answer, new: bool, location: str) -> Response:
    """The answer to a POST: 201 and where it is, or 200 if it was known."""
    return plain(answer.document, 201 if new else 200, {"location": location})


def bulk(answer: Answer, accept: str) -> Response:
    """The answer to a POST, in the accepted form."""
    chosen = choose(accept, [JSON, SAFETENSORS])
    return Response(encode(answer, chosen), headers={"cache-control": "no-store", "vary": "Accept"}, media_type=chosen)


def encode(answer: Answer, media_type: str) -> bytes:
    """The answer's bytes."""
    if media_type == SAFETENSORS:
        return to_safetensors(answer.tensors or {}, answer.metadata)
    return dumps(answer.document)


def choose(accept: str, offered: Sequence[str]) -> str:
    """The first offer that the client likes most.

    Raises: Problem if it accepts none of them.
    """
    liked = {offer: quality(accept.strip() or "*/*", offer) for offer in offered}
    best = max(offered, key=lambda offer: liked[offer])
    if liked[best] > 0:
        return best
    detail = f"This comes as {' or '.join(offered)}; the Accept header allows neither that nor */*."
    raise Problem(406, "not-acceptable", detail)


@lru_cache(KNOWN)
def quality(accept: str, offer: str) -> float:
    """How much an `Accept` header likes a media type, from 0 to 1; the most exact of its ranges decides.

    Written here, because what serves is larger or unkept: werkzeug brings a second HTTP toolkit for this one function,
    the parsers of their own are years old, and starlette has none. Parameters of a media type count for nothing: no
    offer of ours has any.
    """
    found = dict(map(_weighed, accept.split(",")))
    for name in (offer, f"{offer.partition('/')[0]}/*", "*/*"):
        if name in found:
            return found[name]
    return 0.0


def _weighed(text: str) -> tuple[str, float]:
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    weights = [parameter[2:] for parameter in parameters if parameter.startswith("q=")]
    try:
        return name, float(weights[0]) if weights else 1.0
    except ValueError:
        return name, 0.0


def known_tag(request: Request) -> str:
    """What the client says it has."""
    return request.headers.get("if-none-match", "")


def matches(header: str, tag: str) -> bool:
    """Whether an `If-None-Match` header names this tag."""
    plain = tag.removeprefix("W/")
    return header.strip() == "*" or plain in {part.strip().removeprefix("W/") for part in header.split(",")}
