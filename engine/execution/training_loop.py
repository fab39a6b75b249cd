"""Runs programs whole and fast: every numpy call bound once to fixed buffers, then made again and again.

The calls are those of the quick kernels, which give the bits of the plain ones that `interpreter` runs.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from engine.execution.cancellation import Wanted
from engine.execution.interpreter import Values, needed, room, run_step, widen_gradients
from engine.execution.observed import Keep, Observed
from engine.execution.recorder import Call, Recorder
from engine.execution.state import Layout, State, frozen
from engine.execution.training_curve import Course, part
from engine.execution.watched import Size, Watched, in_lines, is_large, size_of, zeros
from engine.foundation.random_streams import Noise
from engine.foundation.value_name import member_name, next_name
from engine.ops.core.numpy_calls import EAGER
from engine.ops.core.op import Array
from engine.ops.core.structure import SEED, TAKE, same
from engine.ops.dense.linear import LINEAR
from engine.program.program import Program, Step
from engine.program.update_plan import PlannedEquation, PlannedStage, UpdatePlan
from engine.update.clipping import ACTED
from engine.update.equations import BASE_RATE, RATE, STEP, is_scalar

OF_LINEAR = (LINEAR.function, LINEAR.vjps["weight"], LINEAR.vjps["bias"])
LARGEST = 2**22  # numbers of data up to which a copy with a column of ones is kept
LOOK = 2**22  # about the numbers computed between two looks at whether the work is still wanted
PIECE = 2**14  # parameters that an optimizer renews at a time: with gradient, slots and scratch they fit into a cache


@dataclass(frozen=True, slots=True)
class _Bound:
    """A program's calls on the machine's buffers, and the buffers that a run touches from outside."""

    once: tuple[Call, ...]  # those that depend on nothing but the base rate
    calls: tuple[Call, ...]
    indices: Array
    noise: tuple[tuple[Noise, Array], ...]
    size: Size
    loss: Array
    rate: Array
    clipped: Array
    changes: bool  # whether rate and clipping are other in other iterations


@dataclass(frozen=True, slots=True)
class Tape:
    """A machine's calls with the arrays that they are bound to, for whoever makes them for many nets at once.

    once, calls: by batch size; carried: parameters and slots by name, each a flat vector; wide: data with ones behind.
    """

    once: Mapping[int, tuple[Call, ...]]
    calls: Mapping[int, tuple[Call, ...]]
    indices: Mapping[int, Array]
    noise: Mapping[int, tuple[tuple[Noise, Array], ...]]
    carried: Mapping[str, Array]
    memory: Mapping[str, Array]
    gradient: Array
    rate: Array
    step: Array
    data: Mapping[str, Array]
    wide: Mapping[str, Array]


class Observer(Protocol):
    """Whoever looks at values of every iteration while a machine trains."""

    def wanted(self, program: Program) -> Collection[str]:
        """The names of the values that it looks at; a name that the program does not have is passed over."""
        ...

    def bind(self, program: Program, values: Mapping[str, Array]) -> Call:
        """What is called at the end of every iteration; `values` are the same arrays each time, with new numbers."""
        ...


class Machine:
    """Programs of one update bound to fixed buffers: parameters, gradients and slots are flat vectors.

    There is one program a batch size; all share the flat vectors and the memory. Not for two threads at once.

    wide: data with a column of ones behind it, shared by all machines of a run: made where it is missing.
    observer: looks at values of every iteration; the numbers of training stay the same.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        layout: Layout,
        data: Mapping[str, Array],
        wide: dict[str, Array],
        seed: int,
        observer: Observer | None = None,
    ) -> None:
        first = programs[0]
        dtype = first.dtype
        self._layout, self._seed = layout, seed
        self._slots = tuple(first.update.rules.slots)
        kept = sum(in_lines(math.prod(memory.shape), dtype) for memory in first.memory.values())
        self._carried = zeros((1 + len(self._slots)) * in_lines(layout.size, dtype) + kept, dtype)
        empty = Watched(self._carried).empty
        self._flat = {name: empty((layout.size,), dtype) for name in ("p", *self._slots)}
        before, *behind = map(_room_of, programs)  # one or two; all gradients lie between their values
        self._block = zeros(before + in_lines(layout.size, dtype) + sum(behind), dtype)
        self._gradients = before, before + in_lines(layout.size, dtype)
        self._grad = self._block[before : before + layout.size]
        self._memory = {name: empty(memory.shape, dtype) for name, memory in first.memory.items()}
        self._rate, self._step = np.zeros((), dtype), np.zeros(())
        self._held: State | None = None  # what the buffers hold, when it is known
        self._data, self._wide, self._observer = data, wide, observer
        self._look = 1 + LOOK // max(program.numbers for program in programs)
        self._bound = {program.batch: self._bind(program, program is first) for program in programs}

    # --- binding -----------------------------------------------------------------------------------------------------

    def _bind(self, program: Program, leads: bool) -> _Bound:
        """Its calls; `leads` tells whether its values lie before the gradients, or behind them."""
        start, end = self._gradients
        watched = Watched(self._block[:start], downwards=True) if leads else Watched(self._block[end:])
        recorder = Recorder(watched.empty, self._rate)
        indices = np.zeros(program.batch, np.int64)
        noise = tuple((drawn, np.empty(drawn.shape, program.dtype)) for drawn in program.noise)
        values: Values = {**self._data, **program.constants, **self._memory, **{n.name: room for n, room in noise}}
        # its own buffer: it is read when parameters have changed already
        values["loss"] = watched.empty((), program.dtype)
        values |= {"batch.indices": indices, RATE: self._rate, BASE_RATE: self._rate, STEP: self._step}
        values |= {next_name(name): kept for name, kept in self._memory.items()}
        for p in program.parameters:
            values[p.name] = self._layout.view(self._flat["p"], p.name)
            values[program.gradients[p.name]] = self._layout.view(self._grad, p.name)
        widen_gradients(recorder, program, self._layout, self._grad, values)
        observed = Observed(program, self._observer.wanted(program) if self._observer else ())
        observed.before(recorder, values | self._slot_views(program))
        trained = (program.gradients[p.name] for p in program.update.trained)
        wanted = {"loss", *trained, *map(next_name, self._memory), *observed.names}
        wanted |= {program.gradients[name] for name in program.alone}  # of what is fixed too: they may be undefined
        steps = needed([step for step in program.steps if step.phase != "update"], wanted)
        for step in steps:
            if self._is_widened(step, steps):
                self._bind_rows(recorder, step, values)
            else:
                _bind_step(recorder, watched, step, values)
        observed.between(recorder, values)
        scalars: Values = {name: value for name, value in values.items() if is_scalar(name)}
        self._bind_update(recorder, watched, program.update, scalars, observed)
        if self._observer:
            recorder.calls.append(self._observer.bind(program, values | scalars | observed.seen))
        rate, clipped = scalars[RATE], scalars.get(ACTED, np.zeros(()))
        changes = rate is not self._rate or ACTED in scalars
        return _Bound(
            once=tuple(recorder.once),
            calls=tuple(recorder.calls),
            indices=indices,
            noise=noise,
            size=size_of(self._block[start - watched.used : end] if leads else self._block[start : end + watched.used]),
            loss=values["loss"],
            rate=rate,
            clipped=clipped,
            changes=changes,
        )

    def _slot_views(self, program: Program) -> Values:
        """The slots by their names in the program."""
        return {
            member_name(p.name, slot): self._layout.view(self._flat[slot], p.name)
            for p in program.update.trained
            for slot in self._slots
        }

    def _is_widened(self, step: Step, steps: Sequence[Step]) -> bool:
        """Whether a step takes rows of data that only `linear` uses, so that their ones can be taken along with them.

        `linear` multiplies [x 1]. Ones behind the rows of every batch would be a copy an iteration; instead the data is
        kept once more with a column of ones, if it is small enough, and rows are taken from there. For whoever else
        takes x, each row would have a gap behind it.
        A lone column is left out: its ones would lie behind it otherwise than where `with_ones` puts them.
        """
        if step.function is not TAKE or len(step.shape) != 2 or step.shape[1] == 1:
            return False
        takers = [other.function for other in steps if step.output in other.taken]
        return self._data[step.inputs[0]].size <= LARGEST and all(taker in OF_LINEAR for taker in takers)

    def _bind_rows(self, recorder: Recorder, step: Step, values: Values) -> None:
        """Rows of data with their 1 behind them, as `linear` wants them: taken in one call."""
        source, indices = step.inputs
        if source not in self._wide:
            self._wide[source] = EAGER.with_ones(self._data[source])
        values[step.output] = recorder.rows((step.shape[0], step.shape[1]), step.dtype)
        recorder.take(self._wide[source], values[indices], 0, recorder.with_ones(values[step.output]), "clip")

    def _bind_update(
        self, recorder: Recorder, watched: Watched, plan: UpdatePlan, scalars: Values, observed: Observed
    ) -> None:
        """The stages one after the other; `scalars` grows by what they compute."""
        if plan.scheduled:
            scalars[RATE] = watched.empty((), self._grad.dtype)  # the schedule's, beside the base rate
        own: dict[str, Values] = {p.name: self._views(p.name) for p in plan.trained}
        for stage in plan.stages:
            if stage.scope == "once":
                _bind_scalars(recorder, watched, stage, scalars, own.values(), self._grad.dtype)
            elif stage.scope == "each":
                for p in stage.parameters:
                    _bind_parameter(recorder, watched, stage, scalars, own[p.name], observed.part(p.name))
            else:
                self._bind_all(recorder, watched, stage, scalars, observed)

    def _views(self, name: str) -> Values:
        """What equations call a parameter's own."""
        flat = {key: self._layout.view(vector, name) for key, vector in self._flat.items()}
        return {**flat, "grad": self._layout.view(self._grad, name)}

    def _bind_all(
        self, recorder: Recorder, watched: Watched, stage: PlannedStage, scalars: Values, observed: Observed
    ) -> None:
        """Equations over all trained parameters, piece by piece: each stays in the cache throughout."""
        for start in range(0, self._layout.trained, PIECE):
            piece = slice(start, min(start + PIECE, self._layout.trained))
            vectors = {name: vector[piece] for name, vector in self._flat.items()}
            own = {**vectors, "grad": self._grad[piece]}
            _bind_parameter(recorder, watched, stage, scalars, own, observed.piece(self._layout, piece))

    @property
    def tape(self) -> Tape:
        """What it has noted down."""
        return Tape(
            once={batch: bound.once for batch, bound in self._bound.items()},
            calls={batch: bound.calls for batch, bound in self._bound.items()},
            indices={batch: bound.indices for batch, bound in self._bound.items()},
            noise={batch: bound.noise for batch, bound in self._bound.items()},
            carried=self._flat,
            memory=self._memory,
            gradient=self._grad,
            rate=self._rate,
            step=self._step,
            data=self._data,
            wide=self._wide,
        )

    # --- running -----------------------------------------------------------------------------------------------------

    def load(self, state: State) -> None:
        """Copies a state into the buffers, unless it is the one that was just copied out of them."""
        if state is self._held:
            return
        self._flat["p"][:] = state.parameters
        for name in self._slots:
            self._flat[name][:] = state.slots[name]
        for name, kept in self._memory.items():
            kept[...] = state.memory[name]

    def state(self) -> State:
        """A frozen copy of the buffers."""
        slots = {name: frozen(self._flat[name]) for name in self._slots}
        memory = {name: frozen(kept) for name, kept in self._memory.items()}
        self._held = State(frozen(self._flat["p"]), slots, memory)
        return self._held

    def run(self, batches: Sequence[Array], first: int, rate: float, cancelled: Wanted | None = None) -> Course:
        """Runs one iteration a batch, the first one with the number `first`, from a base rate.

        Once nobody wants it any more, the course is shorter.
        """
        course = Course(*(np.empty(len(batches), kind) for kind in (self._grad.dtype, self._grad.dtype, bool, bool)))
        course.rate[:], course.clipped[:] = rate, False
        self._rate[...], self._held = rate, None
        bound_of, step, losses = self._bound, self._step, course.loss
        sizes: list[float] = []
        with np.errstate(all="ignore"):
            for call in (call for bound in bound_of.values() for call in bound.once):
                call()
            for i, rows in enumerate(batches):
                if i % self._look == 0 and i and cancelled is not None and cancelled():
                    course = part(course, 0, i)
                    break
                bound = bound_of[len(rows)]
                bound.indices[:] = rows
                step[()] = first + i + 1
                for noise, values in bound.noise:
                    noise.fill(values, self._seed, first + i)
                for call in bound.calls:
                    call()
                losses[i] = bound.loss
                sizes.append(bound.size())
                if bound.changes:
                    course.rate[i], course.clipped[i] = bound.rate, bound.clipped
            # what is carried along does not become finite again, so it is enough to look at the end
            course.large[:] = ~(np.array(sizes) < np.inf) | is_large(self._carried)
        return course


