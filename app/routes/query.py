"""One rule for the query of every operation: a parameter that it does not know is refused, never passed over."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from app.convert.mistakes import unknown_parameter
from app.http.problems import Problem

VERSION = "v"  # the studio's own version, which tells one version's answers from another's in a browser's cache


async def check_query(request: Request) -> None:
    """Refuse what the operation does not take.

    Raises: Problem with an error for each such parameter: what was given, what is allowed, what was probably meant.
    """
    route = request.scope.get("route")
    if not request.scope["query_string"] or not isinstance(route, APIRoute):
        return
    known = tuple(dict.fromkeys(known_to(route.dependant)))
    strangers = [name for name in dict.fromkeys(request.query_params) if name not in (*known, VERSION)]
    if strangers:
        errors = tuple(unknown_parameter(name, known) for name in strangers)
        detail = "; ".join(error.message for error in errors)
        raise Problem(422, "unknown-parameter", detail, title="Unknown query parameter", errors=errors)


def known_to(dependant: Dependant) -> Iterator[str]:
    """The query parameters of an operation, and those of all that it depends on."""
    for field in dependant.query_params:
        annotation = field.field_info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):  # parameters described as one
            yield from (given.alias or name for name, given in annotation.model_fields.items())
        else:
            yield field.alias
    for other in dependant.dependencies:
        yield from known_to(other)
