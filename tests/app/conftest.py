"""A real server, and runs to ask it about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.main import create_app
from tests.serving import serving

CIRCLE: dict[str, Any] = {
    "data": {"name": "circle", "samples": 40, "test_fraction": 0.25},
    "batch_size": 8,
    "layers": [{"type": "dense", "units": 3, "activation": "tanh"}, {"type": "dense", "units": 1}],
    "optimizer": {"type": "sgd", "learning_rate": 0.1},
}
EXPRESSION: dict[str, Any] = {
    "expression": "L = (a*b + c) * tanh(d)",
    "inputs": {"a": 2, "b": -3, "c": 10, "d": 0.5},
    "train": ["a"],
    "optimizer": {"type": "sgd", "learning_rate": 0.1},
}
DIVERGING: dict[str, Any] = {
    "data": {"inputs": [[1.0], [2.0]], "targets": [[1.0], [3.0]]},
    "layers": [{"units": 1}],
    "optimizer": {"type": "sgd", "learning_rate": 1e200},
}


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Address of a server with the settings that every server starts with."""
    with serving(create_app()) as address:
        yield address


@pytest.fixture(scope="session")
def api(address: str) -> Iterator[httpx.Client]:
    """That server, for requests."""
    with httpx.Client(base_url=address, timeout=60) as client:
        yield client


@pytest.fixture
def circle(api: httpx.Client) -> str:
    """Path of a small classification run in the plane; made for each test: a server lets go of the oldest of many."""
    return make_run(api, CIRCLE)


@pytest.fixture
def diverging(api: httpx.Client) -> str:
    """Path of a run that is no longer finite after an iteration or two."""
    return make_run(api, DIVERGING)


@pytest.fixture
def expression(api: httpx.Client) -> str:
    """Path of the run of an expression."""
    return make_run(api, EXPRESSION)


def make_run(api: httpx.Client, config: dict[str, Any]) -> str:
    """Path of a run that the server now knows."""
    answer = api.post("/api/runs", json=config)
    assert answer.is_success, answer.text
    return f"/api/runs/{answer.json()['id']}"
