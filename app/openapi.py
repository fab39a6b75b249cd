"""What `/openapi.json` says beyond what the routes declare: the schema of a configuration, and every error."""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.convert.config_schema import config_schemas
from app.convert.search.schema import search_schemas
from app.http.problems import MEDIA_TYPE, FieldError, LimitInfo, Params, ProblemDocument
from app.routes.openapi_parts import LIMIT
from app.settings import Limits
from app.wire.schema import schema

DESCRIPTION = """
A **run** is a configuration and nothing else; its id is a hash of it. Everything that can be seen of a run at an
iteration is a function of the two, so after `POST /api/runs` nearly all is a GET that never changes.

Values travel as `{"shape": [...], "data": [...]}`, flat and row-major. With
`Accept: application/vnd.safetensors` bulk answers come as one safetensors buffer. JSON has no infinities and no nan:
they are the strings `"Infinity"`, `"-Infinity"` and `"NaN"`, anywhere a number can be.

Errors are RFC 9457 problems. A server that listens beyond its own machine asks for its token, as
`Authorization: Bearer TOKEN`; one that is addressed by a name it does not know answers 421, and one that another
site's page calls answers 403.
"""

TAGS = [
    {"name": "server", "description": "The server itself, and what it offers."},
    {"name": "runs", "description": "Make a run, branch it, and what holds at every iteration."},
    {"name": "iterations", "description": "Every number of one iteration."},
    {"name": "explanations", "description": "Where a number came from, and whether it is right."},
    {"name": "pictures", "description": "The model's outputs and its units over the input plane."},
    {"name": "course", "description": "Many iterations at once."},
    {"name": "searches", "description": "Many runs: which settings are best, and how sure that is."},
    {"name": "export", "description": "Take it with you."},
    {"name": "practice", "description": "Exercises on any iteration: what is asked, and what was done instead."},
    {"name": "library", "description": "The runs that a person keeps, with what is written about them."},
    {"name": "lessons", "description": "Lessons whose numbers are computed, and interview cards."},
]

ERRORS = {
    "404": "The server does not know it; a run or a search is made known by POSTing it again.",
    "406": "The answer does not come in a form that the Accept header allows.",
    "413": "The body is larger than this server takes.",
    "415": "The body is not sent as what it is: JSON, or a table.",
    "422": "Something in the request cannot be; `errors` says where. Past a limit, `limit` names it.",
    "503": "Too much work waits; ask again in a second.",
}


def install(app: FastAPI) -> None:
    """Have the app describe itself so, once it is asked."""
    app.openapi = partial(document, app)  # type: ignore[method-assign]


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made at the first request and kept."""
    if app.openapi_schema is None:
        found = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            routes=app.routes,
            tags=app.openapi_tags,
            servers=[{"url": "."}],  # beside this document, wherever a proxy has put it
        )
        _name_maxima(found, app.state.services.limits)
        app.openapi_schema = _complete(found) | ({"security": [{"token": []}]} if app.state.door.token else {})
    return app.openapi_schema


def _name_maxima(found: dict[str, Any], limits: Limits) -> None:
    """What may be asked of this very server: its limits as the largest numbers."""
    operations = (operation for methods in found["paths"].values() for operation in methods.values())
    for parameter in (parameter for operation in operations for parameter in operation.get("parameters", [])):
        limit = parameter["schema"].pop(LIMIT, None)
        if limit:
            parameter["schema"]["maximum"] = getattr(limits, limit)


def _complete(found: dict[str, Any]) -> dict[str, Any]:
    schemas = found["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):  # the framework's own form, which nobody gets
        schemas.pop(name, None)
    schemas |= config_schemas() | search_schemas()
    for problem in (ProblemDocument, FieldError, Params, LimitInfo):
        model = schema(problem)
        schemas[model.__name__] = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas[model.__name__].pop("$defs", None)
    found["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    for path, operations in found["paths"].items():
        for operation in operations.values():
            _declare_errors(path, operation)
    return found


def _declare_errors(path: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    responses.pop("422", None)
    for status in _errors(path, operation):
        responses[status] = {
            "description": ERRORS[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
        }


def _errors(path: str, operation: dict[str, Any]) -> list[str]:
    rooms = (
        *("runs", "expressions", "presets/", "lessons", "practice", "searches", "library", "convert"),
        *("tables", "recordings"),
    )
    computes = path.startswith(tuple(f"/api/{room}" for room in rooms))
    body = ["413", "415"] if "requestBody" in operation else []
    named = ["404", "406"] if "{run_id}" in path or path.endswith("{search_id}") else ["404"] if "{" in path else []
    return sorted([*named, *body, *(["422", "503"] if computes else [])])
