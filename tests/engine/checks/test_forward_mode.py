"""Forward mode: every op beside central differences and its own VJPs, and whole nets beside the gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.checks.forward_mode import directional_derivative, jvp, nature_of, on_the_way
from engine.ops import OPS
from engine.ops.core.op import Array
from engine.ops.elementwise.concat import concat
from tests.engine.support.models import LOSSES, run_of
from tests.engine.support.op_cases import VJP_CASES, Case, case_name

every_argument = pytest.mark.parametrize("case", VJP_CASES, ids=case_name)


def tangent_of(case: Case) -> tuple[int, Array]:
    place = case.op.args.index(str(case.argument))
    return place, np.asarray(np.random.default_rng(5).normal(size=case.example[0][place].shape))


@every_argument
def test_a_tangent_moves_the_result_as_central_differences_do(case: Case) -> None:
    (args, params), (place, tangent), step = case.example, tangent_of(case), 1e-5
    up, down = ([a + way * step * tangent if i == place else a for i, a in enumerate(args)] for way in (1, -1))
    numeric = (case.op.forward(*up, **params) - case.op.forward(*down, **params)) / (2 * step)

    found = jvp(case.op, {str(case.argument): tangent}, *args, **params)

    assert float(np.max(np.abs(found - numeric))) <= 1e-8 * max(1.0, float(np.max(np.abs(numeric))))


@every_argument
def test_a_jvp_is_the_adjoint_of_the_vjp(case: Case) -> None:
    (args, params), (_, tangent) = case.example, tangent_of(case)
    grad = case.operands["grad"]

    there = float(np.vdot(grad, jvp(case.op, {str(case.argument): tangent}, *args, **params)))
    back = float(np.vdot(case.op.vjp(str(case.argument), grad, *args, **params), tangent))

    size = float(np.linalg.norm(grad) * np.linalg.norm(tangent))
    assert abs(there - back) <= 1e-12 * max(size, abs(back))


@pytest.mark.parametrize(
    ("op", "argument", "nature"),
    [
        (OPS["tanh"], "z", "symmetric"),
        (OPS["softmax"], "z", "symmetric"),
        (OPS["add_constant"], "z", "symmetric"),
        (OPS["linear"], "x", "linear"),
        (OPS["linear"], "bias", "linear"),
        (OPS["reshape"], "x", "linear"),
        (OPS["batch_mean"], "x", "linear"),
        (OPS["log_softmax"], "z", "apart"),
        (OPS["max_pool2d"], "x", "apart"),
        (OPS["conv2d"], "weight", "linear"),
        (OPS["attention_weights"], "scores", "symmetric"),
        (OPS["sample_mean_square"], "x", "apart"),
        (OPS["batch_mean_square"], "x", "any"),
        (concat(5), "x4", "linear"),
    ],
    ids=lambda given: getattr(given, "name", given),
)
def test_what_a_jacobian_is_like_is_found_out(op: Any, argument: str, nature: str) -> None:
    assert nature_of(op, argument) == nature


@pytest.mark.parametrize("stride", [(1, 1), (2, 2), (3, 3)], ids=["overlapping", "side by side", "with gaps"])
def test_pooling_moves_with_its_largest_cells_however_its_windows_lie(stride: tuple[int, int]) -> None:
    rng, op = np.random.default_rng(0), OPS["max_pool2d"]
    params: dict[str, Any] = {"kernel": (2, 2), "stride": stride, "padding": (0, 0)}
    x, tangent = rng.normal(size=(3, 2, 7, 7)), rng.normal(size=(3, 2, 7, 7))
    step = 1e-6
    numeric = (op.forward(x + step * tangent, **params) - op.forward(x - step * tangent, **params)) / (2 * step)

    np.testing.assert_allclose(jvp(op, {"x": tangent}, x, **params), numeric, rtol=1e-6, atol=1e-8)


def test_tangents_of_several_arguments_add_up() -> None:
    (x, weight, bias), _ = OPS["linear"].example(np.random.default_rng(0))
    rng = np.random.default_rng(1)
    dx, dw, db = (np.asarray(rng.normal(size=a.shape)) for a in (x, weight, bias))

    found = jvp(OPS["linear"], {"x": dx, "weight": dw, "bias": db}, x, weight, bias)

    np.testing.assert_allclose(found, dx @ weight.T + x @ dw.T + db, rtol=1e-13)


NETS: dict[str, dict[str, Any]] = LOSSES | {
    "normalized": {
        "layers": [
            {"units": 4, "activation": "relu"},
            {"type": "batch_norm"},
            {"type": "dropout"},
            {"type": "layer_norm"},
            {"units": 1},
        ]
    },
    "residual": {
        "layers": [
            {"units": 3, "activation": "tanh"},
            {"units": 3, "share": "dense1", "inputs": ["x"]},
            {"type": "multiply", "inputs": ["dense1", "dense2"]},
            {"units": 1},
        ]
    },
}


@pytest.mark.parametrize("changes", NETS.values(), ids=NETS)
def test_one_pass_gives_the_gradient_along_a_direction(changes: dict[str, Any]) -> None:
    run = run_of(**changes)
    traced = run.trace_at(6)
    nodes = run.model.graph(traced.program.batch).nodes
    rng = np.random.default_rng(2)
    along = {p.name: rng.normal(size=p.shape) for p in run.parameters}
    expected = sum(float(np.vdot(traced[f"{name}.grad"], tangent)) for name, tangent in along.items())

    assert directional_derivative(nodes, traced.table, along) == pytest.approx(expected, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("changes", NETS.values(), ids=NETS)
def test_one_pass_a_cell_gives_every_cell_of_the_gradient(changes: dict[str, Any]) -> None:
    run = run_of(**changes)
    traced = run.trace_at(6)
    nodes = run.model.graph(traced.program.batch).nodes
    for p in run.parameters:
        found = np.empty(p.shape)
        for index in np.ndindex(p.shape):
            unit = np.zeros(p.shape)
            unit[index] = 1
            found[index] = directional_derivative(on_the_way(nodes, p.name), traced.table, {p.name: unit})
        largest = float(np.max(np.abs(traced[f"{p.name}.grad"])))
        np.testing.assert_allclose(found, traced[f"{p.name}.grad"], rtol=0, atol=1e-12 * max(largest, 1e-3))


def test_what_no_gradient_goes_through_has_no_derivative() -> None:
    run = run_of()
    traced = run.trace_at(0)
    nodes = run.model.graph(traced.program.batch).nodes

    assert directional_derivative(nodes, traced.table, {"target": np.ones_like(traced["target"])}) == 0.0
