"""Connections on which nothing gets on are closed: a request's head, and the next request's, come within some time."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 20.0  # for the first lines of a request
BODY_SECONDS = 60.0  # for all of its body
KEEP_ALIVE = 75  # seconds; browsers and proxies give up sooner, so none meets a closed connection as it reuses it


class TimedProtocol(H11Protocol):
    """uvicorn's own, which ends idle connections but would wait for the end of a head for ever."""

    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_head(HEAD_SECONDS)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._answering:
            self._settle()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self._answering:  # what came meanwhile may be a request already
            self._expect_head(self.timeout_keep_alive + HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._settle()
        super().connection_lost(exc)

    @property
    def _answering(self) -> bool:
        cycle: Any = self.cycle
        return cycle is not None and not cycle.response_complete

    def _expect_head(self, seconds: float) -> None:
        self._settle()
        self._patience = self.loop.call_later(seconds, self.transport.close)

    def _settle(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
