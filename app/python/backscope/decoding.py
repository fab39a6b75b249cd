"""The server's answers as Python and numpy have them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

_WORDS = {"Infinity": math.inf, "-Infinity": -math.inf, "NaN": math.nan}


def decoded(document: Any) -> Any:
    """A JSON document with its words for infinities and nan as numbers, and its values as arrays."""
    if isinstance(document, dict):
        if document.keys() == {"shape", "data"}:
            return read_value(document)
        if document.keys() == {"name", "shape", "data"}:
            return {"name": document["name"], "value": read_value(document)}
        return {name: decoded(part) for name, part in document.items()}
    if isinstance(document, list):
        return [decoded(part) for part in document]
    return read_number(document)


def read_value(value: Mapping[str, Any]) -> Array:
    """The array of a value read from JSON: whole numbers (rows, classes, tokens) and truths as such, else float64.

    Real numbers are written with a point or an exponent; their data may hold "Infinity", "-Infinity" and "NaN".
    """
    numbers = [read_number(item) for item in value["data"]]
    kinds = set(map(type, numbers))
    whole = {frozenset({int}): np.int64, frozenset({bool}): np.bool_}
    return np.array(numbers, dtype=whole.get(frozenset(kinds), np.float64)).reshape(value["shape"])


def read_number(item: Any) -> Any:
    """The number that a word stands for; anything else as it is."""
    return _WORDS.get(item, item) if isinstance(item, str) else item


def with_arrays(document: Mapping[str, Any]) -> dict[str, Any]:
    """A decoded document whose lists of numbers are arrays; lists of anything else stay lists."""
    return {name: np.array(item, np.float64) if _is_series(item) else item for name, item in document.items()}


def _is_series(item: Any) -> bool:
    return isinstance(item, list) and all(isinstance(part, int | float) for part in item)
