"""Whether a server can take requests: what they need is there."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from app.storage.database import DatabaseError
from app.storage.library import Library

SECONDS = 1.0  # that one look counts for: whoever asks needs no token, so asking must cost nothing


class Probe:
    """Looks at what a server stands on."""

    def __init__(self, library: Library, folder: Path | None) -> None:
        self._library = library
        self._folder = folder
        self._lock = threading.Lock()
        self._found, self._looked = "", -SECONDS

    def trouble(self) -> str:
        """What is missing, in a sentence; empty if nothing is."""
        with self._lock:
            if time.monotonic() - self._looked >= SECONDS:
                self._found = self._look()
                self._looked = time.monotonic()
            return self._found

    def _look(self) -> str:
        if self._folder and not os.access(self._folder, os.W_OK):
            return "The data folder cannot be written."
        try:
            self._library.get("")
        except DatabaseError:
            return "The library cannot be reached."
        return ""
