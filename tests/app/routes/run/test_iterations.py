"""Every number of one iteration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest

from app.convert.evaluations import Evaluation, Predictions, SampleLosses
from app.convert.explain import Derivation, GradientCheck, Paths, Stage, Variants
from app.convert.iterations import GradientFlow, IterationInfo, UpdateEffect
from app.convert.pictures import Boundary, Maps
from app.convert.traces import Parameters, StepDetail, Trace
from app.wire.json_numbers import SAFETENSORS
from backscope.decoding import read_value
from tests.app.answers import read
from tests.app.tensors import from_safetensors

TENSORS = {"accept": SAFETENSORS}


@pytest.mark.parametrize("run", ["circle", "diverging"])
@pytest.mark.parametrize(
    ("resource", "model"),
    [
        ("", IterationInfo),
        ("/trace", Trace),
        ("/steps/4", StepDetail),
        ("/parameters", Parameters),
        ("/evaluation", Evaluation),
        ("/derivation?value=dense1.weight.grad&index=0,0&sample=1&check=true", Derivation),
        ("/derivation?value=loss", Derivation),
        ("/paths?parameter=dense1.weight&index=0,0&sample=1", Paths),
        ("/samples", SampleLosses),
        ("/effect", UpdateEffect),
        ("/flow", GradientFlow),
        ("/flow?sample=1", GradientFlow),
        ("/stage?layer=dense1", Stage),
        ("/stage?layer=dense1&sample=1&value=dense1.weight.grad&index=0,0", Stage),
        ("/gradient-check", GradientCheck),
        ("/variants", Variants),
        ("/boundary?resolution=4", Boundary),
        ("/maps?resolution=4", Maps),
    ],
)
@pytest.mark.parametrize("t", [0, 3])
def test_answers_are_what_the_api_declares(
    request: pytest.FixtureRequest, api: httpx.Client, run: str, resource: str, model: type[Any], t: int
) -> None:
    answer = api.get(f"{request.getfixturevalue(run)}/iterations/{t}{resource}")
    assert answer.status_code == 200, answer.text
    read(model, answer.content)


def test_a_cure_has_edits_or_a_configuration_and_no_word_of_the_other(api: httpx.Client) -> None:
    layers = [{"units": 4, "activation": "tanh", "initializer": {"type": "normal", "std": 20.0}}, {"units": 1}]
    config = {"data": {"name": "circle"}, "layers": layers, "loss": "mse", "optimizer": {"learning_rate": 9.0}}
    run = api.post("/api/runs", json=config).json()["id"]
    found = [finding for t in (0, 40) for finding in api.get(f"/api/runs/{run}/iterations/{t}").json()["diagnosis"]]
    keys = {frozenset(cure) for finding in found for cure in finding["cures"]}
    assert keys == {frozenset({"title", "why", "edits"}), frozenset({"title", "why", "config"})}


def test_a_trace_holds_every_value_of_the_program(api: httpx.Client, circle: str) -> None:
    outputs = {step["output"] for step in api.get(f"{circle}/program").json()["steps"]}
    values = api.get(f"{circle}/iterations/2/trace").json()["values"].keys()
    assert outputs - values == set()


def test_a_trace_can_be_cut_to_named_values(api: httpx.Client, circle: str) -> None:
    values = api.get(f"{circle}/iterations/2/trace?values=loss,dense1.z").json()["values"]
    assert {name: value["shape"] for name, value in values.items()} == {"loss": [], "dense1.z": [8, 3]}


def test_a_trace_of_one_sample_has_its_rows_and_whole_parameters(api: httpx.Client, circle: str) -> None:
    names = "x,dense1.a.grad,batch.indices,dense1.weight,dense1.weight.grad,loss"
    whole, cut = (
        api.get(f"{circle}/iterations/2/trace", params={"values": names, **more}).json()["values"]
        for more in ({}, {"sample": 5})
    )
    rows = {name: read_value(value) for name, value in whole.items()}
    expected = {n: a[5:6] if n in ("x", "dense1.a.grad", "batch.indices") else a for n, a in rows.items()}
    assert {n: read_value(v).tolist() for n, v in cut.items()} == {n: a.tolist() for n, a in expected.items()}


@pytest.mark.parametrize(
    "resource", ["trace", "trace?sample=1", "parameters", "boundary?resolution=5", "maps?resolution=5"]
)
def test_tensors_hold_the_same_numbers_as_json(api: httpx.Client, circle: str, resource: str) -> None:
    url = f"{circle}/iterations/3/{resource}"
    document, (tensors, _) = api.get(url).json(), from_safetensors(api.get(url, headers=TENSORS).content)
    values = document.get("values") or document.get("maps") or {"outputs": document["outputs"]}
    assert {name: (value["shape"], value["data"]) for name, value in values.items()} == {
        name: (list(tensors[name].shape), tensors[name].ravel().tolist()) for name in values
    }


def test_a_diverged_run_says_where_it_was_lost(api: httpx.Client, diverging: str) -> None:
    lost = api.get(f"{diverging}/iterations/3").json()["first_nonfinite"]
    trace = api.get(f"{diverging}/iterations/{lost['iteration']}/trace").json()["values"]
    words = {"inf": {"Infinity", "-Infinity"}, "nan": {"NaN"}}[lost["kind"]]
    assert words & {item for item in trace[lost["value"]]["data"] if isinstance(item, str)}


def test_an_update_takes_a_parameter_to_the_next_iteration(api: httpx.Client, circle: str) -> None:
    after = api.get(f"{circle}/iterations/2/trace?values=dense1.weight.next").json()["values"]["dense1.weight.next"]
    assert api.get(f"{circle}/iterations/3/parameters").json()["values"]["dense1.weight"] == after


def test_a_step_shows_its_inputs_and_output_by_name(api: httpx.Client, circle: str) -> None:
    step = api.get(f"{circle}/iterations/2/steps/2").json()
    names = [value["name"] for value in step["inputs"]]
    assert (names, step["output"]["name"], step["output"]["shape"]) == (
        ["x", "dense1.weight", "dense1.bias"],
        "dense1.z",
        [8, 3],
    )


def test_the_terms_of_every_cell_of_every_value_sum_to_it(api: httpx.Client, circle: str) -> None:
    """One cell of each value: the engine's own tests take them all."""
    values = api.get(f"{circle}/iterations/1/trace").json()["values"]
    differences = {name: _difference(api, circle, name, value) for name, value in values.items()}
    assert {name: d for name, d in differences.items() if not d <= 1e-12} == {}


