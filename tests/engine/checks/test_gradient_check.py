"""The verdict of the gradient check: right in valleys, at minima and at kinks, and still able to say no."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine import Run, RunConfig
from engine.checks.gradient_check import CellCheck, GradientCheck, gradient_check
from engine.ops import OPS
from engine.ops.core.op import Array, Op
from engine.presets import presets
from engine.run.task import parse_config
from engine.run.trace import Trace
from tests.engine.support.models import inline

ROSENBROCK = "L = (1-x)**2 + 100*(y-x**2)**2"


def verdicts(run: Run, iterations: range) -> list[int]:
    """The iterations whose check says that a gradient differs."""
    return [t for t in iterations if gradient_check(run.trace_at(t)).agrees is False]


def test_a_gradient_in_a_narrow_valley_agrees_all_the_way_down() -> None:
    (micrograd,) = (preset for preset in presets() if preset.name == "micrograd")
    assert verdicts(Run(parse_config(micrograd.config)), range(120)) == []


@pytest.mark.parametrize("start", [(1, 1), (-1.2, 1), (0, 0), (1.0001, 1)])
def test_a_gradient_at_a_minimum_and_near_it_agrees(start: tuple[float, float]) -> None:
    x, y = start
    run = Run(parse_config({"expression": ROSENBROCK, "inputs": {"x": x, "y": y}}))
    assert verdicts(run, range(3)) == []


@pytest.mark.parametrize("name", ["a", "b"])
def test_a_wrong_gradient_in_a_narrow_valley_differs(name: str) -> None:
    (micrograd,) = (preset for preset in presets() if preset.name == "micrograd")
    traced = Run(parse_config(micrograd.config)).trace_at(20)
    wrong = traced.table | {f"{name}.grad": traced[f"{name}.grad"] * 1.001}
    found = gradient_check(Trace(20, traced.program, wrong, traced.nbytes))
    assert [p.name for p in found.parameters if not p.agrees] == [name]


@pytest.mark.parametrize(
    ("gradient", "quotient", "digits"),
    [(2.0, 2.0, 15), (-8.417e-9, -8.397e-9, 2), (1.0, -1.0, 0), (0.0, 0.0, None), (0.0, 1e-9, 0), (1.0, 1.0005, 3)],
)
def test_agreement_is_counted_in_digits_of_the_gradient(gradient: float, quotient: float, digits: int | None) -> None:
    assert CellCheck((), gradient, quotient, 0.0, False).digits == digits


@pytest.mark.parametrize(
    ("loss", "weight", "targets"), [("huber", 0.0, [1.0, -1.0]), ("squared_hinge", 1.0, [1.0, -1.0])]
)
def test_a_loss_that_bends_exactly_here_names_the_kink(loss: str, weight: float, targets: list[float]) -> None:
    layers = [{"units": 1, "weight": [[weight]], "bias_values": [0]}]
    data = inline([[1.0], [-1.0]], [[t] for t in targets])
    run = Run(RunConfig.from_dict({"data": data, "layers": layers, "loss": loss, "shuffle": False}))
    found = gradient_check(run.trace_at(0))
    assert (found.agrees, [len(p.kinks) for p in found.parameters]) == (True, [1, 1])


def check_of(expression: str, dtype: str = "float64", **inputs: float) -> GradientCheck:
    return gradient_check(Run(parse_config({"expression": expression, "inputs": inputs, "dtype": dtype})).trace_at(0))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    ("expression", "x"),
    [(f"L = {f}", x) for f in ("log(x)", "sqrt(x)", "log10(x)", "x**x", "1/x", "x**2") for x in (1e-12, 1e-6, 1e-3)]
    + [("L = sin(x)", 1e6), ("L = sin(1000*x)", 1e3), ("L = sin(1/x)", 1e-3), ("L = exp(x)", 0), ("L = x**3", -1e5)],
)
def test_a_right_gradient_near_the_edge_of_a_domain_or_of_a_fast_function_never_differs(
    expression: str, x: float, dtype: str
) -> None:
    found = check_of(expression, dtype, x=x)
    tiny = abs(x) < 1e-9 or dtype == "float32"
    assert found.agrees is True or (tiny and found.agrees is None and found.reason)


@pytest.mark.parametrize(("expression", "x"), [("L = log(x)", 0.0), ("L = log(x)", -1.0), ("L = exp(x)", 1e3)])
def test_a_loss_that_is_no_number_cannot_be_told_and_says_why(expression: str, x: float) -> None:
    found = check_of(expression, x=x)
    assert (found.agrees, found.reason.startswith("the loss is ")) == (None, True)


def test_a_gradient_too_small_for_the_differences_cannot_be_told() -> None:
    found = check_of("L = 1 + x**2", x=1e-12)
    assert (found.agrees, found.reason.startswith("the difference is only certain to ")) == (None, True)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_gradient_that_is_wrong_by_a_hundredth_differs_in_both_number_types(dtype: str) -> None:
    layers = [{"units": 4, "activation": "tanh"}, {"units": 1}]
    config = {"data": {"name": "circle"}, "layers": layers, "loss": "bce_with_logits", "dtype": dtype}
    traced = Run(RunConfig.from_dict(config)).trace_at(5)
    names = [p.name for p in traced.program.parameters]
    wrong = {name: traced.table | {f"{name}.grad": traced[f"{name}.grad"] * 1.01} for name in names}
    found = {n: gradient_check(Trace(5, traced.program, table, traced.nbytes)) for n, table in wrong.items()}
    assert gradient_check(traced).agrees
    assert {n: [p.name for p in c.parameters if p.agrees is False] for n, c in found.items()} == {n: [n] for n in names}


def test_a_gradient_that_is_floored_by_definition_says_so() -> None:
    layers = [{"units": 1, "activation": "sigmoid", "weight": [[30.0]], "bias_values": [0.0]}]
    data = inline([[1.0], [-1.0]], [[0.0], [1.0]])
    run = Run(RunConfig.from_dict({"data": data, "layers": layers, "loss": "bce", "shuffle": False}))
    found = gradient_check(run.trace_at(0))
    assert (found.agrees, "at least 1e-12" in found.reason) == (None, True)


# --- every bend is known -------------------------------------------------------------------------------------------

POINTS = 1600
BENT, JUMPS = 0.4, 1.2  # at half the spacing a bend's second difference halves, a jump's stays; a smooth one's quarters


def _along(
    op: Op, argument: str, args: tuple[Array, ...], direction: Array, params: dict[str, Any]
) -> Callable[..., Any]:
    """The slope of <result, 1> along a line through an argument, and the regions there."""
    place = op.args.index(argument)

    def at(t: float) -> tuple[float, Any]:
        moved = [*args[:place], args[place] + t * direction, *args[place + 1 :]]
        output = op.forward(*moved, **params)
        slope = op.vjp(argument, np.ones_like(output), *moved, output=output, **params)
        defined = float(np.sum(slope * direction)) if np.isfinite(output).all() else np.nan
        return defined, op.regions(*moved, **params) if op.regions else None

    return at


def _largest_bend(values: Array) -> tuple[int, float]:
    bends = np.abs(np.diff(values, 2))
    return int(np.argmax(bends)), float(np.max(bends, initial=0.0))


@pytest.mark.parametrize(("name", "argument"), [(op.name, a) for op in OPS.values() for a in op.vjps])
@np.errstate(all="ignore")
def test_where_the_slope_of_an_op_bends_or_jumps_its_regions_change(name: str, argument: str) -> None:
    op = OPS[name]
    args, params = op.example(np.random.default_rng(3))
    direction = np.asarray(np.random.default_rng(4).normal(size=args[op.args.index(argument)].shape))
    at = _along(op, argument, args, direction, params)
    ends = np.linspace(-2, 2, POINTS + 1)
    coarse, fine = (np.array([at(t)[0] for t in where]) for where in (ends[::2], ends))
    place, bend = _largest_bend(coarse)
    _, finer = _largest_bend(fine[2 * place : 2 * place + 5])
    noise = 1e-9 * max(1.0, float(np.nanmax(np.abs(coarse))))
    if not np.isfinite(coarse).all() or bend < noise or not BENT <= finer / bend <= JUMPS:
        return  # smooth here, straight, or not defined everywhere
    before, after = (at(ends[2 * place + i])[1] for i in (0, 4))
    assert before is not None
    assert not np.array_equal(before, after)


def test_two_numbers_that_are_0_but_for_rounding_are_said_to_be_so() -> None:
    layers = [{"units": 3}, {"type": "batch_norm"}, {"type": "activation", "activation": "tanh"}, {"units": 1}]
    run = Run(parse_config({"data": {"name": "circle"}, "layers": layers, "loss": "mse"}))
    bias = next(p for p in gradient_check(run.trace_at(0)).parameters if p.name == "dense1.bias")
    assert (bias.agrees, bias.reason) == (True, "gradient and difference are 0 but for rounding")


@pytest.mark.parametrize("bias", [1e-8, 3e-8, 1e-6, 2.3e-5, 1e-3])
def test_a_gradient_whose_terms_cancel_in_single_precision_is_not_said_to_differ(bias: float) -> None:
    layers = [{"units": 1, "weight": [[0.0]], "bias_values": [bias]}]
    data = {"inputs": [[0.0], [0.0]], "targets": [0, 1], "test_fraction": 0}
    config = {"data": data, "layers": layers, "loss": "bce_with_logits", "dtype": "float32", "batch_size": 2}
    found = gradient_check(Run(parse_config(config)).trace_at(0))
    assert [p.name for p in found.parameters if p.agrees is False] == []
    if bias < 1e-7:
        (told,) = [p for p in found.parameters if p.name == "dense1.bias"]
        assert (told.agrees, told.reason.startswith("float32 alone moves this gradient by ")) == (None, True)
