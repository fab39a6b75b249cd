r"""The equations of NAdam: a momentum that grows with t, and Nesterov's look ahead along it.

The product of all momenta so far is a function of t alone, like every scalar of an optimizer: it is looked up in a
table of running products, so that no state has to carry it. The table ends where the product is too small to matter
in ``1 - product``, which is all that it is for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from engine.ops.core.op import Array, Factor, Function, Index, Kernel, Operands, Term, cell
from engine.ops.core.terms import Part, products

LONGEST = 2**20
LARGEST_BETA = 0.9999  # whose product is below 1e-45 at the end of the longest table


def _momentum_at(step: Any, beta: float, momentum_decay: float) -> Any:
    return beta * (1.0 - 0.5 * 0.96 ** (step * momentum_decay))


def _growing(xp: Any, out: Array, step: Array, beta: float, momentum_decay: float, ahead: float) -> None:
    exact = np.empty((), np.float64)  # in double even for a float32 run, as PyTorch does
    xp.add(step, ahead, exact)
    xp.multiply(exact, momentum_decay, exact)
    xp.power(0.96, exact, exact)
    xp.multiply(exact, -0.5, exact)
    xp.add(exact, 1.0, exact)
    xp.multiply(exact, beta, exact)
    xp.copyto(out, exact, casting="same_kind")


def _momentum(xp: Any, out: Array, step: Array, beta: float, momentum_decay: float) -> None:
    _growing(xp, out, step, beta, momentum_decay, 0.0)


def _next_momentum(xp: Any, out: Array, step: Array, beta: float, momentum_decay: float) -> None:
    _growing(xp, out, step, beta, momentum_decay, 1.0)


@lru_cache(maxsize=8)
def running_products(beta: float, momentum_decay: float) -> Array:
    """The product of the first t momenta at place t, up to where it vanishes."""
    vanishes = 1 if beta == 0 else math.ceil(746 / -math.log(beta))
    steps = np.arange(1, min(vanishes, LONGEST) + 1, dtype=np.float64)
    table = np.concatenate([[1.0], np.cumprod(_momentum_at(steps, beta, momentum_decay))])
    table.flags.writeable = False
    return table


def _product(xp: Any, out: Array, momentum: Array, step: Array, beta: float, momentum_decay: float) -> None:
    table = running_products(beta, momentum_decay)
    place, exact = np.empty((), np.int64), np.empty((), np.float64)
    xp.copyto(place, step, casting="unsafe")
    xp.take(table, place, None, exact, "clip")
    xp.copyto(out, exact, casting="same_kind")


def _multiply(xp: Any, out: Array, product: Array, momentum: Array) -> None:
    xp.multiply(product, momentum, out)


def _rest_over_rest(xp: Any, out: Array, momentum: Array, product: Array) -> None:
    left = np.empty_like(out)
    xp.subtract(1.0, momentum, out)
    xp.subtract(1.0, product, left)
    xp.divide(out, left, out)


def _over_rest(xp: Any, out: Array, momentum: Array, product: Array) -> None:
    xp.subtract(1.0, product, out)
    xp.divide(momentum, out, out)


def _blend(xp: Any, out: Array, grad_weight: Array, grad: Array, momentum_weight: Array, slot: Array) -> None:
    part = np.empty_like(out)
    xp.multiply(grad, grad_weight, part)
    xp.multiply(slot, momentum_weight, out)
    xp.add(part, out, out)


def _product_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    table, step = running_products(**params), float(operands["step"])
    before = float(table[min(int(step) - 1, len(table) - 1)])
    earlier = r"\textstyle\prod_{i < $step} $beta \left(1 - \tfrac{1}{2} \cdot {0.96}^{i\, $momentum_decay}\right)"
    yield cell(operands, "momentum", ()), Factor(before, "step", (), earlier, step)


def _growing_function(kernel: Kernel, step: str, code: str, ahead: int, says: str) -> Function:
    shape = rf"\left(1 - \tfrac{{1}}{{2}} \cdot {{0.96}}^{{{step}\, $momentum_decay}}\right)"
    local: Part = ("step", rf"$beta {shape}", lambda t, **params: _momentum_at(t + ahead, **params))
    text = f"$beta * (1 - 0.5 * 0.96 ** ({code} * $momentum_decay))"
    return Function(kernel, ("step",), "->", rf"$out = $beta {shape}", text, products((local,)), says=says)


def _rest(name: str) -> Part:
    return (name, rf"\left(1 - ${name}\right)", lambda value, **_: 1 - value)


_OVER_REST: Part = ("product", r"\tfrac{1}{1 - $product}", lambda value, **_: 1 / (1 - value))

NADAM_OPS: dict[str, Function] = {
    "growing_momentum": _growing_function(
        _momentum,
        "$step",
        "$step",
        0,
        "The part of the direction that is kept in this step: it grows as training goes on.",
    ),
    "next_momentum": _growing_function(
        _next_momentum, "($step + 1)", "($step + 1)", 1, "The part of the direction that will be kept in the next step."
    ),
    "momentum_product": Function(
        _product,
        ("momentum", "step"),
        ",->",
        r"$out = \prod_{i=1}^{$step} $beta \left(1 - \tfrac{1}{2} \cdot {0.96}^{i\, $momentum_decay}\right)",
        "np.prod($beta * (1 - 0.5 * 0.96 ** (np.arange(1, $step + 1) * $momentum_decay)))",
        _product_terms,
        says="All parts kept so far multiplied: how much of its start at 0 an average still has.",
    ),
    "next_product": Function(
        _multiply,
        ("product", "momentum"),
        ",->",
        r"$out = $product\, $momentum",
        "$product * $momentum",
        products(("product", "momentum")),
        says="The same product after the next step.",
    ),
    "gradient_weight": Function(
        _rest_over_rest,
        ("momentum", "product"),
        ",->",
        r"$out = \frac{1 - $momentum}{1 - $product}",
        "(1 - $momentum) / (1 - $product)",
        products((_rest("momentum"), _OVER_REST)),
        says="How much the new gradient counts, freed of the average's start at 0.",
    ),
    "momentum_weight": Function(
        _over_rest,
        ("momentum", "product"),
        ",->",
        r"$out = \frac{$momentum}{1 - $product}",
        "$momentum / (1 - $product)",
        products(("momentum", _OVER_REST)),
        says="How much the average counts, freed of its start at 0.",
    ),
    "blend": Function(
        _blend,
        ("grad_weight", "grad", "momentum_weight", "slot"),
        ",...,,...->...",
        r"$out = $grad_weight\, $grad + $momentum_weight\, $slot",
        "$grad_weight * $grad + $momentum_weight * $slot",
        products(("grad_weight", "grad"), ("momentum_weight", "slot")),
        says="The direction of $p after the next step: the new gradient and the running average, each by its weight.",
    ),
}
