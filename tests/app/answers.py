"""Answers held to their schemas."""

from __future__ import annotations

from typing import Any

from app.wire.schema import schema


def read(answer: Any, body: bytes) -> Any:
    """An answer, if it is what the API declares: every field there, none beyond, each of its type.

    Raises: pydantic.ValidationError if not.
    """
    return schema(answer).model_validate_json(body, strict=True)
