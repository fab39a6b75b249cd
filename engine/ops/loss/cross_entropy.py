"""Cross-entropy straight from logits: for class indices, and for a row of probabilities a sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from engine.foundation.errors import ShapeError
from engine.ops.activation.softmax import row_sums
from engine.ops.core.numpy_calls import blank
from engine.ops.core.op import Array, Factor, Function, Index, Op, Operands, Shape, Term, cell
from engine.ops.loss.regression import GRAD, PAIR, loss_shape, mean, share


def per_sample(operands: Operands) -> Factor:
    """One over the number of samples."""
    return Factor(1 / operands["prediction"].shape[0], symbol=r"\frac{1}{N}")


def log_row(operands: Operands, n: int) -> Array:
    """The log-probabilities of one sample, for terms."""
    row: Array = operands["prediction"][n].astype(float)
    with np.errstate(all="ignore"):
        logs: Array = row - row.max() - np.log(np.exp(row - row.max()).sum())
    return logs


# --- class indices --------------------------------------------------------------------------------


def exponentials(xp: Any, logits: Array) -> tuple[Array, Array, Array]:
    """y - max of each row, e to its power, and the row's sum of these: what loss and gradient have in common."""
    highest, total = (np.empty((len(logits), 1), logits.dtype) for _ in range(2))
    shifted, power = blank(logits.shape, logits.dtype), np.empty_like(logits)
    xp.maximum.reduce(logits, 1, None, highest, True)
    xp.subtract(logits, highest, shifted)
    xp.exp(shifted, power)
    row_sums(xp, total, power)
    return shifted, power, total


def log_probabilities(xp: Any, out: Array, logits: Array) -> None:
    """y - max - log(sum(e^(y - max))), in the order in which PyTorch rounds."""
    shifted, _, total = xp.shared(exponentials, logits)
    logs = np.empty_like(total)
    xp.log(total, logs)
    xp.subtract(shifted, logs, out)


def probabilities(xp: Any, out: Array, logits: Array) -> None:
    """The softmax of each row."""
    _, power, total = xp.shared(exponentials, logits)
    xp.divide(power, total, out)


def pick(xp: Any, picked: Array, rows: Array, target: Array) -> None:
    """The entry of each sample's class.

    Args: rows (N, K), made by `blank`: one column lies after the other in memory, so a class is a place to start at.
    """
    place, where = np.arange(len(rows)), np.empty(len(rows), np.int64)
    xp.multiply(target, np.asarray(len(rows)), where)
    xp.add(where, place, where)
    xp.take(rows.T.reshape(-1), where, 0, picked, "clip")


def _indices(xp: Any, out: Array, prediction: Array, target: Array, over: float = 0.0) -> None:
    """The mean of log(sum(e^(y - max))) and of max - y of the class: both at least 0, so their sum loses no digit."""
    shifted, _, total = xp.shared(exponentials, prediction)
    samples, share = len(prediction), 1 / (over or len(prediction))
    parts = np.empty(2 * samples, prediction.dtype)
    pick(xp, parts[:samples], shifted, target)
    xp.log(total[:, 0], parts[samples:])
    xp.dot(parts, np.repeat(np.array([-share, share], parts.dtype), samples), out)


def _indices_vjp(xp: Any, out: Array, grad: Array, prediction: Array, target: Array, over: float = 0.0) -> None:
    samples, classes = prediction.shape
    unit, onehot = np.eye(classes, dtype=out.dtype), np.empty((classes, samples), out.dtype)
    probabilities(xp, out, prediction)
    xp.take(unit, target, 1, onehot, "clip")
    xp.subtract(out, onehot.T, out)
    share(xp, out, grad, out, 1 / (over or prediction.shape[0]))


def _indices_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    for n, t in enumerate(operands["target"]):
        at = (n, int(t))
        raw = float(operands["prediction"][at])
        surprise = Factor(-float(log_row(operands, n)[t]), "prediction", at, SURPRISE, raw)
        yield (per_sample(operands), surprise)


def _indices_vjp_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    n, k = index
    right = k == int(operands["target"][n])
    number = float(np.exp(log_row(operands, n)[k])) - right
    raw = float(operands["prediction"][index])
    error = Factor(number, "prediction", index, CHANCE + (" - 1" if right else ""), raw)
    yield (cell(operands, "grad", ()), per_sample(operands), error)


