"""Windows, convolution and pooling: worked examples, many blocks, ties, random geometry; what they refuse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.execution.recorder import Recorder
from engine.foundation.errors import ShapeError
from engine.ops import OPS
from engine.ops.core.numpy_calls import blank
from engine.ops.core.op import Array, Function, Op, reached
from engine.ops.image import convolution
from engine.ops.image.convolution import CONVOLUTION_OPS
from engine.ops.image.pooling import POOLING_OPS
from engine.ops.image.windows import Line
from tests.engine.support.op_cases import CASES, Case, case_name
from tests.engine.support.tape import columns

ONE: dict[str, Any] = {"stride": (1, 1), "padding": (0, 0), "dilation": (1, 1)}
TWO_BY_TWO: dict[str, Any] = {"kernel": (2, 2), "stride": (2, 2), "padding": (0, 0)}
WINDOW_OPS = (*CONVOLUTION_OPS, OPS["max_pool2d"], OPS["avg_pool2d"])


def image(*rows: list[float]) -> Array:
    """One sample of one channel."""
    return np.array(rows, float)[None, None]


# --- windows --------------------------------------------------------------------------------------


@st.composite
def lines(draw: st.DrawFn) -> Line:
    kernel, stride, dilation = (draw(st.integers(1, 4)) for _ in range(3))
    padding = draw(st.integers(0, 4))
    least = max(1, dilation * (kernel - 1) + 1 - 2 * padding)
    return Line(draw(st.integers(least, least + 6)), kernel, stride, padding, dilation)


@given(lines())
def test_windows_taps_and_cells_say_the_same_of_which_tap_lies_where(line: Line) -> None:
    by_formula = {
        (i, a, h)
        for i in range((line.length + 2 * line.padding - line.dilation * (line.kernel - 1) - 1) // line.stride + 1)
        for a in range(line.kernel)
        for h in range(line.length)
        if h == line.stride * i + line.dilation * a - line.padding
    }

    by_window = {(i, a, h) for i in range(line.count) for a, h in line.under(i)}
    by_tap = {(i, a, h) for a in range(line.kernel) for i, h in line.along(a)}
    by_cell = {(i, a, h) for h in range(line.length) for i, a in line.over(h)}

    assert (by_window, by_tap, by_cell) == (by_formula, by_formula, by_formula)


@given(lines())
def test_the_slices_of_a_tap_are_the_places_where_it_lies_on_the_image(line: Line) -> None:
    windows, cells = np.arange(line.count), np.arange(line.length)

    found = [
        list(zip(windows[a].tolist(), cells[b].tolist(), strict=True)) for a, b in map(line.slices, range(line.kernel))
    ]

    assert found == [line.along(tap) for tap in range(line.kernel)]


# --- worked examples ------------------------------------------------------------------------------


def test_a_convolution_slides_its_kernel_unturned_as_pytorch_does() -> None:
    x, weight = image([1, 2, 3], [4, 5, 6], [7, 8, 10]), image([1, 2], [0, -1])

    result = OPS["conv2d"].forward(x, weight, np.array([0.5]), **ONE)

    assert result[0, 0].tolist() == [[1 + 4 - 5 + 0.5, 2 + 6 - 6 + 0.5], [4 + 10 - 8 + 0.5, 5 + 12 - 10 + 0.5]]


def test_stride_padding_and_dilation_move_the_taps_apart_and_out_of_the_image() -> None:
    x, weight = image([1, 2, 3], [4, 5, 6], [7, 8, 9]), image([1, 10], [100, 1000])
    params: dict[str, Any] = {"stride": (2, 2), "padding": (1, 1), "dilation": (2, 2)}

    result = OPS["conv2d_without_bias"].forward(x, weight, **params)

    assert result[0, 0].tolist() == [[5000, 500], [50, 5]]


def test_a_cell_that_no_window_reaches_has_no_gradient() -> None:
    x = image([1, 2, 3])
    params: dict[str, Any] = {"kernel": (1, 1), "stride": (1, 2), "padding": (0, 0)}

    gradients = {name: OPS[name].vjp("x", np.ones((1, 1, 1, 2)), x, **params) for name in ("max_pool2d", "avg_pool2d")}

    assert {name: grad[0, 0].tolist() for name, grad in gradients.items()} == {
        "max_pool2d": [[1, 0, 1]],
        "avg_pool2d": [[1, 0, 1]],
    }


# --- blocks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [c for c in CASES if c.op in CONVOLUTION_OPS], ids=case_name)
def test_a_row_of_windows_at_a_time_gives_what_all_at_once_give(case: Case, monkeypatch) -> None:
    at_once = case.run()
    monkeypatch.setattr(convolution, "BLOCK", 1)
    buffers, recorder = {name: operand.copy() for name, operand in case.operands.items()}, Recorder()
    out = np.empty(case.result_shape)

    case.run(buffers, recorder, out)
    for call in recorder.calls:
        call()

    assert np.allclose(out, at_once, rtol=1e-13, atol=1e-13)
    assert out.tobytes() == case.run().tobytes()


def test_images_with_their_samples_last_in_memory_are_not_copied_on_the_way() -> None:
    x, weight, out = (blank(shape, float) for shape in ((8, 3, 6, 6), (4, 3, 3, 3), (8, 4, 4, 4)))
    recorder = Recorder()

    OPS["conv2d_without_bias"].function.kernel(recorder, out, x, np.ascontiguousarray(weight), **ONE)

    assert [call.func.__name__ for call in recorder.calls] == ["copyto", "matmul"]  # type: ignore[attr-defined]


# --- random geometry ------------------------------------------------------------------------------


@st.composite
def examples(draw: st.DrawFn) -> tuple[Op, tuple[Array, ...], dict[str, Any]]:
    op = draw(st.sampled_from(WINDOW_OPS))
    first, second = draw(lines()), draw(lines())
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    return (op, *(_convolution if op in CONVOLUTION_OPS else _pooling)(rng, first, second, len(op.args)))


def _convolution(rng, first: Line, second: Line, count: int) -> tuple[tuple[Array, ...], dict[str, Any]]:
    shapes = [(2, 2, first.length, second.length), (3, 2, first.kernel, second.kernel), (3,)]
    params = {key: (getattr(first, key), getattr(second, key)) for key in ("stride", "padding", "dilation")}
    return tuple(rng.normal(size=shape) for shape in shapes[:count]), params


def _pooling(rng, first: Line, second: Line, count: int) -> tuple[tuple[Array, ...], dict[str, Any]]:
    kernel, padding = (first.kernel, second.kernel), (first.kernel // 2, second.kernel // 2)
    x = rng.integers(-1, 2, (2, 2, first.length + 3, second.length + 3)).astype(float)  # with ties
    return (x,), {"kernel": kernel, "stride": (first.stride, second.stride), "padding": padding}


def functions(op: Op, args: tuple[Array, ...], params: dict[str, Any]) -> list[tuple[Function, list[Array], Array]]:
    """Forward and VJPs with their operands and results."""
    output = op.forward(*args, **params)
    grad: Array = np.asarray(np.random.default_rng(0).normal(size=output.shape))
    known: dict[str, Array] = {**dict(zip(op.args, args, strict=True)), "output": output, "grad": grad}
    gradients = [(f, [known[n] for n in f.operands], op.vjp(a, grad, *args, **params)) for a, f in op.vjps.items()]
    return [(op.function, list(args), output), *gradients]


def some_cells(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Up to 30 cells, evenly spaced."""
    return list(np.ndindex(*shape))[:: 1 + math.prod(shape) // 30]


@settings(max_examples=60)
@given(examples())
def test_terms_sum_to_their_cell_for_any_geometry_ties_included(drawn) -> None:
    op, args, params = drawn
    wrong = []

    for function, operands, result in functions(op, args, params):
        named = dict(zip(function.operands, operands, strict=True))
        for index in some_cells(result.shape):
            total = sum(math.prod(f.number for f in term) for term in function.terms(index, named, params))
            wrong += [] if math.isclose(total, result[index], rel_tol=1e-11, abs_tol=1e-11) else [(function, index)]

    assert wrong == []


@settings(max_examples=60)
@given(examples())
def test_the_cells_that_have_a_cell_in_their_terms_are_within_its_reach(drawn) -> None:
    op, args, params = drawn
    missed = []

    for function, operands, result in functions(op, args, params):
        named, shapes = dict(zip(function.operands, operands, strict=True)), [a.shape for a in operands]
        for index in some_cells(result.shape):
            for f in (f for term in function.terms(index, named, params) for f in term if f.operand):
                place = function.operands.index(f.operand)
                if index not in set(reached(function, place, f.index, shapes, result.shape, params)):
                    missed.append((function.formula, index, f))

    assert missed == []


# --- max pooling ----------------------------------------------------------------------------------


def test_of_equal_cells_the_first_of_each_window_takes_the_gradient() -> None:
    x = np.ones((1, 1, 4, 4))
    grad = image([1, 2], [3, 4])

    result = OPS["max_pool2d"].vjp("x", grad, x, **TWO_BY_TWO)

    assert result[0, 0].tolist() == [[1, 0, 2, 0], [0, 0, 0, 0], [3, 0, 4, 0], [0, 0, 0, 0]]


def test_a_cell_that_is_largest_in_several_windows_adds_up_their_gradients() -> None:
    x = image([0, 0, 0], [0, 9, 0], [0, 0, 0])

    result = OPS["max_pool2d"].vjp("x", image([1, 2], [3, 4]), x, kernel=(2, 2), stride=(1, 1), padding=(0, 0))

    assert result[0, 0].tolist() == [[0, 0, 0], [0, 10, 0], [0, 0, 0]]


def test_padding_is_never_the_largest() -> None:
    x = image([-3, -2], [-5, -4])

    result = OPS["max_pool2d"].forward(x, kernel=(2, 2), stride=(2, 2), padding=(1, 1))

    assert result[0, 0].tolist() == [[-3, -2], [-5, -4]]


def test_an_infinite_gradient_reaches_the_largest_cell_alone_and_nan_flows_on() -> None:
    x, grad = image([1, 4, math.nan, 0], [3, 2, 0, 0]), image([math.inf, 5])

    result = OPS["max_pool2d"].forward(x, **TWO_BY_TWO)
    back = OPS["max_pool2d"].vjp("x", grad, x, **TWO_BY_TWO)

    assert (result[0, 0, 0, 0], math.isnan(result[0, 0, 0, 1])) == (4, True)
    assert back[0, 0].tolist() == [[0, math.inf, 5, 0], [0, 0, 0, 0]]


def test_the_region_of_a_window_is_the_tap_that_is_largest() -> None:
    x = columns(np.stack([image([1, 2, 5, 5], [3, 4, 5, 5])[0], image([0, 7, 1, 0], [0, 0, 2, 3])[0]]))
    regions = OPS["max_pool2d"].regions

    assert regions is not None
    assert regions(x, **TWO_BY_TWO).tolist() == [[[[3, 0]]], [[[1, 3]]]]
    assert regions(-x, **{**TWO_BY_TWO, "padding": (0, 1)}).tolist() == [[[[1, 0, 0]]], [[[1, 2, 0]]]]


# --- what does not fit ----------------------------------------------------------------------------

MISFITS: list[tuple[str, tuple[tuple[int, ...], ...], dict[str, Any], str]] = [
    (
        "conv2d",
        ((4, 3, 8, 8), (2, 1, 3, 3), (2,)),
        ONE,
        r"weight \(O, C, KH, KW\) and bias \(O,\); given \(4, 3, 8, 8\)",
    ),
    ("conv2d", ((4, 3, 8, 8), (2, 3, 3, 3), (3,)), ONE, r"given .*, \(2, 3, 3, 3\), \(3,\)"),
    ("conv2d_without_bias", ((4, 3, 8), (2, 3, 3)), ONE, "conv2d takes x"),
    ("conv2d_without_bias", ((4, 3, 8, 2), (2, 3, 3, 3)), ONE, r"a window of \(3, 3\) does not fit on .* \(8, 2\)"),
    ("conv2d_without_bias", ((4, 3, 8, 8), (2, 3, 3, 3)), {**ONE, "stride": (0, 1)}, "stride is a pair .* from 1 on"),
    ("conv2d_without_bias", ((4, 3, 8, 8), (2, 3, 3, 3)), {**ONE, "dilation": (1,)}, r"dilation is a pair .*\(1,\)"),
    ("conv2d_without_bias", ((4, 3, 8, 8), (2, 3, 3, 3)), {**ONE, "padding": (0, -1)}, "padding is a pair .* from 0"),
    ("conv2d_without_bias", ((4, 3, 8, 8), (2, 3, 3, 3)), {**ONE, "dilation": (4, 1)}, r"window of \(9, 3\)"),
    ("max_pool2d", ((4, 3, 8),), TWO_BY_TWO, r"images to pool are \(N, C, H, W\); given \(4, 3, 8\)"),
    ("max_pool2d", ((4, 3, 8, 8),), {**TWO_BY_TWO, "padding": (2, 0)}, r"at most half of the kernel \(2, 2\)"),
    ("avg_pool2d", ((4, 3, 1, 8),), TWO_BY_TWO, r"a window of \(2, 2\) does not fit"),
    ("avg_pool2d", ((4, 3, 8, 8),), {**TWO_BY_TWO, "kernel": (0, 2)}, "kernel is a pair"),
    ("global_avg_pool", ((4, 3),), {}, r"given \(4, 3\)"),
]


@pytest.mark.parametrize(("name", "shapes", "params", "message"), MISFITS)
def test_images_that_do_not_fit_are_refused_with_what_would(name, shapes, params, message) -> None:
    with pytest.raises(ShapeError, match=message):
        OPS[name].shape(*shapes, **params)


def test_all_pooling_and_convolution_leaves_samples_last_in_memory() -> None:
    assert {op.order for op in (*CONVOLUTION_OPS, *POOLING_OPS)} == {"columns"}
