"""Starts an installed Backscope as a user would, asks it for its page, and ends it with Ctrl-C.

Usage: python check_wheel.py BIN, with BIN the folder that the `backscope` command was installed into.
"""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

SECONDS_TO_START = 20
SECONDS_TO_END = 5


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def get(url: str) -> str:
    with urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())


def seconds_until_answer(url: str, server: subprocess.Popen[bytes]) -> float:
    """Ask again and again until the server answers."""
    start = time.monotonic()
    while time.monotonic() < start + SECONDS_TO_START and server.poll() is None:
        try:
            get(url)
            return time.monotonic() - start
        except URLError:
            time.sleep(0.01)
    raise SystemExit(f"backscope did not answer at {url} (exit code {server.poll()})")


def check_pages(home: str) -> None:
    """The health answer, the page, and every script and style sheet that the page asks for."""
    health = json.loads(get(f"{home}/api/health"))
    assets = re.findall(r'(?:src|href)="\.?/?(static/[^"]+)"', get(f"{home}/"))
    if health["status"] != "ok" or not any(asset.endswith(".js") for asset in assets):
        raise SystemExit(f"backscope answers, but not well: {health}, {assets}")
    for asset in assets:
        get(f"{home}/{asset}")
    print(f"version {health['version']} serves its page and {len(assets)} assets")


def end(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGINT)
    try:
        server.wait(SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        server.kill()
        raise SystemExit(f"backscope was still there {SECONDS_TO_END} s after Ctrl-C") from None


def main(folder: str) -> None:
    port = free_port()
    command = [str(Path(folder, "backscope")), "--port", str(port), "--no-browser"]
    with tempfile.TemporaryDirectory() as home:
        # nothing but its own folder on PATH and no checkout around it: no Node, no uv, no variables
        server = subprocess.Popen(command, cwd=home, env={"PATH": folder, "HOME": home})
        try:
            seconds = seconds_until_answer(f"http://127.0.0.1:{port}/api/health", server)
            print(f"an installed backscope answered {seconds:.2f} s after its start")
            check_pages(f"http://127.0.0.1:{port}")
        finally:
            end(server)


if __name__ == "__main__":
    main(*sys.argv[1:])
