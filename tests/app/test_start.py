"""What a start waits for: nothing that only some servers need."""

from __future__ import annotations

import subprocess
import sys

SELDOM = ("httpx", "rich", "torch", "dask", "mcp", "optuna", "psycopg", "jupyter_server")
ASKED = f"import sys, app.main; app.main.create_app(); print(*[name for name in {SELDOM} if name in sys.modules])"


def test_a_server_starts_without_what_only_some_need() -> None:
    said = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True, check=True)
    assert said.stdout.split() == []
