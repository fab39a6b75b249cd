"""What a server may be told when it starts; frozen from then on."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

MEBIBYTE = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one client may ask for. Past one of these the answer is a problem that names it."""

    parameters: int = 300_000
    layers: int = 64
    units: int = 2_048
    inputs: int = 4_096
    samples: int = 20_000
    batch: int = 4_096
    iterations: int = 100_000
    iterations_per_request: int = 20_000
    values: int = 8_000_000
    edits: int = 1_000
    resolution: int = 200
    predict_rows: int = 10_000
    frames_bytes: int = 64 * MEBIBYTE
    cache_bytes: int = 512 * MEBIBYTE
    body_bytes: int = 8 * MEBIBYTE
    trials: int = 5_000
    trial_seconds: float = 300.0
    seconds: float = 20.0
    waiting: int = 256

    def with_text(self, assignment: str) -> Limits:
        """These limits with one changed by a text like `parameters=500000`.

        Raises: ValueError saying what was wrong with the text.
        """
        name, _, text = assignment.partition("=")
        known = {f.name for f in fields(self)}
        if name not in known:
            raise ValueError(f"there is no limit {name!r}; there are: {', '.join(sorted(known))}")
        kind = "number" if name.endswith("seconds") else "whole number"
        try:
            number: Any = float(text) if name.endswith("seconds") else int(text)
        except ValueError:
            number = 0
        if not 0 < number < float("inf"):
            raise ValueError(f"the limit {name} is a {kind} above 0; given {text or 'nothing'}")
        return replace(self, **{name: number})


@dataclass(frozen=True, slots=True)
class Settings:
    """One server's settings; `create_app` takes them and nothing else."""

    host: str = "127.0.0.1"
    port: int = 8765
    token: str | None = None
    allowed_hosts: tuple[str, ...] = ()
    root_path: str = ""
    log_level: str = "warning"
    public: bool = False
    home: str = ""  # the address of the process that holds what is not shared, if it is another one
    data_dir: Path | None = None
    shared_runs: Path | None = None
    library_dir: Path | None = None
    database: str | None = None
    dask: str | None = None  # the scheduler of a cluster that searches run on
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    limits: Limits = Limits()

    @property
    def library_file(self) -> Path | None:
        """Where saved runs are kept if no database is given; in memory without."""
        folder = self.library_dir or self.data_dir
        return folder / "library.sqlite3" if folder else None

    @property
    def runs_folder(self) -> Path | None:
        """Where runs are kept, if they are."""
        return self.data_dir / "runs" if self.data_dir else self.shared_runs

    @property
    def searches_folder(self) -> Path | None:
        """Where searches are kept, if they are."""
        return self.data_dir / "searches" if self.data_dir else None
