"""Attention against PyTorch: each op on shapes and orders of memory drawn at random, and whole layers of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ops import OPS
from engine.ops.core.op import Array
from tests.engine.support.tape import Lay, Tape, columns, laid_out, rows
from tests.oracles.torch_cases import Named, differences, of_op, of_tape, of_torch

torch: Any = pytest.importorskip(
    "torch", reason="PyTorch is not installed: .ci/run installs it with pip (torch==2.13.0) and runs these"
)
functional: Any = torch.nn.functional
pytestmark = pytest.mark.torch

sizes = st.integers(1, 4)
leading = st.lists(sizes, min_size=1, max_size=2).map(tuple)
every_order = pytest.mark.parametrize("lay", [columns, rows])
every_mask = pytest.mark.parametrize("causal", [False, True])


def torch_weights(scores: Any, causal: bool) -> Any:
    future = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
    return torch.softmax(scores.masked_fill(future, -torch.inf) if causal else scores, dim=-1)


def agrees(data: st.DataObject, name: str, theirs: Any, *shapes: tuple[int, ...], **params: Any) -> dict[str, float]:
    """Where an op differs from a function of PyTorch on arguments of these shapes."""
    op = OPS[name]
    args = {arg: data.draw(laid_out(shape)) for arg, shape in zip(op.args, shapes, strict=True)}
    grad = data.draw(laid_out(op.shape(*shapes, **params)))
    return differences(of_op(op, args, grad, params), of_torch(torch, theirs, args, grad), bound=1e-10)


# --- each op --------------------------------------------------------------------------------------


@given(leading, sizes, sizes, sizes, st.data())
def test_scores_agree_with_pytorch(lead, t, s, d, data) -> None:
    def theirs(query: Any, key: Any) -> Any:
        return query @ key.transpose(-1, -2) / d**0.5

    assert agrees(data, "scaled_scores", theirs, (*lead, t, d), (*lead, s, d)) == {}


@every_mask
@given(lead=leading, t=sizes, data=st.data())
def test_weights_agree_with_pytorch(causal, lead, t, data) -> None:
    def theirs(scores: Any) -> Any:
        return torch_weights(scores, causal)

    assert agrees(data, "attention_weights", theirs, (*lead, t, t), causal=causal) == {}


@given(leading, sizes, sizes, sizes, st.data())
def test_what_is_attended_to_agrees_with_pytorch(lead, t, s, d, data) -> None:
    assert agrees(data, "attend", torch.matmul, (*lead, t, s), (*lead, s, d)) == {}


@given(sizes, sizes, sizes, sizes, st.data())
def test_splitting_and_merging_heads_agrees_with_pytorch(n, t, heads, width, data) -> None:
    def split(x: Any) -> Any:
        return x.unflatten(2, (heads, -1)).transpose(1, 2)

    def merge(x: Any) -> Any:
        return x.transpose(1, 2).flatten(2)

    assert agrees(data, "split_heads", split, (n, t, heads * width), heads=heads) == {}
    assert agrees(data, "merge_heads", merge, (n, heads, t, width), heads=heads) == {}


@given(sizes, sizes, sizes, sizes, st.data())
def test_sums_of_pairs_and_their_products_with_a_vector_agree_with_pytorch(n, t, s, d, data) -> None:
    def pairs(query: Any, key: Any) -> Any:
        return query.unsqueeze(2) + key.unsqueeze(1)

    assert agrees(data, "pairwise_add", pairs, (n, t, d), (n, s, d)) == {}
    assert agrees(data, "dot_vector", torch.matmul, (n, t, s, d), (d,)) == {}


# --- whole layers ---------------------------------------------------------------------------------


def numbers(dtype: str = "float64", **shapes: tuple[int, ...]) -> Named:
    rng = np.random.default_rng(0)
    return {name: rng.normal(size=shape).astype(dtype) for name, shape in shapes.items()}


def attention(tape: Tape, heads: int, causal: bool, *names: str) -> str:
    """Multi-head attention of a query, a key and a value."""
    for name, role in zip(names, ("q", "k", "v"), strict=True):
        tape.emit(OPS["split_heads"], (name,), role, heads=heads)
    tape.emit(OPS["scaled_scores"], ("q", "k"), "scores")
    tape.emit(OPS["attention_weights"], ("scores",), "weights", causal=causal)
    tape.emit(OPS["attend"], ("weights", "v"), "attended")
    return tape.emit(OPS["merge_heads"], ("attended",), "merged", heads=heads)


def scaled_dot_product(causal: bool, lay: Lay, dtype: str) -> tuple[Named, Named]:
    def theirs(*values: Any) -> Any:
        split = [v.unflatten(2, (2, -1)).transpose(1, 2) for v in values]
        return functional.scaled_dot_product_attention(*split, is_causal=causal).transpose(1, 2).flatten(2)

    args = numbers(dtype, query=(3, 5, 6), key=(3, 5, 6), value=(3, 5, 6))
    grad = numbers(dtype, grad=(3, 5, 6))["grad"]
    return (
        of_tape(lambda tape: attention(tape, 2, causal, "query", "key", "value"), args, grad, lay),
        of_torch(torch, theirs, args, grad),
    )


@every_order
@every_mask
def test_attention_of_heads_and_its_gradients_agree_with_pytorch(causal: bool, lay: Lay) -> None:
    assert differences(*scaled_dot_product(causal, lay, "float64"), bound=1e-10) == {}


@every_mask
def test_attention_of_heads_agrees_with_pytorch_in_single_precision(causal: bool) -> None:
    assert differences(*scaled_dot_product(causal, rows, "float32"), bound=1e-5) == {}


@every_order
@every_mask
def test_a_layer_of_self_attention_and_its_gradients_agree_with_pytorch(causal: bool, lay: Lay) -> None:
    """With linear maps before and after: the gradient of x comes from query, key and value."""
    args = numbers(x=(3, 5, 6), w0=(6, 6), w1=(6, 6), w2=(6, 6), w3=(6, 6), b0=(6,), b1=(6,), b2=(6,), b3=(6,))
    grad = np.random.default_rng(1).normal(size=(3, 5, 6))

    def build(tape: Tape) -> str:
        for i in range(3):
            tape.emit(OPS["linear_sequence"], ("x", f"w{i}", f"b{i}"), f"p{i}")
        merged = attention(tape, 2, causal, "p0", "p1", "p2")
        return tape.emit(OPS["linear_sequence"], (merged, "w3", "b3"), "y")

    def theirs(x: Any, *weights: Any) -> Any:
        (*w, w_out), (*b, b_out) = weights[:4], weights[4:]
        given = {"in_proj_weight": torch.cat(w), "in_proj_bias": torch.cat(b)}
        given |= {"out_proj.weight": w_out, "out_proj.bias": b_out}
        layer = torch.nn.MultiheadAttention(6, 2, batch_first=True, dtype=torch.float64)
        mask = torch.ones(5, 5, dtype=torch.bool).triu(1) if causal else None
        return torch.func.functional_call(layer, given, (x, x, x), {"attn_mask": mask, "need_weights": False})[0]

    assert differences(of_tape(build, args, grad, lay), of_torch(torch, theirs, args, grad), bound=1e-10) == {}


@every_order
def test_additive_attention_and_its_gradients_agree_with_pytorch(lay: Lay) -> None:
    """e_ts = v · tanh(W q_t + U k_s), the softmax of it over s, and what it attends to; T and S differ."""
    args = numbers(query=(3, 4, 6), key=(3, 5, 2), W=(7, 6), U=(7, 2), b=(7,), v=(7,))
    grad: Array = np.random.default_rng(1).normal(size=(3, 4, 2))

    def build(tape: Tape) -> str:
        tape.emit(OPS["linear_sequence"], ("query", "W", "b"), "q")
        tape.emit(OPS["linear_sequence_without_bias"], ("key", "U"), "k")
        tape.emit(OPS["pairwise_add"], ("q", "k"), "pairs")
        tape.emit(OPS["tanh"], ("pairs",), "bent")
        tape.emit(OPS["dot_vector"], ("bent", "v"), "scores")
        tape.emit(OPS["attention_weights"], ("scores",), "weights", causal=False)
        return tape.emit(OPS["attend"], ("weights", "key"), "context")

    def theirs(query: Any, key: Any, w: Any, u: Any, b: Any, v: Any) -> Any:
        pairs = functional.linear(query, w, b).unsqueeze(2) + functional.linear(key, u).unsqueeze(1)
        return torch.softmax(torch.tanh(pairs) @ v, dim=-1) @ key

    assert differences(of_tape(build, args, grad, lay), of_torch(torch, theirs, args, grad), bound=1e-10) == {}
