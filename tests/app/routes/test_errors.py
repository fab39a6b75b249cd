"""What the server refuses, and how it says so."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.http.problems import MEDIA_TYPE, ProblemDocument
from app.main import create_app
from app.settings import Limits, Settings
from tests.app.answers import read
from tests.app.asgi import ask
from tests.app.conftest import CIRCLE, make_run
from tests.serving import serving

JSON = {"content-type": "application/json"}


def problem(answer: httpx.Response) -> Any:
    """The problem in an answer, which must be one through and through."""
    assert answer.headers["content-type"] == MEDIA_TYPE, answer.text
    assert (answer.headers["cache-control"], len(answer.content) < 4096) == ("no-store", True)
    found = read(ProblemDocument, answer.content)
    assert found.status == answer.status_code
    return found


def refused(answer: httpx.Response) -> tuple[int, str]:
    """Status, and the path of the first mistake."""
    found = problem(answer)
    return found.status, found.errors[0].path if found.errors else ""


def test_an_unknown_path_is_a_problem(api: httpx.Client) -> None:
    assert refused(api.get("/api/nothing")) == (404, "")


def test_a_method_that_does_not_work_is_a_problem_and_names_those_that_do(api: httpx.Client) -> None:
    answer = api.delete("/api/runs")
    assert (refused(answer), answer.headers["allow"]) == ((405, ""), "OPTIONS, POST")


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/api/health", "GET, HEAD, OPTIONS"),
        ("/api/runs", "OPTIONS, POST"),
        ("/api/runs/0/iterations/3", "GET, HEAD, OPTIONS"),
        ("/static/main.js", "GET, HEAD, OPTIONS"),
    ],
)
def test_what_is_allowed_may_be_asked_and_is_so(api: httpx.Client, path: str, methods: str) -> None:
    asked, refusal = api.options(path), api.delete(path)
    found = (asked.status_code, asked.content, asked.headers["allow"], refusal.status_code, refusal.headers["allow"])
    assert found == (204, b"", methods, 405, methods)


@pytest.mark.parametrize(
    ("asked", "status", "size"),
    [("bytes=x", 400, None), ("bytes=999999999-", 416, "bytes */"), ("pages=1-2", 400, None)],
)
def test_a_range_of_a_file_that_there_is_not_is_a_problem(
    api: httpx.Client, asked: str, status: int, size: str | None
) -> None:
    answer = api.get("/icon.svg", headers={"range": asked})
    found = answer.headers.get("content-range", "")
    assert (problem(answer).status, found.startswith(size) if size else found == "") == (status, True)


def test_an_empty_accept_header_allows_everything(api: httpx.Client, circle: str) -> None:
    asked = api.get(f"{circle}/iterations/0/trace", headers={"accept": ""})
    assert (asked.status_code, asked.headers["content-type"]) == (200, "application/json")


def test_an_unknown_run_is_a_problem_with_a_hint(api: httpx.Client) -> None:
    found = problem(api.get("/api/runs/00000000000000000000/iterations/3"))
    assert (found.status, found.type, "POST its configuration" in found.detail) == (
        404,
        "urn:backscope:problem:unknown-run",
        True,
    )


@pytest.mark.parametrize("run_id", ["..%2F..%2Fetc%2Fpasswd", "%00", "C:%5Cx", "A" * 20, "é" * 20])
def test_an_id_that_cannot_be_is_not_found(api: httpx.Client, run_id: str) -> None:
    assert problem(api.get(f"/api/runs/{run_id}")).status == 404


# --- bodies ----------------------------------------------------------------------------------------------------------

GOOD = json.dumps(CIRCLE)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ('{"optimizer": {"type": "sgd", "learning_rate": NaN}}', "optimizer.learning_rate"),
        ('{"layers": [{"units": 1}, {"units": Infinity}]}', "layers[1].units"),
        ('{"data": {"inputs": [[1, 2], [3, -Infinity]]}}', "data.inputs[1][1]"),
        ('{"seed": 1e999}', "seed"),
        ("NaN", "body"),
        ("[1, 2]", "body"),
        ("3", "body"),
        ("null", "body"),
        ('{"seed": 0,}', "body"),
        ("", "body"),
        ('{"seed": "\\ud800"}', "body"),
        (b'{"seed": "\xff"}', "body"),
        ("[" * 100_000, "body"),
        ('{"seed": ' * 100_000, "body"),
        ('{"seed": ' * 50 + "1" + "}" * 50, "body"),
        (f'{{"seed": {"9" * 5000}}}', "body"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_body_that_is_no_object_of_finite_numbers_is_refused(api: httpx.Client, body: str | bytes, path: str) -> None:
    assert refused(api.post("/api/runs", content=body, headers=JSON)) == (422, path)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"])
def test_a_body_that_is_not_sent_as_json_is_refused(api: httpx.Client, kind: str) -> None:
    assert refused(api.post("/api/runs", content=GOOD, headers={"content-type": kind})) == (415, "")


def test_a_request_called_off_before_its_body_is_here_ends_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    heard = ask(create_app(), "/api/runs", "POST", None, content_type="application/json")
    assert (heard.status, caplog.records) == (499, [])


def test_a_body_with_a_charset_is_json_too(api: httpx.Client) -> None:
    kind = {"content-type": "application/json; charset=utf-8"}
    assert api.post("/api/runs", content=GOOD, headers=kind).is_success


def with_field(**changes: Any) -> dict[str, Any]:
    return {**CIRCLE, **changes}


WIDE = {"type": "dense", "units": 4, "weight": [[0.0] * 4] * 3}
LABELS = {"inputs": [[0.0, 1.0], [1.0, 0.0]], "targets": [0, 5]}


@pytest.mark.parametrize(
    ("config", "path", "words"),
    [
        ({}, "data", "missing"),
        (with_field(surprise=1), "surprise", "unknown field"),
        (with_field(seed=1.5), "seed", "whole number"),
        (with_field(seed=-1), "seed", "at least 0"),
        (with_field(data={"name": "moon"}), "data.name", "unknown dataset"),
        (with_field(data={"name": "circle", "noise": 9}), "data.noise", "at most 5"),
        (with_field(layers=[]), "layers", "at least one layer"),
        (with_field(layers=[{"units": 3}, {"units": 0}]), "layers[1].units", "at least 1"),
        (with_field(layers=[{"units": 1, "activation": "thanh"}]), "layers[0].activation", "unknown activation"),
        (with_field(layers=[{"units": 3}, WIDE]), "layers[1].weight", "dense2.weight is 4x3 here, given 3x4"),
        (with_field(loss="cross_entropy"), "loss", "one unit per class"),
        (with_field(data=LABELS, loss="cross_entropy", layers=[{"units": 2}]), "data.targets", "class index 5"),
        (with_field(optimizer={"type": "adam", "betas": [0.9]}), "optimizer.betas", "two numbers"),
        (with_field(edits=[{"iteration": 3}]), "edits[0]", "an edit is"),
        (
            with_field(edits=[{"iteration": 3, "set": {"optimizer.lr": 1}}]),
            "edits[0].set.optimizer.lr",
            "cannot be set",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_configuration_that_cannot_be_run_says_where_and_why(
    api: httpx.Client, config: dict[str, Any], path: str, words: str
) -> None:
    found = problem(api.post("/api/runs", json=config))
    assert (found.status, found.errors[0].path, words in found.errors[0].message) == (422, path, True), found


@pytest.mark.parametrize(
    ("resource", "body", "path"),
    [
        ("branches", {}, "edits"),
        ("branches", {"edits": [], "more": 1}, "more"),
        ("branches", {"edits": 3}, "edits"),
        (
            "branches",
            {"edits": [{"iteration": 1, "parameter": "dense9.weight", "index": [0], "value": 1}]},
            "edits[0].parameter",
        ),
        (
            "branches",
            {"edits": [{"iteration": 1, "parameter": "dense1.weight", "index": [7, 0], "value": 1}]},
            "edits[0].index",
        ),
        ("predict", {"inputs": [[1, 2, 3]]}, "inputs"),
        ("predict", {"inputs": [[1, 2], [3]]}, "inputs"),
        ("predict", {"inputs": []}, "inputs"),
        ("predict", {"inputs": [["a", "b"]]}, "inputs"),
        ("predict", {"inputs": [[True, False]]}, "inputs"),
        ("predict", {"input": [[1, 2]]}, "input"),
        ("predict", {"inputs": [[10**400, 2]]}, ""),
    ],
)
def test_a_body_under_a_run_that_cannot_be_says_where(
    api: httpx.Client, circle: str, resource: str, body: dict[str, Any], path: str
) -> None:
    status, found = refused(api.post(f"{circle}/{resource}", json=body))
    assert (status, found.startswith(path)) == (422, True), found


# --- queries ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resource", "path"),
    [
        ("/iterations/-1", "path.t"),
        ("/iterations/three", "path.t"),
        (f"/iterations/{'9' * 5000}", "path.t"),
        ("/iterations/1000000", "path.t"),
        ("/iterations/1/trace?values=dense9.z", "query.values"),
        ("/iterations/1/trace?sample=8", "query.sample"),
        ("/iterations/1/trace?sample=-1", "query.sample"),
        ("/iterations/1/trace?sample=1.5", "query.sample"),
        ("/iterations/1/steps/999", "path.k"),
        ("/iterations/1/steps/-1", "path.k"),
        ("/iterations/1/derivation", "query.value"),
        ("/iterations/1/derivation?value=nothing", "query.value"),
        ("/iterations/1/derivation?value=dense1.z&index=0", "query.index"),
        ("/iterations/1/derivation?value=dense1.z&index=0,x", "query.index"),
        ("/iterations/1/derivation?value=dense1.z&index=\u0661,0", "query.index"),
        ("/iterations/1/derivation?value=dense1.z&index=0,99", "query.index"),
        ("/iterations/1/derivation?value=dense1.z&index=0,0&check=true", "query.value"),
        ("/iterations/1/derivation?value=dense1.z&index=0,0&check=perhaps", "query.check"),
        ("/iterations/1/paths?parameter=dense1.z&index=0,0", "query.parameter"),
        ("/iterations/1/paths?parameter=dense1.weight&index=0,0&sample=8", "query.sample"),
        ("/iterations/1/boundary?resolution=1", "query.resolution"),
        ("/iterations/1/boundary?resolution=100000", "query.resolution"),
        ("/iterations/1/maps?resolution=201", "query.resolution"),
        ("/program?iteration=-1", "query.iteration"),
        ("/history", "query.to"),
        ("/history?from=5&to=5", "query.to"),
        ("/history?from=9&to=5", "query.to"),
        ("/history?from=-1&to=5", "query.from"),
        ("/history?to=5&every=0", "query.every"),
        ("/history?to=90000", "query.to"),
        ("/history?to=9000000", "query.to"),
        ("/frames?to=60&stride=0", "query.to"),
        ("/frames?to=20000&resolution=100", "query.to"),
        ("/frames?to=5&sample=99", "query.sample"),
        ("/frames?to=5&sample=-1", "query.sample"),
        ("/export/onnx", "path.format"),
        ("/export/json?iteration=-2", "query.iteration"),
    ],
    ids=lambda value: value[:60],
)
def test_a_question_that_cannot_be_answered_says_what_is_wrong(
    api: httpx.Client, circle: str, resource: str, path: str
) -> None:
    assert refused(api.get(f"{circle}{resource}")) == (422, path)


@pytest.mark.parametrize("what", ["boundary", "maps"])
def test_pictures_need_one_or_two_inputs(api: httpx.Client, what: str) -> None:
    path = make_run(api, {"data": {"name": "iris"}, "layers": [{"units": 3}]})
    assert refused(api.get(f"{path}/iterations/0/{what}")) == (422, "query.resolution")


def test_a_long_mistake_is_not_echoed(api: httpx.Client) -> None:
    found = problem(api.post("/api/runs", json={"data": {"name": "x" * 100_000}, "layers": [{"units": 1}]}))
    assert len(found.detail) < 1000


def test_a_field_with_a_long_name_is_not_echoed(api: httpx.Client) -> None:
    assert problem(api.post("/api/runs", json={**CIRCLE, "y" * 100_000: 1})).status == 422


# --- limits ----------------------------------------------------------------------------------------------------------

SMALL = Limits(
    parameters=60,
    layers=3,
    units=16,
    inputs=8,
    samples=100,
    batch=50,
    values=2000,
    edits=1,
    iterations=500,
    predict_rows=3,
    body_bytes=4000,
    frames_bytes=10_000,
)


@pytest.fixture(scope="module")
def small() -> Iterator[httpx.Client]:
    with serving(create_app(Settings(limits=SMALL))) as address, httpx.Client(base_url=address) as client:
        yield client


def limit_of(answer: httpx.Response) -> Any:
    found = problem(answer)
    assert found.limit is not None, found
    assert f"{found.limit.name!r}" in found.detail
    return found.limit.name


LAYER = {"units": 1}
IMAGE = {"type": "reshape", "shape": [1, 1, 2]}
EDIT = {"iteration": 1, "set": {"optimizer.learning_rate": 0.5}}


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("layers", {"layers": [LAYER] * 4}),
        ("units", {"layers": [{"units": 17}]}),
        ("units", {"layers": [IMAGE, {"type": "conv2d", "units": 17, "kernel": 1}]}),
        ("parameters", {"layers": [{"units": 16}, {"units": 16}]}),
        ("samples", {"data": {"name": "circle", "samples": 101}}),
        ("inputs", {"data": {"inputs": [[0.0] * 9], "targets": [[1.0]]}, "layers": [LAYER]}),
        ("batch", {"data": {"name": "circle", "samples": 99}, "batch_size": 51}),
        ("values", {"data": {"name": "circle", "samples": 60}, "batch_size": 50, "layers": [{"units": 15}]}),
        ("edits", {"edits": [EDIT, EDIT]}),
        ("iterations", {"edits": [{**EDIT, "iteration": 501}]}),
    ],
)
def test_a_run_too_large_for_the_server_names_the_limit(
    small: httpx.Client, name: str, changes: dict[str, Any]
) -> None:
    assert limit_of(small.post("/api/runs", json=with_field(**changes))) == name


def test_a_giant_is_refused_at_once(api: httpx.Client) -> None:
    began = time.process_time()
    names = [
        limit_of(api.post("/api/runs", json=with_field(**changes)))
        for changes in (
            {"layers": [{"units": 10**9}, LAYER]},
            {"data": {"name": "circle", "samples": 10**12}},
            {"layers": [LAYER] * 10_000},
        )
    ]
    assert (names, time.process_time() - began < 2) == (["units", "samples", "layers"], True)


def test_a_kernel_whose_copies_of_the_image_are_too_large_names_the_limit(api: httpx.Client) -> None:
    wide = {"type": "conv2d", "units": 1, "kernel": 64, "padding": 32}
    layers = [{"type": "reshape", "shape": [1, 64, 64]}, wide, {"type": "global_avg_pool"}]
    data = {"inputs": [[0.0] * 4096], "targets": [[1.0]]}
    assert limit_of(api.post("/api/runs", json=with_field(data=data, layers=layers))) == "values"


@pytest.mark.parametrize(
    "layers",
    [
        [{"type": "embedding", "tokens": 200, "units": 1}],
        [{"type": "embedding", "tokens": 2, "units": 1}, {"type": "attention"}],
        [{"type": "embedding", "tokens": 2, "units": 1}, {"type": "rnn", "units": 16}],
    ],
    ids=["table", "pairs", "moments"],
)
def test_a_sequence_too_long_names_the_limit(api: httpx.Client, layers: list[dict[str, Any]]) -> None:
    data = {"inputs": [[0.0] * 1000] * 200, "targets": [[0.0]] * 200}
    whole = [*layers, {"type": "last_position"}, LAYER]
    answer = api.post("/api/runs", json=with_field(data=data, layers=whole, batch_size=None))
    assert (answer.status_code, limit_of(answer)) == (422, "values")


def test_a_model_of_too_many_steps_is_refused(api: httpx.Client) -> None:
    data = {"inputs": [[0.0] * 4000], "targets": [[1.0]]}
    layers = [{"type": "embedding", "tokens": 2, "units": 1}, {"type": "lstm", "units": 1, "return_sequence": False}]
    found = problem(api.post("/api/runs", json=with_field(data=data, layers=[*layers, LAYER])))
    assert (found.status, [error.path for error in found.errors or []]) == (422, ["layers"])


def test_too_many_rows_to_predict_name_the_limit(small: httpx.Client) -> None:
    path = make_run(small, CIRCLE)
    assert limit_of(small.post(f"{path}/predict", json={"inputs": [[0, 0]] * 4})) == "predict_rows"


@pytest.mark.parametrize("picture", ["boundary", "maps"])
def test_a_picture_with_too_many_numbers_names_the_limit(small: httpx.Client, picture: str) -> None:
    path = make_run(small, CIRCLE)
    assert limit_of(small.get(f"{path}/iterations/0/{picture}?resolution=60")) == "values"


def test_too_many_frames_name_the_limit(small: httpx.Client) -> None:
    path = make_run(small, CIRCLE)
    assert limit_of(small.get(f"{path}/frames?from=0&to=400")) == "frames_bytes"


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "in pieces"])
def test_a_body_too_large_is_refused_whether_its_length_is_announced_or_not(
    small: httpx.Client, announced: bool
) -> None:
    pieces = [b" " * 1000] * 5
    answer = small.post("/api/runs", content=b"".join(pieces) if announced else iter(pieces), headers=JSON)
    assert (answer.status_code, limit_of(answer)) == (413, "body_bytes")


def test_a_limit_is_said_to_its_last_digit(api: httpx.Client) -> None:
    answer = api.post("/api/runs", content=b" " * 8_400_000, headers=JSON)
    assert "the limit 'body_bytes' of this server is 8388608." in problem(answer).detail


def test_work_that_takes_too_long_is_stopped_and_names_the_limit() -> None:
    slow = {
        "data": {"name": "digits"},
        "batch_size": 8,
        "layers": [{"units": 64}, {"units": 10}],
        "loss": "cross_entropy",
    }
    app = create_app(Settings(limits=Limits(seconds=0.05)))
    with serving(app) as address, httpx.Client(base_url=address) as client:
        path = make_run(client, slow)
        began = time.perf_counter()
        assert limit_of(client.get(f"{path}/history?to=20000")) == "seconds"
        assert time.perf_counter() - began < 2
