"""A claim is worth something if it breaks: each lesson's do when the runs that it speaks of are changed on purpose."""

from __future__ import annotations

from typing import Any

import pytest

from app.convert.learn.scene import Scene, changed
from app.lessons.files import lessons
from app.lessons.lesson import Lesson
from engine.foundation.errors import EngineError
from tests.app.lessons.runs import run_of

STILL = {"optimizer": {"learning_rate": 0.0}}  # nothing is learned any more
CHANGES: dict[str, dict[str, Any]] = {
    "one_weight": {"inputs": {"x": -2}},
    "chain_rule": {"inputs": {"a": 0.0, "t": 5}},
    "one_iteration": {"seed": 1},
    "one_batch": STILL,
    "losses": STILL,
    "activations": STILL,
    "vanishing": {"layers": [{"type": "dense", "units": 1, "activation": "sigmoid"}]},
    "learning_rate": {"optimizer": {"learning_rate": 0.002}, "schedule": None},
    "optimizers": {"inputs": {"x": 0.0}},
    "initialization": STILL,
    "overfitting": STILL,
    "exploding": {"optimizer": {"learning_rate": 0.05}},
    "batch_norm": STILL,
    "shared_weights": STILL,
}


def claims_of(lesson: Lesson, change: dict[str, Any]) -> list[bool]:
    """Whether each claim holds; one that has nothing to speak of any more does not."""
    found: list[bool] = []
    for step in lesson.steps:
        scene = Scene(step.where, lesson.runs, lambda given: run_of(_fitting(given, change)))
        found += [_holds(scene, text) for text in step.claims]
    return found


def _fitting(given: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """With the part of a change that this configuration has."""
    inputs = given.get("inputs", {})
    own = {
        key: {n: x for n, x in item.items() if n in inputs} if key == "inputs" else item for key, item in change.items()
    }
    return changed(given, {key: item for key, item in own.items() if key in given})


def _holds(scene: Scene, text: str) -> bool:
    try:
        return scene.holds(text)
    except EngineError:
        return False


@pytest.mark.parametrize("name", list(lessons()))
def test_claims_break_when_their_runs_are_changed(name: str) -> None:
    assert False in claims_of(lessons()[name], CHANGES[name])
