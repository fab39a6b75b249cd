"""Searches that several tests look at: small, on data that any machine draws the same."""

from __future__ import annotations

from typing import Any

from engine.search.outcome import Outcome, run_trial
from engine.search.space import Search

BASE: dict[str, Any] = {
    "seed": 3,
    "data": {"name": "circle", "samples": 40, "test_fraction": 0.25},
    "batch_size": 8,
    "layers": [{"units": 3, "activation": "tanh"}, {"units": 1, "activation": "tanh"}],
    "optimizer": {"type": "sgd", "learning_rate": 0.1},
}
AXES: list[dict[str, Any]] = [
    {"path": "optimizer.learning_rate", "values": [0.01, 0.1, 0.5]},
    {"path": "layers[0].units", "values": [2, 4]},
]


def search_of(**changes: Any) -> Search:
    """A grid of three rates and two widths with two seeds each, with changes."""
    given = {"base": BASE, "axes": AXES, "method": "grid", "seeds": 2, "iterations": 40}
    return Search.from_dict(given | changes)


def made(index: int, objective: float | None = 0.1, iterations: int = 40, **fields: Any) -> Outcome:
    """An outcome that no run was needed for."""
    course = (1.0, objective if objective is not None else 1.0)
    given: dict[str, Any] = {"course": course, "train_loss": 0.5, "test_loss": objective} | fields
    return Outcome(index, iterations, objective=objective, **given)


def outcomes_of(search: Search) -> dict[int, Outcome]:
    """Every trial, one after the other."""
    return {i: run_trial(search, i, search.iterations)[0] for i in range(search.size)}
