"""Works off a search on a crew: whatever happens to its workers, every trial ends with its own result."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import dataclass

from app.search.pool import Crew
from app.search.work import Chunk, Finished, work_off
from app.settings import Limits
from engine.search.outcome import Outcome, Reached
from engine.search.schedule import Done, Task, due
from engine.search.space import Search
from engine.search.stacks import MOST_NETS, in_a_second, program_key

MOST_IN_CHUNK = 10  # of trials that share no program with another
CHUNKS = 8  # of those a worker should get at the least, so that all end at about the same time
AHEAD = 2  # chunks a worker is given at a time: the next one waits while it works
ATTEMPTS = 3  # of a trial by itself before it is held to be what ends its worker
SLACK = 20  # times as long as the slowest so far an iteration may take, before its work is asked for once more
LEAST_SECONDS = 60.0  # that any piece of work may take
TICK = 0.2  # seconds between two looks at whether the search is still wanted
DIED = f"its worker ended {ATTEMPTS} times before it was done, with nothing beside it, or took too long"
SHARE_OF_CACHE = 4  # places where trials go on may take a quarter of what runs may

Work = Future[list[Finished]]


@dataclass(frozen=True, slots=True)
class _Begun:
    chunk: Chunk
    since: float

    @property
    def seconds(self) -> float:
        """How long it has been under way, or waited for its worker."""
        return time.monotonic() - self.since

    @property
    def iterations(self) -> int:
        """At the most, of all its trials."""
        return sum(task.until for task, _ in self.chunk.tasks)


class Driver:
    """One search on one crew.

    A worker that dies takes down what runs beside it, so nothing can be said of who was to blame. What was under way is
    then done again trial by trial with nothing beside it: only a trial that takes down its worker every time while it
    is alone counts as failed.

    record: is told of every task that is done; wanted: false once nobody waits for the search any more.
    """

    def __init__(
        self,
        crew: Crew,
        search: Search,
        limits: Limits,
        record: Callable[[Finished], None],
        wanted: Callable[[], bool],
    ) -> None:
        self._crew, self._search, self._limits = crew, search, limits
        self._record, self._wanted = record, wanted
        self._reached: dict[int, Reached] = {}
        self._slowest: float | None = None  # seconds an iteration, of what is done
        self._room = limits.cache_bytes // SHARE_OF_CACHE

    def work(self, done: Done) -> None:
        """Everything that is due, stage after stage; `done` has to grow by what is recorded."""
        while self._wanted() and (tasks := due(self._search, done)):
            waiting = deque(self._chunks(tasks))
            while waiting and self._wanted():
                for suspect in self._until_one_dies(waiting):
                    self._try_alone(suspect)

    def _chunks(self, tasks: Sequence[Task]) -> Iterator[Chunk]:
        for part in _parts(self._search, tasks, self._crew.workers):
            yield Chunk(self._search, tuple((task, self._reached.get(task.index)) for task in part), self._limits)

    def _until_one_dies(self, waiting: deque[Chunk]) -> list[Chunk]:
        """Works off chunks until all are done, or a worker dies or is late: gives what was under way, one by one."""
        under_way: dict[Work, _Begun] = {}
        while self._wanted() and (waiting or under_way):
            while waiting and len(under_way) < AHEAD * self._crew.workers:
                chunk = waiting.popleft()
                under_way[self._submitted(chunk)] = _Begun(chunk, time.monotonic())
            done, _ = wait(under_way, TICK, FIRST_COMPLETED)
            lost = [future for future in done if not self._recorded(future, under_way[future])]
            suspects = [under_way[future].chunk for future in lost]
            under_way = {future: begun for future, begun in under_way.items() if future not in done}
            if lost or any(map(self._is_late, under_way.values())):
                self._crew.stop()
                suspects += [begun.chunk for begun in under_way.values()]
                return [alone for suspect in suspects for alone in suspect.alone]
        return []

    def _try_alone(self, chunk: Chunk) -> None:
        """One trial with nothing beside it, again and again if need be."""
        for _ in range(ATTEMPTS):
            future, begun = self._submitted(chunk), _Begun(chunk, time.monotonic())
            while self._wanted() and not future.done() and begun.seconds <= AHEAD * self._limits.trial_seconds:
                wait([future], TICK)
            if not self._wanted() or (future.done() and self._recorded(future, begun)):
                return
            self._crew.stop()
        ((task, _),) = chunk.tasks
        self._record(Finished(task, Outcome(task.index, task.until, error=_reason(future)), None))

    def _submitted(self, chunk: Chunk) -> Work:
        try:
            return self._crew.submit(work_off, chunk)
        except BrokenExecutor as error:  # a worker has died since the last look
            failed: Work = Future()
            failed.set_exception(error)
            return failed

    def _is_late(self, begun: _Begun) -> bool:
        """Whether it took longer than all its trials may, or far longer than others did: then it may be lost.

        Nobody is blamed for that: its trials are done again one by one, with all the time that one may take.
        """
        most = self._limits.trial_seconds * len(begun.chunk.tasks)
        if self._slowest is not None:
            most = min(most, max(LEAST_SECONDS, SLACK * self._slowest * begun.iterations))
        return begun.seconds > AHEAD * most  # its worker may have had as much to do before it

    def _recorded(self, future: Work, begun: _Begun) -> bool:
        """Whether the work came to results, which are recorded."""
        if future.cancelled() or future.exception() is not None:
            return False
        self._slowest = max(self._slowest or 0.0, begun.seconds / begun.iterations)
        for finished in future.result():
            self._keep(finished)
            self._record(finished)
        return True

    def _keep(self, finished: Finished) -> None:
        """Where a trial may go on, while there is room; else it will be trained again up to there, to the same bits."""
        before = self._reached.pop(finished.task.index, None)
        self._room += before.state.nbytes if before else 0
        if finished.reached and finished.reached.state.nbytes <= self._room:
            self._reached[finished.task.index] = finished.reached
            self._room -= finished.reached.state.nbytes


def _parts(search: Search, tasks: Sequence[Task], workers: int) -> Iterator[Sequence[Task]]:
    """Tasks in parts for the workers: those that share a program together, which are trained side by side.

    The more are, the less each costs: of what is done in a second a worker gets its share at once.
    """
    programs: dict[str, list[Task]] = {}
    for task in tasks:
        programs.setdefault(program_key(search, task.index), []).append(task)
    alone = [group[0] for group in programs.values() if len(group) == 1]
    quick = in_a_second(search, tasks[0].until) if len(alone) < len(tasks) else 0
    for group in programs.values():
        if len(group) > 1:
            few, many = math.ceil(len(group) / (AHEAD * workers)), math.ceil(len(group) / workers)
            yield from _cut(group, min(MOST_NETS, max(few, min(quick, many))))
    yield from _cut(alone, max(1, min(MOST_IN_CHUNK, len(alone) // (CHUNKS * workers))))


def _cut(tasks: Sequence[Task], size: int) -> Iterator[Sequence[Task]]:
    return (tasks[start : start + size] for start in range(0, len(tasks), size))


def _reason(future: Work) -> str:
    """Why a trial came to nothing: what its worker raised, if it lived to tell."""
    error = future.exception() if future.done() and not future.cancelled() else None
    died = error is None or isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker"  # Dask's word
    return DIED if died else f"{type(error).__name__}: {error}"
