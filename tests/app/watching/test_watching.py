"""What a server tells whoever watches over it: its log, its figures, whether it is ready."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.main import create_app
from app.settings import Settings
from app.watching import logs, metrics, readiness
from tests.app.asgi import ask

TOKEN = "a-token-for-the-tests"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is logged at the level that tells of each request."""
    text, root = io.StringIO(), logging.getLogger()
    handlers, level = list(root.handlers), root.level
    monkeypatch.setattr("sys.stderr", text)
    logs.configure("info")
    yield text
    logging.basicConfig(level=level, handlers=handlers, force=True)
    logging.getLogger("backscope").setLevel(logging.NOTSET)
    logging.raiseExceptions = True


def test_each_request_is_a_line_under_its_id_and_tells_no_token(written: io.StringIO) -> None:
    app = create_app(Settings(host="0.0.0.0", token=TOKEN))
    heard = ask(app, f"/api/presets?token={TOKEN}", x_request_id="from-the-proxy")
    line = json.loads(written.getvalue().splitlines()[-1])
    assert (heard.headers["x-request-id"], TOKEN in written.getvalue()) == ("from-the-proxy", False)
    found = {name: line[name] for name in ("level", "message", "request", "status", "bytes")}
    assert found == {
        "level": "info",
        "message": "GET /api/presets",
        "request": "from-the-proxy",
        "status": 401,
        "bytes": len(heard.body),
    }


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "a\tb", "[31m"])
def test_a_request_whose_id_is_none_gets_one(given: str) -> None:
    heard = ask(create_app(), x_request_id=given)
    assert re.fullmatch(r"[0-9a-f]{16}", heard.headers["x-request-id"])


def test_a_mistake_of_ours_is_one_line_with_its_traceback(written: io.StringIO) -> None:
    try:
        raise RuntimeError("two\nlines")
    except RuntimeError:
        logging.getLogger("backscope").exception("it failed")
    (line,) = written.getvalue().splitlines()
    assert (json.loads(line)["message"], "RuntimeError: two" in json.loads(line)["exception"]) == ("it failed", True)


def test_figures_name_routes_and_neither_runs_nor_what_is_nowhere() -> None:
    app = create_app()
    for path in ("/api/health", "/api/runs/0123456789abcdef0123", "/api/nothing/of/the/kind", "/static/x.js"):
        ask(app, path)
    figures = ask(app, "/metrics").body.decode()
    assert set(re.findall(r'seconds_count\{.*?route="([^"]*)",status="(\d+)"', figures)) == {
        ("/api/health", "200"),
        ("/api/runs/{run_id}", "404"),
        ("(no route)", "404"),
    }


def test_figures_ask_for_the_token() -> None:
    app = create_app(Settings(host="0.0.0.0", token=TOKEN))
    shown = ask(app, "/metrics", authorization=f"Bearer {TOKEN}")
    assert (ask(app, "/metrics").status, shown.status) == (401, 200)


def test_without_the_extra_it_says_how_to_get_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "import_module", _missing)
    heard = ask(create_app(), "/metrics")
    assert (heard.status, "backscope[metrics]" in heard.body.decode()) == (404, True)


def _missing(name: str) -> None:
    raise ImportError(name)


def test_a_server_is_ready_while_what_it_stands_on_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "SECONDS", 0.0)
    app = create_app(Settings(host="0.0.0.0", token=TOKEN, data_dir=tmp_path))
    before = ask(app, "/api/ready")
    (tmp_path / "runs").rename(tmp_path / "gone")
    after = ask(app, "/api/ready")
    assert (before.status, after.status, after.headers["retry-after"]) == (200, 503, "1")
    assert json.loads(after.body)["detail"] == "The data folder cannot be written."
