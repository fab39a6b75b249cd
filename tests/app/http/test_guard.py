"""Who gets in: hosts, pages of other origins, tokens; and what every answer carries."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.types import Message

from app.http.guard import PUBLIC, Door, canonical
from app.main import create_app
from app.settings import Settings
from tests.app.asgi import ask, completed
from tests.app.conftest import CIRCLE

TOKEN = "a-token-for-the-tests"
HERE, EVERYWHERE = create_app(), create_app(Settings(host="0.0.0.0", token=TOKEN, allowed_hosts=("Lab.Example",)))

HOSTS = {
    "localhost": True,
    "localhost:8765": True,
    "LOCALHOST": True,
    "LocalHost.:80": True,
    "localhost.": True,
    "127.0.0.1": True,
    "127.0.0.1:1": True,
    "127.8.9.1:8765": True,
    "[::1]": True,
    "[::1]:8765": True,
    "[0:0:0:0:0:0:0:1]:65535": True,
    "": False,
    " ": False,
    ":8765": False,
    "localhost:": False,
    "localhost:99999": False,
    "localhost:x": False,
    "localhost:80:80": False,
    "localhost, evil.example": False,
    "localhost evil.example": False,
    "localhost/": False,
    "localhost@evil.example": False,
    "evil.example@localhost": False,
    "localhost#evil.example": False,
    "localhost..": False,
    "localhost.evil.example": False,
    "evil.example": False,
    "evil.example:8765": False,
    "notlocalhost": False,
    "foo.localhost": False,
    "127.0.0.1.evil.example": False,
    "127.0.0.1.nip.io": False,
    "0.0.0.0": False,
    "10.0.0.5": False,
    "2130706433": False,
    "0x7f.1": False,
    "::1": False,
    "[::1": False,
    "[::2]:8765": False,
    "[::1%25lo]": False,
    "lócalhost": False,
}


def every_route(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Method and a path for each route of an app, those of its routers included."""
    for route in iter_route_contexts(app.routes):
        path = re.sub(r"{\w+}", "1", route.path or "")
        yield from ((method, path) for method in route.methods or {"GET"})


ROUTES = sorted(set(every_route(HERE)))


def test_the_routes_that_are_walked_are_all_that_the_api_declares() -> None:
    declared = {(m.upper(), re.sub(r"{\w+}", "1", p)) for p, ms in HERE.openapi()["paths"].items() for m in ms}
    assert (declared - set(ROUTES), ("GET", "/docs") in ROUTES, len(ROUTES) > 20) == (set(), True, True)


@pytest.mark.parametrize(("host", "known"), HOSTS.items())
def test_only_our_own_names_are_answered(host: str, known: bool) -> None:
    assert ask(HERE, host=host).status == (200 if known else 421)


@pytest.mark.parametrize("hosts", [[], ["localhost", "localhost"], ["localhost", "evil.example"]])
def test_there_is_exactly_one_host(hosts: list[str]) -> None:
    assert ask(HERE, host=hosts).status == 421


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_refuses_a_foreign_host(method: str, path: str) -> None:
    assert ask(HERE, path, method, host="evil.example").status == 421


@pytest.mark.parametrize(
    ("host", "known"),
    [("lab.example:8765", True), ("192.168.1.7", True), ("[fe80::1]:8765", True), ("evil.example", False)],
)
def test_a_server_for_the_network_answers_to_addresses_and_its_given_names(host: str, known: bool) -> None:
    assert ask(EVERYWHERE, host=host).status == (200 if known else 421)


# --- pages of other origins ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"sec_fetch_site": "same-origin"}, True),
        ({"sec_fetch_site": "none"}, True),
        ({"sec_fetch_site": "same-site"}, False),
        ({"sec_fetch_site": "cross-site"}, False),
        ({"sec_fetch_site": "surprise"}, False),
        ({"sec_fetch_site": "cross-site", "sec_fetch_mode": "no-cors"}, False),
        ({"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}, False),
        ({"origin": "http://localhost"}, True),
        ({"origin": "https://localhost"}, True),
        ({"origin": "HTTP://LOCALHOST"}, True),
        ({"origin": "http://localhost:3000"}, False),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({"origin": "http://localhost.evil.example"}, False),
        ({"origin": "file://localhost"}, False),
        ({"sec_fetch_site": "same-origin", "origin": "http://localhost"}, True),
        ({"sec_fetch_site": "same-origin", "origin": "http://evil.example"}, False),
        ({"sec_fetch_site": "cross-site", "origin": "http://localhost"}, False),
    ],
)
def test_only_our_own_pages_and_programs_may_change_anything(headers: dict[str, str], allowed: bool) -> None:
    kind = {"content_type": "application/json"}
    heard = ask(HERE, "/api/runs", "POST", json.dumps(CIRCLE), **kind, **headers)
    assert heard.status in ((200, 201) if allowed else (403,))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "SURPRISE"])
