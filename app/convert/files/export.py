"""A run to take along: with what it was computed on, and a digest that says whether a replay elsewhere agrees."""

from __future__ import annotations

import hashlib
import json
import platform
from typing import Any

import numpy as np

from app import __version__
from app.convert.files.solution import solution_page
from app.convert.history import history_csv, history_series
from app.convert.runs import run_title
from app.runs.workers import Ticket
from app.wire.json_numbers import SAFETENSORS, dumps
from app.wire.safetensors import to_safetensors
from engine.analysis.evaluation import parameters
from engine.pasted.written import COUNT, module_script, notebook, numpy_script, torch_script
from engine.run.run import Run

ITERATIONS = COUNT  # that a script trains

PYTHON = "text/x-python; charset=utf-8"
FORMATS = {
    "json": "application/json",
    "safetensors": SAFETENSORS,
    "csv": "text/csv; charset=utf-8",
    "numpy": PYTHON,
    "pytorch": PYTHON,
    "ipynb": "application/x-ipynb+json",
    "solution": "text/html; charset=utf-8",
}
ENDINGS = {"numpy": "numpy.py", "pytorch": "pytorch.py", "solution": "solution.html"}  # of files, where not the format
SCRIPTS = ("numpy", "pytorch", "ipynb")


def export(run: Run, form: str, t: int, ticket: Ticket) -> bytes:
    """The run in one of the formats: all of it, its parameters before an iteration, or its history."""
    if form == "csv":
        return history_csv(run, t, ticket)
    if form in SCRIPTS:
        return _script(run, form, t, ticket).encode()
    if form == "solution":
        return solution_page(run, t, ticket).encode()
    about, values = provenance(run, t, ticket), parameters(run, run.state_at(t, ticket))
    if form == "json":
        return dumps(about | {"parameters": values, "history": history_series(run, 0, t + 1, None, ticket)})
    return to_safetensors(
        values, {name: item if isinstance(item, str) else json.dumps(item) for name, item in about.items()}
    )


def _script(run: Run, form: str, t: int, ticket: Ticket) -> str:
    """Code that trains some iterations and asserts our losses; in PyTorch with its own modules where they do."""
    title = run_title(run)
    if form == "pytorch":
        return module_script(run, t, title, ticket) or torch_script(run, t, title, ticket)
    script = numpy_script(run, t, title, ticket)
    return notebook(script) if form == "ipynb" else script


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
