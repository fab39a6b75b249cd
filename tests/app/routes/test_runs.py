"""Making runs, branching them, and what holds at every iteration."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import httpx
import pytest

from app.convert.catalog import Catalog, Preset
from app.convert.program import Program
from app.convert.runs import RunInfo, SampleRows
from app.wire.schema import schema
from engine.model.layers.base import Picture
from tests.app.answers import read
from tests.app.conftest import CIRCLE, make_run
from tests.app.tensors import from_safetensors

OTHER = {**CIRCLE, "seed": 77}


def test_a_new_run_is_created_and_says_where_it_is(api: httpx.Client) -> None:
    answer = api.post("/api/runs", json=OTHER)
    run = read(RunInfo, answer.content)
    assert (answer.status_code, answer.url.join(answer.headers["location"]).path) == (201, f"/api/runs/{run.id}")


def test_a_run_that_is_known_is_answered_with_200(api: httpx.Client, circle: str) -> None:
    answer = api.post("/api/runs", json=CIRCLE)
    assert (answer.status_code, answer.content) == (200, api.get(circle).content)


def test_the_same_run_written_differently_has_the_same_id(api: httpx.Client, circle: str) -> None:
    written_out = api.get(circle).json()["config"]
    assert make_run(api, dict(reversed(written_out.items()))) == circle


def test_a_run_says_all_that_holds_at_every_iteration(api: httpx.Client, circle: str) -> None:
    run = read(RunInfo, api.get(circle).content)
    facts = (
        run.title,
        run.parameter_count,
        run.batch_size,
        run.iterations_per_epoch,
        run.output_kind,
        run.parent,
        run.task,
    )
    assert facts == ("circle 2-3-1", 13, 8, 4, "plane", None, "classification")


def test_layers_name_their_values(api: httpx.Client, circle: str) -> None:
    assert api.get(circle).json()["layers"][1] == {
        "name": "dense2",
        "type": "dense",
        "title": "dense 2",
        "short": "dense 2",
        "units": 1,
        "fan_in": 3,
        "shape": [1],
        "activation": "identity",
        "activation_title": "identity",
        "input": "dense1.a",
        "inputs": ["dense1.a"],
        "z": "dense2.z",
        "a": "dense2.a",
        "parameters": ["dense2.weight", "dense2.bias"],
        "picture": asdict(Picture()) | {"moments": []},
    }


def test_the_units_of_an_image_layer_are_its_channels(api: httpx.Client) -> None:
    image = [{"type": "reshape", "shape": [1, 8, 8]}, {"type": "conv2d", "units": 3}, {"type": "max_pool2d"}]
    config = {"data": {"name": "digits"}, "layers": [*image, {"type": "flatten"}, {"units": 10}]}
    run = api.get(make_run(api, config | {"loss": "cross_entropy"})).json()
    assert (run["title"], [(layer["units"], layer["fan_in"], layer["shape"]) for layer in run["layers"]]) == (
        "digits 64-3-10",
        [(1, 64, [1, 8, 8]), (3, 1, [3, 6, 6]), (3, 3, [3, 3, 3]), (27, 3, [27]), (10, 27, [10])],
    )


@pytest.mark.parametrize(
    ("data", "units", "kind"), [("sine", 1, "curve"), ("plane", 1, "plane"), ("iris", 3, "classes")]
)
def test_the_output_is_shown_in_the_way_that_suits_the_data(
    api: httpx.Client, data: str, units: int, kind: str
) -> None:
    path = make_run(api, {"data": {"name": data}, "layers": [{"units": units}]})
    assert api.get(path).json()["output_kind"] == kind


def test_regression_over_many_inputs_has_no_picture_of_its_output(api: httpx.Client) -> None:
    path = make_run(
        api, {"data": {"inputs": [[1, 2, 3], [4, 5, 6]], "targets": [[0.5], [1]]}, "layers": [{"units": 1}]}
    )
    assert api.get(path).json()["output_kind"] == "none"


def test_the_data_come_with_training_rows_first(api: httpx.Client, circle: str) -> None:
    rows = read(SampleRows, api.get(f"{circle}/samples").content)
    assert (rows.inputs.shape, rows.targets.shape, rows.split) == ([40, 2], [40, 1], ["train"] * 30 + ["test"] * 10)


def test_the_data_of_a_regression_have_no_labels(api: httpx.Client) -> None:
    path = make_run(api, {"data": {"name": "sine"}, "layers": [{"units": 1}]})
    assert api.get(f"{path}/samples").json()["labels"] is None


def test_the_data_come_as_tensors_too(api: httpx.Client, circle: str) -> None:
    answer = api.get(f"{circle}/samples", headers={"accept": "application/vnd.safetensors"})
    assert {name: t.shape for name, t in from_safetensors(answer.content)[0].items()} == {
        "inputs": (40, 2),
        "targets": (40, 1),
        "is_test": (40,),
    }


# --- programs --------------------------------------------------------------------------------------------------------


def test_a_program_names_every_value_that_it_uses(api: httpx.Client, circle: str) -> None:
    program = read(Program, api.get(f"{circle}/program").content)
    used = {name for step in program.steps for name in (*step.inputs, step.output)}
    assert used <= program.symbols.keys()


def test_the_blocks_of_a_program_cover_its_steps_one_after_the_other(api: httpx.Client, circle: str) -> None:
    program = read(Program, api.get(f"{circle}/program").content)
    covered = [i for block in program.blocks for i in range(block.first, block.last + 1)]
    assert covered == [step.index for step in program.steps]


def test_the_program_of_a_smaller_last_batch_has_its_shapes(api: httpx.Client, circle: str) -> None:
    shapes = [api.get(f"{circle}/program", params={"iteration": t}).json()["steps"][0]["shape"] for t in (0, 3)]
    assert shapes == [[8, 2], [6, 2]]


# --- branches --------------------------------------------------------------------------------------------------------

FASTER = {"iteration": 5, "set": {"optimizer.learning_rate": 0.5}}
PUSHED = {"iteration": 5, "parameter": "dense1.weight", "index": [2, 1], "value": 9.5}


def branch(api: httpx.Client, path: str, *edits: dict[str, Any]) -> str:
    answer = api.post(f"{path}/branches", json={"edits": edits})
    assert answer.is_success, answer.text
    return f"/api/runs/{answer.json()['id']}"


@pytest.mark.parametrize("edit", [FASTER, PUSHED], ids=["a hyper-parameter", "a cell"])
def test_a_branch_shares_the_past_number_for_number_and_parts_at_its_edit(
    api: httpx.Client, circle: str, edit: dict[str, Any]
) -> None:
    paths = (circle, branch(api, circle, edit))
    ends = [[api.get(f"{path}/iterations/{t}/parameters").json()["values"] for path in paths] for t in (4, 6)]
    assert [one == other for one, other in ends] == [True, False]


def test_an_edited_cell_holds_its_new_number_before_the_iteration(api: httpx.Client, circle: str) -> None:
    path = branch(api, circle, PUSHED)
    before = api.get(f"{path}/iterations/5/parameters").json()["values"]["dense1.weight"]
    assert before["data"][2 * 2 + 1] == 9.5


def test_a_branch_names_the_run_that_it_came_from(api: httpx.Client, circle: str) -> None:
    twice = branch(api, branch(api, circle, FASTER), {**PUSHED, "iteration": 9})
    parents = [api.get(twice).json()["parent"], api.get(branch(api, circle, FASTER)).json()["parent"]]
    assert parents == [branch(api, circle, FASTER).rpartition("/")[2], circle.rpartition("/")[2]]


def test_a_branch_made_again_is_known(api: httpx.Client, circle: str) -> None:
    statuses = [
        api.post(f"{circle}/branches", json={"edits": [{**FASTER, "iteration": 7}]}).status_code for _ in (1, 2)
    ]
    assert statuses == [201, 200]


# --- what there is ---------------------------------------------------------------------------------------------------


def test_the_catalog_lists_what_a_configuration_can_name(api: httpx.Client) -> None:
    catalog = read(Catalog, api.get("/api/catalog").content)
    assert {"circle", "iris", "digits"} <= {entry.name for entry in catalog.datasets}


def test_every_function_and_kind_of_feature_in_the_catalog_can_be_used(api: httpx.Client) -> None:
    listed = api.get("/api/catalog").json()
    two = {entry["name"] for entry in listed["functions"] if "two values" in entry["description"]}
    texts = [f"{e['name']}({'a, b' if e['name'] in two else 'a*b'})" for e in listed["functions"]]
    bodies: list[dict[str, Any]] = [{"expression": text, "inputs": {"a": 0.5, "b": 2}} for text in texts]
    bodies += [
        {"data": {"name": "circle"}, "features": [e["name"]], "layers": [{"units": 1}]} for e in listed["features"]
    ]
    assert (two, {api.post("/api/runs", json=body).status_code for body in bodies}) == ({"max", "min"}, {201})


def test_infinite_ranges_in_the_catalog_travel_as_words(api: httpx.Client) -> None:
    catalog = read(Catalog, api.get("/api/catalog").content)
    ranges = {entry.name: (entry.minimum, entry.maximum) for entry in catalog.activations}
    assert ranges["relu"] == (0, "Infinity")


def test_every_preset_runs(api: httpx.Client) -> None:
    presets = api.get("/api/presets").json()
    assert [schema(Preset).model_validate(preset).model_dump() for preset in presets] == presets
    statuses = {p["name"]: api.post("/api/runs", json=p["config"]).status_code for p in presets}
    assert {name: status for name, status in statuses.items() if status not in (200, 201)} == {}
    assert len(presets) >= 12


def test_health_and_limits_are_plain_answers(api: httpx.Client) -> None:
    health, limits = api.get("/api/health").json(), api.get("/api/limits").json()
    assert (health["status"], limits["parameters"] > 0) == ("ok", True)


def test_a_loss_of_counts_says_that_outputs_are_logarithms(api: httpx.Client) -> None:
    data = {"inputs": [[0.0], [1.0], [2.0]], "targets": [[1.0], [2.0], [4.0]]}
    told = {}
    for loss in ("poisson_nll", "mse"):
        run = api.get(make_run(api, {"data": data, "layers": [{"units": 1}], "loss": loss})).json()
        told[loss] = run["loss"].get("logarithms", False)
    assert told == {"poisson_nll": True, "mse": False}
