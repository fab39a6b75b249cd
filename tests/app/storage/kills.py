"""Kills a process that writes into a library, again and again: ``python -m tests.app.storage.kills [how many]``."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import IO

from app.storage.database import Sqlite
from app.storage.library import Library, Stored

MANY = 200
NOTE = "x" * 20_000


def write(file: Path, name: str) -> None:
    """Put entries for ever, and say each one once it is acknowledged."""
    library = Library(Sqlite(file))
    number = 0
    while True:
        entry = Stored(f"{name}-{number}", float(number), {"note": NOTE})
        library.put(entry)
        print(entry.run_id, flush=True)
        number += 1


Start = Callable[[Path, str], tuple[IO[str], Callable[[], None]]]


def spawned(file: Path, name: str) -> tuple[IO[str], Callable[[], None]]:
    """What a process of its own acknowledges, and how it is killed."""
    command = [sys.executable, "-m", "tests.app.storage.kills", "write", str(file), name]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout

    def kill() -> None:
        process.kill()
        process.wait()

    return process.stdout, kill


def forked(file: Path, name: str) -> tuple[IO[str], Callable[[], None]]:
    """The same, begun in a few milliseconds; for programs without threads."""
    heard, told = os.pipe()
    pid = os.fork()
    if not pid:
        os.dup2(told, sys.stdout.fileno())
        try:
            write(file, name)
        finally:
            os._exit(1)
    os.close(told)

    def kill() -> None:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

    return os.fdopen(heard), kill


def lost(file: Path, kills: int, seed: int = 0, start: Start = spawned) -> tuple[set[str], set[str]]:
    """Entries that were acknowledged and are gone, and those that are damaged."""
    draw, acknowledged = random.Random(seed), set[str]()
    for number in range(kills):
        said, kill = start(file, str(number))
        with said:
            first = said.readline().strip()
            assert first, "the process that was to be killed did not write"
            acknowledged.add(first)
            time.sleep(draw.random() / 20)
            kill()
            acknowledged |= set(said.read().split("\n")[:-1])
    with closing(Library(Sqlite(file))) as library:
        found = {entry.run_id: entry for entry in library.entries()}
    return acknowledged - found.keys(), {name for name, entry in found.items() if entry.entry != {"note": NOTE}}


if __name__ == "__main__":
    if sys.argv[1:2] == ["write"]:
        write(Path(sys.argv[2]), sys.argv[3])
    with tempfile.TemporaryDirectory() as folder:
        many = int(sys.argv[1]) if len(sys.argv) > 1 else MANY
        gone, damaged = lost(Path(folder) / "library.sqlite3", many, start=forked)
        print(f"{many} kills: {len(gone)} acknowledged entries lost, {len(damaged)} damaged")
        sys.exit(bool(gone or damaged))
