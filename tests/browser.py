"""Finds a Chromium for the browser tests, or takes the one that the npm registry carries."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path

from static import hatch_build as ui_build

STATIC = Path(__file__).resolve().parent.parent / "static"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
SECONDS_TO_INSTALL = 600
FLAGS = (
    "--no-sandbox",  # containers and root rarely allow one, and no page but ours is opened
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)
HELP = """\
The browser tests found no Chromium. Any of these gives them one:
  apt-get install chromium                 Debian; Ubuntu's is chromium-browser
  playwright install chromium              where Playwright's download site is reached
  BACKSCOPE_BROWSER=/path/to/chromium      one that you have; npm means the one from npm (Linux x64)
Or leave these tests out by name: pytest -m 'not browser'"""


@contextmanager
def alone_in_static() -> Iterator[None]:
    """Tests run in several processes, and only one at a time may install or build in static/.

    The lock is SQLite's: it works on every system, and a process that dies lets go of it.
    """
    name = f"backscope-{sha256(str(STATIC).encode()).hexdigest()[:16]}.lock"
    lock = Path(tempfile.gettempdir(), name)
    with closing(sqlite3.connect(lock, timeout=SECONDS_TO_INSTALL, isolation_level=None)) as connection:
        connection.execute("begin exclusive")
        yield


def development_node() -> ui_build.Node | None:
    """A Node.js with the tools of static/package.json installed; None if this machine has none."""
    node = ui_build.find_node()
    if node is not None:
        with alone_in_static():
            ui_build.install_packages(node, STATIC, dev=True)
    return node


def build_ui() -> None:
    """Bring static/dist up to date, in one process while the others wait."""
    with alone_in_static():
        if not ui_build.up_to_date(STATIC):
            ui_build.build(STATIC)


def chromium_from_npm() -> str | None:
    """Unpack @sparticuz/chromium, a headless Chromium for Linux x64 in an npm package; None where it does not run."""
    runs_here = sys.platform == "linux" and platform.machine() == "x86_64"
    node = development_node() if runs_here else None
    if node is None:
        return None
    script = 'import chromium from "@sparticuz/chromium"; console.log(await chromium.executablePath())'
    command = [node.program, "--input-type=module", "--eval", script]
    with alone_in_static():  # it is unpacked where all processes look for it
        done = subprocess.run(command, cwd=STATIC, env=node.environment(), capture_output=True, text=True)
    path = done.stdout.strip()
    return path if path and subprocess.run([path, "--version"], capture_output=True).returncode == 0 else None


def find() -> str | None:
    """Path of a Chromium: the one asked for, else npm's, else one on PATH; None if there is none of them.

    npm's is a headless shell: it opens a page in half the processor time of a whole browser.
    """
    wanted = os.environ.get("BACKSCOPE_BROWSER")
    if wanted and wanted != "npm":
        return wanted
    on_path = None if wanted else next(filter(None, map(shutil.which, NAMES)), None)
    try:
        return chromium_from_npm() or on_path
    except SystemExit:  # the npm registry is out of reach
        if on_path is None:
            raise
        return on_path
