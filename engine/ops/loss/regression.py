"""Losses over raw outputs: the mean over all cells, or over samples for cross-entropy, as in PyTorch.

The target is data, so a loss has a VJP for its prediction only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from engine.foundation.errors import ShapeError
from engine.ops.core.cellwise import constant
from engine.ops.core.op import Array, Factor, Function, Index, Op, Operands, Shape, Term, Terms, cell

PAIR = ("prediction", "target")
GRAD = ("grad", "prediction", "target")
PER_CELL = r"\frac{1}{NK} \sum_{n,k}"


def mean(xp: Any, out: Array, cells: Array, count: float) -> None:
    """The sum of 1/count times each cell: one product of vectors."""
    xp.dot(cells.ravel("K"), np.full(cells.size, 1 / count, cells.dtype), out)


def share(xp: Any, out: Array, grad: Array, slope: Array, factor: float) -> None:
    """A slope times a number (2/NK, say), times the gradient of the loss."""
    xp.multiply(slope, constant(factor, out), out)
    xp.multiply(out, grad, out)


def cellwise(symbol: str, f: Callable[..., Any]) -> Terms:
    """Forward terms of a mean over cells: 1/NK times a function of prediction and target, for each cell."""

    def terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
        shape = operands["prediction"].shape
        for at in np.ndindex(shape):
            yield (_count(shape), _pair(at, operands, params, symbol, f))

    return terms


def cellwise_vjp(symbol: str, f: Callable[..., Any], times: int = 1) -> Terms:
    """The one term of a VJP: the loss gradient, 1/NK, and `times` a function of prediction and target."""
    written = symbol if times == 1 else f"{times} {symbol}"

    def slope(y: Any, t: Any, **params: Any) -> Any:
        return times * f(y, t, **params)

    def terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
        count = _count(operands["prediction"].shape)
        yield (cell(operands, "grad", ()), count, _pair(index, operands, params, written, slope))

    return terms


def _count(shape: Shape) -> Factor:
    return Factor(1 / int(np.prod(shape)), symbol=r"\frac{1}{NK}")


def _pair(index: Index, operands: Operands, params: Mapping[str, Any], symbol: str, f: Callable[..., Any]) -> Factor:
    y, t = (float(operands[name][index]) for name in PAIR)
    with np.errstate(all="ignore"):
        number = float(f(np.float64(y), np.float64(t), **params))
    return Factor(number, "prediction", index, symbol, y)


def loss_shape(prediction: Shape, target: Shape, **params: Any) -> Shape:
    """A scalar; the two shapes must be equal."""
    if prediction != target or len(prediction) != 2:
        raise ShapeError(f"prediction and target are both (N, K); given {prediction} and {target}")
    return ()


def outputs_example(
    **params: Any,
) -> Callable[[np.random.Generator], tuple[tuple[Array, ...], dict[str, Any]]]:
    """Random predictions and targets around 0."""
    return lambda rng: ((rng.normal(size=(4, 3)), rng.normal(size=(4, 3))), dict(params))


# --- mean squared error ---------------------------------------------------------------------------


def differences(xp: Any, prediction: Array, target: Array) -> Array:
    """How far each prediction is off, with its sign: for the loss and its gradient."""
    off = np.empty_like(prediction)
    xp.subtract(prediction, target, off)
    return off


def _mse(xp: Any, out: Array, prediction: Array, target: Array, over: float = 0.0) -> None:
    distance, square = xp.shared(differences, prediction, target), np.empty_like(prediction)
    xp.multiply(distance, distance, square)
    mean(xp, out, square, over or prediction.size)


def _mse_vjp(xp: Any, out: Array, grad: Array, prediction: Array, target: Array, over: float = 0.0) -> None:
    share(xp, out, grad, xp.shared(differences, prediction, target), 2 / (over or prediction.size))


MSE = Op(
    name="mse",
    title="mean squared error",
    args=PAIR,
    function=Function(
        _mse,
        PAIR,
        "nk,nk->",
        rf"$out = {PER_CELL} \left({{$prediction}}_{{nk}} - {{$target}}_{{nk}}\right)^{{2}}",
        "np.mean(($prediction - $target)**2)",
        cellwise(r"\left($prediction - $target\right)^{2}", lambda y, t: (y - t) ** 2),
        torch="F.mse_loss($prediction, $target)",
    ),
    vjps={
        "prediction": Function(
            _mse_vjp,
            GRAD,
            ",nk,nk->nk",
            r"$out = $grad \cdot \frac{2}{NK} \left($prediction - $target\right)",
            "$grad * 2 / $prediction.size * ($prediction - $target)",
            cellwise_vjp(r"\left($prediction - $target\right)", lambda y, t: y - t, times=2),
        )
    },
    shape=loss_shape,
    source='Goodfellow et al. 2016, section 5.1.4; matches torch.nn.MSELoss(reduction="mean").',
    example=outputs_example(),
)


# --- mean absolute error ----------------------------------------------------------------------------


def _mae(xp: Any, out: Array, prediction: Array, target: Array, over: float = 0.0) -> None:
    distance = np.empty_like(prediction)
    xp.subtract(prediction, target, distance)
    xp.absolute(distance, distance)
    mean(xp, out, distance, over or prediction.size)


def _mae_vjp(xp: Any, out: Array, grad: Array, prediction: Array, target: Array, over: float = 0.0) -> None:
    xp.subtract(prediction, target, out)
    xp.sign(out, out)
    share(xp, out, grad, out, 1 / (over or prediction.size))


def _side(prediction: Array, target: Array) -> Array:
    """Above the target 1, below -1, on it 0: there |y - t| has its kink."""
    return (prediction > target).astype(int) - (prediction < target)


MAE = Op(
    name="mae",
    title="mean absolute error",
    args=PAIR,
    function=Function(
        _mae,
        PAIR,
        "nk,nk->",
        rf"$out = {PER_CELL} \left|{{$prediction}}_{{nk}} - {{$target}}_{{nk}}\right|",
        "np.mean(np.abs($prediction - $target))",
        cellwise(r"\left|$prediction - $target\right|", lambda y, t: abs(y - t)),
        torch="F.l1_loss($prediction, $target)",
    ),
    vjps={
        "prediction": Function(
            _mae_vjp,
            GRAD,
            ",nk,nk->nk",
            r"$out = $grad \cdot \frac{1}{NK} \operatorname{sign}\left($prediction - $target\right)",
            "$grad / $prediction.size * np.sign($prediction - $target)",
            cellwise_vjp(r"\operatorname{sign}\left($prediction - $target\right)", lambda y, t: np.sign(y - t)),
        )
    },
    shape=loss_shape,
    source='Bishop 2006, section 1.5.5 (Minkowski loss, q = 1); matches torch.nn.L1Loss(reduction="mean").',
    example=outputs_example(),
    regions=_side,
)


# --- huber ------------------------------------------------------------------------------------------


def _huber(xp: Any, out: Array, prediction: Array, target: Array, delta: float, over: float = 0.0) -> None:
    """With c = min(|d|, delta), both pieces are c (|d| - c/2)."""
    distance, capped, cells = (np.empty_like(prediction) for _ in range(3))
    xp.subtract(prediction, target, distance)
    xp.absolute(distance, distance)
    xp.minimum(distance, constant(delta, distance), out=capped)
    xp.multiply(capped, constant(0.5, capped), cells)
    xp.subtract(distance, cells, cells)
    xp.multiply(capped, cells, cells)
    mean(xp, out, cells, over or prediction.size)


def _huber_vjp(
    xp: Any, out: Array, grad: Array, prediction: Array, target: Array, delta: float, over: float = 0.0
) -> None:
    xp.subtract(prediction, target, out)
    xp.minimum(out, constant(delta, out), out=out)
    xp.maximum(out, constant(-delta, out), out=out)
    share(xp, out, grad, out, 1 / (over or prediction.size))


def _huber_cell(y: Any, t: Any, delta: float) -> Any:
    distance = abs(y - t)
    return distance**2 / 2 if distance < delta else delta * (distance - delta / 2)


def _piece(prediction: Array, target: Array, delta: float) -> Array:
    """-1, 0 or 1: on the straight piece below, the parabola, or the straight piece above, where the slope stays."""
    distance = prediction - target
    return np.subtract(distance > delta, distance < -delta, dtype=int)


HUBER = Op(
    name="huber",
    title="Huber loss",
    args=PAIR,
    function=Function(
        _huber,
        PAIR,
        "nk,nk->",
        rf"$out = {PER_CELL} \begin{{cases}} \frac{{1}}{{2}} d_{{nk}}^{{2}} & |d_{{nk}}| < $delta \\"
        r" $delta \left(|d_{nk}| - \tfrac{$delta}{2}\right) & \text{else} \end{cases},"
        r" \quad d = $prediction - $target",
        "np.mean(np.where(np.abs($prediction - $target) < $delta, ($prediction - $target)**2 / 2,"
        " $delta * (np.abs($prediction - $target) - $delta / 2)))",
        cellwise(r"\operatorname{huber}\left($prediction - $target\right)", _huber_cell),
        torch="F.huber_loss($prediction, $target, delta=$delta)",
    ),
    vjps={
        "prediction": Function(
            _huber_vjp,
            GRAD,
            ",nk,nk->nk",
            r"$out = $grad \cdot \frac{1}{NK} \operatorname{clip}\left($prediction - $target,"
            r" -$delta, $delta\right)",
            "$grad / $prediction.size * np.clip($prediction - $target, -$delta, $delta)",
            cellwise_vjp(
                r"\operatorname{clip}\left($prediction - $target, -$delta, $delta\right)",
                lambda y, t, delta: np.clip(y - t, -delta, delta),
            ),
        )
    },
    shape=loss_shape,
    source="Huber 1964, Robust estimation of a location parameter; matches torch.nn.HuberLoss.",
    example=outputs_example(delta=0.8),
    regions=_piece,
)


# --- smooth l1 --------------------------------------------------------------------------------------


def _smooth(xp: Any, out: Array, prediction: Array, target: Array, beta: float, over: float = 0.0) -> None:
    """With c = min(|d|, beta), both pieces are c/beta (|d| - c/2)."""
    distance, capped, cells = (np.empty_like(prediction) for _ in range(3))
    xp.subtract(prediction, target, distance)
    xp.absolute(distance, distance)
    xp.minimum(distance, constant(beta, distance), out=capped)
    xp.multiply(capped, constant(0.5, capped), cells)
    xp.subtract(distance, cells, cells)
    xp.divide(capped, constant(beta, capped), capped)
    xp.multiply(capped, cells, cells)
    mean(xp, out, cells, over or prediction.size)


def _smooth_vjp(
    xp: Any, out: Array, grad: Array, prediction: Array, target: Array, beta: float, over: float = 0.0
) -> None:
    xp.subtract(prediction, target, out)
    xp.divide(out, constant(beta, out), out)
    xp.minimum(out, constant(1, out), out=out)
    xp.maximum(out, constant(-1, out), out=out)
    share(xp, out, grad, out, 1 / (over or prediction.size))


def _smooth_cell(y: Any, t: Any, beta: float) -> Any:
    return _huber_cell(y, t, beta) / beta


SMOOTH_L1 = Op(
    name="smooth_l1",
    title="smooth L1 loss",
    args=PAIR,
    function=Function(
        _smooth,
        PAIR,
        "nk,nk->",
        rf"$out = {PER_CELL} \begin{{cases}} \frac{{d_{{nk}}^{{2}}}}{{2 \cdot $beta}} & |d_{{nk}}| < $beta \\"
        r" |d_{nk}| - \tfrac{$beta}{2} & \text{else} \end{cases}, \quad d = $prediction - $target",
        "np.mean(np.where(np.abs($prediction - $target) < $beta, ($prediction - $target)**2 / (2 * $beta),"
        " np.abs($prediction - $target) - $beta / 2))",
        cellwise(r"\operatorname{smooth}\left($prediction - $target\right)", _smooth_cell),
    ),
    vjps={
        "prediction": Function(
            _smooth_vjp,
            GRAD,
            ",nk,nk->nk",
            r"$out = $grad \cdot \frac{1}{NK} \operatorname{clip}\left(\tfrac{$prediction - $target}{$beta},"
            r" -1, 1\right)",
            "$grad / $prediction.size * np.clip(($prediction - $target) / $beta, -1, 1)",
            cellwise_vjp(
                r"\operatorname{clip}\left(\tfrac{$prediction - $target}{$beta}, -1, 1\right)",
                lambda y, t, beta: np.clip((y - t) / beta, -1, 1),
            ),
        )
    },
    shape=loss_shape,
    source="Girshick 2015, Fast R-CNN, equation 3; matches torch.nn.SmoothL1Loss.",
    example=outputs_example(beta=0.8),
    regions=lambda prediction, target, beta: _piece(prediction, target, beta),
)
