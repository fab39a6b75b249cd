"""Multi-class hinge loss: the right class's score is to be a margin above every other one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from engine.ops.activation.softmax import row_sums
from engine.ops.core.cellwise import constant
from engine.ops.core.numpy_calls import blank
from engine.ops.core.op import Array, Factor, Function, Index, Op, Operands, Term, cell
from engine.ops.loss.cross_entropy import indices_shape, per_sample, pick
from engine.ops.loss.regression import GRAD, PAIR, mean, share


def _shortfall(xp: Any, out: Array, chosen: Array, prediction: Array, target: Array, margin: float) -> None:
    """In `out` how far every other class is from being a margin below the right one; in `chosen` which that is."""
    scores, right = blank(prediction.shape, prediction.dtype), np.empty(len(target), prediction.dtype)
    xp.copyto(scores, prediction)
    pick(xp, right, scores, target)
    xp.equal(target[:, None], np.arange(prediction.shape[1]), chosen)
    xp.subtract(prediction, right[:, None], out)
    xp.add(out, constant(margin, out), out)
    xp.maximum(out, constant(0, out), out=out)
    xp.copyto(out, constant(0, out), where=chosen)


def _loss(xp: Any, out: Array, prediction: Array, target: Array, p: int, margin: float, over: float = 0.0) -> None:
    short, chosen = np.empty_like(prediction), np.empty(prediction.shape, bool)
    _shortfall(xp, short, chosen, prediction, target, margin)
    if p == 2:
        xp.multiply(short, short, short)
    mean(xp, out, short, (over or len(target)) * prediction.shape[1])


def _vjp(
    xp: Any, out: Array, grad: Array, prediction: Array, target: Array, p: int, margin: float, over: float = 0.0
) -> None:
    """The right class is pulled up by as much as all others together are pushed down."""
    chosen, pull = np.empty(prediction.shape, bool), np.empty((len(target), 1), out.dtype)
    _shortfall(xp, out, chosen, prediction, target, margin)
    if p == 1:
        xp.sign(out, out)
    else:
        xp.multiply(out, constant(2, out), out)
    row_sums(xp, pull, out)
    xp.negative(pull, pull)
    xp.copyto(out, pull, where=chosen)
    share(xp, out, grad, out, 1 / ((over or len(target)) * prediction.shape[1]))


def _short(operands: Operands, n: int, k: int, margin: float) -> float:
    row = operands["prediction"][n]
    return max(0.0, margin - float(row[operands["target"][n]]) + float(row[k]))


def _others(operands: Operands, n: int) -> list[int]:
    return [k for k in range(operands["prediction"].shape[1]) if k != operands["target"][n]]


def _scale(operands: Operands) -> Term:
    return per_sample(operands), Factor(1 / operands["prediction"].shape[1], symbol=r"\frac{1}{K}")


def _terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    for n in range(len(operands["target"])):
        for k in _others(operands, n):
            number, raw = _short(operands, n, k, params["margin"]) ** params["p"], float(operands["prediction"][n, k])
            symbol = _AT.replace("RIGHT", f"y_{{{n + 1},{int(operands['target'][n]) + 1}}}")
            yield (*_scale(operands), Factor(number, "prediction", (n, k), symbol, raw))


def _vjp_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    n, k = index
    right = k == int(operands["target"][n])
    for other in _others(operands, n) if right else [k]:
        short = _short(operands, n, other, params["margin"])
        slope = (params["p"] * short ** (params["p"] - 1) if short > 0 else 0.0) * (-1 if right else 1)
        symbol = ("-" if right else "") + _SLOPE_AT.replace("RIGHT", f"y_{{{n + 1},{int(operands['target'][n]) + 1}}}")
        raw = float(operands["prediction"][n, other])
        yield cell(operands, "grad", ()), *_scale(operands), Factor(slope, "prediction", (n, other), symbol, raw)


def _regions(prediction: Array, target: Array, p: int, margin: float) -> Array:
    """1 where a class is not yet a margin below the right one: there the loss bends."""
    right = np.take_along_axis(prediction, target[:, None], 1)
    short: Array = ((prediction - right + margin > 0) & (np.arange(prediction.shape[1]) != target[:, None])).astype(int)
    return short


_AT = r"{\max\left(0,\, $margin - RIGHT + $prediction\right)}^{$p}"
_SLOPE_AT = r"\tfrac{\partial}{\partial $prediction} " + _AT
_RIGHT_CODE = "$prediction[np.arange(len($target)), $target][:, None]"
_OTHER_CODE = "(np.arange($prediction.shape[1]) != $target[:, None])"
_SHORT_CODE = f"({_OTHER_CODE} * np.maximum(0, $margin + $prediction - {_RIGHT_CODE}))"
_SLOPES_CODE = f"({_OTHER_CODE} * ({_SHORT_CODE} > 0) * $p * {_SHORT_CODE}**($p - 1))"
_SHORT = r"\max\left(0,\, $margin - {$prediction}_{n,\, {$target}_{n}} + {$prediction}_{nk}\right)"

MULTI_MARGIN = Op(
    name="multi_margin",
    title="multi-class hinge loss",
    args=PAIR,
    function=Function(
        _loss,
        PAIR,
        "nk,n->",
        rf"$out = \frac{{1}}{{N}} \sum_{{n}} \frac{{1}}{{K}} \sum_{{k \ne {{$target}}_{{n}}}} {{{_SHORT}}}^{{$p}}",
        f"np.mean(({_SHORT_CODE}**$p).sum(axis=1) / $prediction.shape[1])",
        _terms,
    ),
    vjps={
        "prediction": Function(
            _vjp,
            GRAD,
            ",nk,n->nj",
            r"$out = $grad \cdot \frac{1}{N} \frac{1}{K} \left(S - \operatorname{onehot}\left($target\right)"
            rf" \textstyle\sum_k S_{{k}}\right), \quad S_{{nk}} = [k \ne {{$target}}_{{n}}]\, $p\,"
            rf" {{{_SHORT}}}^{{$p - 1}}",
            f"$grad / len($target) * ({_SLOPES_CODE} - np.eye($prediction.shape[1])[$target]"
            f" * {_SLOPES_CODE}.sum(axis=1, keepdims=True)) / $prediction.shape[1]",
            _vjp_terms,
        )
    },
    shape=indices_shape,
    source="Crammer and Singer 2001; Weston and Watkins 1999, Support vector machines for multi-class pattern"
    " recognition; matches torch.nn.MultiMarginLoss.",
    example=lambda rng: ((rng.normal(size=(4, 3)), rng.integers(0, 3, size=4)), {"p": 2, "margin": 0.8}),
    regions=_regions,
)
