"""What a worker does with a few trials: nothing here depends on the process that it runs in."""

from __future__ import annotations

from dataclasses import dataclass

from app.http.problems import Problem
from app.runs.limits import check
from app.settings import Limits
from engine.foundation.errors import ConfigError
from engine.run.task import Config
from engine.search.outcome import Outcome, Reached, run_trial
from engine.search.schedule import Task
from engine.search.space import Search


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
    """The tasks of a chunk one after the other."""
    return [_finished(chunk, task, before) for task, before in chunk.tasks]


def _finished(chunk: Chunk, task: Task, before: Reached | None) -> Finished:
    def allowed(config: Config) -> None:
        try:
            check(config, chunk.limits)
        except Problem as problem:
            raise ConfigError(problem.detail) from problem

    outcome, reached = run_trial(chunk.search, task.index, task.until, before, allowed)
    goes_on = task.until < chunk.search.stages[-1]
    return Finished(task, outcome, reached if goes_on else None)
