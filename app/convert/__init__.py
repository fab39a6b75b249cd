"""Engine values <-> wire: the only place that knows both. Arrays stay arrays; `wire` writes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.convert.mistakes import KINDS, OTHER, field_errors
from app.http.problems import Problem
from app.runs.workers import StoppedError
from engine.foundation.errors import CancelledWorkError, EngineError
from engine.run.task import Config, parse_config


@contextmanager
def engine_errors() -> Iterator[None]:
    """Inside, the engine's errors become problems; stopped work becomes `StoppedError`."""
    try:
        yield
    except CancelledWorkError as stopped:
        raise StoppedError(stopped.reached) from None
    except EngineError as error:
        kind, title = KINDS.get(type(error), OTHER)
        raise Problem(422, kind, error.message, error.path, title=title, errors=field_errors(error)) from error


def config(given: Any) -> Config:
    """The configuration from its JSON form."""
    return parse_config(given)
