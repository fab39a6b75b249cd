"""Searches on disk: what is asked for in one file, and a line for every result in another, written as it comes."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.storage.run_files import RUN_ID, replace_file

log = logging.getLogger("backscope")
CANCELLED, WANTED = {"cancelled": True}, {"cancelled": False}  # wanted: after all


@dataclass(frozen=True, slots=True)
class Kept:
    """A search as it was written: what is asked for, its results so far, and whether it was cancelled."""

    search: Mapping[str, Any]
    results: tuple[Mapping[str, Any], ...]
    cancelled: bool


class SearchFiles:
    """A folder of searches. Nothing that happens to it ends a search: what is not written is computed again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def begin(self, search_id: str, search: Mapping[str, Any]) -> None:
        """Write what is asked for, if it is not there."""
        path = self._folder / f"{search_id}.json"
        self._attempt(search_id, lambda: None if path.exists() else replace_file(path, json.dumps(search).encode()))

    def append(self, search_id: str, *results: Mapping[str, Any]) -> None:
        """A line for each result; a line that a killed server left half written is ended first."""
        text = "".join(json.dumps(result) + "\n" for result in results)
        self._attempt(search_id, lambda: self._write(search_id, text))

    def _write(self, search_id: str, text: str) -> None:
        with (self._folder / f"{search_id}.jsonl").open("ab+") as file:
            if file.tell():
                file.seek(-1, 2)
                text = text if file.read() == b"\n" else "\n" + text
            file.write(text.encode())

    def _attempt(self, search_id: str, work: Any) -> None:
        try:
            self._folder.mkdir(exist_ok=True)
            work()
        except OSError as error:
            log.warning("search %s is not saved, a restarted server will do it again: %s", search_id, error)

    def read_all(self) -> dict[str, Kept]:
        """Every search that can be read, by its id, in the order in which they were begun."""
        paths = [path for path in self._folder.glob("*.json") if RUN_ID.fullmatch(path.stem)]
        found = {path.stem: self._read(path) for path in sorted(paths, key=_begun)}
        return {search_id: kept for search_id, kept in found.items() if kept}

    def _read(self, path: Path) -> Kept | None:
        try:
            search = json.loads(path.read_text(encoding="utf-8"))
            lines = path.with_suffix(".jsonl")
            texts = lines.read_text(encoding="utf-8", errors="replace").splitlines() if lines.exists() else []
        except (OSError, ValueError, RecursionError) as error:
            log.warning("%s cannot be read: %s", path, error)
            return None
        results = [result for result in map(_parsed, texts) if result is not None]
        cancelled = bool(results) and results[-1] == CANCELLED
        return Kept(search, tuple(result for result in results if result not in (CANCELLED, WANTED)), cancelled)


def _begun(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _parsed(line: str) -> Mapping[str, Any] | None:
    """A result; none for a line that was cut off."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
