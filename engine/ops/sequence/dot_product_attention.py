"""Attention: how much each position takes from every other one, and what it takes.

A sequence (N, T, D) is split into heads (N, H, T, D/H). From there on every op works on the last two axes alone, by
matrix products of a whole batch, so that a sequence that was not split is one head.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from engine.foundation.errors import ShapeError
from engine.ops.activation.softmax import share_term, share_vjp_short, share_vjp_terms, softmax, softmax_vjp
from engine.ops.core.op import Array, Factor, Function, Index, Op, Operands, Shape, Term, Terms, cell, sum_of_products
from engine.ops.core.slips import Slip, diagonal_only, largest_path_only, root_left_out, transposed
from engine.ops.core.structure import ZERO

Params = Mapping[str, Any]

_SOURCE = "Vaswani et al. 2017, Attention Is All You Need, section 3.2"

# --- heads ------------------------------------------------------------------------------------------------------------


def _heads(x: Array, heads: int) -> Array:
    """A view of x (N, T, D) as (N, H, T, D/H): to cut an axis in pieces takes no copy, however x lies."""
    samples, positions, features = x.shape
    return x.reshape((samples, positions, heads, features // heads), copy=False).swapaxes(1, 2)


def _split(xp: Any, out: Array, x: Array, heads: int) -> None:
    xp.copyto(out, _heads(x, heads))


def _merge(xp: Any, out: Array, x: Array, heads: int) -> None:
    xp.copyto(_heads(out, heads), x)


def _in_whole(index: Index, width: int) -> Index:
    """Where a cell of a head stands in the sequence."""
    n, h, t, k = index
    return (n, t, h * width + k)


def _in_head(index: Index, width: int) -> Index:
    """Where a cell of the sequence stands in its head."""
    n, t, d = index
    return (n, d // width, t, d % width)


def _split_reach(operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Params) -> Iterable[Index]:
    return (_in_head(index, shape[3]),)


def _merge_reach(operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Params) -> Iterable[Index]:
    return (_in_whole(index, shapes[operand][3]),)


def _splitting(name: str, says: str) -> Function:
    def terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
        yield (cell(operands, name, _in_whole(index, operands[name].shape[2] // params["heads"])),)

    formula = rf"$out = \operatorname{{split}}_{{h}}\left(${name}\right)"
    code = f"${name}.reshape(*${name}.shape[:2], $heads, -1).swapaxes(1, 2)"
    return Function(_split, (name,), "ntd->nhtk", formula, code, terms, _split_reach, says=says)


def _merging(name: str, says: str) -> Function:
    def terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
        yield (cell(operands, name, _in_head(index, operands[name].shape[3])),)

    formula = rf"$out = \operatorname{{merge}}_{{h}}\left(${name}\right)"
    code = f"${name}.swapaxes(1, 2).reshape(len(${name}), ${name}.shape[2], -1)"
    return Function(_merge, (name,), "nhtk->ntd", formula, code, terms, _merge_reach, says=says)


def _split_shape(x: Shape, heads: int) -> Shape:
    if len(x) != 3 or heads < 1 or x[2] % heads:
        raise ShapeError(f"heads share the features D of x (N, T, D) equally; given heads = {heads} and {x}")
    return (x[0], heads, x[1], x[2] // heads)


def _merge_shape(x: Shape, heads: int) -> Shape:
    if len(x) != 4 or x[1] != heads:
        raise ShapeError(f"heads are merged of x (N, heads, T, D/heads); given heads = {heads} and {x}")
    return (x[0], x[2], heads * x[3])


SPLIT_HEADS = Op(
    name="split_heads",
    title="split into heads",
    args=("x",),
    function=_splitting("x", "Splits the features, a part for each head."),
    vjps={"x": _merging("grad", "Puts the gradients of the heads side by side.")},
    shape=_split_shape,
    source=f"{_SOURCE}.2 (heads side by side in one linear map); matches x.unflatten(2, (heads, -1)).transpose(1, 2).",
    example=lambda rng: ((rng.normal(size=(2, 3, 4)),), {"heads": 2}),
    order="rows",
)

MERGE_HEADS = Op(
    name="merge_heads",
    title="heads side by side",
    args=("x",),
    function=_merging("x", "Puts what the heads found side by side."),
    vjps={"x": _splitting("grad", "Splits the gradient, a part for each head.")},
    shape=_merge_shape,
    source=f"{_SOURCE}.2 (concatenation of the heads); matches x.transpose(1, 2).flatten(2).",
    example=lambda rng: ((rng.normal(size=(2, 2, 3, 4)),), {"heads": 2}),
    order="rows",
)


# --- scores -----------------------------------------------------------------------------------------------------------


def _scale(features: int) -> float:
    return 1 / math.sqrt(features)


def _scores(xp: Any, out: Array, query: Array, key: Array) -> None:
    """The query is scaled, not the scores: it has fewer cells."""
    scaled = np.empty(query.shape, query.dtype)
    xp.multiply(query, np.asarray(_scale(query.shape[-1]), query.dtype), scaled)
    xp.matmul(scaled, key.swapaxes(-1, -2), out)


def _query(xp: Any, out: Array, grad: Array, key: Array) -> None:
    xp.matmul(grad, key, out)
    xp.multiply(out, np.asarray(_scale(key.shape[-1]), out.dtype), out)


def _key(xp: Any, out: Array, grad: Array, query: Array) -> None:
    _query(xp, out, grad.swapaxes(-1, -2), query)


def _scaled(relation: str, first: str, second: str) -> Terms:
    """The terms of a product, each with the scale as one more factor. The second operand has the features last."""
    products = sum_of_products((relation, (first, second)))

    def terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
        features = operands[second].shape[-1]
        scale = Factor(_scale(features), symbol=rf"\tfrac{{1}}{{\sqrt{{{features}}}}}")
        for term in products(index, operands, params):
            yield (*term, scale)

    return terms


def _scores_shape(query: Shape, key: Shape) -> Shape:
    if len(query) < 3 or query[:-2] != key[:-2] or query[-1:] != key[-1:]:
        raise ShapeError(f"scores are of query (N, ..., T, D) and key (N, ..., S, D); given {query} and {key}")
    return (*query[:-1], key[-2])


SCALED_SCORES = Op(
    name="scaled_scores",
    title="scaled scores",
    args=("query", "key"),
    function=Function(
        _scores,
        ("query", "key"),
        "...tk,...sk->...ts",
        r"$out = \frac{$query\, {$key}^{\top}}{\sqrt{d}}",
        "$query @ $key.swapaxes(-1, -2) / np.sqrt($key.shape[-1])",
        _scaled("...tk,...sk->...ts", "query", "key"),
        says="How well each query fits each key: their product, divided by the root of their length.",
        slips=(
            root_left_out("$query @ $key.swapaxes(-1, -2)"),
            Slip(
                "length_for_root",
                "length for its root",
                "You divided by the length d: it is divided by √d.",
                "$query @ $key.swapaxes(-1, -2) / $key.shape[-1]",
            ),
        ),
    ),
    vjps={
        "query": Function(
            _query,
            ("grad", "key"),
            "...ts,...sk->...tk",
            r"$out = \frac{$grad\, $key}{\sqrt{d}}",
            "$grad @ $key / np.sqrt($key.shape[-1])",
            _scaled("...ts,...sk->...tk", "grad", "key"),
            says="Each query's gradient: the keys, weighted by the gradients of their scores.",
            slips=(
                root_left_out("$grad @ $key"),
                Slip(
                    "length_for_root",
                    "length for its root",
                    "You divided by the length d: it is divided by √d.",
                    "$grad @ $key / $key.shape[-1]",
                ),
            ),
        ),
        "key": Function(
            _key,
            ("grad", "query"),
            "...ts,...tk->...sk",
            r"$out = \frac{{$grad}^{\top} $query}{\sqrt{d}}",
            "$grad.swapaxes(-1, -2) @ $query / np.sqrt($query.shape[-1])",
            _scaled("...ts,...tk->...sk", "grad", "query"),
            says="Each key's gradient: the queries, weighted by the gradients of their scores.",
            slips=(
                root_left_out("$grad.swapaxes(-1, -2) @ $query"),
                Slip(
                    "length_for_root",
                    "length for its root",
                    "You divided by the length d: it is divided by √d.",
                    "$grad.swapaxes(-1, -2) @ $query / $query.shape[-1]",
                ),
            ),
        ),
    },
    shape=_scores_shape,
    source=f"{_SOURCE}.1, equation 1; matches torch.nn.functional.scaled_dot_product_attention up to its softmax.",
    example=lambda rng: ((rng.normal(size=(2, 2, 3, 4)), rng.normal(size=(2, 2, 3, 4))), {}),
    order="rows",
)


# --- weights ----------------------------------------------------------------------------------------------------------


def _future(positions: int) -> Array:
    """Whether the position of a column comes after that of a row."""
    place = np.arange(positions)
    return place > place[:, None]


def _weights(xp: Any, out: Array, scores: Array, causal: bool) -> None:
    """The softmax of each row; in a causal one e^-inf makes the future exactly 0, and its slope with it."""
    if causal:
        xp.copyto(out, scores)
        xp.copyto(out, np.asarray(-np.inf, out.dtype), where=_future(out.shape[-1]))
    softmax(xp, out, out if causal else scores)


def _weights_vjp(xp: Any, out: Array, grad: Array, output: Array, causal: bool) -> None:
    softmax_vjp(xp, out, grad, output)


_HIDDEN: Term = (Factor(0.0, symbol=r"e^{-\infty}"),)


def _seen(index: Index, positions: int, params: Params) -> int:
    """How many positions the one of this cell can see, from the first on."""
    return index[-2] + 1 if params["causal"] else positions


def _weights_terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
    seen = _seen(index, operands["scores"].shape[-1], params)
    yield share_term(index, operands, "scores", seen) if index[-1] < seen else _HIDDEN


def _weights_vjp_terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
    seen = _seen(index, operands["grad"].shape[-1], params)
    return share_vjp_terms(index, operands, seen) if index[-1] < seen else iter((ZERO,))


def _weights_vjp_short(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
    """A hidden position has the weight 0, so the sum over the row needs no mask."""
    seen = _seen(index, operands["grad"].shape[-1], params)
    return share_vjp_short(index, operands) if index[-1] < seen else iter((ZERO,))


def _weights_reach(
    operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Params
) -> Iterable[Index]:
    """The cells of its row that are not hidden by the mask; none if it is hidden itself."""
    seen = _seen(index, shape[-1], params)
    return [(*index[:-1], s) for s in range(seen)] if index[-1] < seen else ()


def _weights_shape(scores: Shape, causal: bool) -> Shape:
    if len(scores) < 3:
        raise ShapeError(f"attention weights are of scores (N, ..., T, S); given {scores}")
    if causal and scores[-2] != scores[-1]:
        raise ShapeError(f"where the future is hidden, scores are (N, ..., T, T), of a sequence itself; given {scores}")
    return scores


ATTENTION_WEIGHTS = Op(
    name="attention_weights",
    title="attention weights",
    args=("scores",),
    function=Function(
        _weights,
        ("scores",),
        "...k->...s",
        r"$out = \frac{e^{$scores + M}}{\sum_s e^{{$scores}_{s} + M_{s}}},\quad"
        r" M_{ts} = \begin{cases} -\infty & \text{causal},\ s > t \\ 0 & \text{else} \end{cases}",
        "attention_weights($scores, causal=$causal)",
        _weights_terms,
        _weights_reach,
        says="Turns the scores into shares: what each position takes from all positions adds up to 1.",
        slips=(
            Slip(
                "mask_left_out",
                "mask left out",
                "You left out the mask: no position looks at a later one.",
                "softmax($scores)",
            ),
            Slip(
                "not_normalized", "not normalized", "You left out the sum that softmax divides by.", "np.exp($scores)"
            ),
        ),
    ),
    vjps={
        "scores": Function(
            _weights_vjp,
            ("grad", "output"),
            "...k,...k->...s",
            r"$out = $output \odot \left($grad - \textstyle\sum_s {$grad}_{s}\, {$output}_{s}\right)",
            "$output * ($grad - ($grad * $output).sum(axis=-1, keepdims=True))",
            _weights_vjp_terms,
            _weights_reach,
            says="How much more a larger share of each position would change the loss than the average does.",
            slips=(
                diagonal_only("$grad * $output * (1 - $output)"),
                Slip(
                    "sum_left_out",
                    "sum left out",
                    "You left out the weighted sum over the row, which is taken away.",
                    "$output * $grad",
                ),
            ),
            short=_weights_vjp_short,
        )
    },
    shape=_weights_shape,
    source=f"{_SOURCE}.1 and 3.2.3 (illegal connections); matches torch.softmax(scores.masked_fill(future, -inf), -1).",
    example=lambda rng: ((rng.normal(size=(2, 2, 3, 3)),), {"causal": True}),
    order="rows",
)


# --- what is taken ----------------------------------------------------------------------------------------------------


def _attend(xp: Any, out: Array, weights: Array, value: Array) -> None:
    xp.matmul(weights, value, out)


def _attend_weights(xp: Any, out: Array, grad: Array, value: Array) -> None:
    xp.matmul(grad, value.swapaxes(-1, -2), out)


def _attend_value(xp: Any, out: Array, grad: Array, weights: Array) -> None:
    xp.matmul(weights.swapaxes(-1, -2), grad, out)


def _attend_shape(weights: Shape, value: Shape) -> Shape:
    if len(weights) < 3 or weights[:-2] != value[:-2] or weights[-1:] != value[-2:-1]:
        raise ShapeError(f"weights (N, ..., T, S) are for value (N, ..., S, D); given {weights} and {value}")
    return (*weights[:-1], value[-1])


ATTEND = Op(
    name="attend",
    title="attention",
    args=("weights", "value"),
    function=Function(
        _attend,
        ("weights", "value"),
        "...ts,...sk->...tk",
        r"$out = $weights\, $value",
        "$weights @ $value",
        sum_of_products(("...ts,...sk->...tk", ("weights", "value"))),
        says="Takes from every position its share.",
        slips=(
            Slip(
                "weights_left_out",
                "weights left out",
                "You averaged over all positions alike: each counts by its weight.",
                "np.broadcast_to($value.mean(axis=-2, keepdims=True), $value.shape)",
            ),
        ),
    ),
    vjps={
        "weights": Function(
            _attend_weights,
            ("grad", "value"),
            "...tk,...sk->...ts",
            r"$out = $grad\, {$value}^{\top}",
            "$grad @ $value.swapaxes(-1, -2)",
            sum_of_products(("...tk,...sk->...ts", ("grad", "value"))),
            says="How much a larger share of each position would change the loss.",
            slips=(largest_path_only("largest($grad[..., :, None, :] * $value[..., None, :, :])"),),
        ),
        "value": Function(
            _attend_value,
            ("grad", "weights"),
            "...tk,...ts->...sk",
            r"$out = {$weights}^{\top} $grad",
            "$weights.swapaxes(-1, -2) @ $grad",
            sum_of_products(("...tk,...ts->...sk", ("grad", "weights"))),
            says="Each position gets the gradients of all that took from it, weighted by their shares.",
            slips=(transposed("$weights @ $grad"),),
        ),
    },
    shape=_attend_shape,
    source=f"{_SOURCE}.1, equation 1; matches torch.matmul(weights, value).",
    example=lambda rng: ((rng.uniform(size=(2, 2, 3, 3)), rng.normal(size=(2, 2, 3, 4))), {}),
    order="rows",
)

ATTENTION_OPS = (SPLIT_HEADS, MERGE_HEADS, SCALED_SCORES, ATTENTION_WEIGHTS, ATTEND)
