"""Functions of one value, cell by cell: sign, absolute value, exponential, logarithm, roots, powers, sine and cosine.

The logarithm of 0 is minus infinity, that of a negative number nan, and so is its root: such numbers flow on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.ops.core.cellwise import backward, constant, example, forward, positive
from engine.ops.core.op import Array, Function, Op, elementwise, said, same_shape
from engine.ops.core.slips import Slip, factor_left_out, two_left_out
from engine.ops.core.structure import same
from engine.ops.core.terms import MINUS, products, setting
from engine.ops.elementwise.arithmetic import BINARY_OPS, ELEMENTAL, negated


def _above_zero(**params: Any) -> Callable[[np.random.Generator], tuple[tuple[Array, ...], dict[str, Any]]]:
    return lambda rng: ((rng.uniform(0.3, 2.5, (4, 3)),), dict(params))


def _source(name: str) -> str:
    return f"{ELEMENTAL}; matches torch.{name}."


# --- sign -----------------------------------------------------------------------------------------------------------


def _absolute(xp: Any, out: Array, z: Array) -> None:
    xp.absolute(z, out)


def _absolute_vjp(xp: Any, out: Array, grad: Array, z: Array) -> None:
    xp.sign(z, out)
    xp.multiply(grad, out, out)


NEGATIVE = Op(
    name="negative",
    title="negative",
    args=("z",),
    function=said(
        Function(negated, ("z",), "...->...", "$out = -$z", "-$z", products((MINUS, "z"))),
        tells="Flips the sign of $z.",
    ),
    vjps={
        "z": said(
            Function(negated, ("grad",), "...->...", "$out = -$grad", "-$grad", products((MINUS, "grad"))),
            tells="The gradient goes on to $to with its sign flipped.",
        )
    },
    shape=same_shape,
    source=_source("neg"),
    example=example(),
)

ABSOLUTE = Op(
    name="absolute",
    title="absolute value",
    args=("z",),
    function=said(
        forward(_absolute, r"\left|$z\right|", "np.abs($z)", r"\left|$z\right|", np.abs),
        tells="Takes the size of $z, without its sign.",
    ),
    vjps=backward(
        _absolute_vjp,
        "z",
        r"\operatorname{sgn}\left($z\right)",
        "$grad * np.sign($z)",
        np.sign,
        r"\operatorname{sgn}\left($z\right)",
        tells="The gradient goes back through the absolute value to $to, times the slope there.",
    ),
    shape=same_shape,
    source=_source("abs"),
    example=example(),
    regions=positive,
)


# --- exponential, logarithm -----------------------------------------------------------------------------------------


def _exp(xp: Any, out: Array, z: Array) -> None:
    xp.exp(z, out)


def _exp_vjp(xp: Any, out: Array, grad: Array, output: Array) -> None:
    xp.multiply(grad, output, out)


def _log(xp: Any, out: Array, z: Array) -> None:
    xp.log(z, out)


def _log_vjp(xp: Any, out: Array, grad: Array, z: Array) -> None:
    xp.divide(grad, z, out)


EXP = Op(
    name="exp",
    title="exponential",
    args=("z",),
    function=said(forward(_exp, "e^{$z}", "np.exp($z)", "e^{$z}", np.exp), tells="Takes the exponential of $z."),
    vjps={
        "z": said(
            Function(
                _exp_vjp,
                ("grad", "output"),
                "...,...->...",
                r"$out = $grad \odot $output",
                "$grad * $output",
                elementwise("grad", "output"),
            ),
            tells="The gradient goes back through the exponential to $to, times the slope there.",
        )
    },
    shape=same_shape,
    source=_source("exp"),
    example=example(),
)

LOG = Op(
    name="log",
    title="logarithm",
    args=("z",),
    function=said(
        forward(_log, r"\log\left($z\right)", "np.log($z)", r"\log\left($z\right)", np.log),
        tells="Takes the logarithm of $z.",
    ),
    vjps=backward(
        _log_vjp,
        "z",
        r"\tfrac{1}{$z}",
        "$grad / $z",
        lambda z: 1 / z,
        r"\frac{1}{$z}",
        tells="The gradient goes back through the logarithm to $to, times the slope there.",
    ),
    shape=same_shape,
    source=_source("log"),
    example=_above_zero(),
)


# --- root, square, power --------------------------------------------------------------------------------------------


def _sqrt(xp: Any, out: Array, z: Array) -> None:
    xp.sqrt(z, out)


def _sqrt_vjp(xp: Any, out: Array, grad: Array, output: Array) -> None:
    xp.add(output, output, out)
    xp.divide(grad, out, out)


def _square(xp: Any, out: Array, z: Array) -> None:
    xp.multiply(z, z, out)


def _square_vjp(xp: Any, out: Array, grad: Array, z: Array) -> None:
    xp.add(z, z, out)
    xp.multiply(grad, out, out)


def _raise_to(xp: Any, out: Array, z: Array, exponent: float) -> None:
    xp.power(z, constant(exponent, out), out)


def _raise_to_vjp(xp: Any, out: Array, grad: Array, z: Array, exponent: float) -> None:
    """n z^(n-1); for n = 0 it is 0, whatever z is."""
    if exponent == 0:
        xp.copyto(out, constant(0, out))
        return
    xp.power(z, constant(exponent - 1, out), out)
    xp.multiply(out, constant(exponent, out), out)
    xp.multiply(grad, out, out)


def _power_slope(z: Any, exponent: float) -> Any:
    return exponent * np.power(z, exponent - 1) if exponent else 0.0


SQRT = Op(
    name="sqrt",
    title="square root",
    args=("z",),
    function=said(
        forward(_sqrt, r"\sqrt{$z}", "np.sqrt($z)", r"\sqrt{$z}", np.sqrt), tells="Takes the square root of $z."
    ),
    vjps=backward(
        _sqrt_vjp,
        "output",
        r"\tfrac{1}{2\, $output}",
        "$grad / (2 * $output)",
        lambda a: 1 / (2 * a),
        r"\frac{1}{2\, $output}",
        tells="The gradient goes back through the square root to $to, times the slope there.",
    ),
    shape=same_shape,
    source=_source("sqrt"),
    example=_above_zero(),
)

SQUARE = Op(
    name="square",
    title="square",
    args=("z",),
    function=said(
        forward(_square, "{$z}^{2}", "$z ** 2", "{$z}^{2}", lambda z: z * z), tells="Multiplies $z by itself."
    ),
    vjps=backward(
        _square_vjp,
        "z",
        r"2\, $z",
        "$grad * 2 * $z",
        lambda z: 2 * z,
        r"2\, $z",
        tells="A square passes the gradient on to $to times 2 times $to.",
        slips=(two_left_out("$grad * $z"),),
    ),
    shape=same_shape,
    source=_source("square"),
    example=example(),
)

RAISE_TO = Op(
    name="raise_to",
    title="power",
    args=("z",),
    function=said(
        forward(
            _raise_to,
            "{$z}^{$exponent}",
            "$z ** $exponent",
            "{$z}^{$exponent}",
            lambda z, exponent: np.power(z, exponent),
        ),
        tells="Raises $z to the power $exponent.",
    ),
    vjps=backward(
        _raise_to_vjp,
        "z",
        r"$exponent\, {$z}^{$exponent - 1}",
        "$grad * $exponent * $z ** ($exponent - 1)",
        _power_slope,
        tells="A power passes the gradient on to $to times $exponent times $to to the next lower power.",
        slips=(
            factor_left_out("that the exponent becomes", "$grad * $z ** ($exponent - 1)"),
            Slip(
                "power_kept",
                "power kept",
                "You kept the power: it goes down by one.",
                "$grad * $exponent * $z**$exponent",
            ),
        ),
    ),
    shape=same_shape,
    source=_source("pow"),
    example=_above_zero(exponent=2.5),
)


# --- sine, cosine ---------------------------------------------------------------------------------------------------


def _sin(xp: Any, out: Array, z: Array) -> None:
    xp.sin(z, out)


def _sin_vjp(xp: Any, out: Array, grad: Array, z: Array) -> None:
    xp.cos(z, out)
    xp.multiply(grad, out, out)


def _cos(xp: Any, out: Array, z: Array) -> None:
    xp.cos(z, out)


def _cos_vjp(xp: Any, out: Array, grad: Array, z: Array) -> None:
    xp.sin(z, out)
    xp.negative(out, out)
    xp.multiply(grad, out, out)


SIN = Op(
    name="sin",
    title="sine",
    args=("z",),
    function=said(
        forward(_sin, r"\sin\left($z\right)", "np.sin($z)", r"\sin\left($z\right)", np.sin),
        tells="Takes the sine of $z.",
    ),
    vjps=backward(
        _sin_vjp,
        "z",
        r"\cos\left($z\right)",
        "$grad * np.cos($z)",
        np.cos,
        r"\cos\left($z\right)",
        tells="The gradient goes back through the sine to $to, times the slope there.",
    ),
    shape=same_shape,
    source=_source("sin"),
    example=example(),
)

COS = Op(
    name="cos",
    title="cosine",
    args=("z",),
    function=said(
        forward(_cos, r"\cos\left($z\right)", "np.cos($z)", r"\cos\left($z\right)", np.cos),
        tells="Takes the cosine of $z.",
    ),
    vjps=backward(
        _cos_vjp,
        "z",
        r"-\sin\left($z\right)",
        "$grad * -np.sin($z)",
        lambda z: -np.sin(z),
        tells="The gradient goes back through the cosine to $to, times the slope there.",
    ),
    shape=same_shape,
    source=_source("cos"),
    example=example(),
)


# --- with a constant ------------------------------------------------------------------------------------------------


def _scale_by(xp: Any, out: Array, z: Array, factor: float) -> None:
    xp.multiply(z, constant(factor, out), out)


def _add_constant(xp: Any, out: Array, z: Array, offset: float) -> None:
    xp.add(z, constant(offset, out), out)


SCALE_BY = Op(
    name="scale_by",
    title="multiple",
    args=("z",),
    function=said(
        Function(
            _scale_by, ("z",), "...->...", r"$out = $factor\, $z", "$factor * $z", products((setting("factor"), "z"))
        ),
        tells="Multiplies $z by $factor.",
    ),
    vjps={
        "z": said(
            Function(
                _scale_by,
                ("grad",),
                "...->...",
                r"$out = $factor\, $grad",
                "$factor * $grad",
                products((setting("factor"), "grad")),
                slips=(factor_left_out("that it is multiplied by", "$grad"),),
            ),
            tells="A product passes the gradient on to $to times the other factor, $factor.",
        )
    },
    shape=same_shape,
    source=_source("mul"),
    example=example(factor=-0.7),
)

ADD_CONSTANT = Op(
    name="add_constant",
    title="shift",
    args=("z",),
    function=said(
        Function(
            _add_constant,
            ("z",),
            "...->...",
            "$out = $z + $offset",
            "$z + $offset",
            products(("z",), (setting("offset"),)),
        ),
        tells="Adds $offset to $z.",
    ),
    vjps={
        "z": said(
            Function(same, ("grad",), "...->...", "$out = $grad", "$grad.copy()", elementwise("grad")),
            tells="A sum passes the gradient on to $to as it is.",
        )
    },
    shape=same_shape,
    source=_source("add"),
    example=example(offset=1.5),
)

ARITHMETIC_OPS = (
    *BINARY_OPS,
    *(NEGATIVE, ABSOLUTE, EXP, LOG, SQRT, SQUARE, RAISE_TO, SIN, COS),
    *(SCALE_BY, ADD_CONSTANT),
)
