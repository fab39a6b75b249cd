"""Several processes on one socket: any of them answers for any run. One that dies is started again."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

from app.settings import Settings

SECONDS_BETWEEN = 1.0  # at least, from one start of the same process to the next
SECONDS_TO_END = 5.0


@dataclass(frozen=True, slots=True)
class _Share:
    """What each process is told: its settings, its sockets, a run to know, and whom to tell that it answers."""

    settings: Settings
    sockets: tuple[socket.socket, ...]
    config: Any
    ready: Any


class Supervisor:
    """Starts the processes, starts them again, and ends them all."""

    def __init__(self, settings: Settings, count: int, listener: socket.socket, config: Any = None) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._ready = self._context.Event()
        self._shares = _shares(settings, count, listener, config, self._ready)
        self._running: dict[int, SpawnProcess] = {}
        self._begun: dict[int, float] = {}
        self._ending = False

    def run(self, on_ready: Callable[[], None]) -> None:
        """Serve until somebody ends it."""
        for sig in (signal.SIGINT, signal.SIGTERM):
            signal.signal(sig, self._end)
        threading.Thread(target=self._tell, args=(on_ready,), daemon=True).start()
        while not self._ending:
            for number in range(len(self._shares)):
                self._keep(number)
            wait([process.sentinel for process in self._running.values()], SECONDS_BETWEEN)
        for process in self._running.values():
            process.join(SECONDS_TO_END)
            process.kill()
        self._shares[0].sockets[-1].close()  # the one that only they know

    def _tell(self, on_ready: Callable[[], None]) -> None:
        self._ready.wait()
        on_ready()

    def _keep(self, number: int) -> None:
        """Start a process that is not there, unless it was started a moment ago."""
        process = self._running.get(number)
        if self._ending or (process and process.is_alive()):
            return
        pause = self._begun.get(number, -SECONDS_BETWEEN) + SECONDS_BETWEEN - time.monotonic()
        time.sleep(max(0.0, pause))
        self._begun[number] = time.monotonic()
        # what is ignored stays so in the process: Ctrl-C in a terminal is meant for this one, which ends the others
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            process = self._running[number] = self._context.Process(target=_serve, args=(self._shares[number],))
            process.start()
        finally:
            signal.signal(signal.SIGINT, before)

    def _end(self, sig: int, frame: FrameType | None) -> None:
        self._ending = True
        for process in list(self._running.values()):
            process.terminate()


def _shares(settings: Settings, count: int, listener: socket.socket, config: Any, ready: Any) -> list[_Share]:
    """The first process also listens by itself, for the others: it holds the searches."""
    home = socket.create_server(("127.0.0.1", 0))
    threads = max(1, settings.workers // count)
    first = replace(settings, workers=threads)
    others = replace(first, home=f"http://127.0.0.1:{home.getsockname()[1]}")
    return [_Share(others if n else first, (listener,) if n else (listener, home), config, ready) for n in range(count)]


def shared_folder() -> TemporaryDirectory[str]:
    """A folder in which processes find each other's runs and figures; it goes with the server."""
    return TemporaryDirectory(prefix="backscope-runs-", ignore_cleanup_errors=True)


def _serve(share: _Share) -> None:
    from app.start import load
    from app.uvicorn_server import Server
    from app.watching.logs import configure

    threading.Thread(target=_end_with_parent, daemon=True).start()
    configure(share.settings.log_level)
    app = load()(share.settings)
    if share.config is not None:
        app.state.services.add_run(share.config)
    Server(app, share.ready.set).run(sockets=list(share.sockets))
    os._exit(0)  # nothing is left to do, and what libraries would say of open files is nobody's concern


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
