"""`backscope grade *.json`: records of practice graded again from scratch, with the class's slips counted."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.convert.practice.results import Result, regraded, slips_counted
from app.wire.csv_cells import cell

LARGEST = 20_000_000  # bytes of a file
VERSION = 1  # of a record


@dataclass(frozen=True, slots=True)
class Record:
    """What stands in a file; left_out: how many entries are none of our exercises, and no interview cards either."""

    results: list[Result]
    left_out: int


def grade_files(arguments: Sequence[str]) -> int:
    """Run the command; gives the exit code, 2 if a file is none of ours: the others are graded all the same."""
    options = _parser().parse_args(arguments)
    read = {path: _read(path) for path in options.files}
    graded = {_name(path, read): found.results for path, found in read.items() if found is not None}
    for path, found in read.items():
        if found is None:
            print(f"backscope: {path} is no record of practice", file=sys.stderr)
        elif found.left_out:
            print(f"backscope: {path}: {found.left_out} are no exercises of this version", file=sys.stderr)
    if graded:
        _write_csv(graded) if options.csv else _write_table(graded)
    return 2 if None in read.values() else 0


def _name(path: Path, paths: Collection[Path]) -> str:
    """What a file is called, with its folder where others are called so too."""
    return path.name if sum(other.name == path.name for other in paths) == 1 else str(path)


def _parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="backscope grade",
        description="Grade records of practice again, and count the slips. A file is no proof of who wrote it.",
    )
    p.add_argument("files", nargs="+", type=Path, metavar="FILE.json", help="records, as the practice page saves them")
    p.add_argument("--csv", action="store_true", help="a row for every exercise, instead of a summary")
    return p


def _read(path: Path) -> Record | None:
    try:
        if path.stat().st_size > LARGEST:
            return None
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    log = document.get("log") if isinstance(document, dict) and document.get("practice") == VERSION else None
    return _graded(log) if isinstance(log, list) else None


def _graded(log: list[Any]) -> Record:
    results = list(regraded(log))
    exercises = sum(not (isinstance(entry, dict) and entry.get("kind") == "card") for entry in log)
    return Record(results, max(0, exercises - len(results)))


def _write_csv(graded: dict[str, list[Result]]) -> None:
    rows = csv.writer(sys.stdout)
    rows.writerow(("file", "skill", "kind", "seed", "score", "tags"))
    for name, results in graded.items():
        file = cell(name)  # as whoever sent the file has called it
        rows.writerows((file, r.skill, r.kind, r.seed, f"{r.score:.3g}", " ".join(r.tags)) for r in results)


def _write_table(graded: dict[str, list[Result]]) -> None:
    for name, results in graded.items():
        right = sum(result.score == 1 for result in results)
        print(f"{name}: {right} of {len(results)} right at once")
    made = {name: set(slips_counted(results)) for name, results in graded.items()}
    counted = slips_counted(result for results in graded.values() for result in results)
    print("\nSlips, and in how many files:" if counted else "\nNo slips.")
    for tag, count in counted.most_common():
        print(f"{count:5}  {sum(tag in tags for tags in made.values())} of {len(made)}  {tag.replace('_', ' ')}")
