"""Crews for tests: workers in this process, which die when they are told to."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from app.search.work import Chunk, Finished


class Fragile:
    """Works at once. The n-th piece of work takes down its worker for each n in `deaths`, a poisoned trial always.

    Like a pool of processes, it is then broken for all until it is stopped.
    work: what is done instead of training.
    """

    def __init__(
        self,
        workers: int = 2,
        deaths: Collection[int] = (),
        poison: Collection[int] = (),
        work: Callable[[Chunk], list[Finished]] | None = None,
    ) -> None:
        self.workers, self.title = workers, "this process"
        self._work = work
        self.seen: list[list[int]] = []
        self._deaths, self._poison, self._broken = deaths, poison, False

    def submit(self, work: Callable[..., Any], /, *args: Any) -> Future[Any]:
        if self._broken:
            raise BrokenProcessPool
        (chunk,) = args
        assert isinstance(chunk, Chunk)
        trials = [task.index for task, _ in chunk.tasks]
        self._broken = len(self.seen) in self._deaths or bool(set(trials) & set(self._poison))
        self.seen.append(trials)
        future: Future[Any] = Future()
        if self._broken:
            future.set_exception(BrokenProcessPool())
        else:
            future.set_result((self._work or work)(*args))
        return future

    def stop(self) -> None:
        self._broken = False