@pytest.mark.parametrize("path", sorted({path for _, path in ROUTES}))
def test_every_route_refuses_unsafe_methods_from_elsewhere(method: str, path: str) -> None:
    assert ask(HERE, path, method, origin="http://evil.example").status == 403


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"sec_fetch_site": "same-origin"}, True),
        ({"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}, True),
        ({"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "iframe"}, False),
        ({"sec_fetch_site": "cross-site", "sec_fetch_mode": "no-cors", "sec_fetch_dest": "image"}, False),
        ({"sec_fetch_site": "same-site", "sec_fetch_mode": "cors", "sec_fetch_dest": "empty"}, False),
    ],
)
def test_another_page_may_open_this_one_but_not_make_it_work(headers: dict[str, str], allowed: bool) -> None:
    assert ask(HERE, "/api/presets", **headers).status == (200 if allowed else 403)


def test_there_is_no_websocket_to_hijack() -> None:
    sent: list[Message] = []

    async def connect() -> None:
        async def receive() -> Message:
            return {"type": "websocket.connect"}

        async def send(message: Message) -> None:
            sent.append(message)

        headers = [(b"host", b"localhost"), (b"origin", b"http://localhost")]
        await HERE({"type": "websocket", "path": "/", "headers": headers, "query_string": b""}, receive, send)

    completed(connect())
    assert [message["type"] for message in sent] == ["websocket.close"]


# --- tokens ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_but_the_public_ones_asks_for_the_token(method: str, path: str) -> None:
    assert ask(EVERYWHERE, path, method).status == 401 or path in PUBLIC


@pytest.mark.parametrize("path", sorted(PUBLIC))
def test_public_answers_are_constant(path: str) -> None:
    assert ask(EVERYWHERE, path).body == ask(HERE, path).body


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer {TOKEN}", 200),
        (f"Bearer {TOKEN}x", 401),
        (f"Bearer {TOKEN[:-1]}", 401),
        ("Bearer", 401),
        ("Bearer ", 401),
        (f"Basic {TOKEN}", 401),
        (TOKEN, 401),
        ("Bearer \xff\xfe", 401),
    ],
)
def test_a_program_shows_the_token_in_a_header(header: str, status: int) -> None:
    assert ask(EVERYWHERE, "/api/presets", authorization=header).status == status


def test_a_person_trades_the_token_for_a_cookie_that_no_script_and_no_other_site_gets() -> None:
    heard = ask(EVERYWHERE, f"/?token={TOKEN}&run=abc", accept="text/html")
    cookie = heard.headers["set-cookie"]
    name, value = cookie.split(";")[0].split("=")
    assert {part.strip().lower() for part in cookie.split(";")[1:]} == {"httponly", "path=/", "samesite=strict"}
    assert (TOKEN in cookie, TOKEN.encode() in heard.body, b"/?run=abc" in heard.body) == (False, False, True)
    assert ask(EVERYWHERE, "/api/presets", cookie=f"other=1; {name}={value}").status == 200


def test_a_cookie_of_another_token_opens_nothing() -> None:
    old = create_app(Settings(host="0.0.0.0", token="the-token-before-this-one"))
    cookie = ask(old, "/?token=the-token-before-this-one").headers["set-cookie"].split(";")[0]
    assert ask(EVERYWHERE, "/api/presets", cookie=cookie).status == 401


FOREIGN = ["a[b]=c", 'j={"a":1}', 'a="x;y"', "bad name=1", 'open="x', "é=1", "=", ";;", "backscope-8765=wrong", '"']


@pytest.mark.parametrize("foreign", FOREIGN)
@pytest.mark.parametrize("order", [1, -1])
def test_what_other_programs_of_the_host_keep_in_cookies_locks_nobody_out(foreign: str, order: int) -> None:
    own = ask(EVERYWHERE, f"/?token={TOKEN}").headers["set-cookie"].split(";")[0]
    cookie = "; ".join([foreign, own][::order])
    assert ask(EVERYWHERE, "/api/presets", cookie=cookie).status == 200


@pytest.mark.parametrize(
    ("target", "host", "status"),
    [
        ("http://127.0.0.1:8765/api/health", "127.0.0.1:8765", 200),
        ("HTTP://localhost/api/health", "elsewhere.example", 200),
        ("http://elsewhere.example/api/health", "127.0.0.1", 421),
        ("http://127.0.0.1?a", "127.0.0.1", ask(HERE, "/").status),
        ("https:///api/health", "127.0.0.1", 421),
    ],
)
def test_a_request_for_a_whole_address_is_for_the_host_in_it(target: str, host: str, status: int) -> None:
    assert ask(HERE, target, host=host).status == status


