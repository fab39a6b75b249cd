"""Runs on disk: a file each, its configuration under its id. Nothing that happens to the folder ends a request."""

from __future__ import annotations

import json
import logging
import os
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

RUN_ID = re.compile(r"[0-9a-f]{20}")
ABANDONED = 60.0  # seconds; whoever writes a file is done within one, so what is older was left by a killed server
MOST_PENDING = 64  # runs that wait for a disk that takes them again
log = logging.getLogger("backscope")


class Saveable(Protocol):
    """A configuration, as far as a file needs to know it."""

    @property
    def id(self) -> str: ...

    def to_dict(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of saving a run: whether its file is new, and why there is none, if there is none."""

    new: bool
    failure: str = ""


class RunFiles:
    """A folder of runs. What could not be written is written later, at the next save that finds the disk well again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pending: OrderedDict[str, Saveable] = OrderedDict()
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        self._sweep()

    def save(self, config: Saveable) -> Saved:
        """Write a configuration, unless its file holds it already; a file that holds anything else is written anew."""
        try:
            new = self._written(config)
        except OSError as error:
            self._postpone(config)
            log.warning("run %s is not saved, a restarted server will not know it: %s", config.id, error)
            return Saved(True, error.strerror or type(error).__name__)
        self._catch_up(config.id)
        return Saved(new)

    def read(self, run_id: str) -> Any:
        """The JSON saved under an id; none if there is none that can be read."""
        if not RUN_ID.fullmatch(run_id):
            return None
        path = self._path(run_id)
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError) as error:
            log.warning("%s cannot be read: %s", path, error)
            return None

    def _path(self, run_id: str) -> Path:
        return self._folder / f"{run_id}.json"

    def _written(self, config: Saveable) -> bool:
        """Whether anything had to be written.

        Raises: OSError.
        """
        path, text = self._path(config.id), json.dumps(config.to_dict()).encode()
        if _holds(path, text):
            return False
        self._folder.mkdir(exist_ok=True)  # it may have been removed, or moved away
        replace_file(path, text)
        return True

    def _postpone(self, config: Saveable) -> None:
        with self._lock:
            self._pending[config.id] = config
            while len(self._pending) > MOST_PENDING:
                self._pending.popitem(last=False)

    def _catch_up(self, done: str) -> None:
        """Write what waits, now that the disk takes files; the first one that fails leaves the rest for later."""
        with self._lock:
            self._pending.pop(done, None)
            waiting: Mapping[str, Saveable] = dict(self._pending)
        for run_id, config in waiting.items():
            try:
                self._written(config)
            except OSError:
                return
            with self._lock:
                self._pending.pop(run_id, None)

    def _sweep(self) -> None:
        """Remove what killed servers left half written; another server may be writing into this folder just now."""
        for partial in self._folder.glob("*.partial"):
            try:
                if time.time() - partial.stat().st_mtime > ABANDONED:
                    partial.unlink()
            except OSError as error:
                log.warning("%s is left over and cannot be removed: %s", partial, error)


def _holds(path: Path, text: bytes) -> bool:
    try:
        return path.read_bytes() == text
    except OSError:  # whatever is wrong, writing will tell
        return False


def replace_file(path: Path, text: bytes) -> None:
    """A file in one piece, on the disk itself once this returns.

    Raises: OSError, with nothing half written left where that can be helped.
    """
    partial = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.partial")
    try:
        with partial.open("wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        _flush_folder(path.parent)
    except OSError:
        _remove(partial)
        raise


def _flush_folder(folder: Path) -> None:
    """Have the disk keep the new name too; some systems open no folders, and there it has to be as it is."""
    try:
        opened = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(opened)
    except OSError:
        pass
    finally:
        os.close(opened)


def _remove(partial: Path) -> None:
    try:
        partial.unlink(missing_ok=True)
    except OSError as error:
        log.warning("%s is left over and cannot be removed: %s", partial, error)
