"""A server in a process of its own, for whoever has Backscope installed and none running."""

from __future__ import annotations

import atexit
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from backscope.errors import BackscopeError

OPTIONS = ("--port", "0", "--no-browser", "--ephemeral")
ADDRESS = re.compile(r"http://[^\s?]+")
SECONDS_TO_END = 5


class Local:
    """The process; it ends with `close`, or with the program that began it.

    Args:   command: what starts a server.
    Raises: BackscopeError if it is not there, or ends before it answers.
    """

    def __init__(self, command: Sequence[str]) -> None:
        beside = Path(sys.executable).parent  # of this environment, also where that is not on the path
        first = shutil.which(command[0]) or shutil.which(command[0], path=str(beside))
        if first is None:
            raise BackscopeError(f"the command {command[0]} is not there: pip install backscope", 0)
        asked = [first, *command[1:], *OPTIONS]
        self._process = subprocess.Popen(asked, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        assert self._process.stdout is not None, "it was asked for"
        line = self._process.stdout.readline()
        found = ADDRESS.search(line)
        if found is None:
            self.close()
            raise BackscopeError(f"{command[0]} did not start: {line.strip()}", 0)
        self.address = found[0]
        atexit.register(self.close)

    def close(self) -> None:
        """End the server."""
        atexit.unregister(self.close)
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
