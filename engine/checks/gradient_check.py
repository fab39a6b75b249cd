"""Gradients checked against central differences: the loss itself, computed twice for every cell."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.checks.finite_differences import downstream, moved_cell, step_size
from engine.execution.cancellation import Wanted, check
from engine.execution.interpreter import Values, needed, replay
from engine.explain.derivation import locate
from engine.foundation.errors import UnknownValueError
from engine.foundation.numbers import Finite
from engine.foundation.value_name import gradient_name
from engine.ops import OPS
from engine.ops.core.op import Array, Index
from engine.program.program import Step
from engine.run.trace import Trace

MOST_DIGITS = 15
CELLS = 4000  # checked in one parameter; a larger one is checked at evenly spaced cells
TOLERANCE = 1e-6  # of the largest gradient of the parameter, in float64; the loss's rounding comes on top
ROUNDINGS = 20  # how many units in the last place a loss or a gradient is taken to be off by
TELLING = 1e-3  # of the largest gradient: allowing more than this would let a wrong gradient pass
SETTLED = 1e-5  # of the difference: D(h) and D(2h) that lie nearer tell that h is small enough
NOISES = 5  # by how many of its roundings on the way a loss is taken to be off
NOTHING = "gradient and difference are 0 but for rounding"
NARROWED = 2  # times what single precision makes of a gradient: its twin in double starts from rounded values
SHRINK, SHRUNK = 8.0, 9  # by how much a step that is too coarse is divided, and how often


@dataclass(frozen=True, slots=True)
class CellCheck:
    """One gradient cell beside finite differences of the loss.

    difference_quotient: extrapolated from central differences over h and 2h.
    uncertainty:         how far these two lie apart: what a central difference over h leaves out, or its rounding.
    kink:                whether the loss bends between the places that were tried.
    rounding:            what the rounding of the loss can make of the difference over the step that was taken.
    reason:              why there is no difference to compare with, or an op by whose definition they may differ.
    narrowed:            by how much single precision moves the gradient: by much where terms cancel.
    """

    index: Index
    gradient: float
    difference_quotient: float
    uncertainty: float
    kink: bool
    rounding: float = 0.0
    reason: str = ""
    narrowed: float = 0.0

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
class Verdict:
    """Whether gradient and difference agree; none where it cannot be told, with the reason.

    reason: also of an agreement, where it is that of two numbers that are 0 but for rounding.
    """

    agrees: bool | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ParameterCheck:
    """A parameter's gradient beside central differences; cells at a kink are named and left out of the figures.

    agrees: none where it cannot be told, for the reason given, which is also there where both are 0 but for rounding.
    """

    name: str
    largest_absolute: float
    largest_relative: float
    cells: int
    checked: int
    kinks: tuple[Index, ...]
    agrees: bool | None
    reason: str


@dataclass(frozen=True, slots=True)
class GradientCheck:
    """The check of all parameters of one iteration; agrees: none where it cannot be told, for the reason given."""

    parameters: tuple[ParameterCheck, ...]
    step_size: Finite
    agrees: bool | None
    reason: str


def gradient_check(traced: Trace, cancelled: Wanted | None = None) -> GradientCheck:
    """Every parameter's gradient in an iteration against finite differences.

    Formula: dL/dw ~ (4 D(h) - D(2h)) / 3, with D(h) = (L(w + h) - L(w - h)) / 2h and h = cbrt(eps) max(1, |w|); h is
             made smaller where D(h) and D(2h) lie apart or are no numbers
    Returns: per parameter the largest absolute difference, and the same divided by the largest gradient. A gradient
             agrees if it is as near as the differences themselves are certain: |D(h) - D(2h)| is what curvature and
             rounding make of them in that cell. Where that is so much that a wrong gradient would pass, it cannot be
             told.
    Raises:  CancelledWorkError.
    Source:  Richardson 1911; Press et al. 2007, Numerical Recipes, section 5.7.
    """
    parameters = tuple(_parameter(traced, p.name, cancelled) for p in traced.program.parameters)
    whole = _together([Verdict(p.agrees, "" if p.agrees else p.reason) for p in parameters])
    return GradientCheck(parameters, step_size(np.dtype(np.float64)), whole.agrees, whole.reason)


def _together(verdicts: Sequence[Verdict]) -> Verdict:
    """One that differs decides; then one that cannot be told."""
    for agrees in (False, None):
        for verdict in verdicts:
            if verdict.agrees is agrees:
                return verdict
    return next((verdict for verdict in verdicts if verdict.reason), Verdict(True))


def _parameter(traced: Trace, name: str, cancelled: Wanted | None) -> ParameterCheck:
    shape = traced[name].shape
    place = _place(traced, name)
    cells = spread(shape, CELLS)
    checks = []
    for index in cells:
        check(cancelled)
        checks.append(_cell(traced, place, index))
    smooth = [c for c in checks if not c.kink]
    largest = float(np.max([abs(c.difference) for c in smooth], initial=0.0))  # nan if one is
    scale = float(np.max(np.abs(traced[gradient_name(name)]), initial=0.0))
    overall = _largest_gradient(traced)
    verdict = _together([_judged(c, traced["loss"].dtype, scale, overall) for c in checks])
    return ParameterCheck(
        name,
        largest,
        largest / scale if scale else largest,
        math.prod(shape),
        len(cells),
        tuple(c.index for c in checks if c.kink),
        verdict.agrees,
        verdict.reason,
    )


def _judged(found: CellCheck, dtype: np.dtype[np.floating], scale: float, overall: float) -> Verdict:
    """What a cell's check says.

    Args: scale: the largest gradient of the same value; overall: of all parameters.
    """
    if found.kink:
        return Verdict(True)
    if not math.isfinite(found.difference_quotient):
        return Verdict(None, found.reason)
    unsure = found.uncertainty + found.rounding
    own = max(ROUNDINGS * float(np.finfo(dtype).eps) * overall, NARROWED * found.narrowed)  # rounding of the gradient
    allowed = tolerance(dtype) * scale + unsure + own
    off, enough = abs(found.difference), max(TELLING, 5 * tolerance(dtype)) * scale
    if not off <= allowed:
        return Verdict(None if found.reason and math.isfinite(off) else False, found.reason)
    both_zero = abs(found.difference_quotient) <= unsure and abs(found.gradient) <= own + step_error() * overall
    if min(off, allowed) <= enough:
        return Verdict(True)
    if both_zero:
        return Verdict(True, NOTHING)
    if found.narrowed > enough:
        return Verdict(
            None, f"{dtype} alone moves this gradient by {found.narrowed:.1e}, too much to judge one so small"
        )
    return Verdict(None, f"the difference is only certain to {unsure:.1e}, too little to judge so small a gradient")


def tolerance(dtype: np.dtype[np.floating]) -> float:
    """How far a gradient may be off, as a share of the largest.

    Formula: max(1e-6, 40 eps^(2/3)): with h = cbrt(eps), both h^2 (truncation) and eps / h (rounding) are eps^(2/3)
    """
    return max(TOLERANCE, 2 * ROUNDINGS * step_size(dtype) ** 2)


def step_error() -> float:
    """What rounding leaves of a difference between losses of size 1, as a number: a gradient below it looks like 0."""
    return ROUNDINGS * step_size(np.dtype(np.float64)) ** 2


def _largest_gradient(traced: Trace) -> float:
    """The largest finite one of all parameters."""
    gradients = [np.abs(traced[gradient_name(p.name)]) for p in traced.program.parameters]
    return float(max(np.max(g, initial=0.0, where=np.isfinite(g)) for g in gradients))


def spread(shape: Sequence[int], most: int) -> list[Index]:
    """All cells of a shape, or `most` of them evenly spaced."""
    count = math.prod(shape)
    flat: Iterable[int] = range(count) if count <= most else np.linspace(0, count - 1, most).astype(int)
    return [tuple(int(i) for i in np.unravel_index(at, shape)) for at in flat]


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
    return _cell(traced, _place(traced, name), index)


def judged(traced: Trace, value: str, found: CellCheck) -> Verdict:
    """Whether a checked cell is as near as its parameter's check asks for."""
    scale = float(np.max(np.abs(traced[value])))
    return _judged(found, traced["loss"].dtype, scale, max(scale, _largest_gradient(traced)))


