"""Binary cross-entropy: of probabilities, clamped as in PyTorch, and straight from logits."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.ops.activation.piecewise import logistic, sigmoid
from engine.ops.core.cellwise import constant
from engine.ops.core.op import Array, Function, Op
from engine.ops.loss.regression import GRAD, PAIR, PER_CELL, cellwise, cellwise_vjp, loss_shape, mean, share

LOWEST_LOG = -100.0
LOWEST_VARIANCE = float(np.float32(1e-12))  # PyTorch keeps this one in single precision


# --- probabilities ----------------------------------------------------------------------------------


def _bce(xp: Any, out: Array, prediction: Array, target: Array, over: float = 0.0) -> None:
    right, wrong, rest = (np.empty_like(prediction) for _ in range(3))
    xp.log(prediction, right)
    xp.maximum(right, constant(LOWEST_LOG, right), out=right)
    xp.multiply(right, target, right)
    xp.negative(prediction, wrong)
    xp.log1p(wrong, wrong)
    xp.maximum(wrong, constant(LOWEST_LOG, wrong), out=wrong)
    xp.subtract(target, constant(1, rest), rest)
    xp.multiply(rest, wrong, wrong)
    xp.subtract(wrong, right, wrong)
    mean(xp, out, wrong, over or prediction.size)


def _bce_vjp(xp: Any, out: Array, grad: Array, prediction: Array, target: Array, over: float = 0.0) -> None:
    variance = np.empty_like(out)
    xp.subtract(constant(1, out), prediction, variance)
    xp.multiply(variance, prediction, variance)
    xp.maximum(variance, constant(LOWEST_VARIANCE, out), out=variance)
    xp.subtract(prediction, target, out)
    xp.divide(out, variance, out)
    share(xp, out, grad, out, 1 / (over or prediction.size))


def _bce_cell(y: Any, t: Any) -> Any:
    return (t - 1) * np.maximum(np.log1p(-y), LOWEST_LOG) - t * np.maximum(np.log(y), LOWEST_LOG)


def _bce_slope(y: Any, t: Any) -> Any:
    return (y - t) / np.maximum(y * (1 - y), LOWEST_VARIANCE)


def _clamped(prediction: Array, target: Array) -> Array:
    """1 where y is so near 0 or 1 that the gradient is clamped, and no longer the slope of the loss."""
    clamped: Array = prediction * (1 - prediction) < LOWEST_VARIANCE
    return clamped.astype(int)


def _floored(prediction: Array, target: Array) -> str:
    floored = bool(np.any(_clamped(prediction, target)))
    return "as in PyTorch, y(1-y) in its gradient is at least 1e-12, so it is not the slope here" if floored else ""


def _bce_example(rng: np.random.Generator) -> tuple[tuple[Array, ...], dict[str, Any]]:
    return (rng.uniform(0.1, 0.9, size=(4, 3)), rng.uniform(size=(4, 3))), {}


_BCE = r"-\left[$target \log $prediction + \left(1 - $target\right) \log\left(1 - $prediction\right)\right]"
_BCE_SLOPE = r"\frac{$prediction - $target}{$prediction \left(1 - $prediction\right)}"

BCE = Op(
    name="bce",
    title="binary cross-entropy",
    args=PAIR,
    function=Function(
        _bce,
        PAIR,
        "nk,nk->",
        rf"$out = {PER_CELL} {_BCE}_{{nk}}",
        "np.mean(($target - 1) * np.maximum(np.log1p(-$prediction), -100)"
        " - $target * np.maximum(np.log($prediction), -100))",
        cellwise(_BCE, _bce_cell),
        torch="F.binary_cross_entropy($prediction, $target)",
    ),
    vjps={
        "prediction": Function(
            _bce_vjp,
            GRAD,
            ",nk,nk->nk",
            rf"$out = $grad \cdot \frac{{1}}{{NK}}\, {_BCE_SLOPE}",
            "$grad / $prediction.size * ($prediction - $target)"
            " / np.maximum($prediction * (1 - $prediction), np.float32(1e-12))",
            cellwise_vjp(_BCE_SLOPE, _bce_slope),
        )
    },
    shape=loss_shape,
    source="Goodfellow et al. 2016, section 6.2.2.2; matches torch.nn.BCELoss with its clamps: logs at -100,"
    " y(1-y) in the gradient at 1e-12.",
    example=_bce_example,
    regions=_clamped,
    off_slope=_floored,
)


# --- logits -----------------------------------------------------------------------------------------


def _logits(xp: Any, out: Array, prediction: Array, target: Array, over: float = 0.0) -> None:
    """(1 - t) y - log(sigmoid(y)), in the order in which PyTorch rounds."""
    soft, log, cells = (np.empty_like(prediction) for _ in range(3))
    xp.absolute(prediction, soft)
    xp.negative(soft, soft)
    xp.exp(soft, soft)
    xp.log1p(soft, soft)
    xp.minimum(prediction, np.zeros_like(prediction), out=log)  # an array: with a lone number it is slower
    xp.subtract(log, soft, log)
    xp.subtract(constant(1, cells), target, cells)
    xp.multiply(cells, prediction, cells)
    xp.subtract(cells, log, cells)
    mean(xp, out, cells, over or prediction.size)


def _logits_vjp(xp: Any, out: Array, grad: Array, prediction: Array, target: Array, over: float = 0.0) -> None:
    sigmoid(xp, out, prediction)
    xp.subtract(out, target, out)
    share(xp, out, grad, out, 1 / (over or prediction.size))


def _logits_cell(y: Any, t: Any) -> Any:
    return (1 - t) * y - (np.minimum(y, 0) - np.log1p(np.exp(-abs(y))))


def _logits_example(rng: np.random.Generator) -> tuple[tuple[Array, ...], dict[str, Any]]:
    return (rng.normal(size=(4, 3)) * 2, rng.uniform(size=(4, 3))), {}


_LOGITS = r"\left[\left(1 - $target\right) $prediction - \log \sigma\left($prediction\right)\right]"
_LOGITS_SLOPE = r"\left(\sigma\left($prediction\right) - $target\right)"

BCE_WITH_LOGITS = Op(
    name="bce_with_logits",
    title="binary cross-entropy of logits",
    args=PAIR,
    function=Function(
        _logits,
        PAIR,
        "nk,nk->",
        rf"$out = {PER_CELL} {_LOGITS}_{{nk}}",
        "np.mean((1 - $target) * $prediction - (np.minimum($prediction, 0) - np.log1p(np.exp(-np.abs($prediction)))))",
        cellwise(_LOGITS, _logits_cell),
        torch="F.binary_cross_entropy_with_logits($prediction, $target)",
    ),
    vjps={
        "prediction": Function(
            _logits_vjp,
            GRAD,
            ",nk,nk->nk",
            rf"$out = $grad \cdot \frac{{1}}{{NK}} {_LOGITS_SLOPE}",
            "$grad / $prediction.size * (1 / (1 + np.exp(-$prediction)) - $target)",
            cellwise_vjp(_LOGITS_SLOPE, lambda y, t: logistic(y) - t),
        )
    },
    shape=loss_shape,
    source="Goodfellow et al. 2016, section 6.2.2.2; matches torch.nn.BCEWithLogitsLoss.",
    example=_logits_example,
)
