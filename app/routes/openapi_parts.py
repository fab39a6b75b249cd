"""What several routes say about themselves in OpenAPI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.convert.explain import LARGEST_INTEGER
from app.convert.runs import RunInfo
from app.wire.json_numbers import JSON, SAFETENSORS
from app.wire.schema import schema

Responses = dict[int | str, dict[str, Any]]

BINARY = {"schema": {"type": "string", "format": "binary"}}
BULK: Responses = {200: {"content": {SAFETENSORS: BINARY}}}
TENSORS: dict[str, Any] = {"requestBody": {"required": True, "content": {SAFETENSORS: BINARY}}}
KNOWN: Responses = {200: {"model": schema(RunInfo), "description": "The run was known already."}}


def body(schema: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    """The documentation of a body that the route reads by itself."""
    return {"requestBody": {"required": True, "content": {JSON: {"schema": schema, "example": example}}}}


def bodies(schema: dict[str, Any], examples: Mapping[str, tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """The same for a body of several kinds, each with a summary and an example."""
    shown = {name: {"summary": summary, "value": value} for name, (summary, value) in examples.items()}
    return {"requestBody": {"required": True, "content": {JSON: {"schema": schema, "examples": shown}}}}


WHOLE: dict[str, Any] = {"le": LARGEST_INTEGER}  # of a number that no limit of a server bounds
LIMIT = "x-limit"  # stands for the maximum that a server's settings give


def within(least: int, limit: str = "", but: int | None = None) -> dict[str, Any]:
    """What is checked of a number, for its documentation: the least, the limit that it keeps to, and one it may not be.

    The check itself says more than a framework's would: what the number means, and how to raise the limit.
    """
    most = {LIMIT: limit} if limit else {}
    hole = {"not": {"const": but}} if but is not None else {}
    return {"json_schema_extra": {"minimum": least, **most, **hole}}


def component(name: str) -> dict[str, Any]:
    """A schema that the document holds under this name."""
    return {"$ref": f"#/components/schemas/{name}"}
