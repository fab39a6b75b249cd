"""Whether the tests notice: applies faults of one line each, one at a time, to a copy, and runs the tests that should.

    python -m tests.mutate            tries every fault of tests/mutations.toml; 1 if the tests miss one
    python -m tests.mutate beta up    only those whose description, file or line has one of these words

A fault names its file, the text that is replaced (it stands there once), what it becomes, and what that does to those
who read or use it. The tests that have to fail are those of the same room, for the studio all that reach the file; a
fault that others find names them. The copy's tests pass before anything is replaced.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).resolve().parent.parent
FAULTS = ROOT / "tests/mutations.toml"
LEFT_OUT = shutil.ignore_patterns(".git", "node_modules", "__pycache__", ".*_cache", "screenshots")
WORDS = "tests/engine/explain/test_expected.py"
SECONDS = 600  # a fault that makes the tests hang is caught by their own limit long before


@dataclass(frozen=True, slots=True)
class Fault:
    """One line gone wrong; `tests` are the paths that pytest is given, none for those that Vitest finds by itself."""

    what: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    @property
    def of_the_studio(self) -> bool:
        """Whether Vitest has to find it, not pytest."""
        return not self.tests


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a fault was caught, and the end of what the tests printed."""

    fault: Fault
    caught: bool
    output: str

    def __str__(self) -> str:
        return f"{'caught  ' if self.caught else 'SURVIVED'}  {self.fault.what}  ({self.fault.file})"


def read_faults(file: Path = FAULTS) -> list[Fault]:
    """The faults of a list.

    Raises: KeyError, TypeError if one is not whole.
    """
    listed = tomllib.loads(file.read_text(encoding="utf-8"))["fault"]
    return [Fault(f["what"], f["file"], f["old"], f["new"], suites_of(f["file"], f.get("tests", ()))) for f in listed]


def suites_of(file: str, named: Sequence[str]) -> tuple[str, ...]:
    """The tests named for a fault, else those of its room: words first, which are quick and see most."""
    if named or file.startswith("static/"):
        return tuple(named)
    package, room, *_ = Path(file).with_suffix("").parts
    mirrors = [f"tests/{package}/{room}", f"tests/{package}/test_{room}.py"]
    words = [WORDS] if package == "engine" and room != "run" else []
    return (*words, *(mirror for mirror in mirrors if (ROOT / mirror).exists()))


def chosen(faults: Iterable[Fault], words: Sequence[str]) -> list[Fault]:
    """The faults that have one of these words; all without."""
    return [f for f in faults if not words or any(w.lower() in f"{f.what} {f.file} {f.old}".lower() for w in words)]


def copied(folder: Path) -> Path:
    """A copy of the checkout that can be broken; packages of npm are borrowed."""
    copy = folder / "backscope"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    packages = ROOT / "static/node_modules"
    if packages.is_dir():
        (copy / "static/node_modules").symlink_to(packages)
    # what is compiled is known by its hash, so that only the broken file is read again, however soon it is put back
    rooms = [str(copy / room) for room in ("engine", "app")]
    compile_all = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "checked-hash", *rooms]
    subprocess.run(compile_all, check=True)
    return copy


def command_of(fault: Fault) -> list[str]:
    """What runs the fault's tests, inside a copy."""
    if fault.of_the_studio:
        related = ["vitest", "related", "--run", "--root", "static", "--passWithNoTests=false"]
        return ["npx", "--prefix", "static", *related, fault.file.removeprefix("static/")]
    quiet = ("-x", "-q", "-n", "0", "-p", "no:cacheprovider")
    return [sys.executable, "-m", "pytest", *quiet, *fault.tests]


def run_tests(fault: Fault, copy: Path) -> tuple[bool, str]:
    """Whether the fault's tests pass in a copy as it is, and what they printed."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command_of(fault), cwd=copy, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    return done.returncode == 0, (done.stdout + done.stderr)[-2000:]


def tried(fault: Fault, copy: Path) -> Verdict:
    """Put the fault in, run its tests, and put the line back."""
    path = copy / fault.file
    sound = path.read_text(encoding="utf-8")
    path.write_text(sound.replace(fault.old, fault.new), encoding="utf-8")
    try:
        passed, output = run_tests(fault, copy)
    finally:
        path.write_text(sound, encoding="utf-8")
    return Verdict(fault, not passed, output)


def sound_tests(faults: Iterable[Fault], copy: Path) -> list[str]:
    """Tests that fail before anything is broken: what they would catch says nothing."""
    suites = {fault.tests or (fault.file,): fault for fault in faults}
    return [" ".join(tests) for tests, fault in suites.items() if not run_tests(fault, copy)[0]]


def try_all(faults: Sequence[Fault], workers: int) -> Iterable[Verdict]:
    """A verdict on each fault, several at a time, each worker in a copy of its own."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(workers) as pool:
        copies: SimpleQueue[Path] = SimpleQueue()
        for i in range(workers):
            copies.put(copied(Path(folder, str(i))))
        if failing := sound_tests(faults, copies.get()):
            raise SystemExit(f"these tests fail without a fault: {failing}")
        copies.put(Path(folder, "0", "backscope"))

        def verdict(fault: Fault) -> Verdict:
            copy = copies.get()
            try:
                return tried(fault, copy)
            finally:
                copies.put(copy)

        yield from pool.map(verdict, faults)


def main(words: Sequence[str]) -> int:
    """Prints a line for each fault; 1 if one survives."""
    faults = chosen(read_faults(), words)
    survived = 0
    for verdict in try_all(faults, os.cpu_count() or 1):
        print(verdict, flush=True)
        survived += not verdict.caught
    print(f"\n{len(faults) - survived} of {len(faults)} caught")
    return 1 if survived else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
