"""Numbers as formulas show them."""

from __future__ import annotations

import math


def latex_number(value: float, digits: int = 4) -> str:
    r"""A number in LaTeX: ``-0.3263``, ``1.2\times 10^{-5}``, ``\infty``."""
    if not math.isfinite(value):
        return r"\mathrm{NaN}" if math.isnan(value) else r"\infty" if value > 0 else r"-\infty"
    mantissa, _, exponent = f"{value + 0.0:.{digits}g}".partition("e")
    return rf"{mantissa}\times 10^{{{int(exponent)}}}" if exponent else mantissa
