"""Runs a program: one step at a time with every value kept, or whole and fast on fixed buffers.

Both make the same numpy calls of the same kernels in the same order, so both give the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.errors import CancelledWorkError
from engine.layers import ParameterSpec
from engine.ops.base import Array, Shape
from engine.ops.namespace import EAGER, Call, Recorder, blank
from engine.ops.structure import SEED, same
from engine.ops.update import UPDATE_OPS
from engine.optimizers import RATE, STEP, Equation
from engine.program import Program, Step

PIECE = 2**14  # parameters that an optimizer renews at a time: with gradient, slots and scratch they fit into a cache

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
        return vector[start:stop].reshape(shape, order="F")


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
    """Parameters and slots before an iteration, each one flat vector: all that training carries along."""

    parameters: Array
    slots: Mapping[str, Array]

    @property
    def nbytes(self) -> int:
        """What keeping it takes."""
        return self.parameters.nbytes + sum(slot.nbytes for slot in self.slots.values())


def run_step(step: Step, values: Mapping[str, Array]) -> Array:
    """The value that a step writes: fresh, and frozen."""
    out = _room(step, blank)
    step.function.kernel(EAGER, out, *(values[name] for name in step.inputs), **step.params)
    out.flags.writeable = False
    return out


def _room(step: Step, blank: Callable[[Shape, Any], Array]) -> Array:
    """Room for a step's value. The batch stays as the data lies, row after row: a product takes it either way."""
    return np.empty(step.shape, step.dtype) if step.output == "x" else blank(step.shape, step.dtype)


def trace(program: Program, sources: Mapping[str, Array]) -> Values:
    """Every value of one iteration, sources included, by running step after step."""
    values = dict(sources)
    with np.errstate(all="ignore"):
        for step in program.steps:
            values[step.output] = run_step(step, values)
    return values


def replay(steps: Iterable[Step], values: Mapping[str, Array], given: Mapping[str, Array]) -> Values:
    """Runs steps again with some values given instead of computed: what would be, if these were different."""
    result = {**values, **given}
    with np.errstate(all="ignore"):
        for step in steps:
            if step.output not in given:
                result[step.output] = run_step(step, result)
    return result


def needed(steps: Sequence[Step], wanted: set[str]) -> list[Step]:
    """The steps that the wanted values depend on."""
    wanted, kept = set(wanted), []
    for step in reversed(steps):
        if step.output in wanted:
            wanted.update(step.inputs)
            kept.append(step)
    return kept[::-1]


@dataclass(frozen=True, slots=True)
class _Bound:
    """A program's calls on the machine's buffers, and the two buffers that a run touches from outside."""

    calls: tuple[Call, ...]
    indices: Array
    loss: Array


def _bind_step(recorder: Recorder, step: Step, values: Values) -> None:
    """Notes a step's calls; a constant is computed now, and a copy is the value itself: nothing writes to it later."""
    if step.function is SEED:
        values[step.output] = run_step(step, values)
    elif step.function.kernel is same and step.output not in values:
        values[step.output] = values[step.inputs[0]]
    else:
        out = values.setdefault(step.output, _room(step, recorder.blank))
        step.function.kernel(recorder, out, *(values[name] for name in step.inputs), **step.params)


def _bind_equations(recorder: Recorder, equations: Sequence[Equation], values: Values) -> None:
    """Notes an optimizer's equations. What is renewed (a slot, the parameters) is written in place; anything else is
    scratch for as long as a later equation reads it.
    """
    for i, equation in enumerate(equations):
        renewed = "p" if equation.output == "next" else equation.output.removesuffix(".next")
        out = values[renewed] if renewed in values else recorder.empty_like(values["grad"])
        operands = [values[name] for name in equation.inputs]
        UPDATE_OPS[equation.op].kernel(recorder, out, *operands, **equation.params)
        values[equation.output] = out
        later = {name for e in equations[i + 1 :] for name in e.inputs}
        recorder.release(*(value for name, value in values.items() if name in later))


class Machine:
    """Programs of one optimizer bound to fixed buffers: parameters, gradients and slots are flat vectors.

    There is one program a batch size; all share the flat vectors. Not for use by two threads at once.
    """

    def __init__(self, programs: Sequence[Program], layout: Layout, inputs: Array, targets: Array) -> None:
        dtype, self._rules = inputs.dtype, programs[0].rules
        self._layout = layout
        self._flat = {name: np.zeros(layout.size, dtype) for name in ("p", *self._rules.slots)}
        self._grad = np.zeros(layout.size, dtype)
        self._rate, self._step = np.zeros((), dtype), np.zeros(())
        self._data: Values = {"data.inputs": inputs, "data.targets": targets}
        self._bound = {program.batch: self._bind(program) for program in programs}

    def _bind(self, program: Program) -> _Bound:
        recorder = Recorder()
        indices = np.zeros(program.batch, np.int64)
        values: Values = {**self._data, "batch.indices": indices, RATE: self._rate, STEP: self._step}
        for p in program.parameters:
            values[p.name] = self._layout.view(self._flat["p"], p.name)
            values[f"{p.name}.grad"] = self._layout.view(self._grad, p.name)
        trained = [f"{p.name}.grad" for p in program.parameters if p.trainable]
        steps = [step for step in program.steps if step.phase != "update"]
        for step in needed(steps, {"loss", *trained}):
            _bind_step(recorder, step, values)
        if trained:
            self._bind_update(recorder)
        return _Bound(tuple(recorder.calls), indices, values["loss"])

    def _bind_update(self, recorder: Recorder) -> None:
        """The optimizer's equations over all trained parameters, piece by piece: each stays in the cache throughout."""
        scalars: Values = {RATE: self._rate, STEP: self._step}
        for equation in self._rules.scalars:
            scalars[equation.output] = np.empty((), self._grad.dtype)
        _bind_equations(recorder, self._rules.scalars, scalars)
        for start in range(0, self._layout.trained, PIECE):
            piece = slice(start, min(start + PIECE, self._layout.trained))
            vectors = {name: vector[piece] for name, vector in self._flat.items()}
            _bind_equations(recorder, self._rules.equations, {**scalars, **vectors, "grad": self._grad[piece]})

    def load(self, state: State) -> None:
        """Copies a state into the buffers."""
        self._flat["p"][:] = state.parameters
        for name in self._rules.slots:
            self._flat[name][:] = state.slots[name]

    def state(self) -> State:
        """A frozen copy of the buffers."""
        return State(frozen(self._flat["p"]), {name: frozen(self._flat[name]) for name in self._rules.slots})

    def run(self, batches: Sequence[Array], first: int, rate: float) -> Array:
        """Runs one iteration a batch, the first one with the number `first`; returns each batch's loss."""
        losses = np.empty(len(batches), self._grad.dtype)
        self._rate[...] = rate
        with np.errstate(all="ignore"):
            for i, rows in enumerate(batches):
                bound = self._bound[len(rows)]
                bound.indices[:] = rows
                self._step[...] = first + i + 1
                for call in bound.calls:
                    call()
                losses[i] = bound.loss
        return losses


def frozen(array: Array) -> Array:
    """A copy that cannot be written to."""
    copy = array.copy()
    copy.flags.writeable = False
    return copy


def check(cancelled: Wanted | None) -> None:
    """Raises: CancelledWorkError if the work is no longer wanted."""
    if cancelled is not None and cancelled():
        raise CancelledWorkError
