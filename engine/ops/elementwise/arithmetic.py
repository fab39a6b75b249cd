"""Arithmetic of two values, cell by cell: sum, difference, product, quotient, power, and the larger or smaller one.

Both have the same shape; a scalar has the shape (). What is divided by 0 is infinite or nan, and so is a power that no
real number is: such numbers flow on, and are found where they first came up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from engine.foundation.errors import ShapeError
from engine.ops.core.cellwise import constant
from engine.ops.core.op import Array, Factor, Function, Index, Op, Operands, Shape, Term, Terms, cell, elementwise, said
from engine.ops.core.slips import Role, Slip, factor_left_out, gradient_left_out, sign_reversed
from engine.ops.core.structure import same
from engine.ops.core.terms import MINUS, Part, products

BOTH = ("a", "b")
ELEMENTAL = "Griewank and Walther 2008, Evaluating Derivatives, chapter 2 (elemental functions)"


def equal_shapes(a: Shape, b: Shape, **params: Any) -> Shape:
    """The shape that both have.

    Raises: ShapeError if they differ.
    """
    if a != b:
        raise ShapeError(f"values that are combined cell by cell have the same shape; given {a} and {b}")
    return a


def _any(rng: np.random.Generator) -> tuple[tuple[Array, ...], dict[str, Any]]:
    return (rng.normal(size=(4, 3)), rng.normal(size=(4, 3))), {}


def _without_zero(rng: np.random.Generator) -> tuple[tuple[Array, ...], dict[str, Any]]:
    return (rng.normal(size=(4, 3)), rng.uniform(0.5, 2, (4, 3)) * rng.choice([-1, 1], (4, 3))), {}


def _positive_base(rng: np.random.Generator) -> tuple[tuple[Array, ...], dict[str, Any]]:
    return (rng.uniform(0.3, 2.5, (4, 3)), rng.normal(size=(4, 3)) * 2), {}


def _forward(kernel: Callable[..., None], formula: str, code: str, terms: Terms) -> Function:
    return Function(kernel, BOTH, "...,...->...", f"$out = {formula}", code, terms)


def _backward(
    kernel: Callable[..., None], operands: tuple[str, ...], formula: str, code: str, terms: Terms
) -> Function:
    relation = ",".join(["..."] * len(operands)) + "->..."
    return Function(kernel, operands, relation, f"$out = {formula}", code, terms)


_COPY = _backward(same, ("grad",), "$grad", "$grad.copy()", elementwise("grad"))


# --- sum, difference ------------------------------------------------------------------------------------------------


def _add(xp: Any, out: Array, a: Array, b: Array) -> None:
    xp.add(a, b, out)


def _subtract(xp: Any, out: Array, a: Array, b: Array) -> None:
    xp.subtract(a, b, out)


def negated(xp: Any, out: Array, value: Array) -> None:
    """The value with the other sign."""
    xp.negative(value, out)


ADD = Op(
    name="add",
    title="sum",
    args=BOTH,
    function=said(
        _forward(_add, "$a + $b", "$a + $b", products(("a",), ("b",))),
        "Adds up what $where is given, cell by cell.",
        "Adds $a and $b.",
    ),
    vjps=dict.fromkeys(
        BOTH,
        said(
            _COPY,
            "A sum passes the gradient on to each of its inputs as it is.",
            "A sum passes the gradient on to $to as it is.",
        ),
    ),
    shape=equal_shapes,
    source=f"{ELEMENTAL}; matches torch.add.",
    example=_any,
)

SUBTRACT = Op(
    name="subtract",
    title="difference",
    args=BOTH,
    function=said(
        _forward(_subtract, "$a - $b", "$a - $b", products(("a",), (MINUS, "b"))),
        "Takes the second input of $where from the first, cell by cell.",
        "Takes $b away from $a.",
    ),
    vjps={
        "a": said(
            _COPY,
            "A difference passes the gradient on to its first input as it is.",
            "A difference passes the gradient on to $to as it is.",
        ),
        "b": said(
            _backward(negated, ("grad",), "-$grad", "-$grad", products((MINUS, "grad"))),
            "A difference passes the gradient on to what is subtracted with its sign flipped.",
            "A difference passes the gradient on to $to with its sign flipped.",
            (sign_reversed("$grad"),),
        ),
    },
    shape=equal_shapes,
    source=f"{ELEMENTAL}; matches torch.sub.",
    example=_any,
)


# --- product, quotient ----------------------------------------------------------------------------------------------


def _multiply(xp: Any, out: Array, a: Array, b: Array) -> None:
    xp.multiply(a, b, out)


def _divide(xp: Any, out: Array, a: Array, b: Array) -> None:
    xp.divide(a, b, out)


def _divide_b(xp: Any, out: Array, grad: Array, a: Array, b: Array) -> None:
    """Divided twice, not once by the square: that could overflow."""
    xp.divide(a, b, out)
    xp.divide(out, b, out)
    xp.multiply(grad, out, out)
    xp.negative(out, out)


def _times(other: str) -> Function:
    """The gradient of one factor: what comes in, times the other factor."""
    operands = ("grad", other)
    function = _backward(_multiply, operands, rf"$grad \odot ${other}", f"$grad * ${other}", elementwise(*operands))
    return said(function, slips=_of_product(other))


def _of_product(other: str) -> tuple[Slip, ...]:
    says = "You multiplied by the factor itself: the derivative of a product is the other factor."
    takes: dict[str, Role] = {"own": "first" if other == "b" else "second"}
    return (
        factor_left_out("that it is multiplied by", "$grad"),
        Slip("own_factor", "own factor", says, "$grad * $own", takes),
        gradient_left_out(f"1 * ${other}"),
    )


_INVERSE: Part = ("b", r"\tfrac{1}{$b}", lambda b, **_: 1 / b)
_INVERSE_SQUARE: Part = ("b", r"-\tfrac{1}{{$b}^{2}}", lambda b, **_: -1 / b / b)

MULTIPLY = Op(
    name="multiply",
    title="product",
    args=BOTH,
    function=said(
        _forward(_multiply, r"$a \odot $b", "$a * $b", elementwise("a", "b")),
        "Multiplies what $where is given, cell by cell.",
        "Multiplies $a by $b.",
    ),
    vjps={
        "a": said(
            _times("b"),
            "The gradient times what this was multiplied by.",
            "A product passes the gradient on to $to times the other factor, $b.",
        ),
        "b": said(
            _times("a"),
            "The gradient times what this was multiplied by.",
            "A product passes the gradient on to $to times the other factor, $a.",
        ),
    },
    shape=equal_shapes,
    source=f"{ELEMENTAL}; matches torch.mul.",
    example=_any,
)


def _multiplied(code: str) -> Slip:
    return Slip("multiplied_for_divided", "multiplied for divided", "You multiplied by what it is divided by.", code)


_DIVIDED_ONCE = Slip(
    *("divided_once", "divided once", "You divided once: the derivative of 1/b is −1/b²."), "-$grad * ($a / $b)"
)

DIVIDE = Op(
    name="divide",
    title="quotient",
    args=BOTH,
    function=said(_forward(_divide, r"\frac{$a}{$b}", "$a / $b", products(("a", _INVERSE))), "", "Divides $a by $b."),
    vjps={
        "a": said(
            _backward(_divide, ("grad", "b"), r"\frac{$grad}{$b}", "$grad / $b", products(("grad", _INVERSE))),
            "",
            "A quotient passes the gradient on to $to divided by $b.",
            (_multiplied("$grad * $b"), gradient_left_out("1 / $b")),
        ),
        "b": said(
            _backward(
                _divide_b,
                ("grad", *BOTH),
                r"-$grad \odot \frac{$a}{{$b}^{2}}",
                "-$grad * ($a / $b / $b)",
                products(("grad", "a", _INVERSE_SQUARE)),
            ),
            "",
            "A quotient passes the gradient on to $to times −$a divided by the square of $to.",
            (sign_reversed("$grad * ($a / $b / $b)"), _DIVIDED_ONCE),
        ),
    },
    shape=equal_shapes,
    source=f"{ELEMENTAL}; matches torch.div.",
    example=_without_zero,
)


# --- power ----------------------------------------------------------------------------------------------------------


def _power(xp: Any, out: Array, a: Array, b: Array) -> None:
    xp.power(a, b, out)


def _power_a(xp: Any, out: Array, grad: Array, a: Array, b: Array) -> None:
    """b a^(b-1) at b = 0 is 0, whatever the base: a constant has no slope."""
    level = np.empty_like(out, dtype=bool)
    xp.subtract(b, constant(1, out), out)
    xp.power(a, out, out)
    xp.multiply(b, out, out)
    xp.multiply(grad, out, out)
    xp.equal(b, constant(0, out), level)
    xp.copyto(out, constant(0, out), where=level)


def _power_b(xp: Any, out: Array, grad: Array, a: Array, b: Array, output: Array) -> None:
    """a^b log(a) at a = 0 is 0 for b >= 0: there the power is 0 whatever b is."""
    level, grows = np.empty_like(out, dtype=bool), np.empty_like(out, dtype=bool)
    xp.log(a, out)
    xp.multiply(output, out, out)
    xp.multiply(grad, out, out)
    xp.equal(a, constant(0, out), level)
    xp.greater_equal(b, constant(0, out), grows)
    xp.logical_and(level, grows, level)
    xp.copyto(out, constant(0, out), where=level)


def _power_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    a, b = operands["a"][index], operands["b"][index]
    yield (Factor(float(np.power(a, b)), "a", index, "{$a}^{$b}", float(a)),)


def _power_a_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    a, b = operands["a"][index], operands["b"][index]
    slope = float(b * np.power(a, b - 1)) if b != 0 else 0.0
    yield cell(operands, "grad", index), Factor(slope, "a", index, r"$b\, {$a}^{$b - 1}", float(a))


def _power_b_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    a, b = operands["a"][index], operands["b"][index]
    slope = float(operands["output"][index] * np.log(a)) if a != 0 or b < 0 else 0.0
    yield cell(operands, "grad", index), Factor(slope, "a", index, r"{$a}^{$b} \log $a", float(a))


POWER = Op(
    name="power",
    title="power",
    args=BOTH,
    function=said(_forward(_power, "{$a}^{$b}", "$a ** $b", _power_terms), "", "Raises $a to the power $b."),
    vjps={
        "a": said(
            _backward(
                _power_a,
                ("grad", *BOTH),
                r"$grad \odot $b \odot {$a}^{$b - 1}",
                "$grad * $b * $a ** ($b - 1)",
                _power_a_terms,
            ),
            "",
            "A power passes the gradient on to its base $to times $b times $to to the power $b − 1.",
        ),
        "b": said(
            _backward(
                _power_b,
                ("grad", *BOTH, "output"),
                r"$grad \odot $output \odot \log $a",
                "$grad * $output * np.log($a)",
                _power_b_terms,
            ),
            "",
            "A power passes the gradient on to its exponent $to times the power times the logarithm of $a.",
        ),
    },
    shape=equal_shapes,
    source=f"{ELEMENTAL}; matches torch.pow.",
    example=_positive_base,
)


# --- the larger, the smaller ----------------------------------------------------------------------------------------


def _maximum(xp: Any, out: Array, a: Array, b: Array) -> None:
    xp.maximum(a, b, out=out)


def _minimum(xp: Any, out: Array, a: Array, b: Array) -> None:
    xp.minimum(a, b, out=out)


def _share(lost: str) -> Callable[..., None]:
    """The gradient where this argument was chosen, half of it at a tie, and none where the comparison `lost` holds."""

    def kernel(xp: Any, out: Array, grad: Array, own: Array, other: Array) -> None:
        where = np.empty_like(out, dtype=bool)
        xp.multiply(grad, constant(0.5, out), out)
        xp.not_equal(own, other, where)
        xp.copyto(out, grad, where=where)
        getattr(xp, lost)(own, other, where)
        xp.copyto(out, constant(0, out), where=where)

    return kernel


_COMPARISON: Mapping[str, Callable[[Any, Any], Any]] = {"less": np.less, "greater": np.greater}


def _chosen_terms(lost: str) -> Terms:
    def terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
        a, b = operands["a"][index], operands["b"][index]
        yield (cell(operands, "b" if _COMPARISON[lost](a, b) or b != b else "a", index),)

    return terms


def _share_terms(own: str, other: str, lost: str, sign: str) -> Terms:
    symbol = rf"\mathbf{{1}}\left[${own} {sign} ${other}\right]"

    def terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
        mine, its = operands[own][index], operands[other][index]
        share = 0.0 if _COMPARISON[lost](mine, its) else 0.5 if mine == its else 1.0
        yield cell(operands, "grad", index), Factor(share, own, index, symbol, float(mine))

    return terms


def _share_vjp(own: str, other: str, lost: str, sign: str) -> Function:
    opposite = {"<": ">", ">": "<"}[sign]
    cases = (
        rf"\begin{{cases}} 1 & ${own} {sign} ${other} \\ \tfrac{{1}}{{2}} & ${own} = ${other} \\"
        rf" 0 & ${own} {opposite} ${other} \end{{cases}}"
    )
    code = f"$grad * np.where(${own} {opposite} ${other}, 0, np.where(${own} == ${other}, 0.5, 1))"
    terms = _share_terms(own, other, lost, sign)
    return _backward(_share(lost), ("grad", own, other), rf"$grad \odot {cases}", code, terms)


def _first_is_larger(a: Array, b: Array) -> Array:
    return (a > b).astype(int)


MAXIMUM = Op(
    name="maximum",
    title="maximum",
    args=BOTH,
    function=said(
        _forward(_maximum, r"\max\left($a, $b\right)", "np.maximum($a, $b)", _chosen_terms("less")),
        "Takes the larger input of $where, cell by cell.",
        "Takes the larger of $a and $b.",
    ),
    vjps={
        "a": said(
            _share_vjp("a", "b", "less", ">"),
            "The gradient goes to the larger input of each cell; at a tie each gets half.",
            "Only the larger of $a and $b gets the gradient; at a tie each gets half.",
        ),
        "b": said(
            _share_vjp("b", "a", "less", ">"),
            "The gradient goes to the larger input of each cell; at a tie each gets half.",
            "Only the larger of $a and $b gets the gradient; at a tie each gets half.",
        ),
    },
    shape=equal_shapes,
    source=f"{ELEMENTAL}; at a tie both have half of the gradient; matches torch.maximum.",
    example=_any,
    regions=_first_is_larger,
)

MINIMUM = Op(
    name="minimum",
    title="minimum",
    args=BOTH,
    function=said(
        _forward(_minimum, r"\min\left($a, $b\right)", "np.minimum($a, $b)", _chosen_terms("greater")),
        "Takes the smaller input of $where, cell by cell.",
        "Takes the smaller of $a and $b.",
    ),
    vjps={
        "a": said(
            _share_vjp("a", "b", "greater", "<"),
            "The gradient goes to the smaller input of each cell; at a tie each gets half.",
            "Only the smaller of $a and $b gets the gradient; at a tie each gets half.",
        ),
        "b": said(
            _share_vjp("b", "a", "greater", "<"),
            "The gradient goes to the smaller input of each cell; at a tie each gets half.",
            "Only the smaller of $a and $b gets the gradient; at a tie each gets half.",
        ),
    },
    shape=equal_shapes,
    source=f"{ELEMENTAL}; at a tie both have half of the gradient; matches torch.minimum.",
    example=_any,
    regions=_first_is_larger,
)

BINARY_OPS = (ADD, SUBTRACT, MULTIPLY, DIVIDE, POWER, MAXIMUM, MINIMUM)
