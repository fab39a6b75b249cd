"""What every process does before it serves."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import TYPE_CHECKING

from app.allocator import share_arenas
from app.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI


def load() -> Callable[[Settings], FastAPI]:
    """`create_app`, imported: that takes most of a start.

    What imports make stays, so nothing of it is collected meanwhile (a tenth of the processor time of a start), nor
    looked through by any later collection.
    """
    share_arenas()
    gc.disable()
    try:
        from app.main import create_app
    finally:
        gc.enable()
    gc.freeze()
    return create_app
