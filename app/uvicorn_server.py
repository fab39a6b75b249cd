"""A uvicorn server on a socket that is bound already: says when it answers, and ends at once."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI

from app.http.slow_clients import KEEP_ALIVE, TimedProtocol

SECONDS_TO_FLUSH = 0.3
FIRST_PORT, LAST_PORT = 8765, 8864


class CannotListenError(Exception):
    """No socket for this host and port; the text says why and what to do."""


def listen(host: str, port: int | None) -> socket.socket:
    """A listening socket: on the port asked for, or else on the first free one of ours.

    Raises: CannotListenError.
    """
    if port is not None:
        return _bind(host, port)
    for candidate in range(FIRST_PORT, LAST_PORT + 1):
        try:
            return _bind(host, candidate)
        except PortInUseError:
            continue
    raise CannotListenError(f"ports {FIRST_PORT} to {LAST_PORT} are all in use; choose another with --port")


class PortInUseError(CannotListenError):
    """Somebody else listens there."""


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    both = host == "::" and socket.has_dualstack_ipv6()  # all addresses of the machine, of either kind
    try:
        bound = socket.create_server((host, port), family=family, backlog=512, dualstack_ipv6=both)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            text = f"port {port} of {host} is in use; leave --port out to take the first free one"
            raise PortInUseError(text) from None
        reason = error.strerror or str(error)
        raise CannotListenError(f"cannot listen on {host}, port {port}: {reason}") from None
    # asyncio turns off Nagle's algorithm only where the protocol is named; with it every second answer on a kept
    # connection waits 40 ms for an acknowledgement
    return socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=bound.detach())


class Server(uvicorn.Server):
    """Calls `on_ready` once it answers. The first Ctrl-C ends it: open event streams are not waited for."""

    def __init__(self, app: FastAPI, on_ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_level="critical",  # the guard logs mistakes of ours; what is left is how connections end
                access_log=False,  # a first address holds the token
                lifespan="on",  # searches that an earlier server left go on
                server_header=False,
                proxy_headers=False,
                ws="none",
                http=TimedProtocol,
                timeout_keep_alive=KEEP_ALIVE,
                log_config=None,  # it would ask stdout for its colours, and there may be no stdout
                timeout_graceful_shutdown=1,
            )
        )
        self._app = app
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.should_exit = True  # and, unlike the original, exit code 0

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.services.jobs.close()  # ends event streams too: they live on jobs
        asyncio.get_running_loop().call_later(SECONDS_TO_FLUSH, self._force)
        await super().shutdown(sockets)

    def _force(self) -> None:
        self.force_exit = True
