"""Ops for sequences and attention: what they hide, what they count, what they refuse; activations of sequences."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.execution.recorder import Recorder
from engine.foundation.errors import ConfigError, ShapeError
from engine.ops import ACTIVATION_OPS, OPS
from engine.ops.core.op import Array, Function, Op, reached
from engine.ops.dense.embedding import sinusoids
from engine.ops.sequence.positions import stack_time
from tests.engine.support.tape import laid_out

SEQUENCE = (2, 3, 4)
every_activation = pytest.mark.parametrize("op", ACTIVATION_OPS, ids=lambda op: op.name)


def numbers(*shape: int) -> Array:
    return np.random.default_rng(0).normal(size=shape) * 2


def sums_of_terms(function: Function, operands: dict[str, Array], shape: tuple[int, ...], params: Any) -> Array:
    """Each cell as its terms say."""
    result = np.empty(shape)
    for index in np.ndindex(shape):
        terms = function.terms(index, operands, params)
        result[index] = math.fsum(math.prod(factor.number for factor in term) for term in terms)
    return result


# --- activations of a sequence --------------------------------------------------------------------


@every_activation
@given(drawn=st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 5)), data=st.data())
def test_an_activation_of_a_sequence_is_that_of_its_positions_as_samples(op: Op, drawn, data) -> None:
    z, grad = data.draw(laid_out(drawn)), data.draw(laid_out(drawn))
    _, params = op.example(np.random.default_rng(0))
    flat_z, flat_grad = (a.reshape(-1, drawn[-1]) for a in (z, grad))

    found = [op.forward(z, **params), op.vjp("z", grad, z, **params)]

    expected = [op.forward(flat_z, **params), op.vjp("z", flat_grad, flat_z, **params)]
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a.reshape(b.shape), b, rtol=1e-14, atol=1e-15)


@every_activation
def test_the_terms_of_an_activation_of_a_sequence_sum_to_its_cells(op: Op) -> None:
    z, grad, (_, params) = numbers(*SEQUENCE), numbers(*SEQUENCE)[::-1], op.example(np.random.default_rng(0))
    output = op.forward(z, **params)
    back = {name: {"z": z, "grad": grad, "output": output}[name] for name in op.vjps["z"].operands}

    sums = [
        sums_of_terms(op.function, {"z": z}, SEQUENCE, params),
        sums_of_terms(op.vjps["z"], back, SEQUENCE, params),
    ]

    np.testing.assert_allclose(sums, [output, op.vjp("z", grad, z, **params)], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_a_cell_of_a_softmax_of_a_sequence_reaches_its_position_only(name: str) -> None:
    function = OPS[name].function

    found = list(reached(function, 0, (1, 2, 0), [SEQUENCE], SEQUENCE, {}))

    assert found == [(1, 2, 0), (1, 2, 1), (1, 2, 2), (1, 2, 3)]


@every_activation
def test_the_recorded_activation_of_a_sequence_has_the_bits_of_the_eager_one(op: Op) -> None:
    z, out, recorder = np.zeros(SEQUENCE), np.empty(SEQUENCE), Recorder()
    _, params = op.example(np.random.default_rng(0))
    op.function.kernel(recorder, out, z, **params)
    np.copyto(z, numbers(*SEQUENCE))

    for call in recorder.calls:
        call()

    assert out.tobytes() == op.forward(z, **params).tobytes()


_AXES: dict[str, Any] = {"axes": (2,)}


@pytest.mark.parametrize("name", ["sample_mean", "sample_mean_square", "center", "rescale"])
def test_the_terms_of_what_layer_norm_is_made_of_sum_to_the_cells_of_a_sequence(name: str) -> None:
    op, params = OPS[name], _AXES
    args = (numbers(*SEQUENCE), *(numbers(*SEQUENCE[:2]) for _ in op.args[1:]))
    output = op.forward(*args, **params)
    known = dict(zip(op.args, args, strict=True)) | {"grad": numbers(*output.shape), "output": output}
    found = [sums_of_terms(op.function, dict(zip(op.args, args, strict=True)), output.shape, params)]
    expected = [output]

    for argument, function in op.vjps.items():
        operands = {operand: known[operand] for operand in function.operands}
        found.append(sums_of_terms(function, operands, known[argument].shape, params))
        expected.append(op.vjp(argument, known["grad"], *args, **params))

    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


# --- tokens and positions -------------------------------------------------------------------------


def test_each_token_is_looked_up_in_the_type_of_the_weight() -> None:
    weight = np.array([[0.5, 1], [2, 3], [4, 5]], np.float32)

    found = OPS["embedding"].forward(np.array([[2, 0]]), weight)

    assert (found.tolist(), found.dtype) == ([[[4.0, 5.0], [0.5, 1.0]]], np.dtype(np.float32))


def test_a_token_that_stands_twice_gathers_two_gradients_and_one_that_does_not_none() -> None:
    grad = np.array([[[1.0, 2], [10, 20]], [[100, 200], [1000, 2000]]])

    found = OPS["embedding"].vjp("weight", grad, np.array([[1, 3], [1, 0]]), np.zeros((4, 2)))

    assert found.tolist() == [[1000, 2000], [101, 202], [0, 0], [10, 20]]


def test_tokens_of_another_type_than_whole_numbers_are_refused() -> None:
    with pytest.raises(ConfigError, match="integer type, as int64; given float64"):
        OPS["embedding"].forward(np.array([[1.0, 2.0]]), np.zeros((3, 2)))


def test_sinusoids_start_at_sine_0_and_cosine_0_and_get_slower_from_pair_to_pair() -> None:
    slower = 10000**0.4
    found = sinusoids(3, 5)

    waves = [(math.sin(t), math.cos(t), math.sin(t / slower), math.cos(t / slower)) for t in range(3)]
    expected = [[*wave, math.sin(t / slower**2)] for t, wave in enumerate(waves)]
    np.testing.assert_allclose(found, expected, rtol=1e-15)


# --- moments --------------------------------------------------------------------------------------


@given(st.integers(1, 6), st.data())
def test_what_is_taken_of_each_moment_of_stacked_values_is_what_was_stacked(count: int, data) -> None:
    parts = [data.draw(laid_out((2, 3))) for _ in range(count)]
    op = stack_time(count)

    whole = op.forward(*parts)

    moments = [OPS["at_time"].forward(whole, t=t).tolist() for t in range(count)]
    gradients = [op.vjp(name, whole, *parts).tolist() for name in op.args]
    assert (moments, gradients) == ([p.tolist() for p in parts],) * 2


# --- attention ------------------------------------------------------------------------------------


def test_the_future_has_a_weight_of_exactly_zero_and_gets_no_gradient() -> None:
    scores, grad, op = numbers(2, 2, 4, 4), numbers(2, 2, 4, 4)[::-1], OPS["attention_weights"]
    future = np.triu(np.ones((4, 4), bool), 1)

    weights, back = op.forward(scores, causal=True), op.vjp("scores", grad, scores, causal=True)

    assert [np.unique(a[..., future]).tolist() for a in (weights, back + 0.0)] == [[0.0], [0.0]]
    np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-15)


@pytest.mark.parametrize("far", [1e300, np.inf, np.nan])
def test_whatever_the_scores_of_the_future_are_they_change_no_bit_of_a_weight(far: float) -> None:
    scores, op = numbers(1, 3, 3), OPS["attention_weights"]
    changed = np.where(np.triu(np.ones((3, 3), bool), 1), far, scores)

    assert op.forward(changed, causal=True).tobytes() == op.forward(scores, causal=True).tobytes()


def test_without_a_mask_attention_weights_are_a_softmax_that_large_scores_do_not_overflow() -> None:
    scores = numbers(2, 3, 5) * 1e3

    found = OPS["attention_weights"].forward(scores, causal=False)

    assert found.tobytes() == OPS["softmax"].forward(scores).tobytes()
    assert np.isfinite(found).all()


def test_equal_scores_attend_to_the_mean_of_what_is_seen() -> None:
    value = numbers(1, 3, 2)
    weights = OPS["attention_weights"].forward(np.zeros((1, 3, 3)), causal=True)

    found = OPS["attend"].forward(weights, value)

    np.testing.assert_allclose(found[0], [value[0, : t + 1].mean(axis=0) for t in range(3)], rtol=1e-14)


@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), st.data())
def test_heads_that_are_split_and_merged_are_the_sequence_again(n, t, heads, width, data) -> None:
    x = data.draw(laid_out((n, t, heads * width)))

    there = OPS["split_heads"].forward(x, heads=heads)

    assert there[:, heads - 1].tolist() == x[..., -width:].tolist()
    assert OPS["merge_heads"].forward(there, heads=heads).tolist() == x.tolist()


ONE_HEAD: list[tuple[str, tuple[tuple[int, ...], ...], dict[str, Any]]] = [
    ("scaled_scores", ((2, 3, 4), (2, 5, 4)), {}),
    ("attention_weights", ((2, 3, 5),), {"causal": False}),
    ("attend", ((2, 3, 5), (2, 5, 4)), {}),
    ("dot_vector", ((3, 4), (4,)), {}),
]


@pytest.mark.parametrize(("name", "shapes", "params"), ONE_HEAD)
def test_the_terms_of_one_head_without_an_axis_for_it_sum_to_its_cells(name, shapes, params) -> None:
    op, args = OPS[name], [numbers(*shape) for shape in shapes]

    found = op.forward(*args, **params)

    sums = sums_of_terms(op.function, dict(zip(op.args, args, strict=True)), found.shape, params)
    np.testing.assert_allclose(sums, found, rtol=1e-12)


# --- what does not fit ----------------------------------------------------------------------------

MISFITS: list[tuple[str, tuple[tuple[int, ...], ...], dict[str, Any], str]] = [
    ("embedding", ((4,), (5, 3)), {}, r"takes tokens x \(N, T\)"),
    ("add_positions", ((4, 3, 2), (4, 2)), {}, r"\(T, D\) are added to x \(N, T, D\); given \(4, 2\)"),
    ("linear_sequence", ((4, 3, 2), (5, 3), (5,)), {}, r"takes x \(N, T, D\), weight \(units, D\)"),
    ("linear_sequence_without_bias", ((4, 2), (5, 2)), {}, r"takes x \(N, T, D\)"),
    ("at_time", ((4, 3, 2),), {"t": 3}, "from 0 to T - 1"),
    ("stack_time_2", ((4, 2), (4, 3)), {}, "of one shape"),
    ("mean_time", ((4, 2),), {}, "over time is taken of x"),
    ("slice_units", ((4, 6),), {"start": 4, "stop": 8}, "given 4, 8 and"),
    ("split_heads", ((4, 3, 6),), {"heads": 4}, "heads share the features"),
    ("merge_heads", ((4, 3, 6, 2),), {"heads": 2}, "heads are merged of x"),
    ("scaled_scores", ((4, 3, 2), (4, 3, 5)), {}, r"scores are of query \(N, ..., T, D\)"),
    ("attention_weights", ((4, 3),), {"causal": False}, r"of scores \(N, ..., T, S\); given \(4, 3\)"),
    ("attention_weights", ((4, 3, 5),), {"causal": True}, r"the future is hidden, scores are \(N, ..., T, T\)"),
    ("attend", ((4, 3, 5), (4, 3, 2)), {}, r"for value \(N, ..., S, D\)"),
    ("pairwise_add", ((4, 3, 2), (4, 3, 5)), {}, r"key \(N, S, D\)"),
    ("dot_vector", ((4, 3, 2), (3,)), {}, r"a vector \(D,\) is for the last axis"),
]


@pytest.mark.parametrize(("name", "given_shapes", "params", "message"), MISFITS)
def test_shapes_that_do_not_fit_are_refused_with_what_would(name, given_shapes, params, message) -> None:
    with pytest.raises(ShapeError, match=message):
        OPS[name].shape(*given_shapes, **params)
