"""One door for every request: which Host, from which page, with which token. What is not allowed here is refused.

The threats: a web page elsewhere that makes a visitor's browser talk to this server (DNS rebinding, cross-site
requests), and neighbours on a network when it listens beyond the own machine.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import logging
import re
import secrets
import socket
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, quote, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.addresses import root_from, without_root
from app.http.assets import is_page, render
from app.http.problems import Problem, internal, over_limit, phrase
from app.http.watched import ROUTE
from app.settings import Settings

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
# constant answers: for whoever watches over the server, and for the page that asks for the token
PUBLIC = {"/api/health", "/api/ready", "/plain.css", "/icon.svg"}
HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?")
WHOLE_ADDRESS = re.compile(r"https?://(?P<host>[^/]*)(?P<path>/.*)?", re.IGNORECASE | re.DOTALL)
EVERYWHERE = {"", "0.0.0.0", "::"}
SHORTEST_TOKEN = 16
KNOWN = 64  # names that were looked at; few occur, and a request may hold any

# KaTeX places the parts of a formula with style attributes, and those only: style elements stay forbidden.
POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "style-src 'self'",
        "style-src-attr 'unsafe-inline'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    ]
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}

log = logging.getLogger("backscope")


@dataclass(frozen=True, slots=True)
class Door:
    """Whom a server lets in."""

    names: frozenset[str]
    any_address: bool
    token: str | None
    cookie: str
    body_bytes: int
    root_path: str = ""
    public: bool = False

    @classmethod
    def of(cls, settings: Settings) -> Door:
        """The rules for these settings; listening beyond the own machine always asks for a token."""
        everywhere = settings.host in EVERYWHERE
        names = {"localhost", *map(canonical, settings.allowed_hosts)}
        if everywhere:
            own = canonical(socket.gethostname())
            names |= {own, f"{own}.local"}
        else:
            names.add(canonical(settings.host))
        return cls(
            frozenset(names),
            everywhere,
            settings.token or (None if settings.public or is_loopback(settings.host) else new_token()),
            # cookies know no ports, so two servers on one machine need two names
            f"backscope-{settings.port}",
            settings.limits.body_bytes,
            settings.root_path,
            settings.public,
        )

    @property
    def folder(self) -> str:
        """Where the cookie belongs: a host that many share, as a hub for notebooks, gives each a folder."""
        return f"{self.root_path}/"

    def knows(self, hosts: list[str]) -> bool:
        """Whether the one Host header names this server. A rebound name is a name, so addresses are safe."""
        match = HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
        if match is None or int(match["port"] or 0) > 65535:
            return False
        name = canonical(match["name"])
        return name in self.names or is_loopback(name) or (self.any_address and is_address(name))

    def pass_of(self) -> str:
        """What the cookie holds: not the token itself, and another one for another token."""
        return hmac.digest((self.token or "").encode(), b"backscope cookie", "sha256").hex()

    def admits(self, headers: Headers) -> bool:
        """Whether the request shows the token, or the cookie that the token was traded for."""
        if self.token is None:
            return True
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        shown = bearer.strip() if scheme.lower() == "bearer" else ""
        passed = self.pass_of()
        return same(shown, self.token) or any(same(given, passed) for given in cookies(headers, self.cookie))


class Guard:
    """The middleware around everything, refusals and mistakes included."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self.app = app
        self.door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, _Sender(send))
        else:  # there is no WebSocket here, so none is let in, whatever its origin
            await send({"type": "websocket.close", "code": 1008})

    async def _http(self, scope: Scope, receive: Receive, send: _Sender) -> None:
        scope = without_root(origin_form(scope), self.door.root_path)
        answer = self._answer(scope, Headers(scope=scope))
        # what can be asked with GET can be asked with HEAD: the server below leaves the body out
        asked = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        try:
            await (answer or self.app)(asked, receive, send)
            scope.get("state", {})[ROUTE] = asked.get("route")
        except Exception:
            log.exception("%s %s failed", scope["method"], scope["path"])
            if not send.started:
                await internal().response()(scope, receive, send)

    def _answer(self, scope: Scope, headers: Headers) -> Response | None:
        """The answer of the guard itself; none when the request may go on."""
        refusal = foreign(self.door, headers) or cross_site(scope["method"], headers) or self._large(headers)
        if refusal:
            return refusal.response()
        if scope["path"] == self.door.root_path:  # links on a page count from its last slash
            return RedirectResponse(f"{scope['path'].rpartition('/')[2]}/", 308)
        if self.door.public and shared_write(scope):
            return no_visitors_book().response()
        if scope["path"] in PUBLIC:
            return None
        return self._token(scope, headers)

    def _large(self, headers: Headers) -> Problem | None:
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length[:20]) <= self.door.body_bytes:
            return None
        return over_limit("body_bytes", self.door.body_bytes, f"the body has {length[:20]} bytes")

    def _token(self, scope: Scope, headers: Headers) -> Response | None:
        if self.door.token is None:
            return None
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = [value for name, value in query if name == "token"]
        if is_page(scope["path"]) and given and same(given[0], self.door.token):
            return self._welcome(scope, [(n, v) for n, v in query if n != "token"])
        return None if self.door.admits(headers) else _locked(scope, headers)

    def _welcome(self, scope: Scope, query: list[tuple[str, str]]) -> Response:
        """Trade the token for a cookie and go on to the address without it.

        The page itself goes on, not a redirect: after a click on another site's link, a browser sends no strict
        cookie along a redirect, but does from a page of ours.
        """
        root = root_from(scope)
        target = root + quote(scope["path"][1:]) + (f"?{urlencode(query)}" if query else "")
        page = HTMLResponse(render("welcome.html", root=root, target=target), headers={"cache-control": "no-store"})
        page.set_cookie(self.door.cookie, self.door.pass_of(), path=self.door.folder, httponly=True, samesite="strict")
        return page


