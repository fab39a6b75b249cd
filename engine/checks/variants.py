"""Every variant of backpropagation beside the true gradient of an iteration: angles, sizes, and what each costs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from engine.analysis.gradient_angles import angle
from engine.analysis.layer_statistics import norm
from engine.checks.gradient_check import spread
from engine.checks.gradient_estimates import ESTIMATES, EstimateKind, Setting, at_cells
from engine.execution.cancellation import Wanted, check
from engine.execution.interpreter import replay
from engine.foundation.numbers import Finite
from engine.foundation.options import parse_options
from engine.foundation.value_name import ValueName, gradient_name
from engine.ops.core.op import Array
from engine.program.compile import compile_program
from engine.program.feedback_alignment import BACKWARD, TRUE, BackwardKind, BackwardSpec, Feedback, misfit
from engine.run.run import Run
from engine.run.trace import Trace

CELLS = 400  # of one parameter that a method paying for each cell is tried on; of a larger one, evenly spaced


@dataclass(frozen=True, slots=True)
class VariantParameter:
    """One parameter: what a variant gives beside its true gradient, over the cells tried.

    angle:  in degrees, 0 to 180; nan if one of the two is 0. cosine: of it.
    ratio:  the variant's norm over the true one's.
    """

    name: str
    angle: float
    cosine: float
    ratio: float
    cells: int
    checked: int


@dataclass(frozen=True, slots=True)
class Variant:
    """One variant: the same figures over all parameters taken as one vector, and the passes that it takes.

    misfit:    why it has no meaning for this model; None if it has. Without a meaning there are no figures.
    step_size: of a difference, for parameters up to 1.
    """

    name: str
    misfit: str | None
    angle: float
    cosine: float
    ratio: float
    forward_passes: int
    backward_passes: int
    step_size: Finite | None
    parameters: tuple[VariantParameter, ...]


@dataclass(frozen=True, slots=True)
class Variants:
    """All variants at an iteration; `used` is the one that the update takes."""

    iteration: int
    used: str
    variants: tuple[Variant, ...]


# --- the comparison --------------------------------------------------------------------------------------------------


@np.errstate(all="ignore")
def compare(run: Run, iteration: int, cancelled: Wanted | None = None) -> Variants:
    """Every variant beside the true gradient of an iteration, also those that the run does not train with.

    Raises: CancelledWorkError.
    """
    traced = run.trace_at(iteration, cancelled)
    used = run.config.backward.type if run.config.backward else TRUE
    trained = [_feedback(run, traced, kind) for kind in BACKWARD.values()]
    estimated = [_estimate(run, traced, kind, cancelled) for kind in ESTIMATES.values()]
    return Variants(iteration, used, (*trained, *estimated))


def _feedback(run: Run, traced: Trace, kind: BackwardKind) -> Variant:
    """A variant that a run can train with: one pass each way."""
    problem = misfit(kind, run.config.layers, run.outline) if kind.name != TRUE else ""
    if problem:
        return Variant(kind.name, problem, math.nan, math.nan, math.nan, 1, 1, None, ())
    true = {p.name: traced[gradient_name(p.name)] for p in run.parameters}
    return _figures(run, kind.name, _gradients(run, traced, kind), true, (1, 1), None)


def _gradients(run: Run, traced: Trace, kind: BackwardKind) -> Mapping[str, Array]:
    """What a variant gives for every parameter at an iteration."""
    if kind.name == TRUE:
        return {p.name: traced[gradient_name(p.name)] for p in run.parameters}
    own = run.config.backward
    spec = own if own and own.type == kind.name else _by_default(kind)
    program = compile_program(
        run.model, traced.program.update.rules, traced.program.batch, Feedback(spec, run.config.seed)
    )
    steps = [step for step in program.steps if step.phase == "backward" and not _is_true(step.output)]
    values = replay(steps, traced.table, program.constants)
    return {p.name: values[program.gradients[p.name]] for p in run.parameters}


def _by_default(kind: BackwardKind) -> BackwardSpec:
    return BackwardSpec(kind.name, MappingProxyType(parse_options(kind.options, {}, "")))


def _is_true(output: str) -> bool:
    """Whether a step of the backward phase writes a true gradient, or a part of one."""
    return ValueName.parse(output).of_gradient is not None


def _estimate(run: Run, traced: Trace, kind: EstimateKind, cancelled: Wanted | None) -> Variant:
    """A method without a backward pass, tried on some cells of each parameter."""
    check(cancelled)
    cells = {p.name: spread(p.shape, CELLS) for p in run.parameters}
    nodes = run.model.graph(traced.program.batch).nodes
    found = kind.estimate(Setting(traced, nodes, cells, run.config.seed, cancelled))
    true = {name: at_cells(traced[gradient_name(name)], at) for name, at in cells.items()}
    size = kind.step_size(traced["loss"].dtype) if kind.step_size else None
    return _figures(run, kind.name, found, true, (kind.passes(run.layout.size), 0), size)


def _figures(
    run: Run,
    name: str,
    found: Mapping[str, Array],
    true: Mapping[str, Array],
    passes: tuple[int, int],
    size: float | None,
) -> Variant:
    parameters = tuple(
        VariantParameter(p.name, *_three([found[p.name]], [true[p.name]]), math.prod(p.shape), true[p.name].size)
        for p in run.parameters
    )
    names = [p.name for p in run.parameters]
    whole = _three([found[p] for p in names], [true[p] for p in names])
    return Variant(name, None, *whole, *passes, size, parameters)


def _three(found: Sequence[Array], true: Sequence[Array]) -> tuple[float, float, float]:
    """Angle, cosine and ratio of the norms."""
    between = angle(found, true)
    size, whole = norm(*found), norm(*true)
    return between, math.cos(math.radians(between)), size / whole if whole else math.nan
