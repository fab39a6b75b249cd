"""Hinge losses: targets are -1 and 1, and an output past 1 on its side costs nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.ops.core.cellwise import constant
from engine.ops.core.op import Array, Function, Op
from engine.ops.loss.regression import GRAD, PAIR, PER_CELL, cellwise, cellwise_vjp, loss_shape, mean, share


def _shortfall(xp: Any, out: Array, prediction: Array, target: Array) -> None:
    xp.multiply(target, prediction, out)
    xp.subtract(constant(1, out), out, out)
    xp.maximum(out, constant(0, out), out=out)


def _hinge(xp: Any, out: Array, prediction: Array, target: Array, over: float = 0.0) -> None:
    cells = np.empty_like(prediction)
    _shortfall(xp, cells, prediction, target)
    mean(xp, out, cells, over or prediction.size)


def _hinge_vjp(xp: Any, out: Array, grad: Array, prediction: Array, target: Array, over: float = 0.0) -> None:
    margin, short = np.empty_like(out), np.empty(out.shape, bool)
    xp.multiply(target, prediction, margin)
    xp.less(margin, constant(1, margin), short)
    xp.multiply(target, short, out)
    share(xp, out, grad, out, -1 / (over or prediction.size))


def _is_short(prediction: Array, target: Array) -> Array:
    """1 where the output is not yet past 1 on its side: there the loss bends."""
    return (target * prediction < 1).astype(int)


def _example(rng: np.random.Generator) -> tuple[tuple[Array, ...], dict[str, Any]]:
    return (rng.normal(size=(4, 3)) * 1.5, rng.choice([-1.0, 1.0], size=(4, 3))), {}


_SHORTFALL = r"\max\left(0,\, 1 - $target\, $prediction\right)"

HINGE = Op(
    name="hinge",
    title="hinge loss",
    args=PAIR,
    function=Function(
        _hinge,
        PAIR,
        "nk,nk->",
        rf"$out = {PER_CELL} {_SHORTFALL}_{{nk}}",
        "np.mean(np.maximum(0, 1 - $target * $prediction))",
        cellwise(_SHORTFALL, lambda y, t: np.maximum(0, 1 - t * y)),
    ),
    vjps={
        "prediction": Function(
            _hinge_vjp,
            GRAD,
            ",nk,nk->nk",
            r"$out = -$grad \cdot \frac{1}{NK}\, $target \odot [$target\, $prediction < 1]",
            "-$grad / $prediction.size * $target * ($target * $prediction < 1)",
            cellwise_vjp(r"\left(-$target\, [$target\, $prediction < 1]\right)", lambda y, t: -t * (t * y < 1)),
        )
    },
    shape=loss_shape,
    source="Cortes and Vapnik 1995, Support-vector networks; Bishop 2006, section 7.1.2.",
    example=_example,
    regions=_is_short,
)


def _squared(xp: Any, out: Array, prediction: Array, target: Array, over: float = 0.0) -> None:
    cells = np.empty_like(prediction)
    _shortfall(xp, cells, prediction, target)
    xp.multiply(cells, cells, cells)
    mean(xp, out, cells, over or prediction.size)


def _squared_vjp(xp: Any, out: Array, grad: Array, prediction: Array, target: Array, over: float = 0.0) -> None:
    _shortfall(xp, out, prediction, target)
    xp.multiply(out, target, out)
    share(xp, out, grad, out, -2 / (over or prediction.size))


SQUARED_HINGE = Op(
    name="squared_hinge",
    title="squared hinge loss",
    args=PAIR,
    function=Function(
        _squared,
        PAIR,
        "nk,nk->",
        rf"$out = {PER_CELL} {{{_SHORTFALL}_{{nk}}}}^{{2}}",
        "np.mean(np.maximum(0, 1 - $target * $prediction)**2)",
        cellwise(rf"{{{_SHORTFALL}}}^{{2}}", lambda y, t: np.maximum(0, 1 - t * y) ** 2),
    ),
    vjps={
        "prediction": Function(
            _squared_vjp,
            GRAD,
            ",nk,nk->nk",
            rf"$out = -$grad \cdot \frac{{2}}{{NK}}\, $target \odot {_SHORTFALL}",
            "-$grad * 2 / $prediction.size * $target * np.maximum(0, 1 - $target * $prediction)",
            cellwise_vjp(rf"\left(-$target\, {_SHORTFALL}\right)", lambda y, t: -t * np.maximum(0, 1 - t * y), times=2),
        )
    },
    shape=loss_shape,
    source="Tang 2013, Deep learning using linear support vector machines, section 2.2.",
    example=_example,
    regions=_is_short,
)