class _Sender:
    """`send` with the headers that every answer carries; remembers whether an answer has begun.

    What the framework refuses by itself in plain text, as a range of a file, goes out as a problem like all else.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._instead: Response | None = None
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self._instead = _problem_for(message)
            if self._instead:
                message = {**message, "headers": self._instead.raw_headers}
            MutableHeaders(scope=message).update(HEADERS)
        elif self._instead:
            more = message.get("more_body", False)
            message = {**message, "body": b"" if more else bytes(self._instead.body)}
        await self._send(message)


def _problem_for(start: Message) -> Response | None:
    """The problem in place of an error in plain text; none for any other answer."""
    headers, status = Headers(raw=start["headers"]), start["status"]
    if status < 400 or not headers.get("content-type", "").startswith("text/plain"):
        return None
    kept = {name: headers[name] for name in ("content-range",) if name in headers}
    kind = phrase(status).lower().replace(" ", "-")
    return Problem(status, kind, "This part of the file cannot be sent; ask for all of it.", headers=kept).response()


def origin_form(scope: Scope) -> Scope:
    """A request for a whole address, as proxies get it: its host is the one that counts, and its path is the path."""
    match = WHOLE_ADDRESS.fullmatch(scope["path"])
    if match is None:
        return scope
    headers = [(name, value) for name, value in scope["headers"] if name != b"host"]
    path = match["path"] or "/"
    host = (b"host", match["host"].encode("latin-1", "replace"))
    return {**scope, "path": path, "raw_path": path.encode(), "headers": [host, *headers]}


def foreign(door: Door, headers: Headers) -> Problem | None:
    """Refuse a Host that is not ours: the page of a rebound name would otherwise be same-origin with us."""
    if door.knows(headers.getlist("host")):
        return None
    detail = "This server does not answer to that Host. `backscope --allow-host NAME` adds a name."
    return Problem(421, "host", detail, title="Unknown Host")


def cross_site(method: str, headers: Headers) -> Problem | None:
    """Refuse what another site's page makes a browser send; programs that are no browser send neither header."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if method in SAFE_METHODS:
        opened = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
        allowed = opened or site in (None, "same-origin", "none")
    else:
        own = {f"{scheme}://{headers['host'].lower()}" for scheme in ("http", "https")}
        allowed = site in (None, "same-origin", "none") and (origin is None or origin.lower() in own)
    if allowed:
        return None
    detail = "A page of another origin made this request. Open Backscope itself, or call it from a program."
    return Problem(403, "cross-site", detail, title="Cross-site request")


def shared_write(scope: Scope) -> bool:
    """Whether this would change what every visitor sees."""
    return scope["method"] not in SAFE_METHODS and scope["path"].startswith("/api/library")


def no_visitors_book() -> Problem:
    """What a server for everybody says to one who would leave something there."""
    detail = (
        "This server is for everybody and keeps nothing. Export the run as JSON, or copy its link: both hold all of it."
    )
    return Problem(403, "public", detail, title="Nothing is kept here")


def _locked(scope: Scope, headers: Headers) -> Response:
    """The way in: a page for people, a problem for programs."""
    detail = "Show this server's token, as `Authorization: Bearer TOKEN` or once as ?token=TOKEN."
    problem = Problem(401, "token", detail, title="Token required", headers={"www-authenticate": "Bearer"})
    if "text/html" in headers.get("accept", ""):
        page = render("token.html", root=root_from(scope))
        return HTMLResponse(page, 401, headers={"cache-control": "no-store"} | problem.headers)
    return problem.response()


@lru_cache(KNOWN)
def canonical(host: str) -> str:
    """One spelling a host: lower case, no brackets, no trailing dot, addresses in their short form."""
    name = host.strip("[]").lower().removesuffix(".")
    return str(ipaddress.ip_address(name)) if is_address(name) else name


@lru_cache(KNOWN)
def is_address(name: str) -> bool:
    """Whether this is an IP address rather than a name."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


@lru_cache(KNOWN)
def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens here."""
    name = host.strip("[]").lower()
    return name == "localhost" or (is_address(name) and ipaddress.ip_address(name).is_loopback)


def new_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(24)


def same(given: str, wanted: str) -> bool:
    """Equality in a time that tells nothing of where two texts differ."""
    return hmac.compare_digest(hashlib.sha256(given.encode()).digest(), hashlib.sha256(wanted.encode()).digest())


def cookies(headers: Headers, name: str) -> list[str]:
    """The values of all cookies of a name. Cookies know no ports: others may be anybody's, and of any form."""
    pairs = (pair.partition("=") for line in headers.getlist("cookie") for pair in line.split(";"))
    return [value.strip().strip('"') for given, _, value in pairs if given.strip() == name]
