"""The runs that this server knows: by id, the last used in memory, all of them on disk if it has a folder."""

from __future__ import annotations

import json
import logging
import os
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from app.http.problems import Problem
from app.runs.limits import check
from app.settings import Settings
from engine.foundation.errors import EngineError
from engine.run.checkpoints import Store
from engine.run.footprint import footprint
from engine.run.run import Run
from engine.run.task import Config, parse_config

RUN_ID = re.compile(r"[0-9a-f]{20}")
SHARE_OF_RUNS = 4  # a quarter of the cache for data and programs, the rest for states and traces
log = logging.getLogger("backscope")


@dataclass(frozen=True, slots=True)
class _Kept:
    run: Run
    nbytes: int


class Runs:
    """Id -> run. A run is only its configuration made runnable, so forgetting one loses nothing but time."""

    def __init__(self, settings: Settings) -> None:
        self.limits = settings.limits
        cache = settings.limits.cache_bytes
        self._store = Store(cache - cache // SHARE_OF_RUNS)
        self._most_bytes = cache // SHARE_OF_RUNS
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()
        self._folder = settings.runs_folder
        if self._folder:
            self._folder.mkdir(parents=True, exist_ok=True)

    def add(self, config: Config) -> tuple[Run, bool]:
        """The run of a configuration, and whether it is new here.

        Raises: Problem past a limit; EngineError if the configuration cannot be run.
        """
        known = self._remembered(config.id)
        if known:
            return known, False
        check(config, self.limits)
        run = self._keep(Run(config, self._store))
        return run, self._save(config)

    def get(self, run_id: str) -> Run:
        """The run with an id.

        Raises: Problem if this server does not know it.
        """
        run = self._remembered(run_id) or self._from_disk(run_id)
        if run is None:
            detail = "This server does not know that run. POST its configuration to /api/runs again: same id."
            raise Problem(404, "unknown-run", detail, "path.run_id", title="Unknown run")
        return run

    def _remembered(self, run_id: str) -> Run | None:
        with self._lock:
            kept = self._kept.get(run_id)
            if kept:
                self._kept.move_to_end(run_id)
            return kept.run if kept else None

    def _keep(self, run: Run) -> Run:
        """Keep a run, and forget the least used beyond the bound; of two made at once the first stays."""
        nbytes = footprint(run)
        with self._lock:
            kept = self._kept.setdefault(run.config.id, _Kept(run, nbytes))
            while len(self._kept) > 1 and sum(k.nbytes for k in self._kept.values()) > self._most_bytes:
                self._kept.popitem(last=False)
            return kept.run

    def _save(self, config: Config) -> bool:
        """Write a configuration in one piece, or not at all; whether it was new."""
        if self._folder is None:
            return True
        path = self._folder / f"{config.id}.json"
        if path.exists():
            return False
        partial = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.partial")
        try:
            partial.write_text(json.dumps(config.to_dict()), encoding="utf-8")
            partial.replace(path)
        except OSError as error:
            log.warning("run %s is not saved, a restarted server will not know it: %s", config.id, error)
            partial.unlink(missing_ok=True)
        return True

    def _from_disk(self, run_id: str) -> Run | None:
        if self._folder is None or not RUN_ID.fullmatch(run_id):
            return None
        config = read_config(self._folder / f"{run_id}.json")
        if config is None:
            return None
        check(config, self.limits)
        return self._keep(Run(config, self._store))


def read_config(path: Path) -> Config | None:
    """The configuration saved under its id; none if it is not there, or not what we wrote."""
    try:
        config = parse_config(json.loads(path.read_text(encoding="utf-8")))
        if config.id != path.stem:
            raise ValueError(f"it holds run {config.id}")
        return config
    except FileNotFoundError:
        return None
    except (OSError, ValueError, EngineError) as error:
        log.warning("%s cannot be read: %s", path, error)
        return None
