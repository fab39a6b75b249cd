"""Kills a process that writes into a library, again and again: ``python -m tests.app.storage.kills [how many]``."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from app.storage.database import Sqlite
from app.storage.library import Library, Stored

HUNDRED = 100
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


def lost(file: Path, kills: int, seed: int = 0) -> tuple[set[str], set[str]]:
    """Entries that were acknowledged and are gone, and those that are damaged."""
    draw, acknowledged = random.Random(seed), set[str]()
    for kill in range(kills):
        command = [sys.executable, "-m", "tests.app.storage.kills", "write", str(file), str(kill)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            first = process.stdout.readline().strip()
            assert first, "the process that was to be killed did not write"
            acknowledged.add(first)
            time.sleep(draw.random() / 20)
            process.kill()
            acknowledged |= set(process.stdout.read().split("\n")[:-1])
    with closing(Library(Sqlite(file))) as library:
        found = {entry.run_id: entry for entry in library.entries()}
    return acknowledged - found.keys(), {name for name, entry in found.items() if entry.entry != {"note": NOTE}}


if __name__ == "__main__":
    if sys.argv[1:2] == ["write"]:
        write(Path(sys.argv[2]), sys.argv[3])
    with tempfile.TemporaryDirectory() as folder:
        many = int(sys.argv[1]) if len(sys.argv) > 1 else HUNDRED
        gone, damaged = lost(Path(folder) / "library.sqlite3", many)
        print(f"{many} kills: {len(gone)} acknowledged entries lost, {len(damaged)} damaged")
        sys.exit(bool(gone or damaged))
