"""Paths where many are equal: behind dead units, between tied ones, through doublings."""

from __future__ import annotations

from typing import Any

import pytest

from engine import Run
from engine.explain.paths import paths
from engine.presets import presets
from engine.run.run import Run as AnyRun
from engine.run.task import parse_config


def preset(name: str) -> AnyRun:
    (found,) = (preset for preset in presets() if preset.name == name)
    return Run(parse_config(found.config))


class Patience:
    """A ticket that runs out after so many questions."""

    def __init__(self, questions: int) -> None:
        self.left = questions

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


def doublings(count: int) -> dict[str, Any]:
    lines = ["z0 = a + a", *(f"z{i} = z{i - 1} + z{i - 1}" for i in range(1, count))]
    return {"expression": "\n".join(lines), "inputs": {"a": 1}}


@pytest.mark.parametrize(("index", "sample"), [((0, 0), 0), ((0, 0), 1), ((1, 1), 1), ((2, 0), 1), ((3, 1), 0)])
def test_the_paths_of_ten_relu_layers_arrive_at_once(index: tuple[int, ...], sample: int) -> None:
    run = preset("kaiming")
    found = paths(run, run.trace_at(0), "dense1.weight", index, sample, cancelled=Patience(50_000))
    assert len(found.paths) + found.rest_count == 6**9


def test_of_paths_that_carry_nothing_one_is_listed() -> None:
    run = preset("kaiming")
    traced = run.trace_at(0)
    dead = next(unit for unit in range(6) if (traced["dense1.a"][0, unit] == 0).all())
    found = paths(run, traced, "dense1.weight", (dead, 0), 0, cancelled=Patience(50_000))
    assert ([path.product for path in found.paths], found.rest, found.sum) == ([0.0], 0.0, 0.0)


@pytest.mark.parametrize("count", [3, 60])
def test_tied_paths_are_listed_up_to_the_limit_and_counted_beyond(count: int) -> None:
    run = Run(parse_config(doublings(count)))
    found = paths(run, run.trace_at(0), "a", (), 0, cancelled=Patience(50_000))
    assert (len(found.paths) + found.rest_count, found.sum) == (2**count, 2.0**count)


def test_no_path_is_smaller_than_one_left_out() -> None:
    run = preset("circle")
    traced = run.trace_at(20)
    everything = paths(run, traced, "dense1.weight", (0, 1), 3)
    few = paths(run, traced, "dense1.weight", (0, 1), 3, limit=2)
    sizes = sorted((abs(path.product) for path in everything.paths), reverse=True)
    assert [abs(path.product) for path in few.paths] == sizes[:2]
