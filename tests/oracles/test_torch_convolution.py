"""Convolution and pooling against PyTorch: results and gradients, for shapes and settings drawn at random."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.ops import OPS
from engine.ops.core.op import Array, reached
from tests.engine.support.tape import Tape, columns, rows

torch: Any = pytest.importorskip(
    "torch", reason="PyTorch is not installed: .ci/run installs it with pip (torch==2.13.0) and runs these"
)
functional: Any = torch.nn.functional
pytestmark = pytest.mark.torch

Drawn = tuple[dict[str, Array], dict[str, tuple[int, int]]]

lays = st.sampled_from([columns, rows])
bounds = pytest.mark.parametrize(("dtype", "bound"), [("float64", 1e-12), ("float32", 1e-5)])


def pairs(least: int, most: int) -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(*[st.integers(least, most)] * 2)


def sides(draw: st.DrawFn, kernel: Any, padding: Any, dilation: Any) -> list[int]:
    """Height and width of an image that is at least as large as a window."""
    least = [max(1, d * (k - 1) + 1 - 2 * p) for k, p, d in zip(kernel, padding, dilation, strict=True)]
    return [draw(st.integers(n, n + 5)) for n in least]


@st.composite
def convolutions(draw: st.DrawFn) -> Drawn:
    kernel, stride, padding, dilation = (draw(pairs(*ends)) for ends in ((1, 3), (1, 3), (0, 3), (1, 3)))
    samples, channels, outputs = (draw(st.integers(1, 4)) for _ in range(3))
    image = sides(draw, kernel, padding, dilation)
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    args: dict[str, Any] = {
        "x": (samples, channels, *image),
        "weight": (outputs, channels, *kernel),
        "bias": (outputs,),
    }
    params = {"stride": stride, "padding": padding, "dilation": dilation}
    return {name: rng.normal(size=shape) for name, shape in args.items()}, params


@st.composite
def poolings(draw: st.DrawFn, whole: bool) -> Drawn:
    """Whole numbers are often equal, so that there are ties."""
    kernel, stride = draw(pairs(1, 4)), draw(pairs(1, 4))
    padding = (draw(st.integers(0, kernel[0] // 2)), draw(st.integers(0, kernel[1] // 2)))
    shape = (*draw(pairs(1, 3)), *sides(draw, kernel, padding, (1, 1)))
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    x = rng.integers(-1, 2, shape).astype(float) if whole else rng.normal(size=shape)
    return {"x": x}, {"kernel": kernel, "stride": stride, "padding": padding}


def differences(name: str, drawn: Drawn, lay: Any, dtype: str, function: Any) -> dict[str, float]:
    """How far the result and each gradient are from PyTorch's, as a share of its largest number; and other types."""
    args, params = {n: a.astype(dtype) for n, a in drawn[0].items()}, drawn[1]
    tape = Tape(lay, **args)
    output = tape.values[tape.emit(OPS[name], tuple(args), "output", **params)]
    grad: Array = np.asarray(np.random.default_rng(0).normal(size=output.shape), dtype)
    found = tape.gradients("output", grad) | {"output": output}
    leaves = {name: torch.tensor(a, requires_grad=True) for name, a in args.items()}
    expected = function(**leaves)
    grads = torch.autograd.grad(expected, list(leaves.values()), torch.tensor(grad))
    there = {"output": expected.detach().numpy(), **{n: g.numpy() for n, g in zip(leaves, grads, strict=True)}}
    least = np.finfo(dtype).tiny  # where all numbers are 0
    off = {n: float(np.max(np.abs(found[n] - a)) / max(least, np.max(np.abs(a)))) for n, a in there.items()}
    return off | {n: np.inf for n in there if found[n].dtype != dtype or found[n].shape != there[n].shape}


def too_far(off: dict[str, float], bound: float) -> dict[str, float]:
    return {name: difference for name, difference in off.items() if not difference < bound}


@bounds
@settings(max_examples=200)
@given(drawn=convolutions(), lay=lays)
def test_a_convolution_and_its_gradients_agree_with_pytorch(dtype, bound, drawn, lay) -> None:
    off = differences(
        "conv2d", drawn, lay, dtype, lambda x, weight, bias: functional.conv2d(x, weight, bias, **drawn[1])
    )

    assert too_far(off, bound) == {}


@bounds
@given(drawn=convolutions(), lay=lays)
def test_a_convolution_without_bias_agrees_with_pytorch(dtype, bound, drawn, lay) -> None:
    args = {name: drawn[0][name] for name in ("x", "weight")}

    off = differences(
        "conv2d_without_bias", (args, drawn[1]), lay, dtype, lambda x, weight: functional.conv2d(x, weight, **drawn[1])
    )

    assert too_far(off, bound) == {}


