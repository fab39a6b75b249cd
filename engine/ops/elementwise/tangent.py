"""The tangent of a number."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.ops.core.cellwise import backward, constant, forward
from engine.ops.core.op import Array, Op, said, same_shape
from engine.ops.elementwise.arithmetic import ELEMENTAL


def _tan(xp: Any, out: Array, z: Array) -> None:
    xp.tan(z, out)


def _tan_vjp(xp: Any, out: Array, grad: Array, output: Array) -> None:
    xp.multiply(output, output, out)
    xp.add(out, constant(1, out), out)
    xp.multiply(grad, out, out)


def _tan_regions(z: Array) -> Array:
    """Between which poles z lies."""
    pieces: Array = np.floor(np.nan_to_num(z) / np.pi + 0.5).astype(int)
    return pieces


def _away_from_poles(rng: np.random.Generator) -> tuple[tuple[Array, ...], dict[str, Any]]:
    return (rng.uniform(-1.2, 1.2, size=(4, 3)),), {}


TAN = Op(
    name="tan",
    title="tangent",
    args=("z",),
    function=said(
        forward(_tan, r"\tan\left($z\right)", "np.tan($z)", r"\tan\left($z\right)", np.tan),
        tells="Takes the tangent of $z.",
    ),
    vjps=backward(
        _tan_vjp,
        "output",
        r"1 + {$output}^{2}",
        "$grad * (1 + $output**2)",
        lambda a: 1 + a * a,
        tells="The gradient goes back through the tangent to $to, times the slope there.",
    ),
    shape=same_shape,
    source=f"{ELEMENTAL}; matches torch.tan.",
    regions=_tan_regions,
    example=_away_from_poles,
)