@pytest.mark.parametrize("cookie", ["", "=", "backscope-8765", f"backscope-8765={TOKEN}", '"\x01";;=', "a" * 9000])
def test_a_damaged_cookie_opens_nothing(cookie: str) -> None:
    assert ask(EVERYWHERE, "/api/presets", cookie=cookie).status == 401


@pytest.mark.parametrize(
    "target", ["/?token=wrong", "/?token=", f"/api/presets?token={TOKEN}", f"/docs?tokens={TOKEN}"]
)
def test_only_the_right_token_at_a_page_is_traded(target: str) -> None:
    heard = ask(EVERYWHERE, target)
    assert (heard.status, "set-cookie" in heard.headers) == (401, False)


def test_a_person_without_the_token_is_asked_for_it() -> None:
    heard = ask(EVERYWHERE, "/", accept="text/html,*/*")
    assert (heard.status, b'name="token"' in heard.body) == (401, True)


def test_a_program_without_the_token_is_told_how_to_show_it() -> None:
    heard = ask(EVERYWHERE, "/api/presets")
    assert (heard.headers["www-authenticate"], "Authorization: Bearer" in json.loads(heard.body)["detail"]) == (
        "Bearer",
        True,
    )


@pytest.mark.parametrize(
    ("host", "needed"),
    [
        ("127.0.0.1", False),
        ("127.9.9.9", False),
        ("localhost", False),
        ("::1", False),
        ("0.0.0.0", True),
        ("::", True),
        ("", True),
        ("192.168.1.5", True),
        ("lab.example", True),
    ],
)
def test_a_server_that_others_can_reach_has_a_token(host: str, needed: bool) -> None:
    token = Door.of(Settings(host=host)).token
    assert (token is not None and len(token) >= 32) == needed


def test_every_server_makes_up_another_token() -> None:
    assert len({Door.of(Settings(host="0.0.0.0")).token for _ in range(20)}) == 20


def test_a_token_that_was_asked_for_is_asked_for_on_the_own_machine_too() -> None:
    assert ask(create_app(Settings(token=TOKEN)), "/api/presets").status == 401


# --- what every answer carries ---------------------------------------------------------------------------------------

MOMENTS: list[tuple[str, dict[str, Any]]] = [
    ("/api/health", {}),
    ("/", {}),
    ("/docs", {}),
    ("/nothing", {}),
    ("/api/health", {"host": "evil.example"}),
    ("/api/runs", {"method": "POST"}),
    ("/api/runs", {"method": "POST", "origin": "null"}),
    ("/static/nothing.js", {}),
]


@pytest.mark.parametrize(("target", "more"), MOMENTS)
def test_every_answer_carries_the_policy(target: str, more: dict[str, Any]) -> None:
    headers = ask(HERE, target, **more).headers
    assert (
        headers["x-content-type-options"],
        headers["referrer-policy"],
        "access-control-allow-origin" in headers,
    ) == (
        "nosniff",
        "no-referrer",
        False,
    )
    policy = headers["content-security-policy"].split("; ")
    assert {"default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'self'"} <= set(policy)
    assert [rule for rule in policy if "unsafe" in rule] == ["style-src-attr 'unsafe-inline'"]


@pytest.mark.parametrize("path", ["/api/health", "/api/presets", "/icon.svg"])
def test_what_can_be_got_can_be_asked_for_its_headers_alone(api: httpx.Client, path: str) -> None:
    whole, head = api.get(path), api.head(path)
    length = whole.headers["content-length"]
    assert (head.status_code, head.headers["content-length"], head.content) == (200, length, b"")


def test_a_mistake_of_ours_is_a_problem_that_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    app = create_app()

    @app.get("/api/broken")
    async def broken() -> None:
        raise RuntimeError("a secret")

    heard = ask(app, "/api/broken")
    document = json.loads(heard.body)
    assert (heard.status, document["type"], "secret" in heard.body.decode()) == (
        500,
        "urn:backscope:problem:internal",
        False,
    )
    assert ("content-security-policy" in heard.headers, "a secret" in caplog.text) == (True, True)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("LocalHost.", "localhost"),
        ("[0:0:0:0:0:0:0:1]", "::1"),
        ("127.0.0.1", "127.0.0.1"),
        ("Lab.Example", "lab.example"),
    ],
)
def test_a_host_has_one_spelling(given: str, name: str) -> None:
    assert canonical(given) == name


@pytest.mark.parametrize(
    ("length", "status"), [("8388608", 422), ("8388609", 413), ("9" * 400, 413), ("-1", 413), ("many", 413)]
)
def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_read(length: str, status: int) -> None:
    """422 is what an empty object gets as a run."""
    heard = ask(HERE, "/api/runs", "POST", "{}", content_type="application/json", content_length=length)
    assert heard.status == status
