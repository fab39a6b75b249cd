"""Binary cross-entropy of logits that does not count all alike: by class, or by how hard a sample is (focal loss)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from engine.ops.activation.piecewise import logistic, sigmoid
from engine.ops.core.cellwise import constant
from engine.ops.core.op import Array, Factor, Function, Index, Op, Operands, Term, cell
from engine.ops.loss.regression import GRAD, PAIR, PER_CELL, cellwise, cellwise_vjp, loss_shape, mean, share
from engine.ops.loss.weighted_cross_entropy import Weight, class_weights


def _softplus_of_minus(xp: Any, out: Array, s: Array) -> None:
    """-log sigmoid(s) = log(1 + e^-|s|) - min(s, 0), in the order in which PyTorch rounds, but for the sign."""
    least = np.empty_like(s)
    xp.absolute(s, out)
    xp.negative(out, out)
    xp.exp(out, out)
    xp.log1p(out, out)
    xp.minimum(s, constant(0, s), out=least)
    xp.subtract(out, least, out)


# --- a weight for what is there ---------------------------------------------------------------------


def _weighted(xp: Any, out: Array, prediction: Array, target: Array, pos_weight: Weight, over: float = 0.0) -> None:
    surprise, counts, cells = (np.empty_like(prediction) for _ in range(3))
    _softplus_of_minus(xp, surprise, prediction)
    weights = class_weights(pos_weight, prediction.shape[1], prediction)
    xp.multiply(target, weights - constant(1, weights), counts)
    xp.add(counts, constant(1, counts), counts)
    xp.multiply(surprise, counts, surprise)
    xp.subtract(constant(1, cells), target, cells)
    xp.multiply(cells, prediction, cells)
    xp.add(cells, surprise, cells)
    mean(xp, out, cells, over or prediction.size)


def _weighted_vjp(
    xp: Any, out: Array, grad: Array, prediction: Array, target: Array, pos_weight: Weight, over: float = 0.0
) -> None:
    counted, rest = np.empty_like(out), np.empty_like(out)
    sigmoid(xp, out, prediction)
    xp.multiply(target, class_weights(pos_weight, prediction.shape[1], out), counted)
    xp.add(counted, constant(1, counted), rest)
    xp.subtract(rest, target, rest)
    xp.multiply(out, rest, out)
    xp.subtract(out, counted, out)
    share(xp, out, grad, out, 1 / (over or prediction.size))


def _count(operands: Operands) -> Factor:
    return Factor(1 / operands["prediction"].size, symbol=r"\frac{1}{NK}")


def _cell(
    at: Index, operands: Operands, params: Mapping[str, Any], symbol: str, f: Callable[[Any, Any, float], Any]
) -> Factor:
    y, t = operands["prediction"][at], operands["target"][at]
    weight = float(np.full(operands["prediction"].shape[1], params["pos_weight"], float)[at[1]])
    with np.errstate(all="ignore"):
        number = float(f(np.float64(y), np.float64(t), weight))
    return Factor(number, "prediction", at, symbol.replace("$pos_weight", f"{{$pos_weight}}_{{{at[1] + 1}}}"), float(y))


def _weighted_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    for at in np.ndindex(operands["prediction"].shape):
        yield _count(operands), _cell(at, operands, params, _WEIGHTED, _weighted_cell)


def _weighted_vjp_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    slope = _cell(index, operands, params, _WEIGHTED_SLOPE, _weighted_slope)
    yield cell(operands, "grad", ()), _count(operands), slope


def _weighted_cell(y: Any, t: Any, weight: float) -> Any:
    return (1 - t) * y + (1 + (weight - 1) * t) * (np.log1p(np.exp(-abs(y))) - np.minimum(y, 0))


def _weighted_slope(y: Any, t: Any, weight: float) -> Any:
    return (1 + (weight - 1) * t) * logistic(y) - weight * t


_WEIGHTED = (
    r"\left[\left(1 - $target\right) $prediction - \left(1 + \left($pos_weight - 1\right) $target\right)"
    r" \log \sigma\left($prediction\right)\right]"
)
_WEIGHTED_SLOPE = (
    r"\left(\left(1 + \left($pos_weight - 1\right) $target\right) \sigma\left($prediction\right)"
    r" - $pos_weight\, $target\right)"
)
_WEIGHTS = "np.broadcast_to($pos_weight, $prediction.shape[1])"
_COUNTS = f"(1 + ({_WEIGHTS} - 1) * $target)"

WEIGHTED_BCE_WITH_LOGITS = Op(
    name="weighted_bce_with_logits",
    title="binary cross-entropy of logits",
    args=PAIR,
    function=Function(
        _weighted,
        PAIR,
        "nk,nk->",
        rf"$out = {PER_CELL} {_WEIGHTED}_{{nk}}",
        f"np.mean((1 - $target) * $prediction + {_COUNTS}"
        " * (np.log1p(np.exp(-np.abs($prediction))) - np.minimum($prediction, 0)))",
        _weighted_terms,
        torch="F.binary_cross_entropy_with_logits($prediction, $target, pos_weight=torch.tensor($pos_weight))",
    ),
    vjps={
        "prediction": Function(
            _weighted_vjp,
            GRAD,
            ",nk,nk->nk",
            rf"$out = $grad \cdot \frac{{1}}{{NK}} {_WEIGHTED_SLOPE}",
            f"$grad / $prediction.size * ({_COUNTS} / (1 + np.exp(-$prediction)) - {_WEIGHTS} * $target)",
            _weighted_vjp_terms,
        )
    },
    shape=loss_shape,
    letters={"pos_weight": "w^{+}"},
    source="King and Zeng 2001, Logistic regression in rare events data, section 4.2; matches"
    " torch.nn.BCEWithLogitsLoss with pos_weight.",
    example=lambda rng: (
        (rng.normal(size=(4, 3)) * 2, rng.uniform(size=(4, 3))),
        {"pos_weight": (0.5, 2.0, 1.2)},
    ),
)


# --- focal loss -------------------------------------------------------------------------------------


def _focal_parts(xp: Any, prediction: Array, target: Array, alpha: float) -> tuple[Array, Array, Array, Array]:
    """Side (-1 or 1), balance (alpha or 1 - alpha), what is missing to 1, and the surprise, of every cell."""
    side, balance, missing, surprise, s = (np.empty_like(prediction) for _ in range(5))
    xp.multiply(target, constant(2, side), side)
    xp.subtract(side, constant(1, side), side)
    xp.multiply(target, constant(2 * alpha - 1, balance), balance)
    xp.add(balance, constant(1 - alpha, balance), balance)
    xp.multiply(side, prediction, s)
    _softplus_of_minus(xp, surprise, s)
    xp.negative(s, s)
    sigmoid(xp, missing, s)
    return side, balance, missing, surprise


def _focal(
    xp: Any, out: Array, prediction: Array, target: Array, alpha: float, gamma: float, over: float = 0.0
) -> None:
    _, balance, missing, surprise = _focal_parts(xp, prediction, target, alpha)
    xp.power(missing, constant(gamma, missing), missing)
    xp.multiply(missing, surprise, missing)
    xp.multiply(missing, balance, missing)
    mean(xp, out, missing, over or prediction.size)


def _focal_vjp(
    xp: Any, out: Array, grad: Array, prediction: Array, target: Array, alpha: float, gamma: float, over: float = 0.0
) -> None:
    side, balance, missing, surprise = _focal_parts(xp, prediction, target, alpha)
    xp.multiply(balance, side, balance)
    xp.subtract(constant(1, out), missing, out)
    xp.multiply(out, constant(gamma, out), out)
    xp.multiply(out, surprise, out)
    xp.add(out, missing, out)
    xp.power(missing, constant(gamma, missing), missing)
    xp.multiply(out, missing, out)
    xp.multiply(out, balance, out)
    share(xp, out, grad, out, -1 / (over or prediction.size))


def _focal_cell(y: Any, t: Any, alpha: float, gamma: float) -> Any:
    s = (2 * t - 1) * y
    return (t * alpha + (1 - t) * (1 - alpha)) * logistic(-s) ** gamma * np.logaddexp(0, -s)


def _focal_slope(y: Any, t: Any, alpha: float, gamma: float) -> Any:
    s = (2 * t - 1) * y
    pull = logistic(-s) ** gamma * (gamma * logistic(s) * np.logaddexp(0, -s) + logistic(-s))
    return (t * alpha + (1 - t) * (1 - alpha)) * (1 - 2 * t) * pull


_BALANCE = "($target * $alpha + (1 - $target) * (1 - $alpha))"
_SIDED = "((2 * $target - 1) * $prediction)"
_MISSING = f"(1 / (1 + np.exp({_SIDED})))"
_DEFINED = (
    r", \quad p_t = \sigma\left(\left(2\, $target - 1\right) $prediction\right),"
    r"\; \alpha_t = $alpha\, $target + \left(1 - $alpha\right) \left(1 - $target\right)"
)
_FOCAL = r"-\alpha_t \left(1 - p_t\right)^{$gamma} \log p_t"
_FOCAL_SLOPE = (
    r"\alpha_t \left(2\, $target - 1\right) \left(1 - p_t\right)^{$gamma}"
    r" \left($gamma\, p_t \log p_t - 1 + p_t\right)"
)


def _focal_example(rng: np.random.Generator) -> tuple[tuple[Array, ...], dict[str, Any]]:
    return (rng.normal(size=(4, 3)) * 2, rng.choice([0.0, 1.0], size=(4, 3))), {"alpha": 0.25, "gamma": 2.0}


FOCAL = Op(
    name="focal",
    title="focal loss",
    args=PAIR,
    function=Function(
        _focal,
        PAIR,
        "nk,nk->",
        rf"$out = {PER_CELL} {_FOCAL}{_DEFINED}",
        f"np.mean({_BALANCE} * {_MISSING}**$gamma * np.logaddexp(0, -{_SIDED}))",
        cellwise(_FOCAL, _focal_cell),
    ),
    vjps={
        "prediction": Function(
            _focal_vjp,
            GRAD,
            ",nk,nk->nk",
            rf"$out = $grad \cdot \frac{{1}}{{NK}} {_FOCAL_SLOPE}{_DEFINED}",
            f"$grad / $prediction.size * {_BALANCE} * (1 - 2 * $target) * {_MISSING}**$gamma"
            f" * ($gamma * (1 - {_MISSING}) * np.logaddexp(0, -{_SIDED}) + {_MISSING})",
            cellwise_vjp(_FOCAL_SLOPE, _focal_slope),
        )
    },
    shape=loss_shape,
    source="Lin et al. 2017, Focal loss for dense object detection, equation 5, averaged over all cells.",
    example=_focal_example,
)
