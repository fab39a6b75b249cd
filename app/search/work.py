"""What a worker does with a few trials: nothing here depends on the process that it runs in."""

from __future__ import annotations

from dataclasses import dataclass

from app.http.problems import Problem
from app.runs.limits import check
from app.settings import Limits
from engine.foundation.errors import ConfigError
from engine.run.task import Config
from engine.search.outcome import Outcome, Reached
from engine.search.schedule import Task
from engine.search.space import Search
from engine.search.stacks import run_tasks


@dataclass(frozen=True, slots=True)
class Chunk:
    """A few tasks of one search, each with the place where its trial was left, if it was."""

    search: Search
    tasks: tuple[tuple[Task, Reached | None], ...]
    limits: Limits

    @property
    def alone(self) -> list[Chunk]:
        """The same tasks, each by itself."""
        return [Chunk(self.search, (task,), self.limits) for task in self.tasks]


@dataclass(frozen=True, slots=True)
class Finished:
    """A task that is done; reached: where its trial stands, kept only where it may go on."""

    task: Task
    outcome: Outcome
    reached: Reached | None


def work_off(chunk: Chunk) -> list[Finished]:
    """The tasks of a chunk; those that share a program side by side."""
    last = chunk.search.stages[-1]

    def allowed(config: Config) -> None:
        try:
            check(config, chunk.limits)
        except Problem as problem:
            raise ConfigError(problem.detail) from problem

    found = run_tasks(chunk.search, chunk.tasks, allowed)
    return [
        Finished(task, outcome, reached if task.until < last else None)
        for (task, _), (outcome, reached) in zip(chunk.tasks, found, strict=True)
    ]
