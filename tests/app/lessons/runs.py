"""Runs for the tests of lessons: the same ones for all, so that nothing is trained twice."""

from __future__ import annotations

from functools import cache
from typing import Any

from app.convert.learn.lessons import FilledLesson, filled_lesson
from app.lessons.files import lessons
from engine.run.checkpoints import Store
from engine.run.run import Run
from engine.run.task import parse_config

_STORE = Store(256 * 2**20)
_RUNS: dict[str, Run] = {}


def run_of(given: Any) -> Run:
    """The run of a configuration."""
    config = parse_config(given)
    if config.id not in _RUNS:
        _RUNS[config.id] = Run(config, _STORE)
    return _RUNS[config.id]


@cache
def filled(name: str) -> FilledLesson:
    """A lesson, filled in once."""
    return filled_lesson(lessons()[name], run_of)
