"""The wire models: what the API's answers look like, for OpenAPI and for the tests that hold the answers to it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Word = Literal["Infinity", "-Infinity", "NaN"]

Number = Annotated[
    float | Word,
    Field(description='A number; JSON has no infinities or nan, so they are "Infinity", "-Infinity", "NaN".'),
]

Latex = Annotated[str, Field(description="LaTeX.")]
Index = Annotated[list[int], Field(description="Position of a cell, counted from 0; empty for a scalar.")]
Phase = Literal["batch", "forward", "loss", "backward", "update"]
Config = Annotated[dict[str, Any], Field(description="A RunConfig or an ExpressionConfig, normalized.")]


class Wire(BaseModel):
    """Fields beyond these do not occur."""

    model_config = ConfigDict(extra="forbid")


class Value(Wire):
    """An array: `data` is flat, row-major; a scalar has the shape [] and one number."""

    shape: list[int]
    data: list[Number | bool]


class NamedValue(Value):
    """A value with its name."""

    name: str


class FieldError(Wire):
    """One mistake and its place, like `layers[1].units` or `query.resolution`."""

    path: str
    message: str


class LimitInfo(Wire):
    """The limit that was passed."""

    name: str
    value: float


class ProblemDocument(Wire):
    """An error, as RFC 9457 problem+json."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] = []
    limit: LimitInfo | None = None


class Health(Wire):
    """The server answers."""

    status: Literal["ok"]
    version: str