def _difference(api: httpx.Client, path: str, name: str, value: dict[str, Any]) -> float:
    index = [size - 1 for size in value["shape"]]
    query = {"value": name, "index": ",".join(map(str, index))}
    found = api.get(f"{path}/iterations/1/derivation", params=query).json()
    assert found["result"] == value["data"][-1]
    return float(abs(sum(term["product"] for term in found["terms"]) - found["result"]))


def test_the_paths_of_all_samples_sum_to_the_gradient(api: httpx.Client, circle: str) -> None:
    gradient = api.get(f"{circle}/iterations/1/trace?values=dense1.weight.grad").json()["values"]["dense1.weight.grad"]
    query = {"parameter": "dense1.weight", "index": "1,0"}
    sums = [api.get(f"{circle}/iterations/1/paths", params={**query, "sample": i}).json()["sum"] for i in range(8)]
    np.testing.assert_allclose(sum(sums), gradient["data"][2], rtol=1e-12)


def test_a_chain_of_one_sample_is_its_term_of_the_gradient(api: httpx.Client, circle: str) -> None:
    query: dict[str, str | int] = {"value": "dense1.weight.grad", "index": "1,0", "sample": 3}
    found = api.get(f"{circle}/iterations/1/derivation", params=query).json()
    (term,) = found["terms"]
    assert (found["sample"], term["sample"], found["result"]) == (3, 3, term["product"])
    np.testing.assert_allclose(found["chain"]["product"], term["product"], rtol=1e-12)


