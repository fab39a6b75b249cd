"""The Python client against a real server."""

from __future__ import annotations

import base64
import json
import math
import zlib
from collections.abc import Iterator

import numpy as np
import pytest

from app.main import create_app
from app.settings import Settings
from backscope import Backscope, BackscopeError
from backscope.client import Run as RunHandle
from engine import Run, RunConfig
from engine.analysis.evaluation import parameters, predict
from engine.analysis.history import history
from tests.app.conftest import CIRCLE, DIVERGING
from tests.app.tensors import from_safetensors
from tests.serving import serving

TOKEN = "a-token-for-the-tests"


@pytest.fixture(scope="module")
def backscope(address: str) -> Iterator[Backscope]:
    with Backscope(address) as client:
        yield client


@pytest.fixture(scope="module")
def run(backscope: Backscope) -> RunHandle:
    return backscope.run(CIRCLE)


@pytest.fixture(scope="module")
def here() -> Run:
    """The same run in this process."""
    return Run(RunConfig.from_dict(CIRCLE))


def test_a_run_has_its_id_and_its_whole_configuration(run: RunHandle, here: Run) -> None:
    assert (run.id, run.config, repr(run)) == (here.config.id, here.config.to_dict(), f"<run {run.id}: circle 2-3-1>")


def test_a_trace_has_the_arrays_of_the_engine_bit_for_bit(run: RunHandle, here: Run) -> None:
    there, expected = run.trace(12), here.trace_at(12)
    assert there.keys() == set(expected)
    for name, array in there.items():
        np.testing.assert_array_equal(array, expected[name], strict=True)


def test_a_link_holds_the_whole_run_and_the_place(run: RunHandle) -> None:
    """Packed as the studio packs it: raw deflate, in base64 for addresses."""
    address, _, packed = run.link(3, "dense2.weight.grad", (0, 1), sample=2, step=9).partition("/#z")
    place = json.loads(zlib.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)), -15))
    cell = {"value": "dense2.weight.grad", "index": [0, 1]}
    assert (address, place) == (
        run._server.url,
        {"config": run.config, "iteration": 3, "step": 9, "selection": cell, "sample": 2},
    )


def test_a_trace_can_be_cut(run: RunHandle, here: Run) -> None:
    assert {name: a.shape for name, a in run.trace(12, ["loss", "x"], sample=2).items()} == {"loss": (), "x": (1, 2)}


def test_parameters_and_predictions_are_those_of_the_engine(run: RunHandle, here: Run) -> None:
    np.testing.assert_array_equal(run.predict([[1.0, 2.0]], 9), predict(here, 9, np.array([[1.0, 2.0]])))
    np.testing.assert_array_equal(
        run.parameters(9)["dense2.weight"], parameters(here, here.state_at(9))["dense2.weight"]
    )


def test_a_history_is_that_of_the_engine(run: RunHandle, here: Run) -> None:
    found, expected = run.history(2, 30), history(here, 2, 30)
    for name, series in (("loss", expected.loss), ("learning_rate", expected.rate), ("clipped", expected.clipped)):
        np.testing.assert_array_equal(found[name], series)
    assert found["train_loss"] == [{"iteration": p.iteration, "value": p.train_loss} for p in expected.points]


def test_a_history_drops_nothing_that_the_server_sent(run: RunHandle) -> None:
    sent = run._json("/history", {"from": 2, "to": 30})
    assert run.history(2, 30).keys() == sent.keys()


def test_rows_classes_and_tokens_of_a_step_are_whole_numbers(run: RunHandle) -> None:
    """So that the lines of code that the step shows can be run on them."""
    steps = run.program()["steps"]
    at = next(step["index"] for step in steps if step["output"] == "x")
    kinds = {part["name"]: part["value"].dtype.kind for part in run.step(3, at)["inputs"]}
    assert (kinds["batch.indices"], run.step(3, at)["output"]["value"].dtype.kind) == ("i", "f")


def test_everything_else_can_be_asked_too(run: RunHandle) -> None:
    found = {
        "program": run.program()["steps"][0]["output"],
        "iteration": run.iteration(3)["iteration"],
        "step": run.step(3, 2)["inputs"][0]["value"].shape,
        "evaluation": run.evaluation(3)["train"]["r2"],
        "derivation": run.derivation(3, "dense2.weight.grad", (0, 1), sample=1, check=True)["check"]["agrees"],
        "scalar": run.derivation(3, "loss")["value"],
        "paths": run.paths(3, "dense1.weight", (0, 1), sample=2)["sample"],
        "gradient check": run.gradient_check(3)["agrees"],
        "gradient flow": [layer["value"] for layer in run.gradient_flow(3, sample=2)["layers"]],
        "update effect": len(run.update_effect(3)["parts"]),
        "layers over time": len(run.layers_over_time(0, 5, 2)["layers"]),
        "distribution": len(run.distribution("dense1.weight.grad", 0, 5, 2, bins=6)["edges"]),
        "layer": run.layer(3, "dense2", sample=1, value="dense2.weight.grad", index=(0, 1))["focus"],
        "variants": run.variants(3)["used"],
        "boundary": run.boundary(3, 5)["outputs"].shape,
        "maps": run.maps(3, 5)["dense1.a"].shape,
        "frames": run.frames(0, 4, resolution=3)["maps/dense1.a"].shape,
        "samples": run.samples()["inputs"].shape,
        "export": from_safetensors(run.export("safetensors", 3))[1]["iteration"],
    }
    assert found == {
        "program": "x",
        "iteration": 3,
        "step": (6, 2),
        "evaluation": None,
        "derivation": True,
        "scalar": "loss",
        "paths": 2,
        "gradient check": True,
        "gradient flow": ["dense1.a", "dense2.a"],
        "update effect": 4,
        "layers over time": 2,
        "distribution": 7,
        "layer": {"unit": 0, "input": 1, "position": 0},
        "variants": "backpropagation",
        "boundary": (5, 5),
        "maps": (3, 5, 5),
        "frames": (4, 3, 3, 3),
        "samples": (40, 2),
        "export": "3",
    }


