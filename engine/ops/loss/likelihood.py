"""Losses of log-probabilities: negative log-likelihood for class indices, KL divergence for rows of probabilities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from engine.ops.core.cellwise import constant
from engine.ops.core.numpy_calls import blank
from engine.ops.core.op import Array, Factor, Function, Index, Op, Operands, Term, cell
from engine.ops.loss.cross_entropy import indices_shape, per_sample, pick
from engine.ops.loss.reduction import TOTAL_WEIGHT
from engine.ops.loss.regression import GRAD, PAIR, loss_shape, mean
from engine.ops.loss.weighted_cross_entropy import Weight, class_weights, share_of_sample, total_weight


def _pick(xp: Any, picked: Array, prediction: Array, target: Array) -> None:
    """The log-probability of every sample's class."""
    logs = blank(prediction.shape, prediction.dtype)
    xp.copyto(logs, prediction)
    pick(xp, picked, logs, target)


def _choose(xp: Any, out: Array, target: Array) -> None:
    """-1 at every sample's class, else 0."""
    chosen = np.empty(out.shape, bool)
    xp.equal(target[:, None], np.arange(out.shape[1]), chosen)
    xp.multiply(chosen, constant(-1, out), out)


# --- negative log-likelihood ------------------------------------------------------------------------


def _nll(xp: Any, out: Array, prediction: Array, target: Array, over: float = 0.0) -> None:
    picked = np.empty(len(target), prediction.dtype)
    _pick(xp, picked, prediction, target)
    mean(xp, out, picked, -(over or len(target)))


def _nll_vjp(xp: Any, out: Array, grad: Array, prediction: Array, target: Array, over: float = 0.0) -> None:
    _choose(xp, out, target)
    xp.divide(out, constant(over or len(target), out), out)
    xp.multiply(out, grad, out)


def _nll_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    for n, t in enumerate(operands["target"]):
        raw = float(operands["prediction"][n, t])
        yield (*_scale(int(t), operands, params), Factor(-raw, "prediction", (n, int(t)), "-$prediction", raw))


def _nll_vjp_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    right = index[1] == operands["target"][index[0]]
    sign = Factor(-1.0, symbol="-1") if right else Factor(0.0, symbol="0")
    yield (cell(operands, "grad", ()), *_scale(index[1], operands, params), sign)


def _scale(label: int, operands: Operands, params: Mapping[str, Any]) -> Term:
    """1/N, or the weight of the class over that of all in the batch."""
    if "weight" not in params:
        return (per_sample(operands),)
    weight = np.full(operands["prediction"].shape[1], params["weight"], float)[label]
    return share_of_sample(operands, params["weight"]), Factor(float(weight), symbol=f"{{$weight}}_{{{label + 1}}}")


_ONE_HOT = "np.eye($prediction.shape[1])[$target]"
_PICKED = "$prediction[np.arange(len($target)), $target]"


def _log_rows(rng: np.random.Generator) -> Array:
    rows: Array = np.log(rng.dirichlet(np.ones(3), size=4))
    return rows


NLL = Op(
    name="nll",
    title="negative log-likelihood",
    args=PAIR,
    function=Function(
        _nll,
        PAIR,
        "nk,n->",
        r"$out = -\frac{1}{N} \sum_{n} {$prediction}_{n,\, {$target}_{n}}",
        f"-np.mean({_PICKED})",
        _nll_terms,
        torch="F.nll_loss($prediction, $target)",
    ),
    vjps={
        "prediction": Function(
            _nll_vjp,
            GRAD,
            ",nk,n->nk",
            r"$out = -$grad \cdot \frac{1}{N} \operatorname{onehot}\left($target\right)",
            f"-$grad / len($target) * {_ONE_HOT}",
            _nll_vjp_terms,
        )
    },
    shape=indices_shape,
    source="Goodfellow et al. 2016, section 5.5; matches torch.nn.NLLLoss.",
    example=lambda rng: ((_log_rows(rng), rng.integers(0, 3, size=4)), {}),
)


# --- weighted ---------------------------------------------------------------------------------------


def _weighted(xp: Any, out: Array, prediction: Array, target: Array, weight: Weight, over: float = 0.0) -> None:
    picked, own = (np.empty(len(target), prediction.dtype) for _ in range(2))
    total = np.empty_like(out)
    _pick(xp, picked, prediction, target)
    total_weight(xp, total, own, target, class_weights(weight, prediction.shape[1], prediction), over)
    xp.multiply(picked, own, picked)
    xp.add.reduce(picked, None, None, out)
    xp.divide(out, total, out)
    xp.negative(out, out)


