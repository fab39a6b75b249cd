"""Where this server's addresses begin for whoever asks: a proxy may have put it into a folder.

Three ways are usual. The proxy passes nothing but its host: addresses are as they are. It takes its folder off before
it passes a request on: the server never learns of it, so every link that it gives is relative. It leaves the folder in:
`--root-path` names it, and it is taken off here.
"""

from __future__ import annotations

import ipaddress
import re

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Scope

ROOT_PATH = re.compile(r"(/[A-Za-z0-9._~@+-]+)*")


def without_root(scope: Scope, root: str) -> Scope:
    """The request as it would be without the proxy's folder, if it has it."""
    if not root or not scope["path"].startswith(f"{root}/"):
        return scope
    raw: bytes = scope.get("raw_path") or b""
    bare = raw[len(root) :] if raw.startswith(root.encode()) else b""
    return {**scope, "path": scope["path"][len(root) :], "raw_path": bare}


def root_from(scope: Scope) -> str:
    """The way from an address of ours to where all of them begin: `./` or some `../`."""
    path = (scope.get("raw_path") or b"").partition(b"?")[0].decode("latin-1") or scope["path"]
    return "../" * (path.count("/") - 1) or "./"


def relative(request: Request, target: str) -> str:
    """An address of this server, as seen from the request's own."""
    return root_from(request.scope) + target.removeprefix("/")


def origin(request: Request, root: str) -> str:
    """Where this server is, for a link that leaves it: as the request found it, or its proxy says."""
    headers = Headers(scope=request.scope)
    told = headers.get("x-forwarded-proto", "").partition(",")[0].strip()
    scheme = told if told in ("http", "https") else request.url.scheme
    return f"{scheme}://{headers['host']}{root}/"


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
