"""The paths from a weight to the loss, of a net small enough to follow by hand."""

from __future__ import annotations

from typing import Any

import pytest

from engine import Run
from engine.explain.paths import paths
from engine.foundation.errors import RangeError, UnknownValueError
from tests.engine.support.models import inline, run_of

# x = 2, a1 = 3 · 2 = 6, a2 = (6, -12), y = 4 · 6 + 0.5 · (-12) = 18; the target is 8, so L = 100 and dL/dy = 20
WEIGHTS = ([[3.0]], [[1.0], [-2.0]], [[4.0, 0.5]])
# through the first unit of layer 2: 2 · 1 · 4 · 20; through the second: 2 · (-2) · 0.5 · 20
FIRST, SECOND = 160.0, -40.0


def by_hand(inputs: Any = ((2.0,),), targets: Any = ((8.0,),)) -> Run:
    layers = [{"units": len(weight), "weight": weight, "bias_values": [0.0] * len(weight)} for weight in WEIGHTS]
    return run_of(data=inline(inputs, targets), layers=layers, batch_size=None)


def through(path: Any) -> list[str]:
    return [f"{cell.value}{list(cell.index)}" for cell in path.cells]


def test_paths_are_the_products_along_them_the_largest_first() -> None:
    run = by_hand()
    found = paths(run, run.trace_at(0), "dense1.weight", (0, 0), 0)
    assert ([p.product for p in found.paths], found.sum) == ([FIRST, SECOND], FIRST + SECOND)
    assert (found.rest_count, found.rest) == (0, 0.0)


def test_a_path_goes_from_its_weight_through_every_layer_to_the_loss() -> None:
    run = by_hand()
    second = paths(run, run.trace_at(0), "dense1.weight", (0, 0), 0).paths[1]
    cells = ["dense1.weight[0, 0]", "dense1.z[0, 0]", "dense2.z[0, 1]", "dense3.z[0, 0]", "loss[]"]
    assert [cell for cell in through(second) if ".a" not in cell] == cells


def test_what_is_not_listed_is_the_rest() -> None:
    run = by_hand()
    found = paths(run, run.trace_at(0), "dense1.weight", (0, 0), 0, limit=1)
    assert ([p.product for p in found.paths], found.rest_count, found.rest) == ([FIRST], 1, SECOND)


def test_a_bias_lacks_the_input_as_a_factor() -> None:
    run = by_hand()
    found = paths(run, run.trace_at(0), "dense1.bias", (0,), 0)
    assert [p.product for p in found.paths] == [FIRST / 2, SECOND / 2]


def test_of_a_batch_each_sample_has_its_own_paths_and_share_of_the_gradient() -> None:
    run = by_hand(
        ((2.0,), (-1.0,)), ((8.0,), (1.0,))
    )  # the second sample: y = -9, so dL/dy = -10; both halved by the mean
    traced = run.trace_at(0)
    shares = {int(row): paths(run, traced, "dense1.weight", (0, 0), i) for i, row in enumerate(traced["batch.indices"])}
    products = {row: [p.product for p in found.paths] for row, found in shares.items()}
    assert products == {0: [80.0, -20.0], 1: [40.0, -10.0]}
    assert sum(found.sum for found in shares.values()) == traced["dense1.weight.grad"][0, 0]


def test_a_parameter_or_sample_that_is_not_there_is_refused() -> None:
    run = by_hand()
    with pytest.raises(UnknownValueError, match=r"unknown parameter 'dense9.weight'"):
        paths(run, run.trace_at(0), "dense9.weight", (0, 0), 0)
    with pytest.raises(RangeError):
        paths(run, run.trace_at(0), "dense1.weight", (0, 0), 1)
