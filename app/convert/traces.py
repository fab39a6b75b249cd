"""Values of an iteration in the wire's form: traces, steps, parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from app.convert.program import program_step
from app.http.responses import Answer
from app.runs.workers import Ticket
from app.wire.forms import Array, Bundle, Cells, Form
from app.wire.json_numbers import form
from engine.analysis.evaluation import parameters
from engine.execution.trace_memory import Packed, Plan
from engine.explain.derivation import check_sample, derivation
from engine.explain.formulas import cell_numbers
from engine.explain.notation import Symbols
from engine.foundation.errors import RangeError, UnknownValueError
from engine.foundation.numbers import Latex
from engine.model.graph import Phase
from engine.program.feedback_alignment import FEEDBACK_WEIGHT, SIGN_WEIGHT
from engine.run import trace as runs
from engine.run.run import Run


@dataclass(frozen=True, slots=True)
class Trace:
    """Values of one iteration by name."""

    iteration: int
    values: Mapping[str, Array] | Bundle


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters before an iteration."""

    iteration: int
    values: Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class NamedValue:
    """A value with its name."""

    name: str
    shape: tuple[int, ...]
    data: Cells


@dataclass(frozen=True, slots=True)
class StepDetail:
    """One step with its numbers."""

    index: int
    phase: Phase
    layer: str
    op: str
    argument: str | None
    formula: Latex
    code: str
    pytorch: str
    helpers: tuple[str, ...]
    description: str
    numbers: Latex
    inputs: list[NamedValue]
    output: NamedValue


_FORMS: WeakKeyDictionary[Plan, Form] = WeakKeyDictionary()


def trace(run: Run, t: int, names: Sequence[str] | None, sample: int | None, ticket: Ticket) -> Answer:
    """All values of an iteration, or those asked for; of the batch, or of one sample in it."""
    traced = run.trace_at(t, ticket)
    if sample is not None:
        check_sample(traced, sample)
    elif not names:
        return whole_trace(run, traced)
    values = {name: _cut(traced, name, sample) for name in (names or traced)}
    return _values(run, traced, values)


def whole_trace(run: Run, traced: runs.Trace) -> Answer:
    """All values of an iteration."""
    return _values(run, traced, bundled(traced.table) if isinstance(traced.table, Packed) else dict(traced))


def _values(run: Run, traced: runs.Trace, values: Mapping[str, Array] | Bundle) -> Answer:
    about = {"run": run.config.id, "iteration": str(traced.iteration)}
    return Answer(Trace(traced.iteration, values), values, about)


def bundled(packed: Packed) -> Bundle:
    """All values of an iteration without the data that its batch is from, in a form that is made once a plan."""
    found = _FORMS.get(packed.plan)
    if found is None:
        places = packed.plan.places
        found = _FORMS[packed.plan] = form({name: (place.dtype, place.shape) for name, place in places.items()})
    return Bundle(found, packed.rows())


def _cut(traced: runs.Trace, name: str, sample: int | None) -> Array:
    """A value; of one whose first axis is the batch, only the sample's row."""
    name = traced.program.meant(name)
    if name not in traced.table:
        known = ", ".join(list(traced)[:40])
        raise UnknownValueError(f"unknown value {name!r}; this iteration has {known}", "query.values")
    value = traced[name]
    return value if sample is None or not batched(traced, name) else value[sample : sample + 1]


def batched(traced: runs.Trace, name: str) -> bool:
    """Whether a value has a row for every sample: a parameter, or a matrix in its place, may by chance."""
    subject = traced.program.name(name).subject
    of_parameter = str(subject) in {p.name for p in traced.program.parameters}
    of_weight = subject.key in (FEEDBACK_WEIGHT, SIGN_WEIGHT)
    value = traced[name]
    return not (of_parameter or of_weight) and value.ndim > 0 and len(value) == traced.program.batch


def step_answer(run: Run, t: int, k: int, ticket: Ticket) -> Answer:
    """One step with its numbers."""
    traced = run.trace_at(t, ticket)
    steps = traced.program.steps
    if not 0 <= k < len(steps):
        last = len(steps) - 1
        raise RangeError(f"iteration {t} has the steps 0 to {last}; given {k}", "path.k")
    step = steps[k]
    about = program_step(step, Symbols(traced.program, run.names))
    return Answer(
        StepDetail(
            about.index,
            about.phase,
            about.layer,
            about.op,
            about.argument,
            about.formula,
            about.code,
            about.pytorch,
            about.helpers,
            about.description,
            cell_numbers(derivation(run, traced, step.output, (0,) * len(step.shape))),
            [_named(name, traced) for name in step.inputs],
            _named(step.output, traced),
        )
    )


def _named(name: str, traced: runs.Trace) -> NamedValue:
    value = traced[name]
    return NamedValue(name, value.shape, Cells(value.ravel()))


def parameter_values(run: Run, t: int, ticket: Ticket) -> Answer:
    """The parameters before an iteration."""
    values = parameters(run, run.state_at(t, ticket))
    return Answer(Parameters(t, values), values, {"run": run.config.id, "iteration": str(t)})
