"""A PyTorch loop that was watched: read, derived again by our own equations, and held to what PyTorch had."""

from __future__ import annotations

from app.convert.watched.model import model_of
from app.convert.watched.reading import read
from app.convert.watched.rederive import rederived
from engine.run.recorded import RecordedRun

__all__ = ["recorded_run"]


def recorded_run(data: bytes) -> RecordedRun:
    """The run of a recording's bytes, held to all that PyTorch had.

    Raises: Problem if it is no recording, or not all of it is known.
    """
    watched = read(data)
    model = model_of(watched)
    model.run.about = rederived(watched, model)
    return model.run