@dataclass(frozen=True, slots=True)
class _Precise:
    """A gradient in double precision, of a run in single; `most` is what rounding can make of the numbers behind it."""

    gradient: Array
    most: float

    def narrowed(self, index: Index, gradient: float) -> float:
        """By how much single precision moves a cell, as far as it can."""
        return float(np.fmin(abs(gradient - self.gradient[index]), self.most))


@dataclass(frozen=True, slots=True)
class _Place:
    """A value to be moved, in double precision: the steps that see it, what they take, and why none can be compared.

    noise: what rounding on the way makes of the loss; precise: the gradient in double, of a run in single precision.
    """

    name: str
    steps: Sequence[Step]
    table: Values
    missing: str
    off_slope: str
    noise: float
    precise: _Precise | None


@np.errstate(all="ignore")
def _place(traced: Trace, name: str) -> _Place:
    """Losses in double precision, so that a float32 run's gradient is not judged by float32's rounding."""
    steps = [_step_in_double(step) for step in downstream(traced.program.steps, name)]
    needed = {name, "loss"}.union(*((*step.inputs, *step.taken) for step in steps))
    table = {n: _in_double(traced.table[n]) for n in needed if n in traced.table}
    loss = float(traced["loss"])
    same = {**table, **replay(steps, table, {name: table[name]})}
    missing, noise = _missing(loss, float(same["loss"])), _noise(traced, steps, same)
    return _Place(name, steps, table, missing, _off_slope(steps, same), noise, _precise(traced, name, same))


