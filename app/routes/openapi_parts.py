"""What several routes say about themselves in OpenAPI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.convert.runs import RunInfo
from app.wire.json_numbers import JSON, SAFETENSORS
from app.wire.schema import schema

Responses = dict[int | str, dict[str, Any]]

BINARY = {"schema": {"type": "string", "format": "binary"}}
BULK: Responses = {200: {"content": {SAFETENSORS: BINARY}}}
KNOWN: Responses = {200: {"model": schema(RunInfo), "description": "The run was known already."}}


def body(schema: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    """The documentation of a body that the route reads by itself."""
    return {"requestBody": {"required": True, "content": {JSON: {"schema": schema, "example": example}}}}


def bodies(schema: dict[str, Any], examples: Mapping[str, tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """The same for a body of several kinds, each with a summary and an example."""
    shown = {name: {"summary": summary, "value": value} for name, (summary, value) in examples.items()}
    return {"requestBody": {"required": True, "content": {JSON: {"schema": schema, "examples": shown}}}}


def component(name: str) -> dict[str, Any]:
    """A schema that the document holds under this name."""
    return {"$ref": f"#/components/schemas/{name}"}
