"""The pages and files that a browser loads."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import pytest

from app.http import assets
from app.main import create_app
from app.routes import pages
from tests.app.asgi import ask

MANIFEST = {
    "src/main.ts": {
        "file": "assets/main-1.js",
        "css": ["assets/main-1.css"],
        "imports": ["_shared.js"],
        "isEntry": True,
    },
    **{
        f"src/{page}/main.ts": {"file": f"assets/{page}-4.js", "imports": ["_shared.js"], "isEntry": True}
        for page in assets.PAGES
    },
    "_shared.js": {"file": "assets/shared-2.js", "css": ["assets/shared-2.css"], "imports": ["_shared.js"]},
    "_later.js": {"file": "assets/later-3.js"},
}

EVERY = ["/", "/docs", *(f"/{page}" for page in assets.PAGES)]


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small built UI, which the app then serves."""
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST))
    for name in ("assets/main-1.js", "docs/init.js", "assets/font.woff2"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("1")
    for module in (assets, pages):
        monkeypatch.setattr(module, "static_folder", lambda: tmp_path)
    monkeypatch.setattr("app.main.static_folder", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def unbuilt(built: Path) -> None:
    for path in sorted(built.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    built.rmdir()


@pytest.mark.usefixtures("built")
def test_the_page_loads_the_built_script_its_styles_and_what_it_imports() -> None:
    page = ask(create_app(), "/").body.decode()
    assert re.findall(r'(?:src|href)="(./static/[^"]+)"', page) == [
        "./static/assets/main-1.css",
        "./static/assets/shared-2.css",
        "./static/assets/shared-2.js",
        "./static/assets/main-1.js",
    ]


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    ("query", "attribute"),
    [("", ""), ("?run=b3f1c0a79d5e42ab8c61", "b3f1c0a79d5e42ab8c61"), ('?run="><script>', "&#34;&gt;&lt;script&gt;")],
)
def test_the_page_hands_the_asked_for_run_to_the_studio(query: str, attribute: str) -> None:
    assert f'data-run="{attribute}"' in ask(create_app(), f"/{query}").body.decode()


@pytest.mark.usefixtures("built")
def test_the_page_hands_on_the_iteration_that_it_is_asked_for_at() -> None:
    assert 'data-run="abc" data-iteration="36"' in ask(create_app(), "/?run=abc&iteration=36").body.decode()


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("path", EVERY)
def test_a_page_has_no_inline_script_style_or_foreign_address(path: str) -> None:
    page = ask(create_app(), path).body.decode()
    assert re.findall(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=|https?://", page) == []


@pytest.mark.usefixtures("unbuilt")
@pytest.mark.parametrize("path", EVERY)
def test_a_checkout_that_was_not_built_says_how_to(path: str) -> None:
    heard = ask(create_app(), path)
    assert (heard.status, b"npm run build" in heard.body) == (503, True)


@pytest.mark.usefixtures("unbuilt")
def test_a_file_that_was_not_built_is_not_found() -> None:
    assert ask(create_app(), "/static/assets/main-1.js").status == 404


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    ("path", "kind", "cached"),
    [
        ("assets/main-1.js", "text/javascript", "public, max-age=31536000, immutable"),
        ("assets/font.woff2", "font/woff2", "public, max-age=31536000, immutable"),
        ("docs/init.js", "text/javascript", "no-cache"),
    ],
)
def test_files_whose_name_is_a_hash_are_kept_for_ever(path: str, kind: str, cached: str) -> None:
    headers = ask(create_app(), f"/static/{path}").headers
    assert (headers["content-type"].partition(";")[0], headers["cache-control"]) == (kind, cached)


@pytest.mark.parametrize(
    ("accepted", "encoding", "body"),
    [
        ("gzip, deflate, br, zstd", "br", b"by brotli"),
        ("gzip", "gzip", b"by gzip"),
        ("br;q=0, gzip", "gzip", b"by gzip"),
        ("identity", None, b"1"),
        ("", None, b"1"),
    ],
)
def test_a_file_is_sent_in_the_smallest_form_that_the_browser_takes(
    built: Path, accepted: str, encoding: str | None, body: bytes
) -> None:
    (built / "assets/main-1.js.br").write_bytes(b"by brotli")
    (built / "assets/main-1.js.gz").write_bytes(b"by gzip")
    heard = ask(create_app(), "/static/assets/main-1.js", **{"accept-encoding": accepted})
    named = (heard.headers.get("content-encoding"), heard.headers["content-type"].partition(";")[0])
    assert (named, heard.headers["vary"], heard.body) == ((encoding, "text/javascript"), "Accept-Encoding", body)


@pytest.mark.usefixtures("built")
def test_a_file_of_which_there_is_no_smaller_form_is_sent_as_it_is() -> None:
    heard = ask(create_app(), "/static/assets/font.woff2", **{"accept-encoding": "br"})
    assert (heard.status, heard.headers.get("content-encoding"), heard.body) == (200, None, b"1")


@pytest.mark.parametrize(
    "path",
    [
        "/static/../settings.py",
        "/static/%2e%2e/settings.py",
        "/static/..%2f..%2fpyproject.toml",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static/..\\pyproject.toml",
        "/static/assets/%00",
        "/static/C:%5Cwindows",
    ],
)
def test_nothing_but_the_built_files_is_served(built: Path, path: str) -> None:
    (built.parent / "settings.py").write_text("secret")
    assert ask(create_app(), path).status == 404


def test_the_icon_and_the_plain_style_are_there(api: httpx.Client) -> None:
    kinds = [api.get(path).headers["content-type"].partition(";")[0] for path in ("/icon.svg", "/plain.css")]
    assert kinds == ["image/svg+xml", "text/css"]


def test_the_navigation_leads_to_every_page_and_nowhere_else() -> None:
    listed = (assets.APP.parent / "static/src/common/pages.ts").read_text(encoding="utf-8")
    assert sorted(re.findall(r'path: "([^"]+)"', listed)) == sorted(EVERY)


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("page", assets.PAGES)
def test_a_page_loads_its_own_script_wherever_in_it_one_arrives(page: str) -> None:
    bodies = [ask(create_app(), path).body.decode() for path in (f"/{page}", f"/{page}/place")]
    scripts = [re.findall(r'src="([^"]+)"', body) for body in bodies]
    assert scripts == [[f"{way}static/assets/{page}-4.js"] for way in ("./", "../")]


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("path", [*EVERY, "/learn/losses", "/practice/interview", "/learn/a/b/", "/api/practice/sheet"])
def test_a_page_names_nothing_but_by_the_way_from_itself(path: str) -> None:
    page = ask(create_app(), path).body.decode()
    named = re.findall(r'(?:href|src|action|data-root)="([^"]*)"', page)
    ways = {"../" * (path.count("/") - 1) or "./"}
    assert {re.match(r"(?:\./|(?:\.\./)*)", name)[0] for name in named} == ways  # type: ignore[index]
