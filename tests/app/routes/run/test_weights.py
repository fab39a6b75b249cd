"""A state_dict on a run: the same outputs, and what does not fit is told."""

from __future__ import annotations

import json
from typing import Any

import httpx
import numpy as np
import pytest

from app.wire.safetensors import to_safetensors

KIND = {"content-type": "application/vnd.safetensors"}
SHAPES = {"0.weight": (3, 2), "0.bias": (3,), "2.weight": (1, 3), "2.bias": (1,)}  # of the run `circle`
RNG = np.random.default_rng(0)
SAVED = {name: RNG.standard_normal(shape).astype(np.float32) for name, shape in SHAPES.items()}


def post(api: httpx.Client, run: str, content: bytes) -> httpx.Response:
    return api.post(f"{run}/weights", content=content, headers=KIND)


def saved(tensors: dict[str, Any]) -> bytes:
    return to_safetensors(tensors, {})


@pytest.mark.parametrize(
    "names",
    [
        {"0": "0", "2": "2"},
        {"0": "fc1", "2": "fc2"},
        {"0": "dense1", "2": "dense2"},
        {"0": "hidden", "2": "a_head"},  # in another order than the network's: by their shapes
        {"0": "net.9", "2": "net.10"},
    ],
    ids=str,
)
def test_a_state_dict_is_where_the_run_starts(api: httpx.Client, circle: str, names: dict[str, str]) -> None:
    tensors = {f"{names[name[0]]}{name[1:]}": array for name, array in SAVED.items()}
    made = post(api, circle, saved(tensors | {"bn.running_mean": np.zeros(3)}))
    assert made.status_code in (200, 201), made.text
    values = api.get(f"/api/runs/{made.json()['id']}/iterations/0/parameters").json()["values"]
    found = {name: value["data"] for name, value in values.items()}
    assert found == {
        f"dense{1 + (name[0] == '2')}{name[1:]}": array.astype(float).reshape(-1).tolist()
        for name, array in SAVED.items()
    }


def test_half_precision_is_read_too(api: httpx.Client, circle: str) -> None:
    halves = {name: array.astype(np.float16) for name, array in SAVED.items()}
    header, data, offset = {}, b"", 0
    for name, array in halves.items():
        header[name] = {"dtype": "F16", "shape": array.shape, "data_offsets": [offset, offset + array.nbytes]}
        data, offset = data + array.tobytes(), offset + array.nbytes
    text = json.dumps(header).encode()
    assert post(api, circle, len(text).to_bytes(8, "little") + text + data).is_success


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "no length of a header"),
        (b"\xff" * 20, "no length of a header"),
        ((2).to_bytes(8, "little") + b"[]", "no safetensors file"),
        ((2).to_bytes(8, "little") + b"{}", "there is no weight"),
        ((4).to_bytes(8, "little") + b'{"a"', "no safetensors file"),
        ((60).to_bytes(8, "little") + b'{"a":{"dtype":"F64","shape":[9],"data_offsets":[0,72]}}'.ljust(60), "outside"),
        (
            (60).to_bytes(8, "little") + b'{"a":{"dtype":"U99","shape":[0],"data_offsets":[0,0]}}'.ljust(60),
            "the type U99",
        ),
        ((62).to_bytes(8, "little") + b'{"a":{"dtype":"F64","shape":[-1],"data_offsets":[0,-8]}}'.ljust(62), "outside"),
        (saved({"0.weight": np.zeros((3, 2))}), "weights of 1 modules"),
        (saved({**SAVED, "0.weight": np.zeros((4, 2))}), "0 has bias of 3 numbers, weight of 8 numbers"),
        (saved({**SAVED, "0.weight": np.full((3, 2), np.nan)}), "finite"),
    ],
)
def test_what_does_not_fit_is_refused(api: httpx.Client, circle: str, content: bytes, part: str) -> None:
    answer = post(api, circle, content)
    assert (answer.status_code, part in answer.json()["detail"]) == (422, True), answer.text


def test_an_expression_has_no_weights(api: httpx.Client, expression: str) -> None:
    assert post(api, expression, saved(SAVED)).status_code == 422
