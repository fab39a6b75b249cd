"""Where a run stops being finite: the first value of all that it computes, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from engine.analysis.nonfinite_causes import Cause, reason
from engine.execution.cancellation import Wanted, check
from engine.foundation.value_name import LayerName, ValueName, is_data
from engine.ops.core.op import Array
from engine.program.program import Step
from engine.run.checkpoints import LASTING, STRIDE
from engine.run.run import Run
from engine.run.trace import Trace


@dataclass(frozen=True, slots=True)
class NonFinite:
    """The first step that wrote an inf or nan; `step` is None where it was already in a parameter."""

    iteration: int
    step: Step | None
    value: str
    kind: Literal["inf", "nan"]
    cause: Cause
    explanation: str


def first_nonfinite(run: Run, end: int, cancelled: Wanted | None = None) -> NonFinite | None:
    """The first inf or nan among all values of the iterations before `end`; None if there is none.

    Only iterations that the fast path noted as large are looked at whole: what overflows may be finite again in the
    next iteration, or pass through a flat place without a trace in loss or parameters. Found once a run: the course
    of every stride is kept, and so is what was found in a large iteration.
    Raises: CancelledWorkError.
    """
    for start in range(0, end, STRIDE):
        check(cancelled)
        for place in np.flatnonzero(run.past(start, min(end, start + STRIDE), cancelled).large):
            if found := _looked_at(run, start + int(place), cancelled):
                return found
    return None


def _looked_at(run: Run, t: int, cancelled: Wanted | None) -> NonFinite | None:
    """The first inf or nan of one iteration, kept."""
    key = ("nonfinite", run.lineage(t + 1), t)
    known: tuple[NonFinite | None] | None = run.store.get(key)
    if known is None:
        known = (lost_in(run.trace_at(t, cancelled)),)
        run.store.put(key, known, 200, LASTING)
    return known[0]


def lost_in(traced: Trace) -> NonFinite | None:
    """The first value of an iteration with an inf or nan in it, and why."""
    for name in traced.program.sources:
        if not is_data(name) and not np.isfinite(traced.table[name]).all():
            return _before(traced, name)
    for step in traced.program.steps:
        if not np.isfinite(traced[step.output]).all():
            cause, text = _why(step, traced.table)
            return NonFinite(traced.iteration, step, step.output, _kind(traced[step.output]), cause, text)
    return None


def _before(traced: Trace, value: str) -> NonFinite:
    kind = _kind(traced.table[value])
    text = f"{value} was {kind} before the iteration began."
    return NonFinite(traced.iteration, None, value, kind, "input", text)


def _kind(array: Array) -> Literal["inf", "nan"]:
    return "nan" if np.isnan(array).any() else "inf"


def why(step: Step, values: Mapping[str, Array]) -> str:
    """Why a step made an inf or nan, in one sentence.

    Args: values: the step's inputs and output, by name.
    """
    return _why(step, values)[1]


def _why(step: Step, values: Mapping[str, Array]) -> tuple[Cause, str]:
    found = reason(step, values)
    title = step.title[:1].upper() + step.title[1:]
    became = "nan" if np.isnan(values[step.output]).any() else "infinite"
    return found.cause, f"{title} made {_spoken(step.output)} {became}: {found.text}."


def _spoken(value: str) -> str:
    """What a layer has is said with the layer's title: `z of dense 2`."""
    name = ValueName.parse(value)
    layer = LayerName.parse(name.layer)
    return f"{replace(name, layer='')} of {layer.title}" if layer.number is not None else value
