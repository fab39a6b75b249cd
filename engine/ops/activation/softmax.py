"""Softmax and its logarithm: the activations whose cells depend on each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from engine.foundation.errors import ShapeError
from engine.foundation.numbers import bracketed_number, latex_number
from engine.ops.core.op import Array, Factor, Function, Index, Op, Operands, Shape, Term, cell
from engine.ops.core.slips import Slip, diagonal_only


def softmax(xp: Any, out: Array, z: Array) -> None:
    """e^z of each row over the row's sum; its maximum is taken off first: no power overflows."""
    row = np.empty((*z.shape[:-1], 1), out.dtype)
    xp.maximum.reduce(z, -1, None, row, True)
    xp.subtract(z, row, out)
    xp.exp(out, out)
    row_sums(xp, row, out)
    xp.divide(out, row, out)


def log_softmax(xp: Any, out: Array, logits: Array) -> None:
    """y - max - log(sum(e^(y - max))), in the order in which PyTorch rounds."""
    power = np.empty_like(logits)
    row = np.empty((*logits.shape[:-1], 1), logits.dtype)
    xp.maximum.reduce(logits, -1, None, row, True)
    xp.subtract(logits, row, out)
    xp.exp(out, power)
    row_sums(xp, row, power)
    xp.log(row, row)
    xp.subtract(out, row, out)


def row_sums(xp: Any, out: Array, rows: Array) -> None:
    """The sum of each row, as a product with ones: a fourth of the time of a reduction."""
    (xp.dot if rows.ndim == 2 else xp.matmul)(rows, np.ones((rows.shape[-1], 1), rows.dtype), out)


def softmax_vjp(xp: Any, out: Array, grad: Array, output: Array) -> None:
    """a (g - sum(g a)), the sum over the row."""
    row = np.empty((*grad.shape[:-1], 1), out.dtype)
    xp.multiply(grad, output, out)
    row_sums(xp, row, out)
    xp.subtract(grad, row, out)
    xp.multiply(output, out, out)


def _log_vjp(xp: Any, out: Array, grad: Array, output: Array) -> None:
    row = np.empty((*grad.shape[:-1], 1), out.dtype)
    xp.add.reduce(grad, -1, None, row, True)
    xp.exp(output, out)
    xp.multiply(out, row, out)
    xp.subtract(grad, out, out)


def share_term(index: Index, operands: Operands, name: str, seen: int) -> Term:
    """The share that a cell of an operand has in the first `seen` cells of its row."""
    value, letter = operands[name], name[0]
    row = value[index[:-1]][:seen].astype(float)
    powers = np.exp(row - row.max())
    return (
        Factor(float(powers[index[-1]]), name, index, rf"e^{{${name} - \max {letter}}}", float(value[index])),
        Factor(float(1 / powers.sum()), symbol=rf"\frac{{1}}{{\sum_k e^{{{letter}_k - \max {letter}}}}}"),
    )


def share_vjp_terms(index: Index, operands: Operands, seen: int) -> Iterator[Term]:
    """Each of the first `seen` units k of the row sends back g_k a_k (δ_kj - a_j)."""
    *row, j = index
    a = float(operands["output"][index])
    for k in range(seen):
        own = k == j
        slope = Factor(own - a, "output", index, "1 - $output" if own else "-$output", a)
        yield (cell(operands, "grad", (*row, k)), cell(operands, "output", (*row, k)), slope)


def share_vjp_short(index: Index, operands: Operands) -> Iterator[Term]:
    """a_j times how far g_j lies above the mean of its row, weighted by the shares: a_j (g_j - sum_k a_k g_k)."""
    row = index[:-1]
    mean = float(operands["output"][row].astype(float) @ operands["grad"][row].astype(float))
    above, symbol = float(operands["grad"][index]), r"$grad - \textstyle\sum_k $output_k \cdot $grad_k"
    numeric = f"{latex_number(above)} - {bracketed_number(mean)}"
    yield (cell(operands, "output", index), Factor(above - mean, "grad", index, symbol, above, numeric))


