"""Runs a program one step at a time, with every value kept. How it runs whole and fast is in `training_loop`.

`trace` runs the plain kernels, one after the other: it is what everything faster is compared with, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from engine.execution.recorder import Recorder, Sharing
from engine.execution.state import Layout
from engine.ops.core.numpy_calls import EAGER, Eager, blank
from engine.ops.core.op import Array, Shape
from engine.ops.dense.linear import LINEAR
from engine.program.program import Program, Step

Values = dict[str, Array]


def run_step(step: Step, values: Mapping[str, Array]) -> Array:
    """The value that a step writes, by its plain kernel: fresh, and frozen."""
    out = room(step, blank)
    step.function.kernel(EAGER, out, *(values[name] for name in step.plainly_taken), **step.params)
    out.flags.writeable = False
    return out


def _run_quickly(step: Step, values: Mapping[str, Array], xp: Eager = EAGER) -> Array:
    """The same bits by its quick kernel."""
    out = room(step, blank)
    step.function.quick(xp, out, *(values[name] for name in step.taken), **step.params)
    out.flags.writeable = False
    return out


def room(step: Step, blank: Callable[[Shape, Any], Array], empty: Callable[[Shape, Any], Array] = np.empty) -> Array:
    """Room for a step's value, in the order of memory that it has: `blank` for its first axis last, else `empty`."""
    return blank(step.shape, step.dtype) if step.order == "F" else empty(step.shape, step.dtype)


def trace(program: Program, sources: Mapping[str, Array]) -> Values:
    """Every value of one iteration, sources included, by running step after step with plain kernels."""
    values = dict(sources)
    with np.errstate(all="ignore"):
        for step in program.steps:
            values[step.output] = run_step(step, values)
    return values


def large_trace(program: Program, sources: Mapping[str, Array]) -> Values:
    """The same bits by quick kernels, with what several of them need made once: for many numbers."""
    values, xp = dict(sources), Sharing()
    with np.errstate(all="ignore"):
        for step in program.steps:
            values[step.output] = _run_quickly(step, values, xp)
    return values


def replay(steps: Iterable[Step], values: Mapping[str, Array], given: Mapping[str, Array]) -> Values:
    """Runs steps again with some values given instead of computed: what would be, if these were different."""
    result = {**values, **given}
    with np.errstate(all="ignore"):
        for step in steps:
            if step.output not in given:
                result[step.output] = _run_quickly(step, result)
    return result


def widen_gradients(recorder: Recorder, program: Program, layout: Layout, flat: Array, values: Values) -> None:
    """Tells the recorder of the gradients of weights that have the one of their bias behind them.

    Args: flat: the vector of all gradients; values: whose views are bound already.
    """
    for step in program.steps:
        if step.function is LINEAR.function:
            _, weight, bias = step.inputs
            joined = layout.joined(flat, weight, bias)
            if joined is not None:
                recorder.widen(values[program.gradients[weight]], joined)


def needed(steps: Sequence[Step], wanted: set[str]) -> list[Step]:
    """The steps that the wanted values depend on."""
    wanted, kept = set(wanted), []
    for step in reversed(steps):
        if step.output in wanted:
            wanted.update(step.taken)
            kept.append(step)
    return kept[::-1]
