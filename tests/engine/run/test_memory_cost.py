"""What is held in memory is bounded before anything is computed, and chunks keep to it."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine import Run
from engine.analysis.evaluation import evaluate, forward_values, outputs, predict
from engine.analysis.history import history
from engine.analysis.input_plane import boundary, maps
from engine.explain.derivation import derivation
from engine.explain.paths import paths
from engine.foundation.errors import CancelledWorkError, RangeError
from engine.run import memory_cost
from engine.run.memory_cost import numbers_in_boundary, numbers_in_iteration, numbers_in_maps, numbers_in_row
from tests.engine.support.models import run_of

WIDE: list[dict[str, Any]] = [{"units": 500}, *[{"type": "activation", "activation": "tanh"}] * 12, {"units": 1}]
IMAGES: list[dict[str, Any]] = [
    {"units": 128},
    {"type": "reshape", "shape": [2, 8, 8]},
    {"type": "conv2d", "units": 32, "kernel": 1},
    *[{"type": "activation", "activation": "relu"}] * 5,
    {"type": "global_avg_pool"},
    {"units": 1},
]
TOKENS: list[dict[str, Any]] = [
    {"type": "embedding", "tokens": 10, "units": 8},
    *[{"type": "attention", "heads": 4}] * 2,
    {"units": 10},
]
SORTING: dict[str, Any] = {
    "data": {"name": "sort", "length": 40, "samples": 100},
    "loss": "cross_entropy",
    "layers": TOKENS,
}
CIRCLE: dict[str, Any] = {"data": {"name": "circle"}, "batch_size": 1}

WHOLE_SETS: dict[str, tuple[dict[str, Any], Callable[[Run], object]]] = {
    "boundary": ({**CIRCLE, "layers": WIDE}, lambda run: boundary(run, 0, 60)),
    "maps": ({**CIRCLE, "layers": IMAGES}, lambda run: maps(run, 0, 25)),
    "predictions": ({**CIRCLE, "layers": WIDE}, lambda run: predict(run, 0, np.zeros((3000, 2)))),
    "evaluation": ({**CIRCLE, "layers": IMAGES}, lambda run: evaluate(run, 0)),
    "history": ({**CIRCLE, "layers": IMAGES}, lambda run: history(run, 0, 1)),
    "sequences": (SORTING | {"batch_size": 1}, lambda run: evaluate(run, 0)),
}


def peak(work: Callable[[], object]) -> int:
    """The most bytes that work holds beside what was there before."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        work()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", WHOLE_SETS)
def test_whole_sets_and_pictures_take_little_more_than_a_chunk(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    config, work = WHOLE_SETS[name]
    run = run_of(**config)
    monkeypatch.setattr(memory_cost, "AT_ONCE", 2**18)
    work(run)  # programs are compiled, states are kept
    run.store.max_bytes = 0
    assert peak(lambda: work(run)) < 8 * 3 * 2**18


@pytest.mark.parametrize("name", WHOLE_SETS)
def test_they_stop_in_the_middle_once_nobody_wants_them(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of(**WHOLE_SETS[name][0])
    state, asked = run.state_at(0), iter([False, False, True])
    monkeypatch.setattr(memory_cost, "AT_ONCE", numbers_in_row(run.outline))
    with pytest.raises(CancelledWorkError):
        outputs(run, state, run.inputs, cancelled=lambda: next(asked))
    assert next(asked, "all asked") == "all asked"


def test_chunks_give_the_numbers_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of(**CIRCLE, layers=[{"units": 5, "activation": "tanh"}, {"units": 1}])
    whole = forward_values(run, run.state_at(0), run.inputs, ["dense1.a", "dense2.a"])
    monkeypatch.setattr(memory_cost, "AT_ONCE", 50)
    parts = forward_values(run, run.state_at(0), run.inputs, ["dense1.a", "dense2.a"])
    np.testing.assert_allclose(np.hstack(list(parts.values())), np.hstack(list(whole.values())), rtol=1e-12)


def test_the_numbers_of_pictures_are_those_that_come() -> None:
    run = run_of(**CIRCLE, layers=[{"units": 5}, {"units": 3}, {"units": 1}])
    _, outputs_there = boundary(run, 0, 7)
    _, maps_there = maps(run, 0, 7)
    there = (outputs_there.size, sum(found.size for found in maps_there.values()))
    assert (numbers_in_boundary(run.outline, 7), numbers_in_maps(run.outline, 7)) == there


@pytest.mark.parametrize("layers", [WIDE, IMAGES])
def test_an_iteration_has_about_the_numbers_that_are_said(layers: list[dict[str, Any]]) -> None:
    run = run_of(**{**CIRCLE, "batch_size": 20}, layers=layers)
    said = numbers_in_iteration(run.fitting.config, len(run.inputs), run.outline)
    there = sum(value.size for value in run.trace_at(0).values())
    assert there / 3 < said < 3 * there


def test_a_sum_of_many_terms_keeps_only_those_that_are_listed() -> None:
    run = run_of(**{**CIRCLE, "batch_size": 100}, layers=IMAGES)
    traced = run.trace_at(0)
    found: list[Any] = []
    held = peak(lambda: found.append(derivation(run, traced, "conv2d1.bias.grad", (0,))))
    number = int(np.prod(traced["conv2d1.z.grad"].shape)) // 32
    assert (found[0].terms_total, len(found[0].terms), held < 2**20) == (number, 201, True)


def test_the_search_for_terms_stops_once_nobody_wants_it() -> None:
    run = run_of(**{**CIRCLE, "batch_size": 100}, layers=IMAGES)
    asked = iter([False, False, True])
    with pytest.raises(CancelledWorkError):
        derivation(run, run.trace_at(0), "conv2d1.bias.grad", (0,), cancelled=lambda: next(asked))


def test_paths_that_go_through_too_many_connections_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of(**CIRCLE, layers=[*[{"units": 30}] * 3, {"units": 1}])
    monkeypatch.setattr("engine.explain.paths.MOST_WAYS", 500)
    with pytest.raises(RangeError, match="more than 500 connections"):
        paths(run, run.trace_at(0), "dense1.weight", (0, 0), 0)


def test_a_heavy_stretch_of_training_stops_in_the_middle_and_keeps_how_far_it_came(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("engine.execution.training_loop.LOOK", 0)
    run, asked = run_of(**CIRCLE, layers=[{"units": 3}, {"units": 1}]), iter([False] * 5 + [True])
    with pytest.raises(CancelledWorkError):
        run.state_at(60, lambda: next(asked))
    kept = [t for t in range(64) if run.store.get(("state", run.lineage(t), t)) is not None]
    again = run.state_at(60).parameters
    expected = run_of(**CIRCLE, layers=[{"units": 3}, {"units": 1}]).state_at(60).parameters
    assert (kept, again.tobytes()) == ([0, 5], expected.tobytes())
