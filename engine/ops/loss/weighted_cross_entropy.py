"""Cross-entropy with a weight for every class and label smoothing, for class indices and for probabilities.

Both are -1/D sum_nk q_nk log p_nk with q = w_k ((1 - ε) t_nk + ε/K): the target, smoothed and weighted. With indices
D is the weight of all that is in the batch, with probabilities the number of samples, as in PyTorch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from engine.ops.core.cellwise import constant
from engine.ops.core.numpy_calls import blank
from engine.ops.core.op import Array, Factor, Function, Index, Op, Operands, Term, cell
from engine.ops.loss.cross_entropy import (
    CHANCE,
    PROBABILITY,
    SOFTMAX_CODE,
    SOURCE,
    SURPRISE,
    indices_shape,
    log_probabilities,
    log_row,
    per_sample,
    pick,
    probabilities,
)
from engine.ops.loss.reduction import SHARE_OF_WEIGHT
from engine.ops.loss.regression import GRAD, PAIR, loss_shape, mean

Weight = tuple[float, ...] | float


def class_weights(weight: Weight, classes: int, like: Array) -> Array:
    """A weight for every class; a single number is that of all."""
    return np.full(classes, weight, like.dtype)


def total_weight(xp: Any, out: Array, picked: Array, target: Array, weights: Array, over: float = 0.0) -> None:
    """The weight of every sample's class in `picked`; in `out` their sum, or what the loss is divided by instead."""
    xp.take(weights, target, None, picked, "clip")
    if over:
        xp.copyto(out, constant(over, out))
    else:
        xp.add.reduce(picked, None, None, out)


def share_of_sample(operands: Operands, weight: Weight) -> Factor:
    """One over the weight of all classes in the batch, for terms."""
    target = operands["target"]
    weights = np.full(operands["prediction"].shape[1], weight, float)
    return Factor(float(1 / weights[target].sum()), symbol=SHARE_OF_WEIGHT)


def _smoothed(xp: Any, out: Array, weight: Weight, smoothing: float) -> None:
    """Targets in `out` become q."""
    classes = out.shape[1]
    xp.multiply(out, constant(1 - smoothing, out), out)
    xp.add(out, constant(smoothing / classes, out), out)
    xp.multiply(out, class_weights(weight, classes, out), out)


def _error(xp: Any, out: Array, prediction: Array, shares: Array) -> None:
    """Probability times the sum of q, minus q."""
    row = np.empty((out.shape[0], 1), out.dtype)
    probabilities(xp, out, prediction)
    xp.add.reduce(shares, 1, None, row, True)
    xp.multiply(out, row, out)
    xp.subtract(out, shares, out)


# --- class indices --------------------------------------------------------------------------------


def _indices(
    xp: Any,
    out: Array,
    prediction: Array,
    target: Array,
    weight: Weight,
    label_smoothing: float,
    over: float = 0.0,
) -> None:
    samples, classes = prediction.shape
    weights = class_weights(weight, classes, prediction)
    logs, total = blank(prediction.shape, prediction.dtype), np.empty_like(out)
    picked, own = (np.empty(samples, prediction.dtype) for _ in range(2))
    log_probabilities(xp, logs, prediction)
    pick(xp, picked, logs, target)
    total_weight(xp, total, own, target, weights, over)
    xp.multiply(picked, own, picked)
    xp.add.reduce(picked, None, None, out)
    if label_smoothing:  # else left out, so that an impossible class costs nothing where it is not the right one
        _add_smoothing(xp, out, logs, weights, label_smoothing)
    xp.divide(out, total, out)
    xp.negative(out, out)


def _add_smoothing(xp: Any, out: Array, logs: Array, weights: Array, smoothing: float) -> None:
    rest = np.empty_like(out)
    xp.multiply(out, constant(1 - smoothing, out), out)
    xp.multiply(logs, weights, logs)
    xp.add.reduce(logs, None, None, rest)
    xp.multiply(rest, constant(smoothing / len(weights), out), rest)
    xp.add(out, rest, out)


def _indices_vjp(
    xp: Any,
    out: Array,
    grad: Array,
    prediction: Array,
    target: Array,
    weight: Weight,
    label_smoothing: float,
    over: float = 0.0,
) -> None:
    samples, classes = prediction.shape
    chosen, shares = np.empty(prediction.shape, bool), np.empty_like(out)
    total, own = np.empty((), out.dtype), np.empty(samples, out.dtype)
    xp.equal(target[:, None], np.arange(classes), chosen)
    xp.copyto(shares, chosen)
    _smoothed(xp, shares, weight, label_smoothing)
    _error(xp, out, prediction, shares)
    total_weight(xp, total, own, target, class_weights(weight, classes, out), over)
    xp.divide(out, total, out)
    xp.multiply(out, grad, out)


def _shares(operands: Operands, params: Mapping[str, Any]) -> Array:
    """q of every cell, for terms."""
    target, classes, smoothing = operands["target"], operands["prediction"].shape[1], params["label_smoothing"]
    rows = np.eye(classes)[target] if target.ndim == 1 else target.astype(float)
    shares: Array = np.full(classes, params["weight"], float) * ((1 - smoothing) * rows + smoothing / classes)
    return shares


def _scale(operands: Operands, params: Mapping[str, Any]) -> Factor:
    return share_of_sample(operands, params["weight"]) if operands["target"].ndim == 1 else per_sample(operands)


def _terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    for (n, k), share in np.ndenumerate(_shares(operands, params)):
        if share:
            raw = float(operands["prediction"][n, k])
            surprise = Factor(-float(log_row(operands, n)[k]), "prediction", (n, k), SURPRISE, raw)
            yield _scale(operands, params), Factor(float(share), symbol=f"q_{{{n + 1},{k + 1}}}"), surprise


