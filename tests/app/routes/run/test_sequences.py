"""Sequences over the wire: what the catalog, a run, its samples and the limits say of them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from app.convert.catalog import Catalog
from app.convert.evaluations import Evaluation
from app.convert.explain import Paths
from app.convert.runs import RunInfo, SampleRows
from app.http.problems import Problem
from app.runs.limits import check
from app.settings import Limits
from engine.config.run_config import RunConfig
from tests.app.answers import read

SORT: dict[str, Any] = {
    "data": {"name": "sort", "samples": 10, "length": 4, "tokens": 3},
    "layers": [{"type": "reshape", "shape": [4, 1]}, {"units": 3}],
    "loss": "cross_entropy",
    "batch_size": 2,
}


def made(api: httpx.Client, config: dict[str, Any]) -> Any:
    return read(RunInfo, api.post("/api/runs", json=config).content)


def test_the_catalog_says_tokens_positions_and_images(api: httpx.Client) -> None:
    catalog = read(Catalog, api.get("/api/catalog").content)
    entries = {entry.name: entry for entry in catalog.datasets}
    found = {
        name: (entries[name].inputs, entries[name].tokens, entries[name].positions, entries[name].image)
        for name in ("circle", "digits", "copy", "parity", "wave")
    }
    assert found == {
        "circle": (2, None, None, None),
        "digits": (64, None, None, [1, 8, 8]),
        "copy": (10, ["_", "a", "b", "c", "d"], 10, None),
        "parity": (8, ["0", "1"], None, None),
        "wave": (20, None, 20, None),
    }


def test_a_run_says_its_own_tokens_and_positions(api: httpx.Client) -> None:
    run = made(api, SORT)
    assert (run.features, run.tokens, run.classes, run.positions, run.image, run.output_kind) == (
        ["token 1", "token 2", "token 3", "token 4"],
        ["a", "b", "c"],
        ["a", "b", "c"],
        4,
        None,
        "classes",
    )


def test_samples_are_rows_and_labels_go_position_by_position(api: httpx.Client) -> None:
    path = f"/api/runs/{made(api, SORT).id}"
    rows = read(SampleRows, api.get(f"{path}/samples").content)
    assert (rows.inputs.shape, rows.targets.shape) == ([10, 4], [10, 4])
    assert rows.labels == rows.targets.data


def test_the_batch_is_scored_position_by_position(api: httpx.Client) -> None:
    path = f"/api/runs/{made(api, SORT).id}/iterations/1/evaluation"
    batch = read(Evaluation, api.get(path).content).batch
    assert [len(part or []) for part in (batch.losses, batch.labels, batch.predicted)] == [2, 8, 8]
    assert batch.probabilities is not None
    assert batch.probabilities.shape == [8, 3]


@pytest.mark.parametrize(
    ("data", "limits", "words"),
    [
        ({"name": "parity", "length": 100}, Limits(inputs=99), "inputs of a sample: 100"),
        ({"name": "text", "length": 3}, Limits(samples=600), "samples: 684"),
    ],
)
def test_a_sequence_counts_by_its_length_before_it_is_made(data: Any, limits: Limits, words: str) -> None:
    units = data["length"] if data["name"] == "text" else 1
    config = RunConfig.from_dict({"data": data, "layers": [{"units": units}]})
    with pytest.raises(Problem) as caught:
        check(config, limits)
    assert words in caught.value.detail


@pytest.mark.parametrize("length", [16, 200])
def test_more_paths_through_time_than_whole_numbers_of_json_are_counted_all_the_same(
    api: httpx.Client, length: int
) -> None:
    layers = [{"type": "embedding", "tokens": 3, "units": 2}, {"type": "lstm", "units": 4}, {"units": 3}]
    config = {**SORT, "data": {**SORT["data"], "length": length}, "layers": layers}
    path = f"/api/runs/{made(api, config).id}/iterations/0/paths?parameter=lstm1.weight_hh&index=0,0&sample=0"
    found = read(Paths, api.get(path).content)
    assert (len(found.paths), found.rest.count > 2**53) == (200, True)


def test_the_catalog_says_how_layers_start_and_which_take_a_second_input(api: httpx.Client) -> None:
    catalog = read(Catalog, api.get("/api/catalog").content)
    layers = {entry.name: entry for entry in catalog.layers}
    assert {name: layers[name].starts["initializer"] for name in ("dense", "embedding", "lstm", "attention")} == {
        "dense": "torch_default",
        "embedding": "normal",
        "lstm": "torch_recurrent",
        "attention": "xavier_uniform",
    }
    assert [entry.name for entry in catalog.layers if entry.second] == ["attention", "additive_attention"]
