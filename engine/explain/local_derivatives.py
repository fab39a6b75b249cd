"""Local derivatives: in a graph of single numbers, how each result changes with each value that it is made of."""

from __future__ import annotations

import math

import numpy as np

from engine.explain.derivation import of_gradient
from engine.explain.sums import operand_names
from engine.program.program import Step
from engine.run.trace import Trace


def slopes(traced: Trace) -> dict[str, float]:
    """The slope along each edge of a graph of single numbers, by the name of what is carried back along it.

    Formula: dL/da = dL/dv dv/da; the number is dv/da
    Returns: for ``a.grad``, or the part ``a.grad.2``, the slope of the op that it comes back through; none where values
             are not single numbers.
    """
    with np.errstate(all="ignore"):
        return {step.output: _slope(traced, step) for step in traced.program.steps if _is_edge(traced, step)}


def _is_edge(traced: Trace, step: Step) -> bool:
    """A VJP of a single number that takes the gradient of one: neither the start nor a sum."""
    given = operand_names(step).get("grad", "")
    return step.phase == "backward" and not step.shape and bool(of_gradient(given)) and not traced[given].ndim


def _slope(traced: Trace, step: Step) -> float:
    operands = {operand: traced.table[name] for operand, name in operand_names(step).items()}
    terms = step.function.terms((), operands, step.params)
    return sum(math.prod(factor.number for factor in term if factor.operand != "grad") for term in terms)
