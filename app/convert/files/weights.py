"""Weights from a file, put into the configuration of a run."""

from __future__ import annotations

from typing import Any

from app.convert.files.safetensors import from_safetensors
from engine.foundation.errors import NoDataError
from engine.pasted.weights import with_weights
from engine.run.run import Run


def weighted(run: Run, content: bytes) -> dict[str, Any]:
    """The run's configuration, starting from the numbers of a safetensors file.

    Raises: Problem for what is no such file; EngineError for what does not fit.
    """
    if not run.has_data:
        raise NoDataError("an expression has inputs instead of weights: set them one by one")
    return with_weights(run, from_safetensors(content))
