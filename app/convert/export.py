"""A run to take along: with what it was computed on, and a digest that says whether a replay elsewhere agrees."""

from __future__ import annotations

import hashlib
import json
import platform
from typing import Any

import numpy as np

from app import __version__
from app.convert.history import history_csv, history_series
from app.runs.workers import Ticket
from app.wire.json_numbers import SAFETENSORS, dumps
from app.wire.safetensors import to_safetensors
from engine.analysis.evaluation import parameters
from engine.run.run import Run

FORMATS = {"json": "application/json", "safetensors": SAFETENSORS, "csv": "text/csv; charset=utf-8"}


def export(run: Run, form: str, t: int, ticket: Ticket) -> bytes:
    """The run in one of the formats: all of it, its parameters before an iteration, or its history."""
    if form == "csv":
        return history_csv(run, t, ticket)
    about, values = provenance(run, t, ticket), parameters(run, run.state_at(t, ticket))
    if form == "json":
        return dumps(about | {"parameters": values, "history": history_series(run, 0, t + 1, None, ticket)})
    return to_safetensors(
        values, {name: item if isinstance(item, str) else json.dumps(item) for name, item in about.items()}
    )


def provenance(run: Run, t: int, ticket: Ticket) -> dict[str, Any]:
    """The configuration, where its numbers came from, and a digest of the parameters before an iteration."""
    values = parameters(run, run.state_at(t, ticket))
    # as any reader has them: row after row, one parameter after the other
    joined = b"".join(values[p.name].tobytes() for p in run.parameters)
    return {
        "format": "backscope run",
        "backscope": __version__,
        "numpy": np.__version__,
        "machine": f"{platform.system()} {platform.machine()}",
        "id": run.config.id,
        "iteration": t,
        "parameters_sha256": hashlib.sha256(joined).hexdigest(),
        "config": run.config.to_dict(),
    }
