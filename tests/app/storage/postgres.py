"""A Postgres of the tests' own: in a temporary folder, on a free port, without a service."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

ACCOUNT = "postgres"  # Postgres does not run as root; Debian's package makes this account


def missing() -> str:
    """Why there can be no Postgres here; empty if there can."""
    lacking = [name for name in ("initdb", "pg_ctl") if not _find(name)]
    if lacking:
        return f"Postgres is not installed ({', '.join(lacking)}): .ci/run installs Debian's postgresql"
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return "psycopg is not installed: pip install 'backscope[postgres]'"
    return ""


@contextmanager
def postgres() -> Iterator[str]:
    """Address of an empty database."""
    with TemporaryDirectory(prefix="backscope-postgres-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o777)
        port = _free_port()
        _run("initdb", "-D", f"{name}/data", "-U", "backscope", "-A", "trust", "--no-sync")
        options = f"-p {port} -k {name} -c listen_addresses=127.0.0.1 -c fsync=off"
        _run("pg_ctl", "-D", f"{name}/data", "-w", "-l", f"{name}/log", "-o", options, "start")
        try:
            yield f"postgresql://backscope@127.0.0.1:{port}/postgres"
        finally:
            _run("pg_ctl", "-D", f"{name}/data", "-m", "immediate", "stop")


def _find(name: str) -> str | None:
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(debian[-1]) if debian else shutil.which(name)


def _run(name: str, *arguments: str) -> None:
    command = [_find(name) or name, *arguments]
    user = ACCOUNT if os.getuid() == 0 else None
    subprocess.run(command, check=True, user=user, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
