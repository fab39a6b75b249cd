"""What a start waits for: nothing that only some servers need, nothing that is needed only later."""

from __future__ import annotations

import subprocess
import sys

SELDOM = ("httpx", "rich", "torch", "dask", "mcp", "optuna", "psycopg", "jupyter_server")
STARTED = "import gc, sys; from app.settings import Settings; from app.start import load; app = load()(Settings()); "


def said_by(python: str) -> list[str]:
    said = subprocess.run([sys.executable, "-c", STARTED + python], capture_output=True, text=True, check=True)
    return said.stdout.split()


def test_a_server_starts_without_what_only_some_need() -> None:
    assert said_by(f"print(*[name for name in {SELDOM} if name in sys.modules])") == []


def test_a_start_builds_no_schema_of_an_answer_and_leaves_the_collector_on() -> None:
    asked = "from app.convert.runs import RunInfo; from app.wire.schema import schema; "
    assert said_by(asked + "print(schema(RunInfo).__pydantic_complete__, gc.isenabled())") == ["False", "True"]
