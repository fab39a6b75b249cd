"""The runs that this server knows: by id, the last used in memory, all of them on disk if it has a folder."""

from __future__ import annotations

import logging
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass

from app.convert.watched import recorded_run
from app.http.problems import Problem
from app.runs.limits import check
from app.settings import Settings
from app.storage.run_files import RunFiles, Saved
from engine.foundation.errors import EngineError
from engine.run.checkpoints import Store
from engine.run.footprint import footprint
from engine.run.run import Run
from engine.run.task import Config, parse_config

SHARE_OF_RUNS = 4  # a quarter of the cache for data and programs
SHARE_OF_ANSWERS = 8  # an eighth for answers as they went out; the rest for states and traces
RECORDING = re.compile(r"rec-[0-9a-f]{16}")
log = logging.getLogger("backscope")


@dataclass(frozen=True, slots=True)
class _Kept:
    run: Run
    nbytes: int


@dataclass(frozen=True, slots=True)
class Added:
    """A run, whether it is new here, and why it is not saved, if it should be and is not."""

    run: Run
    new: bool
    unsaved: str = ""


class Runs:
    """Id -> run. A run is only its configuration made runnable, so forgetting one loses nothing but time."""

    def __init__(self, settings: Settings) -> None:
        self.limits = settings.limits
        cache = settings.limits.cache_bytes
        self._store = Store(cache - cache // SHARE_OF_RUNS - cache // SHARE_OF_ANSWERS)
        self._most_bytes = cache // SHARE_OF_RUNS
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()
        self._recordings = settings.data_dir / "recordings" if settings.data_dir else None
        self._files = RunFiles(settings.runs_folder) if settings.runs_folder else None

    def add(self, config: Config) -> Added:
        """The run of a configuration, known to this server from now on.

        Raises: Problem past a limit; EngineError if the configuration cannot be run.
        """
        known = self._remembered(config.id)
        if known:
            return Added(known, False, self._save(config).failure)
        check(config, self.limits)
        run = self._keep(Run(config, self._store))
        saved = self._save(config)
        return Added(run, saved.new, saved.failure)

    def add_recording(self, data: bytes) -> Added:
        """The run of a loop that was recorded elsewhere, kept as it is: nothing can compute it again.

        Raises: Problem past a limit, or if it cannot be explained.
        """
        run = recorded_run(data)
        check(run.config, self.limits)
        known = self._remembered(run.config.id)
        if self._recordings:
            self._recordings.mkdir(parents=True, exist_ok=True)
            (self._recordings / f"{run.config.id}.safetensors").write_bytes(data)
        return Added(known or self._keep(run), known is None)

    def _recorded(self, run_id: str) -> Run | None:
        """A recording that is kept on disk; what its name may not be is not looked for."""
        if self._recordings is None or not RECORDING.fullmatch(run_id):
            return None
        file = self._recordings / f"{run_id}.safetensors"
        return self._keep(recorded_run(file.read_bytes())) if file.is_file() else None

    def get(self, run_id: str, path: str = "path.run_id") -> Run:
        """The run with an id.

        Args:   path: the place in the request that named it.
        Raises: Problem if this server does not know it.
        """
        run = self._remembered(run_id) or self._from_disk(run_id) or self._recorded(run_id)
        if run is None:
            detail = "This server does not know that run. POST its configuration to /api/runs again: same id."
            if run_id.startswith("rec-"):
                detail = "This server has forgotten that recording: open its file again, or POST it to /api/recordings."
            raise Problem(404, "unknown-run", detail, path, title="Unknown run")
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

    def _save(self, config: Config) -> Saved:
        return self._files.save(config) if self._files else Saved(new=True)

    def _from_disk(self, run_id: str) -> Run | None:
        config = self._read(run_id)
        if config is None:
            return None
        check(config, self.limits)
        return self._keep(Run(config, self._store))

    def _read(self, run_id: str) -> Config | None:
        """The configuration saved under its id; none if it is not there, or not what we wrote."""
        document = self._files.read(run_id) if self._files else None
        if document is None:
            return None
        try:
            config = parse_config(document)
            if config.id != run_id:
                raise ValueError(f"it holds run {config.id}")
            return config
        except (ValueError, RecursionError, EngineError) as error:
            log.warning("the file of run %s cannot be used: %s", run_id, error)
            return None