def _vjp_short(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    return share_vjp_short(index, operands)


def _log_vjp_short(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    """g_j - e^a_j sum_k g_k."""
    a, total = float(operands["output"][index]), float(operands["grad"][index[:-1]].astype(float).sum())
    yield (cell(operands, "grad", index),)
    share = Factor(-float(np.exp(a)), "output", index, "-e^{$output}", a)
    yield (share, Factor(total, None, index, r"\textstyle\sum_k $grad_k"))


def _forward_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    yield share_term(index, operands, "z", operands["z"].shape[-1])


def _vjp_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    return share_vjp_terms(index, operands, operands["grad"].shape[-1])


def _log_forward_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    row = operands["z"][index[:-1]].astype(float)
    size = row.max() + np.log(np.exp(row - row.max()).sum())
    yield (cell(operands, "z", index),)
    yield (Factor(-float(size), symbol=r"-\log \textstyle\sum_k e^{z_k}"),)


def _log_vjp_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    """Every unit k of the row sends back g_k (δ_kj - e^a_j)."""
    *row, j = index
    a = float(operands["output"][index])
    for k in range(operands["grad"].shape[-1]):
        symbol = "1 - e^{$output}" if k == j else "-e^{$output}"
        yield (cell(operands, "grad", (*row, k)), Factor(float((k == j) - np.exp(a)), "output", index, symbol, a))


def _shape(z: Shape) -> Shape:
    if len(z) < 2:
        raise ShapeError(f"softmax takes (N, K), one row per sample, or one per position, (N, T, K); given {z}")
    return z


SOFTMAX = Op(
    name="softmax",
    title="softmax",
    args=("z",),
    function=Function(
        softmax,
        ("z",),
        "...k->...j",
        r"$out = \frac{e^{$z}}{\sum_k e^{{$z}_{k}}}",
        "softmax($z)",
        _forward_terms,
        says="Turns the sums of all units of $where into shares that add up to 1.",
        slips=(
            Slip("not_normalized", "not normalized", "You left out the sum that softmax divides by.", "np.exp($z)"),
        ),
    ),
    vjps={
        "z": Function(
            softmax_vjp,
            ("grad", "output"),
            "...k,...k->...j",
            r"$out = $output \odot \left($grad - \textstyle\sum_k {$grad}_{k}\, {$output}_{k}\right)",
            "$output * ($grad - ($grad * $output).sum(axis=-1, keepdims=True))",
            _vjp_terms,
            says="The gradient goes back through softmax: every unit's sum moves the shares of all units.",
            slips=(
                diagonal_only("$grad * $output * (1 - $output)"),
                Slip("slope_left_out", "slope left out", "You left out the slope of softmax.", "$grad"),
            ),
            short=_vjp_short,
        )
    },
    shape=_shape,
    source="Goodfellow et al. 2016, section 6.2.2.3; matches torch.softmax(z, dim=-1).",
    example=lambda rng: ((rng.normal(size=(4, 3)) * 2,), {}),
)

LOG_SOFTMAX = Op(
    name="log_softmax",
    title="log-softmax",
    args=("z",),
    function=Function(
        log_softmax,
        ("z",),
        "...k->...j",
        r"$out = $z - \log \textstyle\sum_k e^{{$z}_{k}}",
        "log_softmax($z)",
        _log_forward_terms,
        says="Turns the sums of all units of $where into the logarithms of shares that add up to 1.",
    ),
    vjps={
        "z": Function(
            _log_vjp,
            ("grad", "output"),
            "...k,...j->...j",
            r"$out = $grad - e^{$output} \textstyle\sum_k {$grad}_{k}",
            "$grad - np.exp($output) * $grad.sum(axis=-1, keepdims=True)",
            _log_vjp_terms,
            says="The gradient goes back through log-softmax: every unit's sum moves the outputs of all units.",
            short=_log_vjp_short,
        )
    },
    shape=_shape,
    source="Goodfellow et al. 2016, section 6.2.2.3; matches torch.log_softmax(z, dim=-1).",
    example=lambda rng: ((rng.normal(size=(4, 3)) * 2,), {}),
)
