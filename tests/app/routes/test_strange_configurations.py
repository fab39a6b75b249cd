"""A configuration with anything at all in any place of it: a run, or a problem, and never a mistake of the server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.http.problems import MEDIA_TYPE
from app.main import create_app
from app.settings import Settings
from tests.app.asgi import Heard, ask

NAMED: dict[str, Any] = {
    "seed": 0,
    "dtype": "float64",
    "data": {"name": "circle", "samples": 20, "noise": 0.1, "test_fraction": 0.3, "standardize": True},
    "batch_size": 5,
    "shuffle": True,
    "layers": [
        {
            "type": "dense",
            "units": 3,
            "activation": {"type": "leaky_relu", "negative_slope": 0.1},
            "bias": True,
            "initializer": {"type": "kaiming_uniform", "a": 0, "mode": "fan_in", "nonlinearity": "relu"},
            "bias_initializer": "zeros",
            "frozen": ["bias"],
            "weight": [[1, 2], [3, 4], [5, 6]],
            "bias_values": [1, 2, 3],
        },
        {"type": "dense", "units": 1, "activation": "softplus"},
    ],
    "loss": {"type": "huber", "delta": 1},
    "optimizer": {"type": "adam", "learning_rate": 0.1, "betas": [0.9, 0.99], "eps": 1e-8, "amsgrad": True},
    "edits": [
        {"iteration": 2, "set": {"optimizer.learning_rate": 0.5, "optimizer.betas": [0.5, 0.5]}},
        {"iteration": 3, "parameter": "dense1.weight", "index": [0, 1], "value": 2.5},
    ],
}
INLINE: dict[str, Any] = NAMED | {
    "data": {
        "inputs": [[0, 1], [1, 2], [2, 3]],
        "targets": [0, 1, 0],
        "feature_names": ["a", "b"],
        "class_names": ["no", "yes"],
    },
    "loss": "bce_with_logits",
    "layers": [NAMED["layers"][0], {"units": 1}],
}
IMAGES: dict[str, Any] = NAMED | {
    "data": {"name": "digits", "samples": 20},
    "layers": [
        {"type": "reshape", "shape": [1, 8, 8]},
        {"type": "conv2d", "units": 2, "kernel": [3, 2], "stride": 1, "padding": [1, 2], "dilation": 2, "bias": True},
        {"type": "max_pool2d", "kernel": 3, "stride": [1, 2], "padding": 1},
        {"type": "avg_pool2d", "kernel": [2, 3], "stride": None},
        {"type": "global_avg_pool"},
        {"units": 10},
    ],
    "loss": "cross_entropy",
    "edits": [],
}
EXPRESSION: dict[str, Any] = {
    "expression": "h = tanh(a*b + c); L = (h - 0.5)**2",
    "inputs": {"a": 2, "b": -3, "c": 10},
    "train": ["a", "b"],
    "optimizer": NAMED["optimizer"],
    "schedule": {"type": "step", "step_size": 3},
    "regularization": {"l2": 0.1},
    "clip": {"norm": 1},
    "edits": [{"iteration": 3, "parameter": "c", "index": [], "value": 2.5}],
}
SCALARS = [
    *(None, True, False, 0, -1, 2, 1.5, 10**9, 2**53, -(2**63), 1e30, 1e308, -1e308, 5e-324, -0.0),
    *("", "circle", "tanh", "weight", "NaN", "é\0", "\ud800", "a" * 1000),
]
STRANGE = st.recursive(
    st.sampled_from(SCALARS),
    lambda part: (
        st.lists(part, max_size=4)
        | st.dictionaries(st.sampled_from(["type", "name", "inputs", "iteration", "set"]), part, max_size=3)
    ),
    max_leaves=6,
)

Place = tuple[str | int, ...]


def places(document: Any, at: Place = ()) -> Iterator[Place]:
    """Every place in a document."""
    yield at
    if isinstance(document, (dict, list)):
        for name in document if isinstance(document, dict) else range(len(document)):
            yield from places(document[name], (*at, name))


def with_at(document: Any, at: Place, part: Any) -> Any:
    """The document with something else in one place."""
    if not at:
        return part
    found = document.copy()
    found[at[0]] = with_at(document[at[0]], at[1:], part)
    return found


@pytest.fixture(scope="module")
def app() -> Any:
    return create_app(Settings(workers=1))


def post(app: Any, config: Any) -> Heard:
    return ask(app, "/api/runs", "POST", json.dumps(config), content_type="application/json")


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([NAMED, INLINE, IMAGES, EXPRESSION]), st.data(), STRANGE)
def test_anything_anywhere_is_a_run_or_a_problem(app: Any, config: Any, data: st.DataObject, strange: Any) -> None:
    at = data.draw(st.sampled_from(list(places(config))))
    heard = post(app, with_at(config, at, strange))
    assert heard.status in (200, 201, 422)
    if heard.status == 422:
        assert heard.headers["content-type"] == MEDIA_TYPE
        assert json.loads(heard.body)["errors"]
    else:
        run = json.loads(heard.body)
        assert json.loads(post(app, run["config"]).body)["id"] == run["id"]


@pytest.mark.parametrize(
    "at", [("layers", 0, "type"), ("optimizer", "type"), ("loss", "type"), ("data", "name")], ids=str
)
@pytest.mark.parametrize("name", [["sgd"], {"type": "sgd"}, None, 3], ids=str)
def test_a_name_that_is_no_text_is_refused(app: Any, at: Place, name: Any) -> None:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in at).removeprefix(".")
    heard = post(app, with_at(NAMED, at, name))
    assert (heard.status, json.loads(heard.body)["errors"][0]["path"]) == (422, path)


@pytest.mark.parametrize("number", [2**53, 1e30, 1e308])
@pytest.mark.parametrize("at", [("seed",), ("batch_size",), ("edits", 1, "iteration")], ids=str)
def test_a_whole_number_that_a_browser_would_change_is_refused(app: Any, at: Place, number: float) -> None:
    heard = post(app, with_at(NAMED, at, number))
    assert (heard.status, b"9007199254740991" in heard.body) == (422, True)


def choices(api: httpx.Client) -> Iterator[dict[str, Any]]:
    """A configuration for every entry of the catalog that a run can choose: by name and as an object."""
    catalog = api.get("/api/catalog").json()
    layer = {"units": 2, "activation": "tanh"}
    last = {"bce": "sigmoid", "nll": "log_softmax", "kl_div": "log_softmax", "focal": "identity"}
    for entry in catalog["datasets"]:
        units = len(entry["classes"]) if len(entry["classes"]) > 2 else 1
        loss = "cross_entropy" if units > 1 else "mse"
        fewer = {"samples": 20} if "samples" in [option["name"] for option in entry["parameters"]] else {}
        first = [{"type": "reshape", "shape": [entry["positions"], 1]}] if entry["positions"] else []
        yield {"data": {"name": entry["name"], **fewer}, "layers": [*first, layer, {"units": units}], "loss": loss}
    base = {"data": {"name": "circle", "samples": 12}, "layers": [layer, {"units": 1}], "batch_size": 4}
    for form in (lambda name: name, lambda name: {"type": name}):
        for entry in catalog["activations"]:
            yield base | {"layers": [{"units": 2, "activation": form(entry["name"])}, {"units": 1}]}
        for entry in catalog["losses"]:
            units = 2 if entry["name"] in ("cross_entropy", "nll", "kl_div", "multi_margin") else 1
            output = {"units": units, "activation": last.get(entry["name"], "identity")}
            yield base | {"layers": [layer, output], "loss": form(entry["name"])}
        for entry in catalog["optimizers"]:
            yield base | {"optimizer": form(entry["name"])}
        for entry in catalog["initializers"]:
            drawn = {"initializer": form(entry["name"]), "bias_initializer": form(entry["name"])}
            yield base | {"layers": [layer | drawn, {"units": 1}]}


def test_whatever_the_catalog_offers_runs_and_is_explained(api: httpx.Client) -> None:
    for config in choices(api):
        answer = api.post("/api/runs", json=config)
        assert answer.is_success, (config, answer.text)
        path = f"/api/runs/{answer.json()['id']}"
        steps = api.get(f"{path}/program").json()["steps"]
        asked = ["iterations/3", "iterations/2/trace", "iterations/2/evaluation", "history?to=4"]
        asked += [f"iterations/2/steps/{step['index']}" for step in steps if step["phase"] != "update"]
        statuses = {part: api.get(f"{path}/{part}").status_code for part in asked}
        assert set(statuses.values()) == {200}, (config, statuses)
