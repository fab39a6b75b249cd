"""`POST /api/runs/check`: a configuration looked at without making a run."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from app.convert.check import ConfigCheck
from app.main import create_app
from app.settings import Limits, Settings
from tests.app.answers import read
from tests.app.conftest import CIRCLE, EXPRESSION
from tests.serving import serving


def check(api: httpx.Client, config: dict[str, Any], iteration: int = 0) -> Any:
    """The check of a configuration, held to its schema."""
    answer = api.post("/api/runs/check", params={"iteration": iteration}, json=config)
    assert answer.status_code == 200, answer.text
    return read(ConfigCheck, answer.content)


def changed(**changes: Any) -> dict[str, Any]:
    return {**CIRCLE, **changes}


WRONG = changed(
    seed=-1,
    batch_size=0,
    layers=[{"units": 2.5, "activation": "tahn"}, {"type": "zip"}, {"units": 1}],
    optimizer={"type": "sgd", "learning_rate": -1},
    clip={"norm": -1},
)


def test_a_configuration_that_can_be_is_valid_and_comes_back_normalized(api: httpx.Client) -> None:
    found = check(api, CIRCLE)
    made = api.post("/api/runs", json=CIRCLE).json()
    assert (found.valid, found.errors, found.fits, found.config) == (True, [], [], made["config"])


def test_a_check_makes_no_run(api: httpx.Client) -> None:
    config = changed(seed=987654)
    check(api, config)
    assert api.post("/api/runs", json=config).status_code == 201


def test_all_mistakes_that_do_not_depend_on_each_other_are_named_together(api: httpx.Client) -> None:
    assert [error.path for error in check(api, WRONG).errors] == [
        "seed",
        "batch_size",
        "layers[0].activation",
        "layers[0].units",
        "layers[1].type",
        "optimizer.learning_rate",
        "clip.norm",
    ]


def test_a_mistake_in_a_setting_comes_as_a_sentence_as_a_hint_and_as_data(api: httpx.Client) -> None:
    config = changed(optimizer={"type": "adam", "learning_rate": -0.5})
    assert [error.model_dump() for error in check(api, config).errors] == [
        {
            "path": "optimizer.learning_rate",
            "message": "learning_rate is at least 0; given -0.5",
            "code": "setting",
            "hint": "Needs a number at least 0, not −0.5.",
            "params": {"given": "-0.5", "allowed": "a number at least 0", "remedy": ""},
        }
    ]


def test_a_hint_calls_things_what_the_menus_call_them(api: httpx.Client) -> None:
    config = changed(layers=[{"units": 3}, {"type": "batch_norm"}, {"units": 3, "inputs": ["dense1"]}])
    assert [(e.path, e.hint) for e in check(api, config).errors] == [
        ("layers[1]", "nothing takes the output of batch norm 1; take it out, or name it in inputs")
    ]


@pytest.mark.parametrize(
    ("second", "path", "hint"),
    [
        (
            {"type": "add", "inputs": ["dense1", "dense2"]},
            "layers[1].inputs",
            "add 1 takes dense 2, which has to come before it",
        ),
        (
            {"units": 2, "inputs": ["dense3"]},
            "layers[1].inputs",
            "dense 2 takes dense 3, which has to come before it",
        ),
        (
            {"units": 3, "share": "dense3"},
            "layers[1].share",
            "dense 2 shares the parameters of dense 3, which has to come before it",
        ),
        (
            {"units": 2, "inputs": ["dense9"]},
            "layers[1].inputs",
            "",  # what has to be typed stays as it is typed: there is nothing else to say
        ),
    ],
)
def test_a_layer_that_comes_too_late_is_told_from_one_that_is_not_there(
    api: httpx.Client, second: dict[str, Any], path: str, hint: str
) -> None:
    found = check(api, changed(layers=[{"units": 2}, second, {"units": 2}, {"units": 1}])).errors
    assert [(error.path, error.hint) for error in found] == [(path, hint)]


@pytest.mark.parametrize(
    "config",
    [
        WRONG,
        {},
        {"data": 3, "layers": "dense"},
        changed(loss="cross_entropy"),
        changed(layers=[{"units": 3}, {"units": 2, "weight": [[0.0] * 4] * 2}]),
        changed(edits=[{"iteration": 3, "set": {"optimizer.lr": 1}}, {"iteration": -1, "set": {"optimizer.lr": 1}}]),
        changed(edits=[{"iteration": 1, "parameter": "dense9.weight", "index": [0], "value": 1}]),
        changed(layers=[{"units": 100_000}, {"units": 1}]),
        changed(data={"name": "sort"}),
        changed(
            data={"name": "circle", "samples": 43, "test_fraction": 0.0},
            batch_size=6,
            layers=[{"units": 3}, {"type": "batch_norm"}, {"units": 1}],
        ),
        {"expression": "L = (a", "inputs": {"a": 1}, "seed": -1},
        {"expression": "L = a*b", "inputs": {"a": 1}},
    ],
    ids=range(12),
)
def test_it_refuses_what_making_the_run_refuses_in_the_same_places(api: httpx.Client, config: dict[str, Any]) -> None:
    refused = api.post("/api/runs", json=config).json()
    assert check(api, config).model_dump(exclude_unset=True)["errors"] == refused["errors"]


def test_layers_are_told_as_far_as_they_can_be_said(api: httpx.Client) -> None:
    layers = [{"units": 5}, {"type": "dropout"}, {"units": 0}, {"type": "add", "inputs": ["dense1", "dense2"]}]
    found = check(api, changed(layers=layers)).layers
    assert [(layer.title, layer.inputs, layer.owners, layer.shape) for layer in found] == [
        ("dense 1", ["x"], [], [5]),
        ("dropout 1", ["dense1"], [], [5]),
        ("dense 2", ["dropout1"], ["dense1"], None),
        ("add 1", ["dense1", "dense2"], [], None),
    ]
    assert found[3].sources == ["x", "dense1", "dropout1", "dense2"]


def test_what_holds_at_an_iteration_is_after_the_edits_up_to_it(api: httpx.Client) -> None:
    config = changed(edits=[{"iteration": 5, "set": {"optimizer.learning_rate": 0.5}}])
    rates = [check(api, config, t).effective["optimizer"]["learning_rate"] for t in (4, 5)]
    assert rates == [0.1, 0.5]


@pytest.mark.parametrize("name", ["copy", "reverse", "sort", "first_token", "text", "wave", "iris", "digits"])
def test_data_that_does_not_fit_the_net_offers_nets_that_can_run(api: httpx.Client, name: str) -> None:
    found = check(api, changed(data={"name": name}, loss="mse"))
    assert (found.valid, len(found.fits) > 0) == (False, True)
    for fit in found.fits:
        assert (api.post("/api/runs", json=fit.config).status_code < 300, fit.config["data"]["name"]) == (True, name)
        assert fit.config["optimizer"]["learning_rate"] == CIRCLE["optimizer"]["learning_rate"]


def test_a_net_for_tokens_on_plain_data_is_offered_another_one(api: httpx.Client) -> None:
    layers = [{"type": "embedding", "tokens": 4, "units": 2}, {"type": "flatten"}, {"units": 1}]
    titles = [fit.title for fit in check(api, changed(layers=layers)).fits]
    assert titles == ["dense 8, dense 1", "the net of “circle”"]


def test_a_presets_net_that_knows_too_few_tokens_is_not_offered(api: httpx.Client) -> None:
    titles = [fit.title for fit in check(api, changed(data={"name": "sort", "tokens": 6})).fits]
    assert titles == ["embedding 8, GRU 16, dense 6"]


def test_a_net_past_a_limit_is_not_offered() -> None:
    app = create_app(Settings(limits=Limits(units=10)))
    with serving(app) as address, httpx.Client(base_url=address, timeout=60) as api:
        found = check(api, changed(data={"name": "sort"}))
    assert (found.errors[0].path, found.fits) == ("data.targets", [])


def test_a_wrong_number_offers_no_other_net(api: httpx.Client) -> None:
    assert check(api, changed(layers=[{"units": 0}])).fits == []


def test_an_expression_is_checked_too(api: httpx.Client) -> None:
    found = check(api, EXPRESSION)
    assert (found.valid, found.layers, found.config["train"]) == (True, [], ["a"])


def test_past_a_limit_nothing_is_made_and_no_net_is_offered() -> None:
    config = changed(data={"name": "sort", "samples": 900})
    app = create_app(Settings(limits=Limits(samples=100)))
    with serving(app) as address, httpx.Client(base_url=address, timeout=60) as api:
        found = check(api, config)
    assert ([error.path for error in found.errors], found.errors[0].code, found.fits) == (["data.samples"], "limit", [])


@pytest.mark.parametrize("body", ["[]", "{", '{"seed": 1e999}'])
def test_what_is_no_json_object_is_a_problem(api: httpx.Client, body: str) -> None:
    answer = api.post("/api/runs/check", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422


def test_no_hint_speaks_of_the_codes_names(api: httpx.Client) -> None:
    found = [error.hint or error.message for error in check(api, WRONG).errors]
    assert [text for text in found if re.search(r"[a-z]_[a-z]", text) and "there are" not in text.lower()] == []
