"""Stopping work that nobody waits for any more."""

from __future__ import annotations

from collections.abc import Callable

from engine.foundation.errors import CancelledWorkError

Wanted = Callable[[], bool]


def check(cancelled: Wanted | None, reached: int = 0) -> None:
    """Raises: CancelledWorkError if the work is no longer wanted, with the iteration up to which training is kept."""
    if cancelled is not None and cancelled():
        raise CancelledWorkError(reached or None)
