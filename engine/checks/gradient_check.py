"""Gradients checked against central differences: the loss itself, computed twice for every cell."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.checks.finite_differences import downstream, moved_cell, step_size
from engine.execution.cancellation import Wanted, check
from engine.execution.interpreter import Values, replay
from engine.explain.derivation import locate
from engine.foundation.errors import UnknownValueError
from engine.foundation.numbers import Finite
from engine.foundation.value_name import gradient_name
from engine.ops import OPS
from engine.ops.core.op import Index
from engine.program.program import Step
from engine.run.trace import Trace

MOST_DIGITS = 15
CELLS = 4000  # checked in one parameter; a larger one is checked at evenly spaced cells
TOLERANCE = 1e-6  # of the largest gradient of the parameter; rounding of the loss itself comes on top


@dataclass(frozen=True, slots=True)
class CellCheck:
    """One gradient cell beside finite differences of the loss.

    difference_quotient: extrapolated from central differences over h and 2h.
    uncertainty:         how far these two lie apart: what a central difference over h leaves out, or its rounding.
    kink:                whether the loss bends between the places that were tried.
    """

    index: Index
    gradient: float
    difference_quotient: float
    uncertainty: float
    kink: bool

    @property
    def difference(self) -> float:
        """The gradient less the difference quotient."""
        return self.gradient - self.difference_quotient

    @property
    def digits(self) -> int | None:
        """To how many decimal digits of the gradient the two agree; none where both are exactly zero."""
        larger = max(abs(self.gradient), abs(self.difference_quotient))
        if larger == 0:
            return None
        share = abs(self.difference) / larger
        return 0 if not share < 1 else min(MOST_DIGITS, math.floor(-math.log10(share))) if share else MOST_DIGITS


@dataclass(frozen=True, slots=True)
class ParameterCheck:
    """A parameter's gradient beside central differences; cells at a kink are named and left out of the figures."""

    name: str
    largest_absolute: float
    largest_relative: float
    cells: int
    checked: int
    kinks: tuple[Index, ...]
    agrees: bool


@dataclass(frozen=True, slots=True)
class GradientCheck:
    """The check of all parameters of one iteration."""

    parameters: tuple[ParameterCheck, ...]
    step_size: Finite
    agrees: bool


def gradient_check(traced: Trace, cancelled: Wanted | None = None) -> GradientCheck:
    """Every parameter's gradient in an iteration against finite differences.

    Formula: dL/dw ~ (4 D(h) - D(2h)) / 3, with D(h) = (L(w + h) - L(w - h)) / 2h and h = cbrt(eps) max(1, |w|)
    Returns: per parameter the largest absolute difference, and the same divided by the largest gradient. A gradient
             agrees if it is as near as the differences themselves are certain: |D(h) - D(2h)| is what curvature and
             rounding make of them in that cell, and near a minimum it is more than the gradient.
    Raises:  CancelledWorkError.
    Source:  Richardson 1911; Press et al. 2007, Numerical Recipes, section 5.7.
    """
    parameters = tuple(_parameter(traced, p.name, cancelled) for p in traced.program.parameters)
    return GradientCheck(parameters, step_size(traced["loss"].dtype), all(p.agrees for p in parameters))


def _parameter(traced: Trace, name: str, cancelled: Wanted | None) -> ParameterCheck:
    shape = traced[name].shape
    steps = downstream(traced.program.steps, name)
    cells = spread(shape, CELLS)
    checks = []
    for index in cells:
        check(cancelled)
        checks.append(_cell(traced, steps, name, index))
    smooth = [c for c in checks if not c.kink]
    largest = float(np.max([abs(c.difference) for c in smooth], initial=0.0))  # nan if one is
    scale = float(np.max(np.abs(traced[gradient_name(name)]), initial=0.0))
    tolerance = allowed(traced, scale)
    return ParameterCheck(
        name,
        largest,
        largest / scale if scale else largest,
        math.prod(shape),
        len(cells),
        tuple(c.index for c in checks if c.kink),
        all(_is_near(c, tolerance) for c in smooth),
    )


def _is_near(found: CellCheck, tolerance: float) -> bool:
    return abs(found.difference) <= tolerance + found.uncertainty and math.isfinite(found.difference_quotient)


def spread(shape: Sequence[int], most: int) -> list[Index]:
    """All cells of a shape, or `most` of them evenly spaced."""
    count = math.prod(shape)
    flat: Iterable[int] = range(count) if count <= most else np.linspace(0, count - 1, most).astype(int)
    return [tuple(int(i) for i in np.unravel_index(at, shape)) for at in flat]


def allowed(traced: Trace, scale: float) -> float:
    """How far a certain difference may be off: a share of the gradient, and what the loss's rounding makes."""
    dtype = traced["loss"].dtype
    rounding = 20 * float(np.finfo(dtype).eps) * max(1.0, abs(float(traced["loss"]))) / step_size(dtype)
    tolerance = TOLERANCE if dtype == np.float64 else 1e-2
    return tolerance * scale + rounding


def check_cell(traced: Trace, value: str, index: Index) -> CellCheck:
    """One cell of any gradient against finite differences of the loss in that cell.

    Args:   value: a gradient, for example ``dense2.z.grad``; index: of the cell.
    Raises: UnknownValueError if the value is not a gradient; RangeError.
    """
    value = traced.program.meant(value)
    gradient = traced.program.name(value)
    name = str(gradient.of_gradient or "")
    if gradient.part is not None or name not in traced.table or value not in traced.table:
        raise UnknownValueError(f"{value} is not a gradient, so there is no difference to check", "query.value")
    locate(traced, value, index)
    return _cell(traced, downstream(traced.program.steps, name), name, index)


def agrees(traced: Trace, value: str, found: CellCheck) -> bool:
    """Whether a checked cell is as near as its parameter's check asks for."""
    scale = float(np.max(np.abs(traced[value])))
    return found.kink or _is_near(found, allowed(traced, scale))


@np.errstate(all="ignore")
def _cell(traced: Trace, steps: Sequence[Step], name: str, index: Index) -> CellCheck:
    array = traced[name]
    h = step_size(array.dtype) * max(1.0, abs(float(array[index])))
    near, far = (_central_difference(traced, steps, name, index, by) for by in (h, 2 * h))
    quotient = (4 * near.quotient - far.quotient) / 3
    gradient = float(traced[gradient_name(name)][index])
    return CellCheck(index, gradient, quotient, abs(near.quotient - far.quotient), near.kink or far.kink)


@dataclass(frozen=True, slots=True)
class _Difference:
    quotient: float
    kink: bool


def _central_difference(traced: Trace, steps: Sequence[Step], name: str, index: Index, by: float) -> _Difference:
    array = traced[name]
    above, below = (moved_cell(array, index, d) for d in (by, -by))
    up, down = (replay(steps, traced.table, {name: moved}) for moved in (above, below))
    moved = float(above[index]) - float(below[index])  # what the step became in this number type
    kink = any(_crossed(step, up, down) for step in steps)
    return _Difference((float(up["loss"]) - float(down["loss"])) / moved, kink)


def _crossed(step: Step, up: Values, down: Values) -> bool:
    """Whether some cell of a step's op lies on two sides of a kink."""
    op = OPS.get(step.op)  # an op that is made to measure, as a concatenation of five, is not listed
    if op is None or op.regions is None:
        return False
    at_up, at_down = (op.regions(*(v[name] for name in step.inputs), **step.params) for v in (up, down))
    return not np.array_equal(at_up, at_down)
