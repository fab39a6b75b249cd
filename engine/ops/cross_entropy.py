"""Cross-entropy straight from logits: for class indices, and for a row of probabilities a sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from engine.errors import ShapeError
from engine.ops.base import Array, Factor, Function, Index, Op, Operands, Shape, Term, cell
from engine.ops.losses import GRAD, PAIR, loss_shape, mean, share
from engine.ops.softmax import softmax


def _log_softmax(xp: Any, out: Array, logits: Array) -> None:
    """y - max - log(sum(e^(y - max))), in the order in which PyTorch rounds."""
    power = np.empty_like(logits)
    row = np.empty((logits.shape[0], 1), logits.dtype)
    xp.maximum.reduce(logits, 1, None, row, True)
    xp.subtract(logits, row, out)
    xp.exp(out, power)
    xp.add.reduce(power, 1, None, row, True)
    xp.log(row, row)
    xp.subtract(out, row, out)


def _per_sample(operands: Operands) -> Factor:
    return Factor(1 / operands["prediction"].shape[0], symbol=r"\frac{1}{N}")


def _logs(operands: Operands, n: int) -> Array:
    row: Array = operands["prediction"][n].astype(float)
    with np.errstate(all="ignore"):
        logs: Array = row - row.max() - np.log(np.exp(row - row.max()).sum())
    return logs


# --- class indices --------------------------------------------------------------------------------


def _indices(xp: Any, out: Array, prediction: Array, target: Array) -> None:
    samples, classes = prediction.shape
    logs, picked = np.empty_like(prediction), np.empty(samples, prediction.dtype)
    first, where = np.arange(0, samples * classes, classes), np.empty(samples, np.int64)
    _log_softmax(xp, logs, prediction)
    xp.add(first, target, where)
    xp.take(logs.reshape(-1), where, None, picked)
    mean(xp, out, picked, -samples)


def _indices_vjp(xp: Any, out: Array, grad: Array, prediction: Array, target: Array) -> None:
    chosen = np.empty(prediction.shape, bool)
    softmax(xp, out, prediction)
    xp.equal(target[:, None], np.arange(prediction.shape[1]), chosen)
    xp.subtract(out, chosen, out)
    share(xp, out, grad, 1 / prediction.shape[0])


def _indices_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    for n, t in enumerate(operands["target"]):
        at = (n, int(t))
        raw = float(operands["prediction"][at])
        surprise = Factor(-float(_logs(operands, n)[t]), "prediction", at, _SURPRISE, raw)
        yield (_per_sample(operands), surprise)


def _indices_vjp_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    n, k = index
    right = k == int(operands["target"][n])
    number = float(np.exp(_logs(operands, n)[k])) - right
    raw = float(operands["prediction"][index])
    error = Factor(number, "prediction", index, _PROBABILITY + (" - 1" if right else ""), raw)
    yield (cell(operands, "grad", ()), _per_sample(operands), error)


def _indices_shape(prediction: Shape, target: Shape) -> Shape:
    if len(prediction) != 2 or target != prediction[:1]:
        raise ShapeError(f"logits are (N, K) and class indices (N,); given {prediction} and {target}")
    return ()


_PROBABILITY = r"\operatorname{softmax}\left($prediction\right)"
_SURPRISE = rf"-\log {_PROBABILITY}"
_SOFTMAX = "np.exp($prediction - np.logaddexp.reduce($prediction, axis=1, keepdims=True))"
_SOURCE = "Goodfellow et al. 2016, section 6.2.2.3; matches torch.nn.functional.cross_entropy"

CROSS_ENTROPY = Op(
    name="cross_entropy",
    title="cross-entropy",
    args=PAIR,
    function=Function(
        _indices,
        PAIR,
        "nk,n->",
        r"$out = \frac{1}{N} \sum_{n} \left(\log \textstyle\sum_k e^{{$prediction}_{nk}}"
        r" - {$prediction}_{n,\, {$target}_{n}}\right)",
        "np.mean(np.logaddexp.reduce($prediction, axis=1) - $prediction[np.arange(len($target)), $target])",
        _indices_terms,
    ),
    vjps={
        "prediction": Function(
            _indices_vjp,
            GRAD,
            ",nk,n->nj",
            rf"$out = $grad \cdot \frac{{1}}{{N}} \left({_PROBABILITY}"
            r" - \operatorname{onehot}\left($target\right)\right)",
            f"$grad / len($target) * ({_SOFTMAX} - np.eye($prediction.shape[1])[$target])",
            _indices_vjp_terms,
        )
    },
    shape=_indices_shape,
    source=f"{_SOURCE} with class indices.",
    example=lambda rng: ((rng.normal(size=(4, 3)), rng.integers(0, 3, size=4)), {}),
)


# --- probabilities --------------------------------------------------------------------------------


def _soft(xp: Any, out: Array, prediction: Array, target: Array) -> None:
    logs = np.empty_like(prediction)
    _log_softmax(xp, logs, prediction)
    xp.multiply(logs, target, logs)
    mean(xp, out, logs, -prediction.shape[0])


def _soft_vjp(xp: Any, out: Array, grad: Array, prediction: Array, target: Array) -> None:
    total = np.empty((target.shape[0], 1), out.dtype)
    softmax(xp, out, prediction)
    xp.add.reduce(target, 1, None, total, True)
    xp.multiply(out, total, out)
    xp.subtract(out, target, out)
    share(xp, out, grad, 1 / prediction.shape[0])


def _soft_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    for n, logs in enumerate(_logs(operands, n) for n in range(operands["prediction"].shape[0])):
        for k, log in enumerate(logs):
            raw = float(operands["prediction"][n, k])
            surprise = Factor(-float(log), "prediction", (n, k), _SURPRISE, raw)
            yield (_per_sample(operands), cell(operands, "target", (n, k)), surprise)


def _soft_vjp_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    target = operands["target"]
    number = float(np.exp(_logs(operands, index[0])[index[1]]) * target[index[0]].sum() - target[index])
    error = Factor(number, "prediction", index, _PROBABILITY + " - $target", float(operands["prediction"][index]))
    yield (cell(operands, "grad", ()), _per_sample(operands), error)


def _soft_example(rng: np.random.Generator) -> tuple[tuple[Array, ...], dict[str, Any]]:
    return (rng.normal(size=(4, 3)), rng.dirichlet(np.ones(3), size=4)), {}


CROSS_ENTROPY_OF_PROBABILITIES = Op(
    name="cross_entropy_of_probabilities",
    title="cross-entropy",
    args=PAIR,
    function=Function(
        _soft,
        PAIR,
        "nk,nk->",
        rf"$out = -\frac{{1}}{{N}} \sum_{{n,k}} {{$target}}_{{nk}} \log {_PROBABILITY}_{{nk}}",
        "np.sum($target * (np.logaddexp.reduce($prediction, axis=1, keepdims=True) - $prediction)) / len($target)",
        _soft_terms,
    ),
    vjps={
        "prediction": Function(
            _soft_vjp,
            GRAD,
            ",nk,nk->nj",
            rf"$out = $grad \cdot \frac{{1}}{{N}} \left({_PROBABILITY}"
            r" \textstyle\sum_k {$target}_{k} - $target\right)",
            f"$grad / len($target) * ({_SOFTMAX} * $target.sum(axis=1, keepdims=True) - $target)",
            _soft_vjp_terms,
        )
    },
    shape=loss_shape,
    source=f"{_SOURCE} with class probabilities.",
    example=_soft_example,
)
