"""Additive attention: every query and every key make a pair, and a learned vector v scores the pair.

e_ts = v · tanh(W q_t + U k_s) is two linear maps of sequences, `pairwise_add`, tanh, and `dot_vector`.
"""

from __future__ import annotations

from typing import Any

from engine.foundation.errors import ShapeError
from engine.ops.core.op import Array, Function, Op, Shape, sum_of_products
from engine.ops.core.products import product
from engine.ops.core.rows import into_rows, rows

_SOURCE = "Bahdanau, Cho and Bengio 2015, Neural machine translation by jointly learning to align and translate, A.1.2"

# --- pairs ------------------------------------------------------------------------------------------------------------


def _pairs(xp: Any, out: Array, query: Array, key: Array) -> None:
    xp.add(query[:, :, None], key[:, None], out)


def _query(xp: Any, out: Array, grad: Array) -> None:
    xp.add.reduce(grad, 2, None, out)


def _key(xp: Any, out: Array, grad: Array) -> None:
    xp.add.reduce(grad, 1, None, out)


def _pairs_shape(query: Shape, key: Shape) -> Shape:
    if len(query) != 3 or len(key) != 3 or (query[0], query[2]) != (key[0], key[2]):
        raise ShapeError(f"pairs are made of query (N, T, D) and key (N, S, D); given {query} and {key}")
    return (*query[:2], *key[1:])


PAIRWISE_ADD = Op(
    name="pairwise_add",
    title="sum of every pair",
    args=("query", "key"),
    function=Function(
        _pairs,
        ("query", "key"),
        "ntd,nsd->ntsd",
        "$out = {$query}_{t} + {$key}_{s}",
        "$query[:, :, None] + $key[:, None]",
        sum_of_products(("ntd->ntsd", ("query",)), ("nsd->ntsd", ("key",))),
        says="Makes a pair of every query and every key, and adds the two.",
    ),
    vjps={
        "query": Function(
            _query,
            ("grad",),
            "ntsd->ntd",
            r"$out = \textstyle\sum_s {$grad}_{ts}",
            "$grad.sum(axis=2)",
            sum_of_products(("ntsd->ntd", ("grad",))),
            says="Each query gets the gradients of all pairs that it is in.",
        ),
        "key": Function(
            _key,
            ("grad",),
            "ntsd->nsd",
            r"$out = \textstyle\sum_t {$grad}_{ts}",
            "$grad.sum(axis=1)",
            sum_of_products(("ntsd->nsd", ("grad",))),
            says="Each key gets the gradients of all pairs that it is in.",
        ),
    },
    shape=_pairs_shape,
    source=f"{_SOURCE}; matches query.unsqueeze(2) + key.unsqueeze(1) in PyTorch, 2026.",
    example=lambda rng: ((rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 2, 4))), {}),
    order="rows",
)


# --- a score for each -------------------------------------------------------------------------------------------------


def _dot(xp: Any, out: Array, x: Array, vector: Array) -> None:
    with into_rows(xp, out[..., None]) as result:
        product(xp, result[:, 0], rows(xp, x), vector)


def _x(xp: Any, out: Array, grad: Array, vector: Array) -> None:
    xp.multiply(grad[..., None], vector, out)


def _vector(xp: Any, out: Array, grad: Array, x: Array) -> None:
    product(xp, out, rows(xp, x).T, rows(xp, grad[..., None])[:, 0])


def _dot_shape(x: Shape, vector: Shape) -> Shape:
    if len(x) < 2 or vector != x[-1:]:
        raise ShapeError(f"a vector (D,) is for the last axis of x (N, ..., D); given {vector} and {x}")
    return x[:-1]


DOT_VECTOR = Op(
    name="dot_vector",
    title="product with a vector",
    args=("x", "vector"),
    function=Function(
        _dot,
        ("x", "vector"),
        "...d,d->...",
        "$out = $x\\, $vector",
        "$x @ $vector",
        sum_of_products(("...d,d->...", ("x", "vector"))),
        says="One number for each pair: its score.",
    ),
    vjps={
        "vector": Function(
            _vector,
            ("grad", "x"),
            "...,...d->d",
            r"$out = \textstyle\sum $grad\, $x",
            "np.tensordot($grad, $x, axes=$grad.ndim)",
            sum_of_products(("...,...d->d", ("grad", "x"))),
            says="The vector's gradient: all pairs, weighted by the gradients of their scores.",
        ),
        "x": Function(
            _x,
            ("grad", "vector"),
            "...,d->...d",
            r"$out = $grad\, {$vector}^{\top}",
            "$grad[..., None] * $vector",
            sum_of_products(("...,d->...d", ("grad", "vector"))),
            says="Each pair's gradient: the vector times the gradient of its score.",
        ),
    },
    shape=_dot_shape,
    source=f"{_SOURCE}; matches torch.matmul(x, vector).",
    example=lambda rng: ((rng.normal(size=(2, 3, 2, 4)), rng.normal(size=4)), {}),
    order="rows",
)

ADDITIVE_OPS = (PAIRWISE_ADD, DOT_VECTOR)
