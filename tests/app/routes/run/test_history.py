"""Many iterations at once: history, its events, frames and exports."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import numpy as np
import pytest

from app.convert.history import History, Slice
from app.main import create_app
from app.wire.json_numbers import SAFETENSORS
from app.wire.schema import schema
from tests.app.answers import read
from tests.app.conftest import CIRCLE, make_run
from tests.app.tensors import from_safetensors
from tests.serving import serving

EVENTS = {"accept": "text/event-stream"}
DIGITS = {
    "data": {"name": "digits"},
    "batch_size": 16,
    "layers": [{"units": 64}, {"units": 10}],
    "loss": "cross_entropy",
}


def events(api: httpx.Client, url: str) -> Iterator[tuple[str, Any]]:
    """Name and document of every event of a stream."""
    with api.stream("GET", url, headers=EVENTS) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        name = ""
        for line in answer.iter_lines():
            field, _, text = line.partition(": ")
            if field == "event":
                name = text
            elif field == "data":
                yield name, json.loads(text)


def test_a_history_has_the_loss_of_every_iteration(api: httpx.Client, circle: str) -> None:
    found = read(History, api.get(f"{circle}/history?from=3&to=7").content)
    losses = [api.get(f"{circle}/iterations/{t}").json()["loss"] for t in range(3, 7)]
    assert (getattr(found, "from"), found.to, found.loss) == (3, 7, losses)


def test_whole_sets_are_evaluated_once_an_epoch_or_as_asked(api: httpx.Client, circle: str) -> None:
    spacings = [api.get(f"{circle}/history?to=12{more}").json()["test_loss"] for more in ("", "&every=6")]
    assert [[point["iteration"] for point in points] for points in spacings] == [[0, 4, 8], [0, 6]]


def test_evaluated_points_are_the_evaluation_of_that_iteration(api: httpx.Client, circle: str) -> None:
    history = api.get(f"{circle}/history?from=4&to=5").json()
    evaluation = api.get(f"{circle}/iterations/4/evaluation").json()
    scores = [history[name][0]["value"] for name in ("train_loss", "test_loss", "accuracy")]
    assert scores == [evaluation["train"]["loss"], evaluation["test"]["loss"], evaluation["test"]["accuracy"]]


def test_a_history_says_where_the_run_was_lost(api: httpx.Client, diverging: str) -> None:
    lost = read(History, api.get(f"{diverging}/history?to=10").content).first_nonfinite
    assert lost is not None
    assert api.get(f"{diverging}/iterations/{lost.iteration}").json()["first_nonfinite"]["value"] == lost.value


def test_the_first_number_that_is_lost_is_the_same_wherever_it_is_told(api: httpx.Client) -> None:
    houses = {"inputs": [[2104], [1600], [2400], [1416], [3000]], "targets": [[400], [330], [369], [232], [540]]}
    layers = [{"units": 1, "weight": [[0]], "bias_values": [0]}]
    optimizer = {"type": "sgd", "learning_rate": 0.01}
    made = api.post("/api/runs", json={"data": houses, "loss": "mse", "layers": layers, "optimizer": optimizer})
    run = f"/api/runs/{made.json()['id']}"

    told = [api.get(f"{run}/iterations/{t}").json()["first_nonfinite"] for t in (30, 31, 45, 61, 200)]
    spans = ("to=31", "to=32", "from=90&to=99")
    of_histories = [api.get(f"{run}/history?{span}").json()["first_nonfinite"] for span in spans]

    assert (told[1]["iteration"], told[1]["value"], told[1]["kind"]) == (31, "loss", "inf")
    assert told == [None, *[told[1]] * 4]
    assert of_histories == [None, told[1], told[1]]


def test_a_regression_has_no_accuracy(api: httpx.Client, diverging: str) -> None:
    assert api.get(f"{diverging}/history?to=3").json()["accuracy"] == []


# --- events ----------------------------------------------------------------------------------------------------------


def test_events_hold_the_same_series_in_slices(api: httpx.Client, circle: str) -> None:
    whole = api.get(f"{circle}/history?from=10&to=900").json()
    *slices, (last, done) = events(api, f"{circle}/history?from=10&to=900")
    documents = [schema(Slice).model_validate(document).model_dump() for _, document in slices]
    joined = {
        name: [item for document in documents for item in document[name]]
        for name in ("loss", "train_loss", "test_loss", "accuracy", "learning_rate", "clipped")
    }
    assert joined == {name: whole[name] for name in joined}
    assert [d["from"] for d in documents] == [10, *(d["to"] for d in documents[:-1])]
    assert (last, done) == ("done", {"from": 10, "to": 900, "first_nonfinite": None, "early_stopping": None})


def test_the_last_event_says_where_the_run_was_lost(api: httpx.Client, diverging: str) -> None:
    *_, (_, done) = events(api, f"{diverging}/history?to=200")
    assert done["first_nonfinite"] == api.get(f"{diverging}/history?to=200").json()["first_nonfinite"]


@pytest.mark.parametrize("resource", ["history?from=5&to=5", "history?to=99999999"])
def test_a_stream_that_cannot_be_is_refused_before_it_begins(api: httpx.Client, circle: str, resource: str) -> None:
    assert api.get(f"{circle}/{resource}", headers=EVENTS).status_code == 422


def test_a_stream_of_an_unknown_run_is_not_found(api: httpx.Client) -> None:
    assert api.get(f"/api/runs/{'0' * 20}/history?to=9", headers=EVENTS).status_code == 404


def test_closing_a_stream_stops_its_work() -> None:
    app = create_app()
    with serving(app) as address, httpx.Client(base_url=address) as api:
        path = make_run(api, DIGITS)
        with api.stream("GET", f"{path}/history?to=20000", headers=EVENTS) as answer:
            lines = answer.iter_lines()  # kept: a dropped iterator closes the connection
            next(lines)
            assert wait_until(lambda: app.state.services.jobs.waiting == 1)
        assert wait_until(lambda: app.state.services.jobs.waiting == 0)
        time.sleep(0.05)
        assert app.state.services.jobs.waiting == 0  # it was no pause between two slices


def test_a_request_that_goes_away_stops_its_work() -> None:
    app = create_app()
    with serving(app) as address, httpx.Client(base_url=address) as api:
        path = make_run(api, DIGITS)
        with pytest.raises(httpx.ReadTimeout):
            api.get(f"{path}/history?to=20000", timeout=0.3)
        began = time.monotonic()
        assert wait_until(lambda: app.state.services.jobs.waiting == 0)
        assert time.monotonic() - began < 1


def wait_until(condition: Any, seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not condition():
        time.sleep(0.005)
    return bool(condition())


# --- frames ----------------------------------------------------------------------------------------------------------


def tensors(answer: httpx.Response) -> dict[str, np.ndarray]:
    assert answer.status_code == 200, answer.text
    return from_safetensors(answer.content)[0]


def test_frames_are_the_traces_stacked(api: httpx.Client, circle: str) -> None:
    found = tensors(api.get(f"{circle}/frames?from=2&to=9&stride=3&sample=1"))
    for i, t in enumerate((2, 5, 8)):
        trace = tensors(api.get(f"{circle}/iterations/{t}/trace?sample=1", headers={"accept": SAFETENSORS}))
        for name in ("loss", "dense1.weight", "dense2.bias.grad", "x", "target", "dense1.z", "dense1.a.grad"):
            np.testing.assert_array_equal(found[name][i], trace[name].reshape(found[name][i].shape))


def test_frames_without_a_sample_are_means_over_the_batch(api: httpx.Client, circle: str) -> None:
    found = tensors(api.get(f"{circle}/frames?from=2&to=3"))
    trace = tensors(api.get(f"{circle}/iterations/2/trace", headers={"accept": SAFETENSORS}))
    np.testing.assert_array_equal(found["dense1.a"][0], trace["dense1.a"].mean(axis=0))


def test_frames_carry_maps_when_they_are_asked_for(api: httpx.Client, circle: str) -> None:
    found = tensors(api.get(f"{circle}/frames?from=0&to=2&resolution=5"))
    maps = tensors(api.get(f"{circle}/iterations/1/maps?resolution=5", headers={"accept": SAFETENSORS}))
    np.testing.assert_array_equal(found["maps/dense1.a"][1], maps["dense1.a"].astype(np.float32))
    np.testing.assert_array_equal(found["boundary"], found["maps/dense2.a"])


@pytest.mark.parametrize(("accept", "status"), [("*/*", 200), (SAFETENSORS, 200), ("application/json", 406)])
def test_frames_come_as_safetensors_only(api: httpx.Client, circle: str, accept: str, status: int) -> None:
    assert api.get(f"{circle}/frames?from=0&to=2", headers={"accept": accept}).status_code == status


# --- exports ---------------------------------------------------------------------------------------------------------


def test_an_export_as_json_holds_what_the_api_says_of_the_run_up_to_its_iteration(
    api: httpx.Client, circle: str
) -> None:
    exported = api.get(f"{circle}/export/json?iteration=7").json()
    parts = {name: exported[name] for name in ("format", "id", "iteration", "config", "parameters", "history")}
    assert parts == {
        "format": "backscope run",
        "id": circle.rpartition("/")[2],
        "iteration": 7,
        "config": api.get(circle).json()["config"],
        "parameters": api.get(f"{circle}/iterations/7/parameters").json()["values"],
        "history": api.get(f"{circle}/history?to=8").json(),
    }


def test_an_exported_run_can_be_made_again(api: httpx.Client, circle: str) -> None:
    exported = api.get(f"{circle}/export/json?iteration=7").json()
    assert make_run(api, exported["config"]) == circle


def test_an_export_carries_a_digest_of_the_parameters(api: httpx.Client, circle: str) -> None:
    exported = api.get(f"{circle}/export/json?iteration=7").json()
    values = tensors(api.get(f"{circle}/export/safetensors?iteration=7"))
    joined = b"".join(values[p["name"]].tobytes() for p in api.get(circle).json()["parameters"])
    assert exported["parameters_sha256"] == hashlib.sha256(joined).hexdigest()


def test_exported_parameters_carry_their_origin(api: httpx.Client, circle: str) -> None:
    answer = api.get(f"{circle}/export/safetensors?iteration=7")
    values, metadata = from_safetensors(answer.content)
    assert metadata.items() >= {"iteration": "7", "id": circle.rpartition("/")[2], "numpy": np.__version__}.items()
    assert json.loads(metadata["config"]) == api.get(circle).json()["config"]
    assert values.keys() == {p["name"] for p in api.get(circle).json()["parameters"]}


def test_an_exported_history_is_a_table(api: httpx.Client, circle: str) -> None:
    answer = api.get(f"{circle}/export/csv?iteration=6")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    history = api.get(f"{circle}/history?to=7").json()
    assert [float(row["loss"]) for row in rows] == history["loss"]
    assert [row["iteration"] for row in rows if row["accuracy"]] == ["0", "4"]


def test_its_columns_are_iteration_epoch_and_the_four_scores_of_that_very_iteration(
    api: httpx.Client, circle: str
) -> None:
    answer = api.get(f"{circle}/export/csv?iteration=5")
    losses = api.get(f"{circle}/history?to=6").json()["loss"]
    expected: list[list[Any]] = [["iteration", "epoch", "loss", "train_loss", "test_loss", "accuracy"]]
    for t in range(6):
        scores = api.get(f"{circle}/iterations/{t}/evaluation").json()
        known = [scores["train"]["loss"], scores["test"]["loss"], scores["test"]["accuracy"]]
        expected.append([t, t / 4, losses[t], *(known if t % 4 == 0 else ["", "", ""])])
    assert list(csv.reader(io.StringIO(answer.text))) == [[str(cell) for cell in row] for row in expected]


def test_a_table_of_a_diverged_run_says_inf_and_nan(api: httpx.Client, diverging: str) -> None:
    rows = list(csv.DictReader(io.StringIO(api.get(f"{diverging}/export/csv?iteration=6").text)))
    assert not np.isfinite(float(rows[-1]["loss"]))


@pytest.mark.parametrize("form", ["json", "safetensors", "csv"])
def test_an_export_is_a_file_with_a_name(api: httpx.Client, circle: str, form: str) -> None:
    answer = api.get(f"{circle}/export/{form}?iteration=3")
    name = f"backscope-{circle.rpartition('/')[2]}-3.{form}"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'


def test_every_answer_under_a_run_is_for_ever(api: httpx.Client, circle: str) -> None:
    resources = [
        "",
        "/program",
        "/samples",
        "/iterations/3",
        "/iterations/3/trace",
        "/history?to=5",
        "/frames?from=0&to=2",
        "/export/json",
        "/export/csv",
    ]
    for resource in resources:
        answer = api.get(circle + resource)
        assert answer.headers["cache-control"] == "private, max-age=31536000, immutable", resource
        tag = answer.headers["etag"]
        again = api.get(circle + resource, headers={"if-none-match": f'"other", {tag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag), resource


def test_the_tag_tells_json_from_tensors(api: httpx.Client, circle: str) -> None:
    url = f"{circle}/iterations/3/parameters"
    answers = [api.get(url, headers={"accept": accept}) for accept in ("application/json", SAFETENSORS)]
    assert len({a.headers["etag"] for a in answers}) == 2
    assert {a.headers["vary"] for a in answers} == {"Accept"}


def test_a_configuration_with_other_defaults_is_another_run(api: httpx.Client, circle: str) -> None:
    assert make_run(api, {**CIRCLE, "seed": 1}) != circle


def test_many_clients_at_once_get_the_bytes_that_one_gets() -> None:
    targets = [f"iterations/{t}/{what}" for t in range(0, 400, 37) for what in ("trace", "evaluation")]
    with serving(create_app()) as fresh, httpx.Client(base_url=fresh) as alone:
        path = make_run(alone, CIRCLE)
        expected = {target: alone.get(f"{path}/{target}").content for target in targets}
    with serving(create_app()) as fresh, ThreadPoolExecutor(8) as pool:
        httpx.post(f"{fresh}/api/runs", json=CIRCLE)
        shuffled = random.Random(0).sample(targets * 4, len(targets) * 4)
        answers = list(pool.map(lambda target: (target, httpx.get(f"{fresh}{path}/{target}").content), shuffled))
    assert [target for target, content in answers if content != expected[target]] == []
