"""Answers held to their schemas."""

from __future__ import annotations

import json
import re
from typing import Any

from app.wire.schema import schema


def read(answer: Any, body: bytes) -> Any:
    """An answer, if it is what the API declares: every field there, none beyond, each of its type.

    Raises: pydantic.ValidationError if not.
    """
    return schema(answer).model_validate_json(body, strict=True)


def events(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Server-sent events by name, each with its document."""
    return [(name, json.loads(data)) for name, data in re.findall(r"event: (\w+)\ndata: (.*)", text)]
