"""The equations of Rprop, Lion, Adamax and Adadelta: signs, step sizes, and other measures of a gradient's size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from engine.ops.core.op import Array, Factor, Function, Index, Operands, Term, cell
from engine.ops.core.terms import MINUS, Part, factor, inverse, one_minus, products, setting, squared

# --- Rprop -----------------------------------------------------------------------------------------------------------


def _agreement(xp: Any, out: Array, grad: Array, slot: Array) -> None:
    xp.multiply(grad, slot, out)
    xp.sign(out, out)


def _resize(
    xp: Any, out: Array, slot: Array, agreement: Array, shrink: float, grow: float, smallest: float, largest: float
) -> None:
    """What is not a number stays: it is neither above, below nor on zero."""
    growth, chosen = np.empty_like(agreement), np.empty(agreement.shape, bool)
    xp.copyto(growth, agreement)
    for compare, number in ((xp.greater, grow), (xp.less, shrink), (xp.equal, 1.0)):
        compare(agreement, 0.0, chosen)
        xp.copyto(growth, number, where=chosen)
    xp.multiply(slot, growth, out)
    xp.maximum(out, smallest, out=out)
    xp.minimum(out, largest, out=out)


def _keep_agreeing(xp: Any, out: Array, grad: Array, agreement: Array) -> None:
    turned = np.empty(agreement.shape, bool)
    xp.less(agreement, 0.0, turned)
    xp.copyto(out, grad)
    xp.copyto(out, 0.0, where=turned)


def _sign_descend(xp: Any, out: Array, rate: Array, direction: Array) -> None:
    xp.sign(direction, out)
    xp.multiply(out, rate, out)
    xp.negative(out, out)


def _agreement_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    grad, slot = operands["grad"][index], operands["slot"][index]
    symbol = r"\operatorname{sign}\left($grad\, $slot\right)"
    yield (Factor(float(np.sign(grad * slot)), "grad", index, symbol, float(grad)),)


def _growth(agreement: float, shrink: float, grow: float, **_: float) -> float:
    return grow if agreement > 0 else shrink if agreement < 0 else agreement + 1


def _resize_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    agreement = operands["agreement"][index]
    symbol = "$grow" if agreement > 0 else "$shrink" if agreement < 0 else "1"
    growth = factor(("agreement", symbol, _growth), index, operands, params)
    size = growth.number * float(operands["slot"][index])
    if size < params["smallest"]:
        yield (Factor(params["smallest"], symbol="$smallest"),)
    elif size > params["largest"]:
        yield (Factor(params["largest"], symbol="$largest"),)
    else:
        yield growth, cell(operands, "slot", index)


def _agreeing_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    turned = operands["agreement"][index] < 0
    yield (Factor(0.0, symbol="0") if turned else cell(operands, "grad", index),)


_SIGN: Part = ("direction", r"\operatorname{sign}\left($direction\right)", lambda d, **_: np.sign(d))

# --- Adamax ----------------------------------------------------------------------------------------------------------


def _decayed_maximum(xp: Any, out: Array, slot: Array, grad: Array, beta: float, eps: float) -> None:
    size = np.empty_like(out)
    xp.absolute(grad, size)
    xp.add(size, eps, size)
    xp.multiply(slot, beta, out)
    xp.maximum(out, size, out=out)


def _decayed_maximum_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    size = abs(operands["grad"][index]) + params["eps"]
    past = params["beta"] * operands["slot"][index]
    if past >= size or np.isnan(past):
        yield factor(setting("beta"), index, operands, params), cell(operands, "slot", index)
    else:
        yield (factor(("grad", r"\left|$grad\right|", lambda g, **_: abs(g)), index, operands, params),)
        yield (factor(setting("eps"), index, operands, params),)


# --- Adadelta --------------------------------------------------------------------------------------------------------


def _decaying_square(xp: Any, out: Array, slot: Array, grad: Array, rho: float) -> None:
    part = np.empty_like(out)
    xp.multiply(grad, 1 - rho, part)
    xp.multiply(part, grad, part)
    xp.multiply(slot, rho, out)
    xp.add(out, part, out)


def _root_of_sum(xp: Any, out: Array, square: Array, eps: float) -> None:
    xp.add(square, eps, out)
    xp.sqrt(out, out)


def _rescale(xp: Any, out: Array, grad: Array, size: Array, scale: Array) -> None:
    xp.divide(size, scale, out)
    xp.multiply(out, grad, out)


_SIGN_STEP = Function(
    _sign_descend,
    ("rate", "direction"),
    ",...->...",
    r"$out = -$rate\, \operatorname{sign}\left($direction\right)",
    "-$rate * np.sign($direction)",
    products((MINUS, "rate", _SIGN)),
    says="How far $p moves: against the sign of the direction, by the learning rate, whatever its size.",
)

SIGN_OPS: dict[str, Function] = {
    "agreement": Function(
        _agreement,
        ("grad", "slot"),
        "...,...->...",
        r"$out = \operatorname{sign}\left($grad\, $slot\right)",
        "np.sign($grad * $slot)",
        _agreement_terms,
        says="The gradient of $p times the one before: above 0 where it kept its sign.",
    ),
    "resize": Function(
        _resize,
        ("slot", "agreement"),
        "...,...->...",
        r"$out = \operatorname{clip}\left($slot \cdot \begin{cases} $grow & $agreement > 0 \\"
        r" $shrink & $agreement < 0 \\ 1 & \text{else} \end{cases},\; $smallest,\; $largest\right)",
        "np.clip($slot * np.where($agreement > 0, $grow, np.where($agreement < 0, $shrink, 1 + $agreement)),"
        " $smallest, $largest)",
        _resize_terms,
        says="The step size of each number in $p: larger where its gradient kept its sign, smaller where it turned.",
    ),
    "keep_agreeing": Function(
        _keep_agreeing,
        ("grad", "agreement"),
        "...,...->...",
        r"$out = \begin{cases} 0 & $agreement < 0 \\ $grad & \text{else} \end{cases}",
        "np.where($agreement < 0, 0, $grad)",
        _agreeing_terms,
        says="Keeps the gradient of $p for the next step, but 0 where it turned.",
    ),
    "sign_descend": _SIGN_STEP,
    "sign_descend_by_size": Function(
        _sign_descend,
        ("size", "direction"),
        "...,...->...",
        r"$out = -$size\, \operatorname{sign}\left($direction\right)",
        "-$size * np.sign($direction)",
        products((MINUS, "size", _SIGN)),
        says="How far $p moves: against the sign of its gradient, each number by its own step size.",
    ),
    "decayed_maximum": Function(
        _decayed_maximum,
        ("slot", "grad"),
        "...,...->...",
        r"$out = \max\left($beta\, $slot,\; \left|$grad\right| + $eps\right)",
        "np.maximum($beta * $slot, np.abs($grad) + $eps)",
        _decayed_maximum_terms,
        says="The largest size of the gradient of $p lately: the old one fades, and gives way to a larger new one.",
    ),
    "decaying_square": Function(
        _decaying_square,
        ("slot", "grad"),
        "...,...->...",
        r"$out = $rho\, $slot + (1 - $rho)\, {$grad}^{2}",
        "$rho * $slot + (1 - $rho) * $grad * $grad",
        products((setting("rho"), "slot"), (one_minus("rho"), squared("grad"))),
        says="A running average of a square: mostly what it was, and a little of the new one.",
    ),
    "root_of_sum": Function(
        _root_of_sum,
        ("square",),
        "...->...",
        r"$out = \sqrt{$square + $eps}",
        "np.sqrt($square + $eps)",
        products((("square", r"\sqrt{$square + $eps}", lambda s, eps: np.sqrt(s + eps)),)),
        says="A root, with epsilon inside so that it is never 0.",
    ),
    "rescale": Function(
        _rescale,
        ("grad", "size", "scale"),
        "...,...,...->...",
        r"$out = \frac{$size}{$scale}\, $grad",
        "$size / $scale * $grad",
        products(("size", inverse("scale"), "grad")),
        says="The gradient of $p, brought to the size of its past moves: the learning rate need not fit it.",
    ),
}
