"""A server for everybody: no token, nothing that a visitor keeps, and answers about presets that all may share."""

from __future__ import annotations

import json

import pytest
from fastapi import FastAPI

from app.http.responses import FOR_ALL, IMMUTABLE
from app.main import create_app
from app.settings import Settings
from engine.presets import presets
from tests.app.asgi import ask
from tests.app.conftest import CIRCLE


@pytest.fixture(scope="module")
def public() -> FastAPI:
    return create_app(Settings(host="0.0.0.0", public=True, allowed_hosts=("lab.example",)))


def made(app: FastAPI, config: object) -> str:
    heard = ask(app, "/api/runs", "POST", json.dumps(config), content_type="application/json", host="lab.example")
    return str(json.loads(heard.body)["id"])


def test_what_is_told_of_a_preset_may_be_kept_for_all_and_of_another_run_by_its_browser_only(public: FastAPI) -> None:
    runs = [made(public, presets()[0].config), made(public, CIRCLE)]
    kept = [ask(public, f"/api/runs/{run}/iterations/2", host="lab.example").headers["cache-control"] for run in runs]
    assert kept == [FOR_ALL, IMMUTABLE]


def test_a_server_that_is_not_for_everybody_shares_nothing() -> None:
    app = create_app()
    run = made_here(app)
    assert ask(app, f"/api/runs/{run}/iterations/2").headers["cache-control"] == IMMUTABLE


def made_here(app: FastAPI) -> str:
    heard = ask(app, "/api/runs", "POST", json.dumps(presets()[0].config), content_type="application/json")
    return str(json.loads(heard.body)["id"])


@pytest.mark.parametrize(("method", "path"), [("PUT", "x"), ("DELETE", "x"), ("POST", "import")])
def test_nobody_changes_what_all_visitors_see(public: FastAPI, method: str, path: str) -> None:
    heard = ask(public, f"/api/library/{path}", method, "{}", content_type="application/json", host="lab.example")
    assert (heard.status, json.loads(heard.body)["type"]) == (403, "urn:backscope:problem:public")


def test_it_takes_no_token_and_yet_knows_its_names(public: FastAPI) -> None:
    statuses = [ask(public, "/api/presets", host=host).status for host in ("lab.example", "evil.example")]
    assert statuses == [200, 421]
