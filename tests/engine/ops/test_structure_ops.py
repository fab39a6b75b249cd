"""Normalization, structure, images, noise and sequences in every order of memory, on drawn shapes; what they refuse."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.execution.recorder import Recorder
from engine.foundation.errors import ShapeError
from engine.ops import OPS, SEQUENTIAL_OPS
from engine.ops.core.numpy_calls import EAGER
from engine.ops.core.op import Array
from engine.ops.elementwise.concat import concat
from engine.ops.elementwise.noise import NOISE_OPS
from engine.ops.elementwise.shaping import SHAPE_OPS
from engine.ops.image.convolution import CONVOLUTION_OPS
from engine.ops.image.pooling import POOLING_OPS
from engine.ops.normalization.rescale import NORM_OPS
from tests.engine.support.op_cases import CASES, Case, case_name
from tests.engine.support.tape import columns, laid_out, rows

IMAGE_OPS = (*CONVOLUTION_OPS, *POOLING_OPS)
OURS = {op.name for op in (*NORM_OPS, *SHAPE_OPS, *IMAGE_OPS, *NOISE_OPS, *SEQUENTIAL_OPS)} | {"features"}
OUR_CASES = [case for case in CASES if case.op.name in OURS]

sizes = st.integers(1, 4)
shapes = st.lists(sizes, min_size=2, max_size=4).map(tuple)


@st.composite
def sums(draw: st.DrawFn) -> tuple[Array, Array, tuple[int, ...]]:
    """Two values of one shape, and some of their axes."""
    shape = draw(shapes)
    some = st.sets(st.sampled_from(range(len(shape))), min_size=1, max_size=len(shape) - 1)
    return draw(laid_out(shape)), draw(laid_out(shape)), tuple(sorted(draw(some)))


def close(found: Array, expected: Any) -> bool:
    return found.shape == np.shape(expected) and bool(np.allclose(found, expected, rtol=1e-13, atol=1e-13))


# --- order of memory ------------------------------------------------------------------------------


@pytest.mark.parametrize("case", OUR_CASES, ids=case_name)
def test_recorded_calls_see_new_numbers_in_whatever_order_arguments_and_result_lie(case: Case) -> None:
    """A copy that is made while recording would hold on to the old numbers."""
    fresh, wrong = replace(case, seed=7), []

    for lay_in, lay_out in itertools.product((rows, columns), repeat=2):
        buffers = {name: lay_in(operand.copy()) for name, operand in case.operands.items()}
        recorder, out = Recorder(), lay_out(np.full(case.result_shape, np.nan))
        case.run(buffers, recorder, out)
        for name, buffer in buffers.items():
            np.copyto(buffer, fresh.operands[name])
        for call in recorder.calls:
            call()
        eager = fresh.run(buffers, EAGER, lay_out(np.empty(case.result_shape)))
        if out.tobytes() != eager.tobytes() or not close(out, fresh.run()):
            wrong.append((lay_in.__name__, lay_out.__name__))

    assert wrong == []


@settings(max_examples=500)  # there are many orders, and few of them take each way
@given(sums())
def test_statistics_and_what_flows_back_from_them_are_the_same_in_every_order_of_memory(drawn) -> None:
    x, other, axes = drawn
    kind = "batch" if 0 in axes else "sample"
    mean, square = OPS[f"{kind}_mean"], OPS[f"{kind}_mean_square"]
    grad = np.random.default_rng(0).normal(size=mean.shape(x.shape, axes))
    wide, share = np.expand_dims(grad, axes), grad.size / x.size
    means, squares = ([lay(np.empty(grad.shape)) for lay in (rows, columns)] for _ in range(2))

    found = {
        "mean": all(close(mean.forward(x, out=out, axes=axes), x.mean(axis=axes)) for out in means),
        "mean square": all(close(square.forward(x, out=out, axes=axes), (x * x).mean(axis=axes)) for out in squares),
        "mean of x": close(mean.vjp("x", grad, x, axes=axes), np.broadcast_to(wide * share, x.shape)),
        "mean square of x": close(square.vjp("x", grad, x, axes=axes), 2 * wide * share * x),
        "center": close(OPS["center"].forward(x, grad, axes=axes), x - wide),
        "center of mean": close(OPS["center"].vjp("mean", other, x, grad, axes=axes), -other.sum(axis=axes)),
        "rescale": close(OPS["rescale"].forward(x, grad, axes=axes), x * wide),
        "rescale of x": close(OPS["rescale"].vjp("x", other, x, grad, axes=axes), other * wide),
        "rescale of s": close(OPS["rescale"].vjp("factor", other, x, grad, axes=axes), (other * x).sum(axis=axes)),
    }

    assert [name for name, right in found.items() if not right] == []


@given(shapes, st.data())
def test_one_learned_number_a_place_along_an_axis_is_the_same_in_every_order_of_memory(shape, data) -> None:
    x, grad = data.draw(laid_out(shape)), data.draw(laid_out(shape))
    axis = data.draw(st.integers(1, len(shape) - 1))
    others = tuple(i for i in range(len(shape)) if i != axis)
    learned = np.random.default_rng(0).normal(size=shape[axis])
    wide = np.expand_dims(learned, others)

    found = {
        "scale": close(OPS["scale"].forward(x, learned, axis=axis), x * wide),
        "scale of x": close(OPS["scale"].vjp("x", grad, x, learned, axis=axis), grad * wide),
        "scale of gamma": close(OPS["scale"].vjp("gamma", grad, x, learned, axis=axis), (grad * x).sum(axis=others)),
        "shift": close(OPS["shift"].forward(x, learned, axis=axis), x + wide),
        "shift of beta": close(OPS["shift"].vjp("beta", grad, x, learned, axis=axis), grad.sum(axis=others)),
    }

    assert [name for name, right in found.items() if not right] == []


@given(shapes, st.data())
def test_cells_keep_their_row_major_order_through_every_reshape_and_back(shape, data) -> None:
    x = data.draw(laid_out(shape))
    split = data.draw(st.permutations(shape[1:]))
    lay = data.draw(st.sampled_from([rows, columns]))

    def through(op: Any, **params: Any) -> tuple[Array, Array]:
        out = lay(np.empty(op.shape(shape, **params)))
        found = op.forward(x, out=out, **params)
        return found, op.vjp("x", found, x, **params)

    results = {
        (len(x), *split): through(OPS["reshape"], shape=tuple(split)),
        (len(x), math.prod(shape[1:])): through(OPS["flatten"]),
        (shape[0] * shape[1], *shape[2:]): through(OPS["merge_positions"]),
    }

    wrong = [s for s, (there, back) in results.items() if not (close(there, x.reshape(s)) and close(back, x))]
    assert wrong == []


@given(st.lists(sizes, min_size=2, max_size=6), st.integers(1, 2), st.data())
def test_the_pieces_of_a_concatenation_come_back_as_they_were(lengths, axis, data) -> None:
    whole = [3, 2, 2]
    parts = [data.draw(laid_out((*whole[:axis], n, *whole[axis + 1 :]))) for n in lengths]
    op, params = concat(len(parts)), {"axis": axis, "sizes": tuple(lengths)}

    joined = op.forward(*parts, **params)
    back = [op.vjp(name, joined, *parts, **params) for name in op.args]

    assert close(joined, np.concatenate(parts, axis))
    assert [a.tolist() for a in back] == [a.tolist() for a in parts]


def test_targets_of_all_positions_stay_whole_numbers() -> None:
    merged = OPS["merge_positions"].forward(np.array([[3, 1, 2], [0, 5, 4]]))

    assert (merged.tolist(), merged.dtype) == ([3, 1, 2, 0, 5, 4], np.dtype(np.int64))


# --- running statistics, noise --------------------------------------------------------------------


@pytest.mark.parametrize("op", [OPS["running_mean"], OPS["running_variance"]], ids=lambda op: op.name)
def test_a_running_statistic_may_be_renewed_in_place(op) -> None:
    (running, statistic), params = op.example(np.random.default_rng(0))
    expected = op.forward(running.copy(), statistic, **params)

    op.forward(running, statistic, out=running, **params)

    assert running.tolist() == expected.tolist()


def test_a_dropout_mask_keeps_the_rest_and_makes_up_for_what_it_drops() -> None:
    u = np.array([0.0, 0.19, 0.2, 0.5, 0.99])

    masks = [OPS["bernoulli_mask"].forward(u, p=p).tolist() for p in (0.0, 0.2, 0.5)]

    assert masks == [[1.0] * 5, [0.0, 0.0, 1.25, 1.25, 1.25], [0.0, 0.0, 0.0, 2.0, 2.0]]


def test_no_gradient_goes_through_draws_running_statistics_or_a_stop() -> None:
    names = {op.name: set(op.args) - set(op.vjps) for op in (*NORM_OPS, *SHAPE_OPS, *NOISE_OPS)}

    assert {name: left for name, left in names.items() if left} == {
        "running_mean": {"running", "mean"},
        "running_variance": {"running", "variance"},
        "stop_gradient": {"x"},
        "bernoulli_mask": {"u"},
        "apply_mask": {"mask"},
        "add_noise": {"noise"},
    }


# --- what does not fit ----------------------------------------------------------------------------

MISFITS: list[tuple[str, tuple[tuple[int, ...], ...], dict[str, Any], str]] = [
    ("batch_mean", ((4, 3),), {"axes": (1,)}, "over axis 0 too"),
    ("sample_mean", ((4, 3),), {"axes": (0,)}, "leaves axis 0, the samples, alone"),
    ("batch_mean", ((4, 3),), {"axes": (0, 2)}, "some of 0 to 1"),
    ("batch_mean_square", ((4, 3, 2),), {"axes": (2, 0)}, "ascending"),
    ("center", ((4, 3), (4,)), {"axes": (0,)}, r"has a statistic of \(3,\); given \(4,\)"),
    ("scale", ((4, 3), (4,)), {"axis": 1}, "along axis 1"),
    ("shift", ((4, 3), (4,)), {"axis": 0}, "along axis 0"),
    ("running_mean", ((3,), (4,)), {"momentum": 0.1}, "shape of what it follows"),
    ("running_variance", ((3,), (3,)), {"momentum": 0.1, "count": 1}, "at least 2 numbers per channel"),
    ("reshape", ((4, 6),), {"shape": (2, 2)}, "has 6 numbers and cannot become"),
    ("merge_positions", ((4,),), {}, "positions are merged of"),
    ("concat", ((4, 3), (4, 2)), {"axis": 0, "sizes": (4, 4)}, "not along 0"),
    ("concat", ((4, 3), (5, 2)), {"axis": 1, "sizes": (3, 2)}, "alike in all others"),
    ("concat", ((4, 3), (4, 2)), {"axis": 1, "sizes": (3, 3)}, "long; given"),
    ("apply_mask", ((4, 3), (4, 2)), {}, "noise has the shape"),
    ("features", ((4, 3),), {}, r"are of \(N, 2\)"),
]


@pytest.mark.parametrize(("name", "given_shapes", "params", "message"), MISFITS)
def test_shapes_that_do_not_fit_are_refused_with_what_would(name, given_shapes, params, message) -> None:
    with pytest.raises(ShapeError, match=message):
        OPS[name].shape(*given_shapes, **params)
