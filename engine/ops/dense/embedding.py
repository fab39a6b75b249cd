"""What a sequence model starts from: a row of numbers for every token, and one for every position."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from engine.foundation.errors import ConfigError, ShapeError
from engine.ops.core.op import Array, Function, Index, Op, Operands, Shape, Term, cell, elementwise, sum_of_products
from engine.ops.core.products import product
from engine.ops.core.rows import into_rows, rows
from engine.ops.core.structure import ZERO, same

# --- tokens -----------------------------------------------------------------------------------------------------------


def _embed(xp: Any, out: Array, x: Array, weight: Array) -> None:
    """The row of each token. That tokens are 0 to V - 1 is for the data to see to: here is no branch on numbers."""
    if x.dtype.kind not in "iu":
        raise ConfigError(f"an embedding takes tokens x of an integer type, as int64; given {x.dtype}")
    with into_rows(xp, out) as result:
        xp.take(rows(xp, weight), x, 0, result.reshape(out.shape), "clip")


def _weight(xp: Any, out: Array, grad: Array, x: Array, weight: Array) -> None:
    """Each position's gradient goes to its token's row: a product with tokens as rows of a single 1."""
    single = np.empty((*x.shape, len(weight)), grad.dtype)
    xp.equal(x[..., None], np.arange(len(weight)), single)
    product(xp, out.T, rows(xp, grad).T, rows(xp, single))


def _token_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    token = int(operands["x"][index[:2]])
    yield (cell(operands, "weight", (token, index[2])),)


def _weight_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    """The gradient of every position where the token stands; 0 if there is none."""
    token, d = index
    places = np.argwhere(operands["x"] == token).tolist()
    yield from ((cell(operands, "grad", (n, t, d)),) for n, t in places)
    if not places:
        yield ZERO


def _weight_reach(
    operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Mapping[str, Any]
) -> Iterable[Index]:
    """A gradient may go to any token's row, a token's gradient into any column; of the weight only its shape counts."""
    tokens, features = (range(n) for n in shape)
    if operand == 2:
        return ()
    return [(token, d) for token in tokens for d in ((index[2],) if operand == 0 else features)]


def _weight_scratch(shapes: Sequence[Shape], shape: Shape, params: Mapping[str, Any]) -> int:
    """A mark for every position and token."""
    return math.prod(shapes[1]) * shape[0]


def _embedding_shape(x: Shape, weight: Shape) -> Shape:
    if len(x) != 2 or len(weight) != 2:
        raise ShapeError(f"an embedding takes tokens x (N, T) and weight (tokens, D); given {x}, {weight}")
    return (*x, weight[1])


EMBEDDING = Op(
    name="embedding",
    title="embedding",
    args=("x", "weight"),
    function=Function(
        _embed,
        ("x", "weight"),
        "nt,vd->ntd",
        "$out = {$weight}_{$x}",
        "$weight[$x]",
        _token_terms,
        says="Looks up the row of each token in the table of $where.",
        torch="F.embedding($x, $weight)",
    ),
    vjps={
        "weight": Function(
            _weight,
            ("grad", "x", "weight"),
            "ntd,nt,vd->vd",
            r"$out = \textstyle\sum_{n,t} \left[{$x}_{nt} = v\right] {$grad}_{nt}",
            'np.einsum("ntv,ntd->vd", np.eye(len($weight))[$x], $grad)',
            _weight_terms,
            _weight_reach,
            scratch=_weight_scratch,
            says="Each token's row gets the gradients of all places where the token stands.",
        )
    },
    shape=_embedding_shape,
    source="Bengio et al. 2003, A Neural Probabilistic Language Model, section 2; matches torch.nn.Embedding.",
    example=lambda rng: ((rng.integers(0, 3, (2, 4)), rng.normal(size=(3, 5))), {}),
    order="rows",
)


# --- positions --------------------------------------------------------------------------------------------------------


def sinusoids(length: int, features: int) -> Array:
    """A row of numbers for every position, in waves from short to long: fixed, not trained.

    Formula: p_{t,2i} = sin(t / 10000^{2i/D});  p_{t,2i+1} = cos(t / 10000^{2i/D})
    Args:    length T; features D.
    Returns: (T, D), float64.
    Source:  Vaswani et al. 2017, Attention Is All You Need, section 3.5.
    """
    even = np.arange(features) // 2 * 2
    angle = np.arange(length)[:, None] / 10000.0 ** (even / features)
    return np.where(np.arange(features) % 2, np.cos(angle), np.sin(angle))


def _add_positions(xp: Any, out: Array, x: Array, position: Array) -> None:
    xp.add(x, rows(xp, position), out)


def _position(xp: Any, out: Array, grad: Array) -> None:
    """The sum over samples, as a product with ones."""
    samples = rows(xp, grad).reshape(len(grad), -1)
    with into_rows(xp, out) as total:
        product(xp, total.reshape(-1), np.ones(len(grad), grad.dtype), samples)


def _positions_shape(x: Shape, position: Shape) -> Shape:
    if len(x) != 3 or x[1:] != position:
        raise ShapeError(f"positions (T, D) are added to x (N, T, D); given {position} and {x}")
    return x


ADD_POSITIONS = Op(
    name="add_positions",
    title="positions added",
    args=("x", "position"),
    function=Function(
        _add_positions,
        ("x", "position"),
        "ntd,td->ntd",
        "$out = $x + $position",
        "$x + $position",
        sum_of_products(("ntd->ntd", ("x",)), ("td->ntd", ("position",))),
        says="Adds to each position the numbers that $where has for it.",
    ),
    vjps={
        "x": Function(
            same,
            ("grad",),
            "...->...",
            "$out = $grad",
            "$grad.copy()",
            elementwise("grad"),
            says="A sum passes the gradient on as it is.",
        ),
        "position": Function(
            _position,
            ("grad",),
            "ntd->td",
            r"$out = \textstyle\sum_n {$grad}_{n}",
            "$grad.sum(axis=0)",
            sum_of_products(("ntd->td", ("grad",))),
            says="Each position's numbers get the gradients of that position in all samples.",
        ),
    },
    shape=_positions_shape,
    source="Vaswani et al. 2017, Attention Is All You Need, section 3.5; Gehring et al. 2017, section 3.1.",
    example=lambda rng: ((rng.normal(size=(2, 3, 4)), rng.normal(size=(3, 4))), {}),
    order="rows",
)

EMBEDDING_OPS = (EMBEDDING, ADD_POSITIONS)
