"""One search on this server: what is known of it, at any moment and for any thread."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Literal

from app.search.work import Finished
from engine.search.outcome import Outcome
from engine.search.schedule import due, furthest, planned, trained
from engine.search.space import Search

State = Literal["waiting", "running", "done", "cancelled"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is known of a search at one moment.

    outcomes:     by trial, where each has come furthest; order: trials in the order in which they were done.
    seconds:      that it has run on this server; seconds_left: None until that can be told.
    version:      grows with everything that changes; trouble: why it was ended, if by nobody.
    """

    search: Search
    state: State
    outcomes: dict[int, Outcome]
    order: tuple[int, ...]
    seconds: float
    seconds_left: float | None
    version: int
    trouble: str = ""


class Job:
    """A search and its results; `done` grows while it runs."""

    def __init__(self, search: Search, done: dict[tuple[int, int], Outcome] | None = None, stop: bool = False) -> None:
        self.search = search
        self.done = done or {}
        self._lock = threading.Lock()
        self._state: State = "done" if not due(search, self.done) else "cancelled" if stop else "waiting"
        self._order = [index for index, _ in self.done]
        self._seconds, self._since, self._before = 0.0, 0.0, 0
        self._version, self._trouble = 0, ""

    @property
    def state(self) -> State:
        return self._state

    def wanted(self) -> bool:
        """Whether it is still to be worked on."""
        return self._state == "running"

    def begin(self) -> bool:
        """Take it up, if it still waits."""
        with self._lock:
            if self._state != "waiting":
                return False
            self._state, self._since, self._before = "running", time.monotonic(), trained(self.search, self.done)
            self._version += 1
            return True

    def record(self, finished: Finished) -> None:
        """One more result."""
        with self._lock:
            self.done[finished.task.index, finished.task.until] = finished.outcome
            self._order.append(finished.task.index)
            self._version += 1

    def end(self) -> bool:
        """Nobody works on it any more: it is done unless more is due; whether it waits to be taken up again."""
        with self._lock:
            self._seconds, self._since = self._elapsed(), 0.0
            if self._state == "running":
                self._state = "waiting" if due(self.search, self.done) else "done"
            self._version += 1
            return self._state == "waiting"

    def cancel(self, trouble: str = "") -> bool:
        """Want no more of it; whether there was anything to cancel. trouble: why, if nobody asked for that."""
        with self._lock:
            if self._state not in ("waiting", "running"):
                return False
            self._state, self._trouble = "cancelled", trouble
            self._version += 1
            return True

    def again(self) -> bool:
        """A cancelled search waits again; whether it is to be queued now: one that is still ending will be then."""
        with self._lock:
            if self._state != "cancelled":
                return False
            self._state, self._trouble = "waiting", ""
            self._version += 1
            return not self._since

    def _elapsed(self) -> float:
        return self._seconds + (time.monotonic() - self._since if self._since else 0.0)

    def snapshot(self) -> Snapshot:
        """What is known now."""
        with self._lock:
            done = dict(self.done)
            state, order, seconds, version = self._state, tuple(self._order), self._elapsed(), self._version
            trouble = self._trouble
            left = self._left(done) if state == "running" else None
        return Snapshot(self.search, state, furthest(done), order, seconds, left, version, trouble)

    def _left(self, done: dict[tuple[int, int], Outcome]) -> float | None:
        """At the speed so far; not known before anything was done since it was taken up."""
        now = trained(self.search, done)
        if now <= self._before:
            return None
        speed = (now - self._before) / (time.monotonic() - self._since)
        return max(0.0, (planned(self.search) - now) / speed)
