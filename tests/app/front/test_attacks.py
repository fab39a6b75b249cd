"""Requests of any form: never a mistake of ours, never an answer that is not what the documentation says it may be."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import results_command
from app.main import create_app
from app.settings import Limits, Settings
from app.wire.csv_cells import cell
from tests.app.asgi import ask
from tests.app.conftest import CIRCLE
from tests.app.front.fuzz import is_documented

APP = create_app(Settings(limits=Limits(iterations=300, seconds=5.0, resolution=20, iterations_per_request=300)))
PATHS: dict[str, Any] = APP.openapi()["paths"]
GETS = [(path, methods["get"]) for path, methods in PATHS.items() if "get" in methods]
WRITES = [(path, method) for path, methods in PATHS.items() for method in methods if method != "get"]

TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", "0", "-1", "1e9", "NaN", "null", "0,0", "dense1.weight", "loss < 1", "../..", "%00", "=1+1", "{}"]
    ),
    st.integers().map(str),
)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8))
NAMES = st.one_of(
    st.text(max_size=8), st.sampled_from(["layers", "data", "edits", "optimizer", "units", "base", "axes"])
)
BODIES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)


@pytest.fixture(scope="module")
def run() -> str:
    heard = ask(APP, "/api/runs", "POST", json.dumps(CIRCLE), content_type="application/json")
    return str(json.loads(heard.body)["id"])


@settings(max_examples=60)
@given(data=st.data())
def test_whatever_is_in_an_address_it_is_answered_or_refused_in_words(run: str, data: st.DataObject) -> None:
    path, operation = data.draw(st.sampled_from(GETS))
    query: dict[str, str] = {}
    for given_ in operation.get("parameters", []):
        example = str(given_.get("example", given_["schema"].get("default", 1)))
        value = run if given_["name"] == "run_id" else data.draw(st.one_of(st.just(example), TEXTS))
        if given_["in"] == "path":
            path = path.replace(f"{{{given_['name']}}}", quote(value or "0", safe=""))
        elif given_.get("required") or data.draw(st.booleans()):
            query[given_["name"]] = value
    assert is_documented(ask(APP, f"{path}?{urlencode(query, errors='replace')}"))


@settings(max_examples=40)
@given(data=st.data(), body=BODIES)
def test_whatever_a_body_holds_it_is_answered_or_refused_in_words(run: str, data: st.DataObject, body: object) -> None:
    path, method = data.draw(st.sampled_from(WRITES))
    target = path.replace("{run_id}", run).replace("{t}", "3").replace("{kind}", "number")
    target = target.replace("{name}", "x").replace("{search_id}", "0" * 12).replace("{skill}", "x")
    heard = ask(APP, target, method.upper(), json.dumps(body), content_type="application/json")
    assert is_documented(heard)


@settings(max_examples=40)
@given(
    path=st.lists(
        st.sampled_from(["layers", "data", "optimizer", "batch_size", "seed", "units", "type", "name"]), max_size=3
    ),
    value=BODIES,
)
def test_whatever_a_configuration_has_in_one_place_it_is_a_run_or_refused_in_words(
    path: list[str], value: object
) -> None:
    config = json.loads(json.dumps(CIRCLE))
    place: Any = config
    for name in path[:-1]:
        place = place.get(name) if isinstance(place, dict) else place[0] if isinstance(place, list) and place else None
    if isinstance(place, dict):
        place[path[-1] if path else "layers"] = value
    assert is_documented(ask(APP, "/api/runs", "POST", json.dumps(config), content_type="application/json"))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_text_that_begins_like_a_formula_is_a_text_in_a_spreadsheet(text: str) -> None:
    assert (cell(text), cell(f"a{text}")) == (f"'{text}", f"a{text}")


def test_a_record_whose_name_is_a_formula_is_no_formula_in_the_table_of_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    result = SimpleNamespace(skill="slope", kind="number", seed=1, score=1.0, tags=[])
    monkeypatch.setattr(results_command, "regraded", lambda _: [result])
    (file := tmp_path / "=HYPERLINK(A1).json").write_text('{"practice": 1, "log": []}')
    assert results_command.grade_files([str(file), "--csv"]) == 0
    assert list(csv.reader(capsys.readouterr().out.splitlines()))[1][0] == "'=HYPERLINK(A1).json"


def test_a_broken_record_is_named_and_the_others_are_graded_two_of_one_name_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    result = SimpleNamespace(skill="slope", kind="number", seed=1, score=1.0, tags=[])
    monkeypatch.setattr(results_command, "regraded", lambda _: [result])
    files = [tmp_path / "one" / "r.json", tmp_path / "two" / "r.json", tmp_path / "broken.json"]
    for file, text in zip(files, ['{"practice": 1, "log": []}'] * 2 + ["{"], strict=True):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    code = results_command.grade_files([*map(str, files), "--csv"])
    said = capsys.readouterr()
    names = [row[0] for row in csv.reader(said.out.splitlines())][1:]
    assert (code, names) == (2, [str(file) for file in files[:2]])
    assert said.err == f"backscope: {files[2]} is no record of practice\n"
