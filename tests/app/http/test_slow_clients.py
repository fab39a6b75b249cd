"""Clients that never get to the end of what they say."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from app.http import request_body, slow_clients
from app.main import create_app
from tests.app.conftest import CIRCLE
from tests.serving import serving

HEAD = b"GET /api/health HTTP/1.1\r\nHost: 127.0.0.1\r\n"
BODY = json.dumps(CIRCLE).encode()
POST = b"POST /api/runs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A connection to a server of little patience with heads."""
    monkeypatch.setattr(slow_clients, "HEAD_SECONDS", 0.5)
    with serving(create_app()) as address:
        where = urlsplit(address)
        with closing(socket.create_connection((where.hostname, where.port), timeout=30)) as connected:
            yield connected


def rest(connection: socket.socket) -> bytes:
    """All that still comes, up to the end of the connection."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize("said", [b"", b"G", HEAD, HEAD + b"X: y"])
def test_a_head_that_never_ends_ends_the_connection(connection: socket.socket, said: bytes) -> None:
    connection.sendall(said)
    assert rest(connection) == b""


def test_so_does_the_head_of_a_second_request(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"\r\n" + HEAD)
    assert rest(connection).startswith(b"HTTP/1.1 200 OK")


def test_a_request_that_takes_longer_than_a_head_may_is_answered(connection: socket.socket) -> None:
    connection.sendall(POST % len(BODY))
    time.sleep(0.8)
    connection.sendall(BODY)
    assert connection.recv(65536).startswith(b"HTTP/1.1 20")


def test_a_body_that_never_ends_is_refused_and_ends_the_connection(
    connection: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_body, "BODY_SECONDS", 0.3)
    connection.sendall(POST % len(BODY) + BODY[:5])
    answer = rest(connection)
    assert (answer.startswith(b"HTTP/1.1 408 "), b"did not come within 0.3 seconds" in answer) == (True, True)
