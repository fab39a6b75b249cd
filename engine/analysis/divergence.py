"""Where numbers stop being finite: the reason in words, and the iteration in which it happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from engine.execution.cancellation import Wanted
from engine.execution.state import State
from engine.foundation.numbers import number
from engine.ops.core.op import Array
from engine.program.program import Step
from engine.run.run import Run


def why(step: Step, values: Mapping[str, Array]) -> str:
    """Why a step made an inf or nan, in one sentence; no other step before it did.

    Args: values: the step's inputs and output, by name.
    """
    subject = f"{_sentence(step.title)} made {step.output} {_what(values[step.output])}"
    for name in step.inputs:
        if not np.isfinite(values[name]).all():
            return f"{subject}: its input {name} already was."
    return f"{subject}: {_cause(step, values)}."


def first_lost(run: Run, low: int, high: int, cancelled: Wanted | None = None) -> int:
    """The last iteration from `low` to `high` that starts from finite parameters and slots, or `low` if none does.

    By bisection: what is no longer finite never becomes finite again.
    Raises: CancelledWorkError.
    """
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if is_finite(run.state_at(middle, cancelled)) else (low, middle - 1)
    return low


def is_finite(state: State) -> bool:
    """Whether all parameters, slots and memory are finite."""
    return all(bool(np.isfinite(vector).all()) for vector in state.arrays)


def _sentence(title: str) -> str:
    return title[:1].upper() + title[1:]


def _what(output: Array) -> str:
    return "nan" if np.isnan(output).any() else "infinite"


def _cause(step: Step, values: Mapping[str, Array]) -> str:
    operands = [name for name in step.inputs if values[name].dtype.kind == "f"]
    reach = {name: float(np.abs(values[name]).max(initial=0.0)) for name in operands}
    largest = max(reach.values(), default=0.0)
    limit = float(np.finfo(step.dtype).max)
    undefined = bool(np.isnan(values[step.output]).any())
    if largest > limit**0.5 / 1e6:  # so large that a product of two passes the limit
        return _overflow(reach, f"the largest {step.dtype}, {number(limit, 2)}", undefined)
    for name in reversed(operands):
        if (values[name] == 0).any():
            return f"0 / 0 has no value, and {name} holds 0" if undefined else f"it divides by {name}, which holds 0"
    return f"the result {'has no value' if undefined else 'is too large'} for {_range([values[n] for n in operands])}"


def _range(arrays: Sequence[Array]) -> str:
    """`an input of 1000`, or `inputs from −1 to 3`."""
    low = min((float(a.min()) for a in arrays), default=0.0)
    high = max((float(a.max()) for a in arrays), default=0.0)
    return f"an input of {number(low)}" if low == high else f"inputs from {number(low)} to {number(high)}"


def _overflow(reach: Mapping[str, float], limit: str, undefined: bool) -> str:
    """The one or two inputs that are large, and what becomes of their product."""
    names = sorted(reach, key=lambda name: -reach[name])[:2]
    large = [name for name in names if reach[name] > 1e6]
    inputs = " and ".join(f"{name} reaches {number(reach[name], 2)}" for name in large)
    if undefined:
        return f"{inputs}, so partial sums pass {limit}, on both sides, and inf − inf has no value"
    return f"{inputs}, so the result passes {limit}"