def test_a_limit_lists_the_largest_terms_and_the_rest_as_one(api: httpx.Client, circle: str) -> None:
    query: dict[str, str | int] = {"value": "dense1.weight.grad", "index": "1,0", "limit": 3}
    found = api.get(f"{circle}/iterations/1/derivation", params=query).json()
    assert ([term.get("rest", 0) for term in found["terms"]], found["terms_total"]) == ([0, 0, 0, 5], 8)
    np.testing.assert_allclose(sum(term["product"] for term in found["terms"]), found["result"], rtol=1e-12)
    np.testing.assert_allclose(found["terms"][-1]["so_far"], found["result"], rtol=1e-12)
    assert api.get(f"{circle}/iterations/1/derivation", params={**query, "limit": 0}).status_code == 422


def test_a_checked_gradient_agrees_with_its_central_difference(api: httpx.Client, circle: str) -> None:
    query: dict[str, str | bool] = {"value": "dense1.weight.grad", "index": "1,0", "check": True}
    assert api.get(f"{circle}/iterations/1/derivation", params=query).json()["check"]["agrees"] is True


def test_all_gradients_agree_with_central_differences(api: httpx.Client, circle: str) -> None:
    check = api.get(f"{circle}/iterations/1/gradient-check").json()
    assert [p["name"] for p in check["parameters"] if p["agrees"]] == [
        "dense1.weight",
        "dense1.bias",
        "dense2.weight",
        "dense2.bias",
    ]


def test_a_picture_over_one_input_is_a_line(api: httpx.Client) -> None:
    run = api.post(
        "/api/runs", json={"data": {"name": "sine"}, "layers": [{"units": 2, "activation": "tanh"}, {"units": 1}]}
    )
    url = f"/api/runs/{run.json()['id']}/iterations/0"
    boundary, maps = (api.get(f"{url}/{what}?resolution=7").json() for what in ("boundary", "maps"))
    assert (boundary["y"], boundary["outputs"]["shape"], maps["maps"]["dense1.a"]["shape"]) == (None, [7], [2, 7])


# --- predictions -----------------------------------------------------------------------------------------------------


def predict(api: httpx.Client, path: str, **options: Any) -> httpx.Response:
    return api.post(f"{path}/predict?iteration=4", json={"inputs": [[0.5, -1.0], [0.0, 0.0]]}, **options)


def test_predictions_are_one_row_a_row_of_inputs(api: httpx.Client, circle: str) -> None:
    found = read(Predictions, predict(api, circle).content)
    assert (found.iteration, found.outputs.shape) == (4, [2, 1])


def test_predictions_come_as_tensors_too(api: httpx.Client, circle: str) -> None:
    tensors, _ = from_safetensors(predict(api, circle, headers=TENSORS).content)
    assert tensors["outputs"].ravel().tolist() == predict(api, circle).json()["outputs"]["data"]


def test_predicting_the_training_rows_gives_what_the_trace_has(api: httpx.Client, circle: str) -> None:
    values = api.get(f"{circle}/iterations/4/trace?values=x,dense2.a").json()["values"]
    answer = api.post(f"{circle}/predict?iteration=4", json={"inputs": read_value(values["x"]).tolist()})
    np.testing.assert_allclose(answer.json()["outputs"]["data"], values["dense2.a"]["data"], rtol=1e-12)


# --- going back ------------------------------------------------------------------------------------------------------


def bodies(get: Callable[[str], httpx.Response], path: str, iterations: list[int]) -> list[bytes]:
    return [get(f"{path}/iterations/{t}/trace").content for t in iterations]


def test_going_back_and_forth_gives_the_same_bytes_every_time(api: httpx.Client, circle: str) -> None:
    first = bodies(api.get, circle, [0, 499, 500])
    assert bodies(api.get, circle, [0, 499, 500]) == first
