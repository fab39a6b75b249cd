"""Traces programs fast: every step bound once to room of its own, nothing in place, so that all of it can be kept.

The calls are those of the quick kernels, which give the bits of the plain ones that `interpreter.trace` runs.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from engine.execution.interpreter import Values, widen_gradients
from engine.execution.recorder import Recorder
from engine.execution.state import Layout, State, frozen
from engine.execution.trace_memory import Arena, DType, Packed, plan
from engine.foundation.value_name import is_data, member_name
from engine.model.layers import ParameterSpec
from engine.ops.core.op import Array, Shape
from engine.ops.core.structure import SEED, same
from engine.program.program import Program, Step
from engine.program.update_plan import PlannedStage, UpdatePlan
from engine.update.equations import BASE_RATE, RATE, STEP, Equation, value_name

LARGEST = 2**18  # numbers of an iteration up to which this is worth it: past it, the time goes into the numbers
WHOLE = np.dtype(np.int64)
DOUBLE = np.dtype(np.float64)


class Tracer:
    """One program bound to blocks of memory that have room for all of its values. Not for two threads at once.

    What an iteration starts from is copied in, the calls are made, the blocks are copied out.
    """

    def __init__(self, program: Program, layout: Layout, data: Mapping[str, Array], seed: int) -> None:
        self._program, self._layout, self._seed = program, layout, seed
        self._data: Values = dict(data)
        self._arena = Arena(_sizes(program, layout))
        self._recorder = Recorder(self._arena.empty)
        # equations name what belongs to parameters (p, grad, slots, update): each a vector over all of them
        self._flat = {"p": self._vector(layout.size), "grad": self._vector(layout.size)}
        self._flat |= {slot: self._vector(layout.trained) for slot in program.update.rules.slots}
        self._values = self._data | self._sources()
        named = list(self._values)
        self._values |= {program.gradients[p.name]: self._view("grad", p.name) for p in program.parameters}
        widen_gradients(self._recorder, program, layout, self._flat["grad"], self._values)
        for step in program.steps:
            if step.phase != "update":
                self._bind(step)
        self._bind_update(program.update)
        named = [*(name for name in named if name not in self._data), *program.producer]
        self._blocks = self._arena.blocks
        self._plan = plan({name: self._values[name] for name in named}, self._blocks)
        self._calls = tuple(self._recorder.calls)

    # --- binding -----------------------------------------------------------------------------------------------------

    def _sources(self) -> Values:
        """Room for what an iteration starts from, by name, in the order of `Run.sources`."""
        program, dtype, empty = self._program, self._program.dtype, self._arena.empty
        self._indices, self._step, self._rate = empty((program.batch,), WHOLE), empty((), DOUBLE), empty((), dtype)
        self._constants = {name: self._constant(value) for name, value in program.constants.items()}
        self._memory = {name: self._room(kept.shape, "C") for name, kept in program.memory.items()}
        self._noise = [(noise, empty(noise.shape, dtype)) for noise in program.noise]
        rate = BASE_RATE if BASE_RATE in program.sources else RATE
        values: Values = {"batch.indices": self._indices} if "batch.indices" in program.sources else {}
        values |= {rate: self._rate, STEP: self._step}
        values |= {**self._constants, **self._memory, **{noise.name: room for noise, room in self._noise}}
        for p in program.parameters:
            values[p.name] = self._view("p", p.name)
            if p.trainable:
                values |= {member_name(p.name, slot): self._view(slot, p.name) for slot in program.update.rules.slots}
        return values

    def _vector(self, size: int) -> Array:
        return self._arena.empty((size,), self._program.dtype)

    def _view(self, vector: str, parameter: str) -> Array:
        return self._layout.view(self._flat[vector], parameter)

    def _constant(self, value: Array) -> Array:
        """A number that is there once and for all, in the arena."""
        room = self._arena.empty(value.shape, value.dtype)
        room[...] = value
        room.flags.writeable = False
        return room

    def _room(self, shape: Shape, order: str, dtype: DType | None = None) -> Array:
        make = self._recorder.blank if order == "F" else self._arena.empty
        return make(shape, dtype or self._program.dtype)

    def _bind(self, step: Step) -> None:
        """Notes a step's calls; a copy that lies as the value does is the value itself."""
        values = self._values
        if step.function is SEED:
            values[step.output] = self._constant(np.ones(step.shape, step.dtype))
        elif step.output not in values and self._copies(step):
            values[step.output] = values[step.inputs[0]]
        else:
            out = values[step.output] if step.output in values else self._room(step.shape, step.order, step.dtype)
            values[step.output] = out
            step.function.quick(self._recorder, out, *(values[name] for name in step.taken), **step.params)

    def _copies(self, step: Step) -> bool:
        """Whether a step gives what another gave, lying in the same order of memory."""
        producer = self._program.producer.get(step.inputs[0])
        if producer is None or step.function.kernel is not same:
            return False
        return self._program.steps[producer].order == step.order

    # --- the update --------------------------------------------------------------------------------------------------

    def _bind_update(self, plan: UpdatePlan) -> None:
        """Stage after stage; where an equation is cell by cell, it is one call for all parameters."""
        for stage in plan.stages:
            if stage.scope == "all" and stage.gradient:
                self._bind_all(stage, stage.gradient, plan.trained)
            else:
                self._bind_each(stage)

    def _bind_all(self, stage: PlannedStage, gradient: str, trained: Sequence[ParameterSpec]) -> None:
        """Over vectors of all that is trained; `gradient` is the one that parameters take for it by now."""
        size = self._layout.trained
        for planned in stage.equations:
            equation = planned.equation
            self._lay_out(equation, trained)
            names = [gradient if name == "grad" else name for name in equation.inputs]
            operands = [self._flat[n][:size] if n in self._flat else self._values[n] for n in names]
            planned.function.kernel(self._recorder, self._flat[equation.output], *operands, **equation.params)

    def _bind_each(self, stage: PlannedStage) -> None:
        for about, planned in stage.in_order():
            if about and planned.is_cellwise:
                self._lay_out(planned.equation, [about])
            name = value_name(planned.equation.output, about.name if about else "")
            self._bind(self._program.steps[self._program.producer[name]])

    def _lay_out(self, equation: Equation, parameters: Sequence[ParameterSpec]) -> None:
        """Room for what an equation gives for some parameters: a part of one vector over all that are trained."""
        if equation.output not in self._flat:
            self._flat[equation.output] = self._vector(self._layout.trained)
        for p in parameters:
            self._values[value_name(equation.output, p.name)] = self._view(equation.output, p.name)

    # --- running -----------------------------------------------------------------------------------------------------

    def trace(self, iteration: int, state: State, rows: Array, rate: float) -> Packed:
        """Every value of an iteration, from the state before it, the rows of its batch and its base rate."""
        with np.errstate(all="ignore"):
            self._load(iteration, state, rows, rate)
            for call in self._calls:
                call()
        return Packed(self._plan, {dtype: frozen(block) for dtype, block in self._blocks.items()}, self._data)

    def _load(self, iteration: int, state: State, rows: Array, rate: float) -> None:
        self._indices[:] = rows
        self._rate[...], self._step[...] = rate, iteration + 1
        self._flat["p"][:] = state.parameters
        for name in self._program.update.rules.slots:
            self._flat[name][:] = state.slots[name][: self._layout.trained]
        for name, kept in self._memory.items():
            kept[...] = state.memory[name]
        for noise, room in self._noise:
            noise.fill(room, self._seed, iteration)


