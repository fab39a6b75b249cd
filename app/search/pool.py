"""Processes that train: one a core, each with one thread for products, gone with the server whatever ends it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

_ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")  # of those of OpenBLAS `app` sees to it


class Crew(Protocol):
    """Where chunks of a search are worked off: any `concurrent.futures.Executor` that can be begun again."""

    @property
    def title(self) -> str: ...

    @property
    def workers(self) -> int: ...

    def submit(self, work: Callable[..., T], /, *args: Any) -> Future[T]: ...

    def stop(self) -> None:
        """End all work at once; the next `submit` begins anew."""
        ...


class Processes:
    """The default crew. A process that dies takes its pool with it; the next `submit` makes another one."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._pool: Executor | None = None

    @property
    def title(self) -> str:
        """What it is, for whoever reads it."""
        return f"{self.workers} process{'es' if self.workers != 1 else ''}"

    def submit(self, work: Callable[..., T], /, *args: Any) -> Future[T]:
        """Have a process do some work."""
        if self._pool is None:
            for name in _ONE_THREAD:  # read by numpy when a worker imports it
                os.environ.setdefault(name, "1")
            spawned = multiprocessing.get_context("spawn")  # a fork would copy this server's threads and locks
            self._pool = ProcessPoolExecutor(self.workers, mp_context=spawned, initializer=_begin)
        return self._pool.submit(work, *args)

    def stop(self) -> None:
        """End the processes, whatever they do; from now on there is no pool."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        for process in list((getattr(pool, "_processes", None) or {}).values()):
            process.kill()
        pool.shutdown(wait=False, cancel_futures=True)


def _begin() -> None:
    """In a worker: Ctrl-C is the server's to hear, and a worker without a server has nothing to do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