def _vjp_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    n, k = index
    row = _shares(operands, params)[n]
    number = float(np.exp(log_row(operands, n)[k]) * row.sum() - row[k])
    symbol = rf"{CHANCE} \textstyle\sum_k q_{{{n + 1},k}} - q_{{{n + 1},{k + 1}}}"
    error = Factor(number, "prediction", index, symbol, float(operands["prediction"][index]))
    yield cell(operands, "grad", ()), _scale(operands, params), error


_WEIGHTS = "class_weights($weight, $prediction)"
_LOGS = "log_softmax($prediction)"
_DEFINED = (
    r", \quad q_{nk} = {$weight}_{k} \left[\left(1 - $label_smoothing\right) %s"
    r" + \tfrac{$label_smoothing}{K}\right]"
)


def _shares_code(rows: str) -> str:
    return f"smoothed({rows}, {_WEIGHTS}, $label_smoothing)"


def _error_code(shares: str) -> str:
    return f"({SOFTMAX_CODE} * {shares}.sum(axis=1, keepdims=True) - {shares})"


_ONE_HOT = _shares_code("np.eye($prediction.shape[1])[$target]")
_ONE_HOT_DEFINED = _DEFINED % r"[k = {$target}_{n}]"
_OPTIONS: dict[str, Any] = {"weight": (0.5, 2.0, 1.2), "label_smoothing": 0.1}
_PAPER = f"{SOURCE} with weight and label_smoothing (Szegedy et al. 2016, section 7)"

WEIGHTED_CROSS_ENTROPY = Op(
    name="weighted_cross_entropy",
    title="cross-entropy",
    args=PAIR,
    function=Function(
        _indices,
        PAIR,
        "nk,n->",
        r"$out = -\frac{1}{\sum_n {$weight}_{{$target}_{n}}} \sum_{n,k} q_{nk} \log "
        + rf"{PROBABILITY}_{{nk}}{_ONE_HOT_DEFINED}",
        f"-np.sum({_ONE_HOT} * {_LOGS}) / np.sum({_WEIGHTS}[$target])",
        _terms,
        torch=f"F.cross_entropy($prediction, $target, {_WEIGHTS}, label_smoothing=$label_smoothing)",
    ),
    vjps={
        "prediction": Function(
            _indices_vjp,
            GRAD,
            ",nk,m->nj",
            r"$out = $grad \cdot \frac{1}{\sum_n {$weight}_{{$target}_{n}}} \left("
            + rf"{PROBABILITY} \textstyle\sum_k q_{{k}} - q\right){_ONE_HOT_DEFINED}",
            f"$grad / np.sum({_WEIGHTS}[$target]) * {_error_code(_ONE_HOT)}",
            _vjp_terms,
        )
    },
    shape=indices_shape,
    letters={"weight": "w"},
    source=f"{_PAPER}, class indices.",
    example=lambda rng: ((rng.normal(size=(4, 3)), rng.integers(0, 3, size=4)), dict(_OPTIONS)),
)


# --- probabilities --------------------------------------------------------------------------------


def _soft(
    xp: Any,
    out: Array,
    prediction: Array,
    target: Array,
    weight: Weight,
    label_smoothing: float,
    over: float = 0.0,
) -> None:
    logs, shares = np.empty_like(prediction), np.empty_like(prediction)
    log_probabilities(xp, logs, prediction)
    xp.copyto(shares, target)
    _smoothed(xp, shares, weight, label_smoothing)
    xp.multiply(logs, shares, logs)
    mean(xp, out, logs, -(over or prediction.shape[0]))


def _soft_vjp(
    xp: Any,
    out: Array,
    grad: Array,
    prediction: Array,
    target: Array,
    weight: Weight,
    label_smoothing: float,
    over: float = 0.0,
) -> None:
    shares = np.empty_like(out)
    xp.copyto(shares, target)
    _smoothed(xp, shares, weight, label_smoothing)
    _error(xp, out, prediction, shares)
    xp.divide(out, constant(over or prediction.shape[0], out), out)
    xp.multiply(out, grad, out)


_ROWS = _shares_code("$target")
_ROWS_DEFINED = _DEFINED % r"{$target}_{nk}"

WEIGHTED_CROSS_ENTROPY_OF_PROBABILITIES = Op(
    name="weighted_cross_entropy_of_probabilities",
    title="cross-entropy",
    args=PAIR,
    function=Function(
        _soft,
        PAIR,
        "nk,nk->",
        rf"$out = -\frac{{1}}{{N}} \sum_{{n,k}} q_{{nk}} \log {PROBABILITY}_{{nk}}{_ROWS_DEFINED}",
        f"-np.sum({_ROWS} * {_LOGS}) / len($target)",
        _terms,
    ),
    vjps={
        "prediction": Function(
            _soft_vjp,
            GRAD,
            ",nk,nk->nj",
            r"$out = $grad \cdot \frac{1}{N} \left("
            + rf"{PROBABILITY} \textstyle\sum_k q_{{k}} - q\right){_ROWS_DEFINED}",
            f"$grad / len($target) * {_error_code(_ROWS)}",
            _vjp_terms,
        )
    },
    shape=loss_shape,
    letters={"weight": "w"},
    source=f"{_PAPER}, class probabilities.",
    example=lambda rng: ((rng.normal(size=(4, 3)), rng.dirichlet(np.ones(3), size=4)), dict(_OPTIONS)),
)
