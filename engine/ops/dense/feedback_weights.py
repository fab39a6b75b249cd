"""What variants of backpropagation take in place of the transposed weight."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.ops.core.op import Array, Function, elementwise


def _signs(xp: Any, out: Array, weight: Array, scale: float) -> None:
    xp.sign(weight, out)
    xp.multiply(out, scale, out)


def _sign(weight: float, scale: float) -> float:
    return float(np.sign(weight)) * scale


SIGNS = Function(
    _signs,
    ("weight",),
    "...->...",
    r"$out = $scale\, \operatorname{sign}\left($weight\right)",
    "$scale * np.sign($weight)",
    elementwise(("weight", r"$scale\, \operatorname{sign}\left($weight\right)", _sign)),
    says="What the feedback into $where goes through: only the sign of each weight, all of one size.",
)
