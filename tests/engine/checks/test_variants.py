"""All variants beside the true gradient: angles, sizes and costs."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest

from engine import Run, RunConfig
from engine.analysis.gradient_angles import angle, angles, layer_angles
from engine.checks.gradient_estimates import ESTIMATES
from engine.checks.table import example
from engine.checks.variants import CELLS, Variant, compare
from engine.expressions.config import ExpressionConfig
from engine.foundation.errors import CancelledWorkError
from engine.model.layers import LAYERS
from engine.program.feedback_alignment import BACKWARD
from tests.engine.support.models import LOSSES, run_of

ALL = (*BACKWARD, *ESTIMATES)


def compared(iteration: int = 5, **changes: Any) -> dict[str, Variant]:
    return {found.name: found for found in compare(run_of(**changes), iteration).variants}


# --- angles ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "true", "degrees"),
    [
        ([3.0, 4.0], [3.0, 4.0], 0.0),
        ([1e-200, 0.0], [1e200, 0.0], 0.0),
        ([1.0, 0.0], [0.0, 2.0], 90.0),
        ([1.0, 0.0], [-5.0, 0.0], 180.0),
        ([1.0, 1e-9], [1.0, 0.0], math.degrees(1e-9)),
        ([0.0, 0.0], [1.0, 0.0], math.nan),
        ([math.inf, 0.0], [1.0, 0.0], math.nan),
    ],
)
def test_an_angle_is_exact_where_it_is_small_and_missing_where_there_is_none(
    found: list[float], true: list[float], degrees: float
) -> None:
    assert angle([np.array(found)], [np.array(true)]) == pytest.approx(degrees, rel=1e-7, abs=0, nan_ok=True)


def test_an_angle_is_that_of_all_pieces_together() -> None:
    one, other = [np.array([1.0]), np.array([[0.0, 1.0]])], [np.array([1.0]), np.array([[1.0, 0.0]])]
    assert angle(one, other) == pytest.approx(60.0)


# --- the table -------------------------------------------------------------------------------------------------------


def test_backpropagation_is_the_true_gradient_itself() -> None:
    found = compared()["backpropagation"]
    assert (found.angle, found.cosine, found.ratio) == (0.0, 1.0, 1.0)
    assert {(p.angle, p.ratio) for p in found.parameters} == {(0.0, 1.0)}


@pytest.mark.parametrize("changes", LOSSES.values(), ids=LOSSES)
def test_forward_mode_is_exact_and_differences_are_near(changes: dict[str, Any]) -> None:
    found = compared(**changes)
    exact, central, forward = (found[name] for name in ("forward_mode", "central_difference", "forward_difference"))
    assert exact.angle < math.degrees(1e-12)
    assert exact.ratio == pytest.approx(1, rel=1e-12)
    assert central.angle < math.degrees(1e-7)
    assert forward.angle < math.degrees(1e-4)
    assert (central.ratio, forward.ratio) == pytest.approx((1, 1), rel=1e-4)


@pytest.mark.parametrize("name", [name for name in BACKWARD if name != "backpropagation"])
def test_a_variant_not_trained_with_gives_what_it_would_take_in_a_run_of_its_own(name: str) -> None:
    run = run_of(backward=name)
    expected = angles(run, run.trace_at(0))
    found = {p.name: p.angle for p in compared(0)[name].parameters}
    assert found == expected


def test_the_variant_trained_with_is_compared_with_its_own_settings() -> None:
    run = run_of(backward={"type": "sign_symmetry", "scale": 7.0})
    found = compare(run, 3)
    own = next(v for v in found.variants if v.name == "sign_symmetry")
    assert found.used == "sign_symmetry"
    assert {p.name: p.angle for p in own.parameters} == angles(run, run.trace_at(3))
    assert {p.name: p.ratio for p in own.parameters}["dense2.weight"] > 3


def test_a_forward_gradient_points_along_the_gradient_on_average() -> None:
    run = run_of()
    along = [run.trace_at(t) for t in range(40)]
    estimates = [
        next(v for v in compare(run, t.iteration).variants if v.name == "forward_gradient") for t in along[:12]
    ]
    assert all(found.angle < 90 for found in estimates)
    assert len({found.angle for found in estimates}) == len(estimates)
    assert compare(run, 3) == compare(run_of(), 3)


def test_passes_are_counted_over_all_cells_of_the_parameters() -> None:
    found, size = compared(), run_of().layout.size
    passes = {name: (v.forward_passes, v.backward_passes) for name, v in found.items()}
    assert tuple(passes) == ALL
    assert passes == dict.fromkeys(BACKWARD, (1, 1)) | {
        "central_difference": (2 * size, 0),
        "forward_difference": (size + 1, 0),
        "forward_mode": (size, 0),
        "forward_gradient": (1, 0),
    }


def test_of_a_large_parameter_evenly_spaced_cells_are_tried() -> None:
    found = compared(layers=[{"units": 300, "activation": "tanh"}, {"units": 1}])
    counts = {name: (v.parameters[0].cells, v.parameters[0].checked) for name, v in found.items()}
    assert Counter(counts.values()) == {(600, 600): len(BACKWARD), (600, CELLS): len(ESTIMATES)}
    assert found["forward_mode"].angle < math.degrees(1e-12)


def test_a_variant_without_a_meaning_says_why_and_the_others_are_there() -> None:
    residual = [
        {"units": 2, "activation": "tanh"},
        {"type": "add", "inputs": ["x", "dense1"]},
        {"units": 1},
    ]
    found = compared(layers=residual)
    missing = {name: v.misfit for name, v in found.items() if v.misfit}
    assert list(missing) == ["direct_feedback_alignment"]
    assert "has no meaning for add1" in str(missing["direct_feedback_alignment"])
    assert found["direct_feedback_alignment"].parameters == ()


def test_an_expression_has_estimates_and_no_weights_to_go_around() -> None:
    given = {"expression": "L = (a*b + c) * tanh(d)", "inputs": {"a": 2, "b": -3, "c": 10, "d": 0.5}, "train": ["a"]}
    found = {v.name: v for v in compare(Run(ExpressionConfig.from_dict(given)), 2).variants}
    assert [name for name, v in found.items() if v.misfit is None] == ["backpropagation", *ESTIMATES]
    assert found["forward_mode"].angle < math.degrees(1e-12)


def test_noise_stays_what_it_is_while_cells_are_moved() -> None:
    noisy = [{"units": 6, "activation": "tanh"}, {"type": "dropout"}, {"type": "batch_norm"}, {"units": 1}]
    found = compared(layers=noisy)
    assert found["forward_mode"].angle < math.degrees(1e-12)
    assert found["central_difference"].angle < math.degrees(1e-6)


def test_single_precision_shows_in_the_differences() -> None:
    found = compared(dtype="float32")
    assert found["forward_mode"].angle < 0.01 < found["forward_difference"].angle < 10


@pytest.mark.parametrize("layer", LAYERS)
def test_forward_mode_is_exact_through_every_type_of_layer(layer: str) -> None:
    found = {v.name: v for v in compare(Run(RunConfig.from_dict(example(layer))), 1).variants}
    assert found["forward_mode"].angle < math.degrees(1e-11)
    assert found["forward_mode"].ratio == pytest.approx(1, rel=1e-11)


def test_work_that_nobody_wants_stops() -> None:
    run = run_of()
    run.trace_at(5)
    with pytest.raises(CancelledWorkError):
        compare(run, 5, lambda: True)


# --- per layer, for the studio ---------------------------------------------------------------------------------------


def test_angles_are_told_of_a_run_with_a_variant_only() -> None:
    plain, run = run_of(), run_of(backward="feedback_alignment")
    assert angles(plain, plain.trace_at(0)) is None
    assert layer_angles(plain, plain.trace_at(0)) == {}
    assert list(layer_angles(run, run.trace_at(0))) == ["dense1", "dense2", "dense3"]
    assert layer_angles(run, run.trace_at(0))["dense3"] == 0.0


def test_the_angle_of_a_layer_is_that_of_its_parameters_together() -> None:
    run = run_of(backward="feedback_alignment")
    traced = run.trace_at(2)
    used, true = (
        np.concatenate([traced[f"dense1.{p}.{kind}"].ravel() for p in ("weight", "bias")])
        for kind in ("feedback", "grad")
    )
    cosine = used @ true / np.linalg.norm(used) / np.linalg.norm(true)
    assert layer_angles(run, traced)["dense1"] == pytest.approx(np.degrees(np.arccos(cosine)))