def _precise(traced: Trace, name: str, forward: Values) -> _Precise | None:
    """The gradient that the same steps give in double precision, where the run has single; none where it has double."""
    gradient = gradient_name(name)
    if traced["loss"].dtype == np.float64 or gradient not in traced.program.producer:
        return None
    backward = [step for step in traced.program.steps if step.phase == "backward"]
    steps = [_step_in_double(step) for step in needed(backward, {gradient})]
    taken = {n for step in steps for n in (*step.inputs, *step.taken) if n in traced.table}
    values = replay(steps, {n: _in_double(traced.table[n]) for n in taken} | forward, {})
    largest = max((float(np.max(np.abs(values[step.output]), initial=0.0)) for step in steps), default=0.0)
    return _Precise(values[gradient], ROUNDINGS * float(np.finfo(traced["loss"].dtype).eps) * largest)


def _in_double(array: Array) -> Array:
    return array.astype(np.float64) if array.dtype == np.float32 else array


def _step_in_double(step: Step) -> Step:
    return replace(step, dtype=np.dtype(np.float64)) if step.dtype == np.float32 else step


def _missing(loss: float, precise: float) -> str:
    if not math.isfinite(loss):
        return f"the loss is {loss}, so it has no difference"
    if abs(loss - precise) > TELLING * max(abs(loss), abs(precise)) + TELLING**2:
        return f"float32 rounds the loss from {precise:.6g} to {loss:.6g}, more than a small step changes it"
    return ""


def _off_slope(steps: Sequence[Step], values: Values) -> str:
    """The reason of the first op whose gradient is by definition not the slope of what it computes here."""
    for step in steps:
        op = OPS.get(step.op)
        if op is not None and op.off_slope is not None:
            reason = op.off_slope(*(values[name] for name in step.inputs), **step.params)
            if reason:
                return f"{op.title}: {reason}"
    return ""