@bounds
@pytest.mark.parametrize("sample", [(4, 8, 28, 28), (8, 1, 28, 28)])
def test_a_convolution_in_many_blocks_agrees_with_pytorch(dtype, bound, sample) -> None:
    rng = np.random.default_rng(0)
    args = {"x": rng.normal(size=sample), "weight": rng.normal(size=(32, sample[1], 5, 5)), "bias": rng.normal(size=32)}
    params = {"stride": (1, 1), "padding": (2, 2), "dilation": (1, 1)}

    off = differences(
        "conv2d", (args, params), columns, dtype, lambda **args: functional.conv2d(*args.values(), padding=2)
    )

    assert too_far(off, bound) == {}


@bounds
@settings(max_examples=200)
@given(drawn=st.booleans().flatmap(poolings), lay=lays)
def test_max_pooling_agrees_with_pytorch_ties_included(dtype, bound, drawn, lay) -> None:
    kernel, stride, padding = drawn[1].values()

    off = differences("max_pool2d", drawn, lay, dtype, lambda x: functional.max_pool2d(x, kernel, stride, padding))

    assert too_far(off, bound) == {}


@bounds
@settings(max_examples=200)
@given(drawn=poolings(False), lay=lays)
def test_average_pooling_agrees_with_pytorch(dtype, bound, drawn, lay) -> None:
    kernel, stride, padding = drawn[1].values()

    off = differences("avg_pool2d", drawn, lay, dtype, lambda x: functional.avg_pool2d(x, kernel, stride, padding))

    assert too_far(off, bound) == {}


@bounds
@given(drawn=poolings(False), lay=lays)
def test_global_average_pooling_agrees_with_pytorch(dtype, bound, drawn, lay) -> None:
    off = differences(
        "global_avg_pool", (drawn[0], {}), lay, dtype, lambda x: torch.nn.AdaptiveAvgPool2d(1)(x).flatten(1)
    )

    assert too_far(off, bound) == {}


# --- sequences ------------------------------------------------------------------------------------

Stretches = tuple[dict[str, Array], dict[str, Any]]


@st.composite
def stretches(draw: st.DrawFn) -> Stretches:
    kernel, stride, padding, dilation = (draw(st.integers(*ends)) for ends in ((1, 4), (1, 3), (0, 3), (1, 3)))
    samples, channels, outputs = (draw(st.integers(1, 4)) for _ in range(3))
    least = max(1, dilation * (kernel - 1) + 1 - 2 * padding)
    length = draw(st.integers(least, least + 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    shapes = {"x": (samples, length, channels), "weight": (outputs, channels, kernel), "bias": (outputs,)}
    params = {"stride": stride, "padding": padding, "dilation": dilation}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}, params


def by_torch(args: dict[str, Array], grad: Array, params: dict[str, int]) -> dict[str, Array]:
    leaves = {name: torch.tensor(value, requires_grad=True) for name, value in args.items()}
    x, *rest = leaves.values()
    output = functional.conv1d(x.mT, *rest, **params).mT
    grads = torch.autograd.grad(output, list(leaves.values()), torch.tensor(grad))
    return {"output": output.detach().numpy(), **{n: g.numpy() for n, g in zip(leaves, grads, strict=True)}}


@settings(max_examples=200)
@given(drawn=stretches(), biased=st.booleans())
def test_a_convolution_of_sequences_and_its_gradients_agree_with_pytorch(drawn: Stretches, biased: bool) -> None:
    args, params = drawn
    op = OPS["conv1d" if biased else "conv1d_without_bias"]
    used = {name: args[name] for name in op.args}
    output = op.forward(*used.values(), **params)
    grad: Array = np.asarray(np.random.default_rng(0).normal(size=output.shape))

    found = {"output": output} | {name: op.vjp(name, grad, *used.values(), **params) for name in op.args}

    expected = by_torch(used, grad, params)
    assert {n: a.shape for n, a in found.items()} == {n: a.shape for n, a in expected.items()}
    assert [n for n, a in expected.items() if not np.allclose(found[n], a, rtol=1e-12, atol=1e-12)] == []


@settings(max_examples=60)
@given(drawn=stretches())
def test_its_terms_sum_to_their_cells_and_each_is_within_reach_of_its_operand(drawn: Stretches) -> None:
    args, params = drawn
    op = OPS["conv1d"]
    output = op.forward(*args.values(), **params)
    known = {**args, "grad": np.asarray(np.random.default_rng(0).normal(size=output.shape))}
    results = [(op.function, output)]
    results += [(f, op.vjp(name, known["grad"], *args.values(), **params)) for name, f in op.vjps.items()]
    wrong = []

    for function, result in results:
        named = {name: known[name] for name in function.operands}
        shapes = [value.shape for value in named.values()]
        for index in list(np.ndindex(*result.shape))[:: 1 + result.size // 20]:
            terms = list(function.terms(index, named, params))
            total = sum(math.prod(f.number for f in term) for term in terms)
            wrong += [] if math.isclose(total, result[index], rel_tol=1e-11, abs_tol=1e-11) else [index]
            for f in (f for term in terms for f in term if f.operand):
                at = function.operands.index(f.operand)
                cells = set(reached(function, at, f.index, shapes, result.shape, params))
                wrong += [] if index in cells else [(function.formula, index, f)]

    assert wrong == []
