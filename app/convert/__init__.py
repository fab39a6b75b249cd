"""Engine values <-> wire: the only place that knows both. Arrays stay arrays; `wire` writes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.http.problems import Problem
from app.runs.workers import StoppedError
from engine.foundation.errors import (
    CancelledWorkError,
    ConfigError,
    EngineError,
    NoDataError,
    RangeError,
    ShapeError,
    UnknownValueError,
)
from engine.run.task import Config, parse_config

KINDS: dict[type[EngineError], tuple[str, str]] = {
    ConfigError: ("config", "This configuration cannot be run"),
    ShapeError: ("shape", "Shapes do not fit together"),
    RangeError: ("range", "Out of range"),
    UnknownValueError: ("unknown-value", "Unknown value"),
    NoDataError: ("no-data", "This run has no data"),
}


@contextmanager
def engine_errors() -> Iterator[None]:
    """Inside, the engine's errors become problems; stopped work becomes `StoppedError`."""
    try:
        yield
    except CancelledWorkError:
        raise StoppedError from None
    except EngineError as error:
        kind, title = KINDS.get(type(error), ("engine", "The engine refused this"))
        raise Problem(422, kind, error.message, error.path, title=title) from error


def config(given: Any) -> Config:
    """The configuration from its JSON form."""
    return parse_config(given)