def test_a_branch_is_another_run(run: RunHandle) -> None:
    slower = run.branch(
        {"iteration": 5, "set": {"optimizer.learning_rate": 0.01}},
        {"iteration": 7, "parameter": "dense1.bias", "index": [0], "value": 0.25},
    )
    assert (slower.trace(7)["dense1.bias"][0], slower.info["parent"] != slower.id) == (0.25, True)


def test_infinities_and_nan_are_numbers_here(backscope: Backscope) -> None:
    run = backscope.run(DIVERGING)
    lost = run.history(0, 6)
    assert lost["first_nonfinite"] is not None
    assert not math.isfinite(run.iteration(5)["loss"])
    assert not np.isfinite(lost["loss"][-1])


def test_a_configuration_may_hold_arrays(backscope: Backscope) -> None:
    weight = np.arange(6.0).reshape(3, 2)
    layers = [{"units": 3, "weight": weight}, {"units": 1}]
    np.testing.assert_array_equal(backscope.run({**CIRCLE, "layers": layers}).parameters(0)["dense1.weight"], weight)


def test_what_there_is_can_be_listed(backscope: Backscope) -> None:
    assert (backscope.health()["status"], len(backscope.presets()) > 5, "losses" in backscope.catalog()) == (
        "ok",
        True,
        True,
    )


def test_a_server_that_forgot_the_run_is_told_again(run: RunHandle) -> None:
    with serving(create_app()) as elsewhere, Backscope(elsewhere) as restarted:
        again = RunHandle(restarted, run.info)
        np.testing.assert_array_equal(again.trace(3)["loss"], run.trace(3)["loss"])
        assert RunHandle(restarted, run.info).branch({"iteration": 1, "set": {"optimizer.learning_rate": 1}}).id


# --- errors ----------------------------------------------------------------------------------------------------------


def test_a_refusal_says_where_the_mistake_is(backscope: Backscope) -> None:
    with pytest.raises(BackscopeError, match="at least 1") as refusal:
        backscope.run({**CIRCLE, "layers": [{"units": 0}]})
    assert (refusal.value.status, refusal.value.errors[0]["path"]) == (422, "layers[0].units")


def test_another_404_than_an_unknown_run_is_not_asked_again(run: RunHandle) -> None:
    with pytest.raises(BackscopeError, match="nothing at"):
        run.export("../../nothing/x")


def test_a_number_that_is_not_finite_is_refused(backscope: Backscope) -> None:
    with pytest.raises(BackscopeError) as refusal:
        backscope.run({**CIRCLE, "optimizer": {"type": "sgd", "learning_rate": math.nan}})
    assert refusal.value.errors[0]["path"] == "optimizer.learning_rate"


def test_no_answer_is_an_error_of_its_own() -> None:
    with Backscope("http://127.0.0.1:9") as nobody, pytest.raises(BackscopeError, match="no answer") as error:
        nobody.health()
    assert error.value.status == 0


def test_a_token_is_shown() -> None:
    with serving(create_app(Settings(token=TOKEN))) as address:
        with Backscope(address, token=TOKEN) as known:
            assert known.run(CIRCLE).iteration(0)["iteration"] == 0
        with Backscope(address) as unknown, pytest.raises(BackscopeError) as refusal:
            unknown.presets()
        assert refusal.value.status == 401


def test_a_search_is_waited_for_and_its_trials_are_runs(backscope: Backscope) -> None:
    axes = [{"path": "optimizer.learning_rate", "values": [0.1, 0.3]}]
    search = backscope.search({"base": CIRCLE, "axes": axes, "iterations": 9, "seeds": 2})
    status, trials = search.wait(60), search.trials()
    assert (status["state"], repr(search)) == ("done", f"<search {search.id}: 4 trials>")
    run = backscope.run(trials[3]["config"])
    assert (run.id, run.evaluation(9)["test"]["loss"]) == (trials[3]["run"], trials[3]["objective"])
    assert sum(share["thousandths"] for share in search.importance()["shares"]) == 1000
    assert [len(band["trials"]) for band in search.curves("optimizer.learning_rate")["bands"]] == [2, 2]
    assert search.cancel()["state"] == "done"
