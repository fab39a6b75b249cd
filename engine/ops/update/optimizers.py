"""The equations of the optimizers, each a step of its own: cell by cell, so that they run on any slice alike.

A kernel that renews its first operand (a slot, a memory, the parameter, the gradient) may be given it as `out`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from engine.ops.core.op import Array, Factor, Function, Index, Operands, Shape, Term, cell
from engine.ops.core.terms import MINUS, Part, factor, inverse, one_minus, products, setting, squared
from engine.ops.update.gradients import ALL_OPS, GRADIENT_OPS
from engine.ops.update.nadam import NADAM_OPS
from engine.ops.update.plateau import PLATEAU_OPS
from engine.ops.update.schedules import SCHEDULE_OPS
from engine.ops.update.signs import SIGN_OPS
from engine.ops.update.slips import SLIPS


def _decayed(xp: Any, out: Array, grad: Array, p: Array, weight_decay: float) -> None:
    xp.multiply(p, weight_decay, out)
    xp.add(grad, out, out)


def _momentum(xp: Any, out: Array, slot: Array, grad: Array, momentum: float) -> None:
    xp.multiply(slot, momentum, out)
    xp.add(out, grad, out)


def _damped_momentum(xp: Any, out: Array, slot: Array, grad: Array, share: Array, momentum: float) -> None:
    part = xp.empty_like(out)
    xp.multiply(grad, share, part)
    xp.multiply(slot, momentum, out)
    xp.add(out, part, out)


def _undamped(xp: Any, out: Array, step: Array, dampening: float) -> None:
    """1 - dampening, but 1 in the first step: a momentum that was nothing yet takes the gradient as it is."""
    xp.subtract(step, 1.0, out)
    xp.minimum(out, 1.0, out=out)
    xp.multiply(out, -dampening, out)
    xp.add(out, 1.0, out)


def _negative(xp: Any, out: Array, grad: Array) -> None:
    xp.negative(grad, out)


def _nesterov(xp: Any, out: Array, grad: Array, slot: Array, momentum: float) -> None:
    xp.multiply(slot, momentum, out)
    xp.add(grad, out, out)


def _descend(xp: Any, out: Array, rate: Array, direction: Array) -> None:
    _backward(xp, out, rate, direction)


def _backward(xp: Any, out: Array, rate: Array, direction: Array) -> None:
    """-rate times a direction: the sign goes onto the one number, not onto all cells."""
    minus = np.empty_like(rate)
    xp.negative(rate, minus)
    xp.multiply(direction, minus, out)


def _add(xp: Any, out: Array, first: Array, second: Array) -> None:
    xp.add(first, second, out)


def _accumulate_square(xp: Any, out: Array, slot: Array, grad: Array) -> None:
    square = xp.empty_like(out)
    xp.multiply(grad, grad, square)
    xp.add(slot, square, out)


def _average(xp: Any, out: Array, slot: Array, grad: Array, beta: float) -> None:
    part = xp.empty_like(out)
    xp.subtract(grad, slot, part)
    xp.multiply(part, 1 - beta, part)
    xp.add(slot, part, out)


def _average_square(xp: Any, out: Array, slot: Array, grad: Array, beta: float) -> None:
    part = xp.empty_like(out)
    xp.multiply(grad, 1 - beta, part)
    xp.multiply(part, grad, part)
    xp.multiply(slot, beta, out)
    xp.add(out, part, out)


def _maximum(xp: Any, out: Array, slot: Array, other: Array) -> None:
    xp.maximum(slot, other, out=out)


def _bias_correction(xp: Any, out: Array, step: Array, beta: float) -> None:
    xp.one_minus_power(step, out, base=beta)


def _decayed_rate(xp: Any, out: Array, step: Array, rate: Array, lr_decay: float) -> None:
    xp.subtract(step, 1.0, out, casting="same_kind")
    xp.multiply(out, lr_decay, out)
    xp.add(out, 1.0, out)
    xp.divide(rate, out, out)


def _divide(xp: Any, out: Array, slot: Array, correction: Array) -> None:
    inverse = xp.empty_like(correction)  # one division instead of one a cell
    xp.reciprocal(correction, inverse)
    xp.multiply(slot, inverse, out)


def _root(xp: Any, out: Array, square: Array, eps: float) -> None:
    xp.sqrt(square, out)
    xp.add(out, eps, out)


def _centered_root(xp: Any, out: Array, square: Array, mean: Array, eps: float) -> None:
    part = xp.empty_like(out)
    xp.multiply(mean, mean, part)
    xp.subtract(square, part, out)
    xp.sqrt(out, out)
    xp.add(out, eps, out)


def _adaptive(xp: Any, out: Array, rate: Array, direction: Array, scale: Array) -> None:
    xp.divide(direction, scale, out)
    _backward(xp, out, rate, out)


def _momentum_ratio(xp: Any, out: Array, slot: Array, grad: Array, scale: Array, momentum: float) -> None:
    part = xp.empty_like(out)
    xp.divide(grad, scale, part)
    xp.multiply(slot, momentum, out)
    xp.add(out, part, out)


def _decay(xp: Any, out: Array, rate: Array, p: Array, weight_decay: float) -> None:
    xp.multiply(p, rate, out)
    xp.multiply(out, -weight_decay, out)


# --- terms -----------------------------------------------------------------------------------------------------------

_EPS: Part = (r"\epsilon", lambda eps, **_: eps)
_ROOT: Part = ("square", r"\sqrt{$square}", lambda s, **_: np.sqrt(s))


def _is_later(step: float, **_: float) -> float:
    return float(step > 1)


def _maximum_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    slot, other = operands["slot"][index], operands["other"][index]
    yield (cell(operands, "other" if other > slot else "slot", index),)


def _centered_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    square, mean = operands["square"][index], operands["mean"][index]
    symbol = r"\sqrt{$square - {$mean}^{2}}"
    yield (Factor(float(np.sqrt(square - mean * mean)), "square", index, symbol, float(square)),)
    yield (Factor(float(params["eps"]), symbol=r"\epsilon"),)


def _rate_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    divisor = 1 + (float(operands["step"]) - 1) * params["lr_decay"]
    yield (
        cell(operands, "rate", ()),
        Factor(1 / divisor, "step", (), r"\tfrac{1}{1 + ($step - 1)\,$lr_decay}", float(operands["step"])),
    )


def _correction_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    step = float(operands["step"])
    yield (Factor(1.0, symbol="1"),)
    yield (
        factor(MINUS, (), operands, {}),
        Factor(params["beta"] ** step, "step", (), "{$beta}^{$step}", step),
    )


_EQUATIONS: dict[str, Function] = {
    "weight_decay": Function(
        _decayed,
        ("grad", "p"),
        "...,...->...",
        r"$out = $grad + $weight_decay\, $p",
        "$grad + $weight_decay * $p",
        products(("grad",), (setting("weight_decay"), "p")),
        says="Adds a share of $p itself to its gradient: the optimizer's own pull towards zero.",
    ),
    "momentum": Function(
        _momentum,
        ("slot", "grad"),
        "...,...->...",
        r"$out = $momentum\, $slot + $grad",
        "$momentum * $slot + $grad",
        products((setting("momentum"), "slot"), ("grad",)),
        says="Keeps a share of the momentum of $p, and adds the new gradient.",
    ),
    "damped_momentum": Function(
        _damped_momentum,
        ("slot", "grad", "share"),
        "...,...,->...",
        r"$out = $momentum\, $slot + $share\, $grad",
        "$momentum * $slot + $share * $grad",
        products((setting("momentum"), "slot"), ("share", "grad")),
        says="Keeps a share of the momentum of $p, and adds what dampening leaves of the new gradient.",
    ),
    "undamped": Function(
        _undamped,
        ("step",),
        "->",
        r"$out = 1 - $dampening\, [$step > 1]",
        "1 - $dampening * ($step > 1)",
        products(((r"1", lambda **_: 1.0),), (MINUS, setting("dampening"), ("step", "[$step > 1]", _is_later))),
        says="How much of a gradient goes into the momentum: all of it in the first step, then what dampening leaves.",
    ),
    "negative": Function(
        _negative,
        ("grad",),
        "...->...",
        r"$out = -$grad",
        "-$grad",
        products((MINUS, "grad")),
        says="Reverses the gradient of $p, so that the step makes the loss larger.",
    ),
    "nesterov": Function(
        _nesterov,
        ("grad", "slot"),
        "...,...->...",
        r"$out = $grad + $momentum\, $slot",
        "$grad + $momentum * $slot",
        products(("grad",), (setting("momentum"), "slot")),
        says="Looks ahead: the gradient of $p, plus the share of its momentum that will be kept.",
    ),
    "descend": Function(
        _descend,
        ("rate", "direction"),
        ",...->...",
        r"$out = -$rate\, $direction",
        "-$rate * $direction",
        products((MINUS, "rate", "direction")),
        says="How far $p moves: against the direction, by the learning rate.",
    ),
    "accumulate_square": Function(
        _accumulate_square,
        ("slot", "grad"),
        "...,...->...",
        r"$out = $slot + {$grad}^{2}",
        "$slot + $grad**2",
        products(("slot",), (squared("grad"),)),
        says="Adds the squared gradient of $p to the sum of all so far: it only grows.",
    ),
    "average": Function(
        _average,
        ("slot", "grad"),
        "...,...->...",
        r"$out = $beta\, $slot + (1 - $beta)\, $grad",
        "$slot + (1 - $beta) * ($grad - $slot)",
        products((setting("beta"), "slot"), (one_minus("beta"), "grad")),
        says="A running average of the gradient of $p: mostly what it was, and a little of the new one.",
    ),
    "average_square": Function(
        _average_square,
        ("slot", "grad"),
        "...,...->...",
        r"$out = $beta\, $slot + (1 - $beta)\, {$grad}^{2}",
        "$beta * $slot + (1 - $beta) * $grad * $grad",
        products((setting("beta"), "slot"), (one_minus("beta"), squared("grad"))),
        says="A running average of the squared gradient of $p: how large its gradients have been lately.",
    ),
    "maximum": Function(
        _maximum,
        ("slot", "other"),
        "...,...->...",
        r"$out = \max($slot, $other)",
        "np.maximum($slot, $other)",
        _maximum_terms,
        says="Keeps the largest average of the squared gradient of $p so far.",
    ),
    "bias_correction": Function(
        _bias_correction,
        ("step",),
        "->",
        r"$out = 1 - {$beta}^{$step}",
        "1 - $beta**$step",
        _correction_terms,
        says="How much of its full weight a running average has after so many steps: it started at 0.",
    ),
    "rate_decay": Function(
        _decayed_rate,
        ("step", "rate"),
        ",->",
        r"$out = \frac{$rate}{1 + ($step - 1)\, $lr_decay}",
        "$rate / (1 + ($step - 1) * $lr_decay)",
        _rate_terms,
        says="The learning rate, smaller with every step.",
    ),
    "correct": Function(
        _divide,
        ("slot", "correction"),
        "...,->...",
        r"$out = \frac{$slot}{$correction}",
        "$slot / $correction",
        products(("slot", inverse("correction"))),
        says="The running average for $p divided by its bias correction: as if it had not started at 0.",
    ),
    "root": Function(
        _root,
        ("square",),
        "...->...",
        r"$out = \sqrt{$square} + \epsilon",
        "np.sqrt($square) + $eps",
        products((_ROOT,), (_EPS,)),
        says="The scale of $p, which its step is divided by: a root, plus epsilon so that it is never 0.",
    ),
    "centered_root": Function(
        _centered_root,
        ("square", "mean"),
        "...,...->...",
        r"$out = \sqrt{$square - {$mean}^{2}} + \epsilon",
        "np.sqrt($square - $mean**2) + $eps",
        _centered_terms,
        says="How much the gradient of $p varies: the root of its mean square less its squared mean, plus epsilon.",
    ),
    "adaptive_descend": Function(
        _adaptive,
        ("rate", "direction", "scale"),
        ",...,...->...",
        r"$out = -$rate\, \frac{$direction}{$scale}",
        "-$rate * $direction / $scale",
        products((MINUS, "rate", "direction", inverse("scale"))),
        says="How far $p moves: against the direction, by the learning rate, divided by its scale.",
    ),
    "momentum_ratio": Function(
        _momentum_ratio,
        ("slot", "grad", "scale"),
        "...,...,...->...",
        r"$out = $momentum\, $slot + \frac{$grad}{$scale}",
        "$momentum * $slot + $grad / $scale",
        products((setting("momentum"), "slot"), ("grad", inverse("scale"))),
        says="Keeps a share of the momentum of $p, and adds the gradient divided by its scale.",
    ),
    "decoupled_decay": Function(
        _decay,
        ("rate", "p"),
        ",...->...",
        r"$out = -$rate\, $weight_decay\, $p",
        "-$rate * $weight_decay * $p",
        products((MINUS, "rate", setting("weight_decay"), "p")),
        says="Shrinks $p a little, whatever its gradient.",
    ),
    "sum": Function(
        _add,
        ("first", "second"),
        "...,...->...",
        r"$out = $first + $second",
        "$first + $second",
        products(("first",), ("second",)),
        says="Adds the two.",
    ),
    **SIGN_OPS,
    **NADAM_OPS,
    **SCHEDULE_OPS,
    **PLATEAU_OPS,
    **GRADIENT_OPS,
}
UPDATE_OPS: dict[str, Function] = {
    name: replace(function, slips=SLIPS.get(name, ())) for name, function in _EQUATIONS.items()
}


def update_function(op: str, inputs: int) -> Function:
    """The function of an equation's op, given how many inputs it has once ``*name`` is written out."""
    return ALL_OPS[op](inputs) if op in ALL_OPS else UPDATE_OPS[op]


def result_shape(function: Function, parameter: Shape) -> Shape:
    """A scalar, or the parameter's shape: as the function's relation ends."""
    return parameter if function.relation.endswith("...") else ()
