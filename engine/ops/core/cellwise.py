"""What ops that work cell by cell have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.ops.core.op import Array, Fast, Function, elementwise
from engine.ops.core.slips import Slip, activation_left_out, of_slope


def constant(value: float, like: Array) -> Array:
    """A number as an array without dimensions, which numpy takes faster than a Python float."""
    return np.asarray(value, like.dtype)


def example(**params: Any) -> Callable[[np.random.Generator], tuple[tuple[Array, ...], dict[str, Any]]]:
    """Draws some z around 0, with these parameters."""
    return lambda rng: ((rng.normal(size=(4, 3)) * 2,), dict(params))


def forward(
    kernel: Callable[..., None], formula: str, code: str, symbol: str, f: Callable[..., Any], torch: str = ""
) -> Function:
    """A cell-by-cell function of z: `symbol` and `f` are its formula and its value for one cell."""
    terms = elementwise(("z", symbol, f))
    slips = (activation_left_out(),)
    return Function(kernel, ("z",), "...->...", rf"$out = {formula}", code, terms, torch=torch, slips=slips)


def backward(
    kernel: Callable[..., None],
    operand: str,
    slope: str,
    code: str,
    f: Callable[..., Any],
    formula: str = "",
    tells: str = "",
    fast: Fast | None = None,
    slips: tuple[Slip, ...] = (),
) -> dict[str, Function]:
    """The VJP ``grad * slope``, where the slope is a function of `operand` (``z`` or ``output``).

    slips: in the slope itself; those of every slope come before them.
    """
    text = formula or rf"\left({slope}\right)"
    terms = elementwise("grad", (operand, slope, f))
    formula = rf"$out = $grad \odot {text}"
    operands, slips = ("grad", operand), (*of_slope(operand, code), *slips)
    return {"z": Function(kernel, operands, "...,...->...", formula, code, terms, tells=tells, fast=fast, slips=slips)}


def positive(z: Array, **params: Any) -> Array:
    """The two pieces of an activation with a kink at 0: 1 where z > 0, else 0."""
    return (z > 0).astype(int)
