"""What one client may have of a server: the rest is for others, however much it asks for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

LEFT_TO_OTHERS = 4  # places for work that is begun


@dataclass(slots=True)
class _Share:
    places: asyncio.Semaphore
    asking: int = 0


class Shares:
    """Who has how much work here; on the event loop's thread alone."""

    def __init__(self, places: int, waiting: int) -> None:
        self._places = max(1, places - LEFT_TO_OTHERS)
        self._most = max(1, waiting * 3 // 4)
        self._shares: dict[str, _Share] = {}

    def full(self, client: str) -> bool:
        """Whether a client waits for as much as one may."""
        share = self._shares.get(client)
        return share is not None and share.asking >= self._most

    @asynccontextmanager
    async def place(self, client: str) -> AsyncIterator[None]:
        """Held while work of a client is begun, or next; who names no client is the server itself."""
        if not client:
            yield
            return
        share = self._shares.setdefault(client, _Share(asyncio.Semaphore(self._places)))
        share.asking += 1
        try:
            async with share.places:
                yield
        finally:
            share.asking -= 1
            if not share.asking:
                del self._shares[client]