def _weighted_vjp(
    xp: Any, out: Array, grad: Array, prediction: Array, target: Array, weight: Weight, over: float = 0.0
) -> None:
    total, own = np.empty((), out.dtype), np.empty(len(target), out.dtype)
    weights = class_weights(weight, prediction.shape[1], out)
    total_weight(xp, total, own, target, weights, over)
    _choose(xp, out, target)
    xp.multiply(out, weights, out)
    xp.divide(out, total, out)
    xp.multiply(out, grad, out)


_WEIGHTS = "class_weights($weight, $prediction)"

WEIGHTED_NLL = Op(
    name="weighted_nll",
    title="negative log-likelihood",
    args=PAIR,
    function=Function(
        _weighted,
        PAIR,
        "nk,n->",
        rf"$out = -{TOTAL_WEIGHT} \sum_{{n}} {{$weight}}_{{{{$target}}_{{n}}}}\, "
        r"{$prediction}_{n,\, {$target}_{n}}",
        f"-np.sum({_WEIGHTS}[$target] * {_PICKED}) / np.sum({_WEIGHTS}[$target])",
        _nll_terms,
    ),
    vjps={
        "prediction": Function(
            _weighted_vjp,
            GRAD,
            ",nk,m->nk",
            rf"$out = -$grad \cdot {TOTAL_WEIGHT}\, $weight \odot \operatorname{{onehot}}\left($target\right)",
            f"-$grad / np.sum({_WEIGHTS}[$target]) * {_WEIGHTS} * {_ONE_HOT}",
            _nll_vjp_terms,
        )
    },
    shape=indices_shape,
    letters={"weight": "w"},
    source="Goodfellow et al. 2016, section 5.5; matches torch.nn.NLLLoss with weight.",
    example=lambda rng: ((_log_rows(rng), rng.integers(0, 3, size=4)), {"weight": (0.5, 2.0, 1.2)}),
)


# --- KL divergence ----------------------------------------------------------------------------------


def _kl(xp: Any, out: Array, prediction: Array, target: Array, over: float = 0.0) -> None:
    """t log t is 0 at 0: the smallest number is logged instead."""
    own, cross = np.empty_like(prediction), np.empty_like(prediction)
    xp.maximum(target, constant(float(np.finfo(own.dtype).tiny), own), out=own)
    xp.log(own, own)
    xp.multiply(own, target, own)
    xp.multiply(target, prediction, cross)
    xp.subtract(own, cross, own)
    mean(xp, out, own, over or len(target))


def _kl_vjp(xp: Any, out: Array, grad: Array, target: Array, over: float = 0.0) -> None:
    xp.divide(target, constant(-(over or len(target)), out), out)
    xp.multiply(out, grad, out)


def _kl_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    for at in (at for at in np.ndindex(operands["target"].shape) if operands["target"][at]):
        raw = float(operands["prediction"][at])
        distance = float(np.log(operands["target"][at])) - raw
        symbol = r"\log $target - $prediction"
        yield per_sample(operands), cell(operands, "target", at), Factor(distance, "prediction", at, symbol, raw)


def _kl_vjp_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    share = Factor(-1 / len(operands["target"]), symbol=r"-\frac{1}{N}")
    yield cell(operands, "grad", ()), share, cell(operands, "target", index)


KL_DIV = Op(
    name="kl_div",
    title="KL divergence",
    args=PAIR,
    function=Function(
        _kl,
        PAIR,
        "nk,nk->",
        r"$out = \frac{1}{N} \sum_{n,k} {$target}_{nk} \left(\log {$target}_{nk} - {$prediction}_{nk}\right)",
        "np.sum($target * np.log(np.maximum($target, np.finfo(float).tiny)) - $target * $prediction) / len($target)",
        _kl_terms,
        torch='F.kl_div($prediction, $target, reduction="batchmean")',
    ),
    vjps={
        "prediction": Function(
            _kl_vjp,
            ("grad", "target"),
            ",nk->nk",
            r"$out = -$grad \cdot \frac{1}{N} $target",
            "-$grad / len($target) * $target",
            _kl_vjp_terms,
        )
    },
    shape=loss_shape,
    source='Kullback and Leibler 1951; matches torch.nn.KLDivLoss(reduction="batchmean").',
    example=lambda rng: ((_log_rows(rng), rng.dirichlet(np.ones(3), size=4)), {}),
)