@np.errstate(all="ignore")
def _cell(traced: Trace, place: _Place, index: Index) -> CellCheck:
    gradient = float(traced[gradient_name(place.name)][index])
    if place.missing:
        return CellCheck(index, gradient, math.nan, math.nan, False, 0.0, place.missing)
    loss, at = float(place.table["loss"]), float(place.table[place.name][index])
    usual = ROUNDINGS * max(1.0, abs(loss)) * float(np.finfo(np.float64).eps)
    noisy = NOISES * place.noise > usual
    steps = _longer(at) if noisy else _steps(at)
    found = _nearest(place, index, gradient, steps, max(usual, NOISES * place.noise))
    return replace(found, narrowed=place.precise.narrowed(index, gradient) if place.precise else 0.0)


def _nearest(place: _Place, index: Index, gradient: float, steps: Iterable[float], noise: float) -> CellCheck:
    """The first step whose differences are settled, else the one that is the most certain.

    Args: noise: by how much the loss may be off.
    """
    at = float(place.table[place.name][index])
    best = CellCheck(index, gradient, math.nan, math.inf, False, math.inf, f"no step around {at:.6g} has a finite loss")
    for h in steps:
        near, far = (_central_difference(place, index, by) for by in (h, 2 * h))
        quotient, apart = (4 * near.quotient - far.quotient) / 3, abs(near.quotient - far.quotient)
        rounding = (noise + abs(at * quotient) * float(np.finfo(np.float64).eps)) / h
        if not math.isfinite(quotient):
            continue
        found = CellCheck(index, gradient, quotient, apart, near.kink or far.kink, rounding, place.off_slope)
        if found.kink or apart <= max(SETTLED * abs(quotient), rounding):
            return found
        best = min(best, found, key=lambda c: c.uncertainty + c.rounding)
    return best


def _noise(traced: Trace, steps: Sequence[Step], table: Values) -> float:
    """By how much the rounding of all that the loss is computed from moves the loss, in double precision.

    Formula: eps sqrt(sum_v ||v dL/dv||^2): a value v is right to eps |v|, and the loss follows by dL/dv. Where a
             sigmoid is shut, 1 - y is right to few digits, and its logarithm with it
    Source:  Higham 2002, Accuracy and Stability of Numerical Algorithms, section 3.3.
    """
    shares = [
        float(np.sum((np.asarray(table[step.output], np.float64) * traced.table[gradient_name(step.output)]) ** 2))
        for step in steps
        if step.output in table and gradient_name(step.output) in traced.table
    ]
    return float(np.finfo(np.float64).eps) * math.sqrt(math.fsum(shares)) if np.isfinite(shares).all() else 0.0


def _longer(at: float) -> Iterator[float]:
    """Steps for a noisy loss: the longer, the less of it is left in the difference."""
    usual = step_size(np.dtype(np.float64)) * max(1.0, abs(at))
    yield from (usual * SHRINK**2, usual * SHRINK)
    yield from _steps(at)


def _steps(at: float) -> Iterator[float]:
    """Steps to try: the usual one, one in proportion to a small number, and ever smaller ones."""
    usual = step_size(np.dtype(np.float64))
    yield usual * max(1.0, abs(at))
    if 0 < abs(at) < 1:
        yield usual * abs(at)
    for times in range(1, SHRUNK):
        yield usual * max(1.0, abs(at)) / SHRINK**times


@dataclass(frozen=True, slots=True)
class _Difference:
    quotient: float
    kink: bool


def _central_difference(place: _Place, index: Index, by: float) -> _Difference:
    array = place.table[place.name]
    above, below = (moved_cell(array, index, d) for d in (by, -by))
    up, down = (replay(place.steps, place.table, {place.name: moved}) for moved in (above, below))
    moved = float(above[index]) - float(below[index])  # what the step became in this number type
    kink = any(_crossed(step, up, down) for step in place.steps)
    return _Difference((float(up["loss"]) - float(down["loss"])) / moved if moved else math.nan, kink)


def _crossed(step: Step, up: Values, down: Values) -> bool:
    """Whether some cell of a step's op lies on two sides of a kink."""
    op = OPS.get(step.op)  # an op that is made to measure, as a concatenation of five, is not listed
    if op is None or op.regions is None:
        return False
    at_up, at_down = (op.regions(*(v[name] for name in step.inputs), **step.params) for v in (up, down))
    return not np.array_equal(at_up, at_down)
