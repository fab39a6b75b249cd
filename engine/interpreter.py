"""Runs a program one step at a time, with every value kept. How it runs whole and fast is in `machine`.

Both make the same numpy calls of the same kernels in the same order, so both give the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.errors import CancelledWorkError
from engine.layers import ParameterSpec
from engine.ops.base import Array, Shape
from engine.ops.linear import LINEAR
from engine.ops.namespace import EAGER, Eager, Recorder, Sharing, blank
from engine.program import Program, Step, default_order

Values = dict[str, Array]
Wanted = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each parameter lies in the flat vectors: trained ones first, then frozen ones."""

    slices: Mapping[str, tuple[int, int, Shape]]
    size: int
    trained: int

    def view(self, vector: Array, name: str) -> Array:
        """The parameter's part of a flat vector, in its shape, without copying: a matrix column after column."""
        start, stop, shape = self.slices[name]
        return vector[start:stop].reshape(shape, order=default_order(shape))

    def joined(self, vector: Array, weight: str, bias: str) -> Array | None:
        """A weight's part of a flat vector with the bias as one more column, if that lies right behind it."""
        start, end, (units, fan_in) = self.slices[weight]
        behind, stop, _ = self.slices[bias]
        return vector[start:stop].reshape((units, fan_in + 1), order="F") if behind == end else None


def layout_of(parameters: Sequence[ParameterSpec]) -> Layout:
    """One after the other, so that an optimizer's equation is one call over all that is trained."""
    slices: dict[str, tuple[int, int, Shape]] = {}
    end = trained = 0
    for p in sorted(parameters, key=lambda p: not p.trainable):
        start, end = end, end + int(np.prod(p.shape))
        slices[p.name] = (start, end, p.shape)
        trained = end if p.trainable else trained
    return Layout(slices, end, trained)


@dataclass(frozen=True, slots=True)
class State:
    """All that training carries along to an iteration: parameters and slots, each one flat vector, and memory."""

    parameters: Array
    slots: Mapping[str, Array]
    memory: Mapping[str, Array] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        """What keeping it takes."""
        return sum(array.nbytes for array in self.arrays)

    @property
    def arrays(self) -> tuple[Array, ...]:
        """Everything that it holds."""
        return (self.parameters, *self.slots.values(), *self.memory.values())


def run_step(step: Step, values: Mapping[str, Array], xp: Eager = EAGER) -> Array:
    """The value that a step writes: fresh, and frozen."""
    out = room(step, blank)
    step.function.kernel(xp, out, *(values[name] for name in step.taken), **step.params)
    out.flags.writeable = False
    return out


def room(step: Step, blank: Callable[[Shape, Any], Array]) -> Array:
    """Room for a step's value, in the order of memory that it has."""
    return blank(step.shape, step.dtype) if step.order == "F" else np.empty(step.shape, step.dtype)


def trace(program: Program, sources: Mapping[str, Array]) -> Values:
    """Every value of one iteration, sources included, by running step after step."""
    values, xp = dict(sources), Sharing()
    with np.errstate(all="ignore"):
        for step in program.steps:
            values[step.output] = run_step(step, values, xp)
    return values


def replay(steps: Iterable[Step], values: Mapping[str, Array], given: Mapping[str, Array]) -> Values:
    """Runs steps again with some values given instead of computed: what would be, if these were different."""
    result = {**values, **given}
    with np.errstate(all="ignore"):
        for step in steps:
            if step.output not in given:
                result[step.output] = run_step(step, result)
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


def frozen(array: Array) -> Array:
    """A copy that cannot be written to."""
    copy = array.copy()
    copy.flags.writeable = False
    return copy


def check(cancelled: Wanted | None) -> None:
    """Raises: CancelledWorkError if the work is no longer wanted."""
    if cancelled is not None and cancelled():
        raise CancelledWorkError
