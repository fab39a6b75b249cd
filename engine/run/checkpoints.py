"""What to keep of the past within a bound in bytes: states, traces and losses, all of which can be made again."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

STRIDE = 64  # iterations between two checkpoints
LASTING = 41  # the rank of what is small and takes as long to make again as states do: it outlives them all
_OVERHEAD = 400  # of Python objects around each entry's arrays, in bytes


@dataclass(slots=True)
class _Entry:
    value: Any
    nbytes: int
    rank: int
    used: int


class Store:
    """A bounded memory shared by all runs of a process; safe for threads.

    An entry with a higher rank outlives one with a lower rank; among equals the one used last survives. Checkpoints
    rank by how round their iteration is, so a long run is thinned evenly: every 64th, then every 128th, and so on.
    """

    def __init__(self, max_bytes: int = 256 * 2**20) -> None:
        self.max_bytes = max_bytes
        self.nbytes = 0
        self._entries: dict[Hashable, _Entry] = {}
        self._clock = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Any:
        """The value kept under a key, or None."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._clock += 1
            entry.used = self._clock
            return entry.value

    def put(self, key: Hashable, value: Any, nbytes: int, rank: int = 0) -> None:
        """Keeps a value, if it is not larger than everything that may be kept."""
        with self._lock:
            self._clock += 1
            self._drop(key)
            if nbytes + _OVERHEAD > self.max_bytes:
                return
            self._entries[key] = _Entry(value, nbytes + _OVERHEAD, rank, self._clock)
            self.nbytes += nbytes + _OVERHEAD
            if self.nbytes > self.max_bytes:
                self._shrink()

    def _shrink(self) -> None:
        """Drops the least worth keeping down to nine tenths of the bound, so that this is not done at every put."""
        for key in sorted(self._entries, key=lambda key: (self._entries[key].rank, self._entries[key].used)):
            if self.nbytes <= self.max_bytes * 0.9:
                return
            self._drop(key)

    def _drop(self, key: Hashable) -> None:
        entry = self._entries.pop(key, None)
        self.nbytes -= entry.nbytes if entry else 0

    def __contains__(self, key: Hashable) -> bool:
        return key in self._entries


def rank_of(iteration: int) -> int:
    """How round an iteration is: 0 off the stride, 1 on it, 2 on twice the stride, ... 40 for the start."""
    if iteration == 0:
        return 40
    steps, rest = divmod(iteration, STRIDE)
    return 0 if rest else (steps & -steps).bit_length()