class Tracers:
    """The tracers of a run, as many of a program as threads trace it at the same time."""

    def __init__(self, layout: Layout, data: Mapping[str, Array], seed: int) -> None:
        self._given = layout, data, seed
        self._idle: dict[int, list[Tracer]] = {}  # by the id of a program: the run keeps all of them

    def fits(self, program: Program) -> bool:
        """Whether a program's values are so few that making arrays of them is what takes time."""
        return program.numbers <= LARGEST

    def trace(self, program: Program, iteration: int, state: State, rows: Array, rate: float) -> Packed:
        """Every value of an iteration of a program."""
        idle = self._idle.setdefault(id(program), [])
        try:
            tracer = idle.pop()
        except IndexError:  # none, or another thread took the last one just now
            tracer = Tracer(program, *self._given)
        traced = tracer.trace(iteration, state, rows, rate)
        idle.append(tracer)
        return traced


def _sizes(program: Program, layout: Layout) -> Mapping[DType, int]:
    """How many numbers of each type there are at most, the ones behind a matrix included."""
    counts: Counter[DType] = Counter({WHOLE: program.batch, DOUBLE: 1})
    vectors = {planned.equation.output for stage in program.update.stages for planned in stage.equations}
    sources = sum(math.prod(shape) for name, shape in program.sources.items() if not is_data(name))
    counts[program.dtype] += sources + layout.size + layout.trained * len(vectors)
    for step in program.steps:
        update = step.phase == "update" and step.shape
        counts[step.dtype] += 0 if update else math.prod(step.shape) + (step.shape[0] if len(step.shape) == 2 else 0)
    return counts