def indices_shape(prediction: Shape, target: Shape, **params: Any) -> Shape:
    """A scalar; targets are one class index per sample."""
    if len(prediction) != 2 or target != prediction[:1]:
        raise ShapeError(f"logits are (N, K) and class indices (N,); given {prediction} and {target}")
    return ()


PROBABILITY = r"\operatorname{softmax}\left($prediction\right)"
CHANCE = r"\tfrac{e^{$prediction}}{\sum_k e^{y_k}}"  # of one cell: softmax is a function of the whole row
SURPRISE = rf"-\log {CHANCE}"
SOFTMAX_CODE = "softmax($prediction)"
SOURCE = "Goodfellow et al. 2016, section 6.2.2.3; matches torch.nn.functional.cross_entropy"

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
        "np.mean(logsumexp($prediction, axis=1) - $prediction[np.arange(len($target)), $target])",
        _indices_terms,
        torch="F.cross_entropy($prediction, $target)",
    ),
    vjps={
        "prediction": Function(
            _indices_vjp,
            GRAD,
            ",nk,n->nj",
            rf"$out = $grad \cdot \frac{{1}}{{N}} \left({PROBABILITY}"
            r" - \operatorname{onehot}\left($target\right)\right)",
            f"$grad / len($target) * ({SOFTMAX_CODE} - np.eye($prediction.shape[1])[$target])",
            _indices_vjp_terms,
        )
    },
    shape=indices_shape,
    source=f"{SOURCE} with class indices.",
    example=lambda rng: ((rng.normal(size=(4, 3)), rng.integers(0, 3, size=4)), {}),
)


# --- probabilities --------------------------------------------------------------------------------


def _soft(xp: Any, out: Array, prediction: Array, target: Array, over: float = 0.0) -> None:
    logs = np.empty_like(prediction)
    log_probabilities(xp, logs, prediction)
    xp.multiply(logs, target, logs)
    mean(xp, out, logs, -(over or prediction.shape[0]))


def _soft_vjp(xp: Any, out: Array, grad: Array, prediction: Array, target: Array, over: float = 0.0) -> None:
    total = np.empty((target.shape[0], 1), out.dtype)
    probabilities(xp, out, prediction)
    row_sums(xp, total, target)
    xp.multiply(out, total, out)
    xp.subtract(out, target, out)
    share(xp, out, grad, out, 1 / (over or prediction.shape[0]))


def _soft_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    for n, logs in enumerate(log_row(operands, n) for n in range(operands["prediction"].shape[0])):
        for k, log in enumerate(logs):
            raw = float(operands["prediction"][n, k])
            surprise = Factor(-float(log), "prediction", (n, k), SURPRISE, raw)
            yield (per_sample(operands), cell(operands, "target", (n, k)), surprise)


def _soft_vjp_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    target = operands["target"]
    number = float(np.exp(log_row(operands, index[0])[index[1]]) * target[index[0]].sum() - target[index])
    error = Factor(number, "prediction", index, CHANCE + " - $target", float(operands["prediction"][index]))
    yield (cell(operands, "grad", ()), per_sample(operands), error)


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
        rf"$out = -\frac{{1}}{{N}} \sum_{{n,k}} {{$target}}_{{nk}} \log {PROBABILITY}_{{nk}}",
        "np.sum($target * -log_softmax($prediction)) / len($target)",
        _soft_terms,
        torch="F.cross_entropy($prediction, $target)",
    ),
    vjps={
        "prediction": Function(
            _soft_vjp,
            GRAD,
            ",nk,nk->nj",
            rf"$out = $grad \cdot \frac{{1}}{{N}} \left({PROBABILITY}"
            r" \textstyle\sum_k {$target}_{k} - $target\right)",
            f"$grad / len($target) * ({SOFTMAX_CODE} * $target.sum(axis=1, keepdims=True) - $target)",
            _soft_vjp_terms,
        )
    },
    shape=loss_shape,
    source=f"{SOURCE} with class probabilities.",
    example=_soft_example,
)
