"""Runs that train with a variant of backpropagation, over the wire."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from app.convert.iterations import IterationInfo
from app.wire.json_numbers import SAFETENSORS
from tests.app.answers import read
from tests.app.conftest import CIRCLE, make_run
from tests.app.tensors import from_safetensors

ALIGNED: dict[str, Any] = {**CIRCLE, "backward": {"type": "feedback_alignment", "scale": 0.5}}


@pytest.fixture(scope="module")
def aligned(api: httpx.Client) -> str:
    """Path of a run that trains with feedback alignment."""
    return make_run(api, ALIGNED)


def test_a_variant_is_part_of_the_configuration_with_its_settings(api: httpx.Client, aligned: str) -> None:
    assert api.get(aligned).json()["config"]["backward"] == ALIGNED["backward"]


def test_an_iteration_tells_the_angles_of_a_run_with_a_variant_only(
    api: httpx.Client, aligned: str, circle: str
) -> None:
    answer = api.get(f"{aligned}/iterations/2")
    read(IterationInfo, answer.content)
    angles = answer.json()["angles"]

    assert list(angles) == ["dense1.weight", "dense1.bias", "dense2.weight", "dense2.bias"]
    assert (angles["dense2.weight"], angles["dense1.weight"] > 0) == (0, True)
    assert api.get(f"{circle}/iterations/2").json()["angles"] is None


def test_the_table_of_variants_says_the_same_angle_and_names_the_one_used(api: httpx.Client, aligned: str) -> None:
    table = api.get(f"{aligned}/iterations/2/variants").json()
    own = next(row for row in table["variants"] if row["name"] == table["used"])

    assert table["used"] == "feedback_alignment"
    assert {p["name"]: p["angle"] for p in own["parameters"]} == api.get(f"{aligned}/iterations/2").json()["angles"]


def test_every_row_of_the_table_is_in_the_catalog(api: httpx.Client, circle: str) -> None:
    catalog = api.get("/api/catalog").json()
    names = [entry["name"] for kind in ("backward", "estimates") for entry in catalog[kind]]

    assert [row["name"] for row in api.get(f"{circle}/iterations/0/variants").json()["variants"]] == names


def test_frames_hold_the_angle_of_each_layer(api: httpx.Client, aligned: str, circle: str) -> None:
    found = [
        from_safetensors(
            api.get(f"{path}/frames", params={"from": 0, "to": 3}, headers={"accept": SAFETENSORS}).content
        )[0]
        for path in (aligned, circle)
    ]

    assert found[0]["angles/dense1"].shape == (3,)
    assert found[0]["angles/dense2"].tolist() == [0, 0, 0]
    assert not any(name.startswith("angles/") for name in found[1])


def test_a_fixed_matrix_is_whole_in_the_trace_of_one_sample(api: httpx.Client) -> None:
    square = {**ALIGNED, "batch_size": 2, "layers": [{"units": 2, "activation": "tanh"}, {"units": 2}, {"units": 1}]}
    path = make_run(api, square)
    values = api.get(f"{path}/iterations/0/trace?values=dense2.feedback_weight,dense1.a.feedback&sample=1").json()

    assert {name: value["shape"] for name, value in values["values"].items()} == {
        "dense2.feedback_weight": [2, 2],
        "dense1.a.feedback": [1, 2],
    }


def test_a_variant_that_does_not_fit_is_refused_at_its_place(api: httpx.Client) -> None:
    layers = [{"units": 2}, {"type": "add", "inputs": ["x", "dense1"]}, {"units": 1}]
    answer = api.post("/api/runs", json={**CIRCLE, "backward": "direct_feedback_alignment", "layers": layers})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "backward"
    assert "has no meaning for add1" in answer.json()["errors"][0]["message"]
