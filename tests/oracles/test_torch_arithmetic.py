"""Element-wise arithmetic against PyTorch: values and gradients, at kinks, at 0, and beyond all bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine.ops import OPS
from engine.ops.core.op import Array
from engine.ops.elementwise.elementary import ARITHMETIC_OPS

torch: Any = pytest.importorskip(
    "torch", reason="PyTorch is not installed: .ci/run installs it with pip (torch==2.13.0) and runs these"
)
pytestmark = pytest.mark.torch

PAIRS: dict[str, Callable[..., Any]] = {
    "add": torch.add,
    "subtract": torch.sub,
    "multiply": torch.mul,
    "divide": torch.div,
    "power": torch.pow,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
}
SINGLES: dict[str, tuple[dict[str, float], Callable[..., Any]]] = {
    "negative": ({}, torch.neg),
    "absolute": ({}, torch.abs),
    "exp": ({}, torch.exp),
    "log": ({}, torch.log),
    "sqrt": ({}, torch.sqrt),
    "square": ({}, torch.square),
    "sin": ({}, torch.sin),
    "cos": ({}, torch.cos),
    "raise_to": ({"exponent": 3.0}, lambda z: torch.pow(z, 3.0)),
    "scale_by": ({"factor": -0.3}, lambda z: -0.3 * z),
    "add_constant": ({"offset": 2.5}, lambda z: z + 2.5),
}
CASES: list[tuple[str, dict[str, float], Callable[..., Any]]] = [(name, {}, theirs) for name, theirs in PAIRS.items()]
CASES += [(name, params, theirs) for name, (params, theirs) in SINGLES.items()]
OTHER_EXPONENTS = [("raise_to", {"exponent": n}, lambda z, n=n: torch.pow(z, n)) for n in (-1.0, 0.0, 0.7)]


def case_name(value: Any) -> str | None:
    """How pytest calls a case: the op and its parameters."""
    return value if isinstance(value, str) else "".join(map(str, value.values())) if isinstance(value, dict) else ""


POSITIVE = ("log", "sqrt", "power")

of_each = pytest.mark.parametrize(("name", "params", "theirs"), CASES, ids=case_name)
EDGES = [0.0, -0.0, 1.0, -1.0, 1e-9, 9.0]
BEYOND = [np.inf, -np.inf, 0.0, 2.0, -2.0, 1e300]


def numbers(name: str, dtype: str) -> list[Array]:
    """Every edge beside every other, and many between; above 0 where the op is defined there only."""
    a, b = (np.concatenate([m.ravel(), np.random.default_rng(i).normal(size=40) * 2]) for i, m in enumerate(MESH))
    if name in POSITIVE:
        a = np.abs(a) + 0.01
    if name == "divide":
        b = np.sign(b + 1e-30) * (np.abs(b) + 0.01)
    return [a.astype(dtype), b.astype(dtype)]


MESH = np.meshgrid(EDGES, EDGES)


def ours(name: str, params: dict[str, Any], args: list[Array]) -> list[Array]:
    """The value, and the gradient of every argument for a random gradient coming in."""
    op = OPS[name]
    args = args[: len(op.args)]
    with np.errstate(all="ignore"):
        return [op.forward(*args, **params), *(op.vjp(a, incoming(args[0]), *args, **params) for a in op.args)]


def incoming(like: Array) -> Array:
    return np.asarray(np.random.default_rng(3).normal(size=like.shape), like.dtype)


def of_torch(name: str, theirs: Callable[..., Any], args: list[Array]) -> list[Array]:
    leaves = [torch.tensor(a, requires_grad=True) for a in args[: len(OPS[name].args)]]
    output = theirs(*leaves)
    grads = torch.autograd.grad(output, leaves, torch.tensor(incoming(args[0])))
    return [output.detach().numpy(), *(g.numpy() for g in grads)]


def scaled(a: list[Array], b: list[Array]) -> list[float]:
    return [float(np.max(np.abs(x - y)) / np.max(np.abs(y))) for x, y in zip(a, b, strict=True)]


def test_every_arithmetic_op_is_compared_here() -> None:
    assert {name for name, *_ in CASES} == {op.name for op in ARITHMETIC_OPS}


@of_each
def test_an_op_agrees_with_pytorch_in_double_precision(name, params, theirs) -> None:
    args = numbers(name, "float64")

    assert max(scaled(ours(name, params, args), of_torch(name, theirs, args))) < 1e-15


@of_each
def test_an_op_agrees_with_pytorch_in_single_precision(name, params, theirs) -> None:
    args = numbers(name, "float32")

    assert max(scaled(ours(name, params, args), of_torch(name, theirs, args))) < 1e-6


@pytest.mark.parametrize(("name", "params", "theirs"), [*CASES, *OTHER_EXPONENTS], ids=case_name)
def test_inf_and_nan_come_about_where_they_do_in_pytorch(name, params, theirs) -> None:
    args = [grid.ravel() for grid in np.meshgrid(BEYOND, [*BEYOND, 0.5])]

    found, expected = ours(name, params, args), of_torch(name, theirs, args)

    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-14, atol=1e-300)
