"""Runs of expressions over the wire: what makes sense works, the rest is told so, and hostile texts are refused."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.convert.explain import Derivation, GradientCheck, Paths, Variants
from app.convert.expressions import ExpressionInputs
from app.convert.history import History
from app.convert.iterations import IterationInfo
from app.convert.program import Program
from app.convert.runs import RunInfo
from app.convert.traces import Parameters, StepDetail, Trace
from app.main import create_app
from app.settings import Limits, Settings
from app.wire.json_numbers import SAFETENSORS
from backscope.client import Backscope
from tests.app.answers import read
from tests.app.conftest import EXPRESSION, make_run
from tests.app.routes.test_errors import problem, refused
from tests.app.tensors import from_safetensors
from tests.serving import serving


def test_a_run_says_that_it_is_an_expression_and_what_it_has(api: httpx.Client, expression: str) -> None:
    run = read(RunInfo, api.get(expression).content)
    assert (run.kind, run.title, run.layers, run.task, run.output_kind) == (
        "expression",
        "L = (a*b + c) * tanh(d)",
        [],
        None,
        "none",
    )
    assert [(p.name, p.shape, p.trainable) for p in run.parameters] == [
        *(("a", [], True), ("b", [], False), ("c", [], False), ("d", [], False)),
    ]
    assert (run.samples.model_dump(), run.iterations_per_epoch) == ({"train": 1, "test": 0}, 1)
    formula = r"L = \left(a \cdot b + c\right) \cdot \tanh\left(d\right)"
    assert (run.loss.formula, run.expression.model_dump()) == (formula, {"statements": [formula], "notes": []})


def test_layers_on_data_say_that_they_are_no_expression(api: httpx.Client, circle: str) -> None:
    run = api.get(circle).json()
    assert (run["kind"], run["expression"]) == ("layers", None)


def test_a_long_text_has_a_short_title_and_unused_inputs_a_note(api: httpx.Client) -> None:
    text = "h = a*a*a*a*a*a*a*a*a*a\n\nL = h + a*a*a*a*a*a*a*a*a*a"
    run = api.post("/api/runs", json={"expression": text, "inputs": {"a": 1, "b": 2}}).json()
    assert (run["title"], run["expression"]["notes"]) == (
        "h = a*a*a*a*a*a*a*a*a*a; L = h + a*a*a*…",
        ["b is not in the expression, so its gradient is 0"],
    )


@pytest.mark.parametrize(
    ("resource", "model"),
    [
        ("", IterationInfo),
        ("/trace", Trace),
        ("/trace?sample=0", Trace),
        ("/steps/4", StepDetail),
        ("/parameters", Parameters),
        ("/derivation?value=a.grad&index=&sample=0&check=true", Derivation),
        ("/derivation?value=v2", Derivation),
        ("/paths?parameter=a&index=", Paths),
        ("/gradient-check", GradientCheck),
        ("/variants", Variants),
    ],
)
def test_answers_are_what_the_api_declares(api: httpx.Client, expression: str, resource: str, model: type[Any]) -> None:
    answer = api.get(f"{expression}/iterations/3{resource}")
    assert answer.status_code == 200, answer.text
    read(model, answer.content)


def test_the_program_has_symbols_signs_and_sentences(api: httpx.Client, expression: str) -> None:
    program = read(Program, api.get(f"{expression}/program").content)
    step = program.steps[0]
    assert (step.formula, step.code, step.description) == (r"v_{1} = a \cdot b", "v1 = a * b", "Multiplies a by b.")
    assert (program.symbols["loss"].code, program.blocks[0].label, program.blocks[0].phase) == ("L", "×", "forward")


def test_all_gradients_by_every_method_are_the_true_ones(api: httpx.Client, expression: str) -> None:
    variants = api.get(f"{expression}/iterations/3/variants").json()["variants"]
    exact = {v["name"]: v["angle"] for v in variants if v["name"] in ("backpropagation", "forward_mode")}
    assert exact == pytest.approx({"backpropagation": 0, "forward_mode": 0}, abs=1e-5)
    misfits = {v["misfit"] for v in variants} - {None}
    assert (
        "feedback alignment has no meaning for an expression, which has no layers with weights to go around" in misfits
    )


def test_the_course_is_the_loss(api: httpx.Client, expression: str) -> None:
    found = read(History, api.get(f"{expression}/history?to=20").content)
    assert (len(found.loss), found.train_loss, found.test_loss, found.accuracy) == (20, [], [], [])
    events = api.get(f"{expression}/history?to=20", headers={"accept": "text/event-stream"}).text
    assert events.count("event: history") == events.count("event: done") == 1


def test_frames_and_exports_come_without_data(api: httpx.Client, expression: str) -> None:
    frames, _ = from_safetensors(api.get(f"{expression}/frames?from=0&to=3", headers={"accept": SAFETENSORS}).content)
    assert frames["loss.grad"].tolist() == [1, 1, 1]
    document = api.get(f"{expression}/export/json?iteration=5").json()
    assert make_run(api, document["config"]) == expression
    tensors, _ = from_safetensors(api.get(f"{expression}/export/safetensors?iteration=5").content)
    assert (sorted(tensors), tensors["a"].shape) == (["a", "b", "c", "d"], ())
    assert len(api.get(f"{expression}/export/csv?iteration=5").text.splitlines()) == 7


def test_a_branch_sets_a_number_of_the_formula(api: httpx.Client, expression: str) -> None:
    edits = [{"iteration": 4, "parameter": "c", "index": [], "value": -8}]
    branch = api.post(f"{expression}/branches", json={"edits": edits}).json()
    values = api.get(f"/api/runs/{branch['id']}/iterations/4/parameters").json()["values"]
    assert (branch["kind"], f"/api/runs/{branch['parent']}", values["c"]["data"]) == ("expression", expression, [-8])


@pytest.mark.parametrize(
    "resource",
    [
        "iterations/2/evaluation",
        "iterations/2/boundary",
        "iterations/2/maps",
        "iterations/2/flow",
        "samples",
        "frames?from=0&to=3&resolution=20",
    ],
)
def test_what_asks_for_data_is_a_problem_that_says_so(api: httpx.Client, expression: str, resource: str) -> None:
    found = problem(api.get(f"{expression}/{resource}"))
    assert (found.status, found.type) == (422, "urn:backscope:problem:no-data")
    assert "this run is an expression: it has no data" in found.detail


def test_predictions_are_refused_too(api: httpx.Client, expression: str) -> None:
    answer = api.post(f"{expression}/predict", json={"inputs": [[1, 2]]})
    assert (refused(answer), answer.json()["type"]) == ((422, "path.run_id"), "urn:backscope:problem:no-data")


@pytest.mark.parametrize(
    ("resource", "path"),
    [
        ("derivation?value=v9", "query.value"),
        ("derivation?value=a&index=0", "query.index"),
        ("paths?parameter=v1&index=", "query.parameter"),
        ("paths?parameter=a&index=&sample=1", "query.sample"),
        ("trace?values=x", "query.values"),
        ("steps/99", "path.k"),
    ],
)
def test_what_there_is_not_is_refused_with_its_place(
    api: httpx.Client, expression: str, resource: str, path: str
) -> None:
    assert refused(api.get(f"{expression}/iterations/2/{resource}")) == (422, path)


HOSTILE: list[tuple[Any, str]] = [
    ("__import__('os').system('true')", "expression"),
    ("a.__class__", "expression"),
    ("lambda: a", "expression"),
    ("[a for a in (1,)]", "expression"),
    ("exec(a)", "expression"),
    ("a if a else a", "expression"),
    ("(" * 5000 + "a" + ")" * 5000, "expression"),
    ("-" * 1900 + "a", "expression"),
    ("a" + "+a" * 900, "expression"),
    ("9" * 1999, "expression"),
    ("a\0", "expression"),
    ("ａ", "expression"),
    ("a**a**a**" * 100 + "a", "expression"),
    ("L = b", "expression"),
    ("", "expression"),
    (None, "expression"),
    (["a"], "expression"),
    ({"a": 1}, "expression"),
]


@pytest.mark.parametrize(("text", "path"), HOSTILE, ids=[repr(text)[:20] for text, _ in HOSTILE])
def test_a_hostile_text_is_refused_with_its_place(api: httpx.Client, text: Any, path: str) -> None:
    assert refused(api.post("/api/runs", json={"expression": text, "inputs": {"a": 1}})) == (422, path)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"inputs": {"a": "1"}}, "inputs.a"),
        ({"inputs": {"a": True}}, "inputs.a"),
        ({"inputs": [1]}, "inputs"),
        ({"inputs": {"a b": 1}}, "inputs"),
        ({"inputs": {f"a{i}": i for i in range(101)}}, "inputs"),
        ({"train": "a"}, "train"),
        ({"train": ["a", "z"]}, "train[1]"),
        ({"data": {"name": "circle"}}, "data"),
        ({"backward": "feedback_alignment"}, "backward"),
        ({"optimizer": {"type": "sgd", "learning_rate": -1}}, "optimizer.learning_rate"),
        ({"edits": [{"iteration": 1, "parameter": "v1", "index": [], "value": 1}]}, "edits[0].parameter"),
    ],
)
def test_a_part_that_cannot_be_is_refused_with_its_place(api: httpx.Client, changes: dict[str, Any], path: str) -> None:
    assert refused(api.post("/api/runs", json=EXPRESSION | changes)) == (422, path)


def test_a_number_past_all_bounds_is_refused_in_the_body(api: httpx.Client) -> None:
    body = '{"expression": "a", "inputs": {"a": 1e999}}'
    assert refused(api.post("/api/runs", content=body, headers={"content-type": "application/json"})) == (
        422,
        "inputs.a",
    )


def test_edits_of_an_expression_have_their_limit() -> None:
    with serving(create_app(Settings(limits=Limits(edits=1)))) as address, httpx.Client(base_url=address) as api:
        path = make_run(api, EXPRESSION)
        edit = {"iteration": 1, "set": {"optimizer.learning_rate": 0.5}}
        found = problem(api.post(f"{path}/branches", json={"edits": [edit, edit]}))
        assert (found.status, found.limit.model_dump()) == (422, {"name": "edits", "value": 1})


def test_a_restarted_server_still_knows_an_expression(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with serving(create_app(settings)) as address, httpx.Client(base_url=address) as api:
        path = make_run(api, EXPRESSION)
        before = api.get(f"{path}/iterations/40/trace").content
    with serving(create_app(settings)) as address, httpx.Client(base_url=address) as api:
        assert api.get(f"{path}/iterations/40/trace").content == before


def test_the_client_runs_an_expression(address: str) -> None:
    with Backscope(address) as backscope:
        run = backscope.run(EXPRESSION)
        gradient, loss = run.trace(0)["a.grad"], run.history(0, 3)["loss"]
    assert (float(gradient), loss[0]) == pytest.approx((-3 * math.tanh(0.5), 4 * math.tanh(0.5)), rel=1e-14)


# --- before it is run ------------------------------------------------------------------------------------------------


def inputs(api: httpx.Client, text: Any) -> httpx.Response:
    return api.post("/api/expressions/inputs", json={"expression": text})


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("h = tanh (w1*x) + 1e5*b\nL=(h - t)**2.5e-3; ", ["w1", "x", "b", "t"]),
        ("L = 3", []),
        ("y = x; L = y*x", ["x"]),
    ],
)
def test_the_inputs_of_an_expression_are_the_names_that_need_a_number(
    api: httpx.Client, text: str, names: list[str]
) -> None:
    assert read(ExpressionInputs, inputs(api, text).content).model_dump() == {"inputs": names}


@pytest.mark.parametrize("text", ["L = ", "L = a b", "", "a" * 5000, 3, None])
def test_what_is_no_expression_is_refused_with_its_place(api: httpx.Client, text: Any) -> None:
    assert refused(inputs(api, text)) == (422, "expression")
