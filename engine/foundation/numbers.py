"""Numbers as formulas show them."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from typing import Annotated

Latex = Annotated[str, "LaTeX."]
Finite = Annotated[float, "A finite number."]


def latex_number(value: float, digits: int = 4) -> str:
    r"""A number in LaTeX: ``-0.3263``, ``1.2\times 10^{-5}``, ``\infty``."""
    if not math.isfinite(value):
        return r"\mathrm{NaN}" if math.isnan(value) else r"\infty" if value > 0 else r"-\infty"
    mantissa, _, exponent = f"{value + 0.0:.{digits}g}".partition("e")
    return rf"{mantissa}\times 10^{{{int(exponent)}}}" if exponent else mantissa


def bracketed_number(value: float) -> str:
    """A number in LaTeX that can stand behind a sign."""
    text = latex_number(value)
    return rf"\left({text}\right)" if text.startswith("-") else text


def total(numbers: Iterable[float]) -> float:
    """The sum, rounded once; in the order given where numbers are so large that it overflows, or infinite."""
    listed = list(numbers)
    try:
        return math.fsum(listed)
    except (OverflowError, ValueError):
        return sum(listed)


LARGE = 1e6  # from here on a number in words has an exponent


# names that lines of code use for something else: libraries, and the helpers that they call
_LIBRARIES = ("np", "math", "torch", "F")
_CURVES = ("erf", "logsumexp", "softmax", "log_softmax", "attention_weights", "class_weights", "smoothed")
_SHAPES = ("along", "sum_all_but", "expand_dims", "times", "windows", "put_back")
_IMAGES = ("conv2d", "conv2d_weight", "conv2d_input", "max_pool", "max_pool_input", "avg_pool", "avg_pool_input")
_SEQUENCES = ("stretches", "conv1d", "conv1d_weight", "conv1d_input")
BUSY = frozenset((*_LIBRARIES, *_CURVES, *_SHAPES, *_IMAGES, *_SEQUENCES))


def unlike(text: str, taken: Collection[str]) -> str:
    """The text, with as many underscores behind it as tell it from all that is taken."""
    while text in taken:
        text += "_"
    return text


def number(value: float, digits: int = 4) -> str:
    """A number in words: `−0.3263`, `12350`, `1.2e−05`, `∞`, with a real minus sign."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = f"{value + 0.0:.{digits}g}"
    return (f"{float(text):.0f}" if "e+0" in text and abs(value) < LARGE else text).replace("-", "−")