def _room_of(program: Program) -> int:
    """How many numbers its steps write at the most, the ones behind matrices and the scalars of the update included."""
    matrices = (math.prod(step.shape) + (step.shape[0] if len(step.shape) == 2 else 0) for step in program.steps)
    return sum(in_lines(size, program.dtype) for size in matrices)


def _bind_step(recorder: Recorder, watched: Watched, step: Step, values: Values) -> None:
    """Notes a step's calls; a constant is computed now, and a copy is the value itself: nothing writes to it later."""
    if step.function is SEED:
        values[step.output] = run_step(step, values)
    elif step.function.kernel is same and step.output not in values:
        values[step.output] = values[step.inputs[0]]
    else:
        out = values.setdefault(step.output, room(step, recorder.blank, watched.empty))
        step.function.quick(recorder, out, *(values[name] for name in step.taken), **step.params)


def _bind_scalars(
    recorder: Recorder,
    watched: Watched,
    stage: PlannedStage,
    scalars: Values,
    own: Collection[Mapping[str, Array]],
    dtype: np.dtype[np.floating],
) -> None:
    """Equations over scalars of the iteration; ``*norm`` is the norm of every parameter."""
    for planned in stage.equations:
        equation = planned.equation
        operands = [
            operand
            for name in equation.inputs
            for operand in ([p[name[1:]] for p in own] if name.startswith("*") else [scalars[name]])
        ]
        out = scalars.setdefault(equation.output, watched.empty((), dtype))
        planned.function.kernel(recorder, out, *operands, **equation.params)


def _bind_parameter(
    recorder: Recorder, watched: Watched, stage: PlannedStage, scalars: Values, own: Values, keep: Keep
) -> None:
    """A stage's equations over one parameter, or a piece of all. What is renewed (a slot, the parameters, the gradient)
    is written in place, so `grad` is always the newest; any other array is scratch for as long as it is read.
    """
    for planned in stage.equations:
        equation = planned.equation
        operands = [own[name] if name in own else scalars[name] for name in equation.inputs]
        out = _result(recorder, watched, planned, own)
        planned.function.kernel(recorder, out, *operands, **equation.params)
        own[equation.output] = out
        keep(recorder, equation.output, out)
        recorder.release(*(value for name, value in own.items() if name in planned.read_later))


def _result(recorder: Recorder, watched: Watched, planned: PlannedEquation, own: Values) -> Array:
    if not planned.is_cellwise:
        return watched.empty((), own["grad"].dtype)
    return own[planned.renews] if planned.renews else recorder.empty_like(own["grad"])
