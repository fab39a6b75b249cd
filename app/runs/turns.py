"""Threads for numpy, as many at work as there are cores; long work makes way for short work now and then."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")

SLICE = 0.025  # seconds of work before it looks whether others wait
MOST_ASIDE = 8  # pieces of work that are begun and wait: each holds memory


_Waiting = tuple[float, int, Callable[[], object]]  # since when, time had already included; a number; how it goes on


@dataclass(frozen=True, slots=True)
class _Work:
    future: Future[Any]
    task: Callable[[], Any]


class Turns(Executor):
    """Daemon threads: the process may end while one still computes. The standard pool would wait for it.

    Who waits longest is next, and work that has had time already waits that much longer: so short work passes by long
    work, and long work gets on all the same.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._free = count
        self._aside = 0
        self._closing = False
        self._waiting: list[_Waiting] = []
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._begun: SimpleQueue[_Work | None] = SimpleQueue()
        for number in range(count + MOST_ASIDE):
            threading.Thread(target=self._serve, name=f"backscope-{number}", daemon=True).start()

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future: Future[T] = Future()
        self._begin(_Work(future, partial(fn, *args, **kwargs)))
        return future

    def make_way(self, used: float) -> None:
        """Called by work on its thread, which has taken so many seconds: waits if it is somebody else's turn."""
        again = threading.Event()
        with self._lock:
            mine = time.monotonic() + used
            if not self._waiting or self._waiting[0][0] >= mine or self._aside >= MOST_ASIDE:
                return
            self._aside += 1
            _, _, first = heapq.heapreplace(self._waiting, (mine, next(self._numbers), again.set))
        first()
        again.wait()
        with self._lock:
            self._aside -= 1

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        with self._lock:
            self._closing = True
            idle = self._free == self._count
        if idle:
            self._dismiss()

    def _begin(self, work: _Work) -> None:
        with self._lock:
            if not self._free:
                begin = partial(self._begun.put, work)
                waiting: _Waiting = (time.monotonic(), next(self._numbers), begin)
                heapq.heappush(self._waiting, waiting)
                return
            self._free -= 1
        self._begun.put(work)

    def _serve(self) -> None:
        while (work := self._begun.get()) is not None:
            _fulfil(work)
            del work  # a thread that waits for more holds nothing
            self._done()

    def _done(self) -> None:
        """One place is free: for the first who waits, if anybody does."""
        with self._lock:
            first = heapq.heappop(self._waiting)[2] if self._waiting else None
            self._free += first is None
            last = self._closing and self._free == self._count
        if first:
            first()
        elif last:
            self._dismiss()

    def _dismiss(self) -> None:
        for _ in range(self._count + MOST_ASIDE):
            self._begun.put(None)


def _fulfil(work: _Work) -> None:
    if not work.future.set_running_or_notify_cancel():
        return
    try:
        work.future.set_result(work.task())
    except BaseException as error:  # it belongs to whoever waits for the future
        _let_go(error)
        work.future.set_exception(error)
        del work  # the error knows this frame by its traceback: no circle, which would keep both for long


def _let_go(error: BaseException | None) -> None:
    """Have a failure hold nothing of what was computed: its traceback still says where, but not with which arrays."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__
