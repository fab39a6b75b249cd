"""What one client may have of a server: the rest is for others, however much it asks for."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.requests import Request

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


def client_of(request: Request) -> str:
    """Who asks: an address, and behind a proxy the one that the proxy was asked from.

    Anybody may claim an address, so only what comes from a network of one's own is believed.
    """
    peer = request.client.host if request.client else ""
    told = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    return told if told and _is_near(peer) else peer


def _is_near(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:
        return False
