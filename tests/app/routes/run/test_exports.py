"""Code and a worked solution as files of a run."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.app.conftest import make_run

HOSTILE = {
    "data": {
        "inputs": [[0.0], [1.0], [2.0]],
        "targets": ["<script>alert(1)</script>", "b", "b"],
        "feature_names": ["<img src=x onerror=alert(1)>"],
        "title": "</title><script>alert(1)</script>",
    },
    "layers": [{"type": "dense", "units": 2}],
    "loss": "cross_entropy",
    "optimizer": {"type": "sgd", "learning_rate": 0.1},
}


@pytest.mark.parametrize(
    ("form", "kind", "name"),
    [
        ("numpy", "text/x-python", "3.numpy.py"),
        ("pytorch", "text/x-python", "3.pytorch.py"),
        ("ipynb", "application/x-ipynb+json", "3.ipynb"),
        ("solution", "text/html", "3.solution.html"),
    ],
)
def test_code_and_solution_are_files(api: httpx.Client, circle: str, form: str, kind: str, name: str) -> None:
    answer = api.get(f"{circle}/export/{form}?iteration=3")
    headers = answer.headers
    assert (headers["content-type"].partition(";")[0], headers["content-disposition"].endswith(f'{name}"')) == (
        kind,
        True,
    )


def test_the_exported_script_runs_and_agrees(api: httpx.Client, circle: str) -> None:
    scope: dict[str, Any] = {}
    exec(api.get(f"{circle}/export/numpy?iteration=3").text, scope)
    history = api.get(f"{circle}/history?from=3&to=13").json()
    assert scope["expected"] == history["loss"]


def test_the_notebook_is_one(api: httpx.Client, circle: str) -> None:
    assert json.loads(api.get(f"{circle}/export/ipynb").text)["nbformat"] == 4


def test_an_exported_script_comes_back_by_the_api(api: httpx.Client, circle: str) -> None:
    source = api.get(f"{circle}/export/pytorch").text
    found = api.post("/api/convert", json={"source": source, "dialect": "pytorch"}).json()
    assert f"/api/runs/{api.post('/api/runs', json=found['config']).json()['id']}" == circle


def test_the_solution_has_every_step_in_the_words_of_the_dock(api: httpx.Client, circle: str) -> None:
    page = api.get(f"{circle}/export/solution?iteration=3").text
    steps = api.get(f"{circle}/program?iteration=3").json()["steps"]
    assert [step["output"] for step in steps if step["description"].split("<")[0][:20] not in page] == []


def test_nothing_that_a_person_wrote_is_markup_in_the_solution(api: httpx.Client) -> None:
    page = api.get(f"{make_run(api, HOSTILE)}/export/solution").text
    assert ("<script" in page, "<img" in page) == (False, False)


def test_code_past_the_limit_of_iterations_is_refused(api: httpx.Client, circle: str) -> None:
    answer = api.get(f"{circle}/export/numpy?iteration=99995")
    assert (answer.status_code, answer.json()["limit"]["name"]) == (422, "iterations")
