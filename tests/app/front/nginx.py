"""A real nginx of the tests' own: in a temporary folder, on a free port, in front of servers of ours."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from app.main import create_app
from app.settings import Settings
from tests.serving import serving

SHIPPED = Path(__file__).resolve().parents[3] / "nginx.conf"
SECONDS_TO_START = 15
TAKEN, KEPT = "/taken/off", "/left/in"
WAYS = ("/", f"{TAKEN}/", f"{KEPT}/")


def missing() -> str:
    """Why there can be no nginx here; empty if there can."""
    return "" if _command() else "nginx is not installed: .ci/run installs Debian's"


@contextmanager
def shipped(servers: Sequence[str]) -> Iterator[str]:
    """Address of the nginx that the compose file starts, with other servers behind it."""
    text = SHIPPED.read_text(encoding="utf-8")
    named = "".join(f"    server {server.removeprefix('http://')} max_fails=1 fail_timeout=2s;\n" for server in servers)
    text = re.sub(r"(    server \w+:8765.*\n)+", named, text, count=1)
    text = re.sub(r"(    server \w+:8765.*\n)+", named.partition("\n")[0] + "\n", text)
    with _running(text) as address:
        yield address


@contextmanager
def locations(text: str) -> Iterator[str]:
    """Address of the shipped nginx, with other locations."""
    shipped_text = SHIPPED.read_text(encoding="utf-8")
    whole = re.sub(r"    location = .*\n    \}\n", lambda _: text, shipped_text, flags=re.DOTALL)
    with _running(re.sub(r"  upstream .*?\n  \}\n", "", whole, flags=re.DOTALL)) as address:
        yield address


@contextmanager
def three_ways() -> Iterator[str]:
    """Address of an nginx that has a server in no folder, in one that it takes off, and in one that it leaves in."""
    with serving(create_app()) as plain, serving(create_app(Settings(root_path=KEPT))) as kept:
        host = "proxy_set_header Host $http_host;"
        text = (
            f"location / {{ proxy_pass {plain}; {host} }}\n"
            f"location {TAKEN}/ {{ proxy_pass {plain}/; {host} }}\n"
            f"location {KEPT} {{ proxy_pass {kept}; {host} }}\n"
        )
        with locations(text) as address:
            yield address


def _command() -> str | None:
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


@contextmanager
def _running(text: str) -> Iterator[str]:
    with TemporaryDirectory(prefix="backscope-nginx-", ignore_cleanup_errors=True) as folder:
        port = free_port()
        (conf := Path(folder) / "nginx.conf").write_text(
            "daemon off;\n" + text.replace("/tmp/nginx", f"{folder}/nginx").replace("listen 8080", f"listen {port}")
        )
        Path(folder).chmod(0o777)
        with subprocess.Popen([_command() or "nginx", "-c", str(conf), "-p", folder], stderr=subprocess.PIPE) as nginx:
            try:
                _wait(port, nginx)
                yield f"http://127.0.0.1:{port}"
            finally:
                nginx.terminate()


def _wait(port: int, nginx: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if nginx.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"nginx did not start: {nginx.stderr and nginx.stderr.read()!r}") from None
            time.sleep(0.02)


def free_port() -> int:
    """A port on which nobody listens just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
