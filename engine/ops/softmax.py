"""Softmax: the one activation whose cells depend on each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from engine.errors import ShapeError
from engine.ops.base import Array, Factor, Function, Index, Op, Operands, Shape, Term, cell


def softmax(xp: Any, out: Array, z: Array) -> None:
    """e^z of each row over the row's sum; its maximum is taken off first: no power overflows."""
    row = np.empty((z.shape[0], 1), out.dtype)
    xp.maximum.reduce(z, 1, None, row, True)
    xp.subtract(z, row, out)
    xp.exp(out, out)
    xp.add.reduce(out, 1, None, row, True)
    xp.divide(out, row, out)


def _vjp(xp: Any, out: Array, grad: Array, output: Array) -> None:
    row = np.empty((grad.shape[0], 1), out.dtype)
    xp.multiply(grad, output, out)
    xp.add.reduce(out, 1, None, row, True)
    xp.subtract(grad, row, out)
    xp.multiply(output, out, out)


def _forward_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    z = operands["z"]
    row = z[index[0]].astype(float)
    powers = np.exp(row - row.max())
    symbol = r"\frac{1}{\sum_k e^{z_k - \max z}}"
    yield (
        Factor(float(powers[index[1]]), "z", index, r"e^{$z - \max z}", float(z[index])),
        Factor(float(1 / powers.sum()), symbol=symbol),
    )


def _vjp_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    """Every unit k of the sample sends back g_k a_k (δ_kj - a_j)."""
    n, j = index
    a = float(operands["output"][index])
    for k in range(operands["grad"].shape[1]):
        own = k == j
        slope = Factor(own - a, "output", index, "1 - $output" if own else "-$output", a)
        yield (cell(operands, "grad", (n, k)), cell(operands, "output", (n, k)), slope)


def _shape(z: Shape) -> Shape:
    if len(z) != 2:
        raise ShapeError(f"softmax takes (N, K), one row a sample; given {z}")
    return z


SOFTMAX = Op(
    name="softmax",
    title="softmax",
    args=("z",),
    function=Function(
        softmax,
        ("z",),
        "nk->nj",
        r"$out = \frac{e^{$z}}{\sum_k e^{{$z}_{k}}}",
        "np.exp($z - np.logaddexp.reduce($z, axis=1, keepdims=True))",
        _forward_terms,
    ),
    vjps={
        "z": Function(
            _vjp,
            ("grad", "output"),
            "nk,nk->nj",
            r"$out = $output \odot \left($grad - \textstyle\sum_k {$grad}_{k}\, {$output}_{k}\right)",
            "$output * ($grad - ($grad * $output).sum(axis=1, keepdims=True))",
            _vjp_terms,
        )
    },
    shape=_shape,
    source="Goodfellow et al. 2016, section 6.2.2.3; matches torch.softmax(z, dim=1).",
    example=lambda rng: ((rng.normal(size=(4, 3)) * 2,), {}),
)
