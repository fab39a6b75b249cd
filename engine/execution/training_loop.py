"""Runs programs whole and fast: every numpy call bound once to fixed buffers, then made again and again.

The calls are those of `interpreter`, of the same kernels in the same order, so the bits are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.execution.interpreter import Values, needed, room, run_step, widen_gradients
from engine.execution.state import Layout, State, frozen
from engine.execution.training_curve import Course
from engine.foundation.random_streams import Noise
from engine.model.layers import ParameterSpec
from engine.ops.core.numpy_calls import EAGER, Call, Recorder
from engine.ops.core.op import Array
from engine.ops.core.structure import SEED, TAKE, same
from engine.ops.dense.linear import LINEAR
from engine.ops.update.optimizers import result_shape, update_function
from engine.program.program import Program, Step, is_scalar
from engine.update.clipping import ACTED
from engine.update.equations import BASE_RATE, RATE, STEP, Equation, Stage, UpdateRules

OF_LINEAR = (LINEAR.function, LINEAR.vjps["weight"], LINEAR.vjps["bias"])
LARGEST = 2**22  # numbers of data up to which a copy with a column of ones is kept
PIECE = 2**14  # parameters that an optimizer renews at a time: with gradient, slots and scratch they fit into a cache


@dataclass(frozen=True, slots=True)
class _Bound:
    """A program's calls on the machine's buffers, and the buffers that a run touches from outside."""

    once: tuple[Call, ...]  # those that depend on nothing but the base rate
    calls: tuple[Call, ...]
    indices: Array
    noise: tuple[tuple[Noise, Array], ...]
    loss: Array
    rate: Array
    clipped: Array
    changes: bool  # whether rate and clipping are other in other iterations


class Machine:
    """Programs of one update bound to fixed buffers: parameters, gradients and slots are flat vectors.

    There is one program a batch size; all share the flat vectors and the memory. Not for two threads at once.

    wide: data with a column of ones behind it, shared by all machines of a run: made where it is missing.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        layout: Layout,
        data: Mapping[str, Array],
        wide: dict[str, Array],
        seed: int,
    ) -> None:
        first = programs[0]
        dtype = first.dtype
        self._rules, self._layout, self._seed = first.rules, layout, seed
        self._flat = {name: np.zeros(layout.size, dtype) for name in ("p", *self._rules.slots)}
        self._grad = np.zeros(layout.size, dtype)
        self._memory = {name: np.full(kept.shape, kept.start, dtype) for name, kept in first.memory.items()}
        self._rate, self._step = np.zeros((), dtype), np.zeros(())
        self._held: State | None = None  # what the buffers hold, when it is known
        self._data, self._wide = data, wide
        self._bound = {program.batch: self._bind(program) for program in programs}

    # --- binding -----------------------------------------------------------------------------------------------------

    def _bind(self, program: Program) -> _Bound:
        recorder = Recorder(steady=self._rate)
        indices = np.zeros(program.batch, np.int64)
        noise = tuple((drawn, np.empty(drawn.shape, program.dtype)) for drawn in program.noise)
        values: Values = {**self._data, **program.constants, **self._memory, **{n.name: room for n, room in noise}}
        values["loss"] = np.empty((), program.dtype)  # its own buffer: it is read when parameters have changed already
        values |= {"batch.indices": indices, RATE: self._rate, BASE_RATE: self._rate, STEP: self._step}
        values |= {f"{name}.next": kept for name, kept in self._memory.items()}
        for p in program.parameters:
            values[p.name] = self._layout.view(self._flat["p"], p.name)
            values[program.gradients[p.name]] = self._layout.view(self._grad, p.name)
        widen_gradients(recorder, program, self._layout, self._grad, values)
        trained = [p for p in program.parameters if p.trainable]
        wanted = {"loss", *(program.gradients[p.name] for p in trained), *(f"{name}.next" for name in self._memory)}
        steps = needed([step for step in program.steps if step.phase != "update"], wanted)
        for step in steps:
            if self._is_widened(step, steps):
                self._bind_rows(recorder, step, values)
            else:
                _bind_step(recorder, step, values)
        scalars: Values = {name: value for name, value in values.items() if is_scalar(name.removesuffix(".next"))}
        if trained:
            self._bind_update(recorder, program.rules, trained, scalars)
        rate, clipped = scalars[RATE], scalars.get(ACTED, np.zeros(()))
        changes = rate is not self._rate or ACTED in scalars
        return _Bound(
            tuple(recorder.once), tuple(recorder.calls), indices, noise, values["loss"], rate, clipped, changes
        )

    def _is_widened(self, step: Step, steps: Sequence[Step]) -> bool:
        """Whether it takes rows of which `linear` makes products and nothing else, from few enough to keep them twice.

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
        self, recorder: Recorder, rules: UpdateRules, trained: Sequence[ParameterSpec], scalars: Values
    ) -> None:
        """The stages one after the other; `scalars` grows by what they compute."""
        if any(equation.output == RATE for stage in rules.stages for equation in stage.equations):
            scalars[RATE] = np.empty((), self._grad.dtype)  # the schedule's, beside the base rate
        own: dict[str, Values] = {p.name: self._views(p.name) for p in trained}
        for stage in rules.stages:
            if stage.scope == "once":
                _bind_scalars(recorder, stage.equations, scalars, own.values(), self._grad.dtype)
            elif stage.scope == "each":
                for name in filter(stage.concerns, own):
                    _bind_parameter(recorder, stage, scalars, own[name])
            else:
                self._bind_all(recorder, stage, scalars)

    def _views(self, name: str) -> Values:
        """What equations call a parameter's own."""
        flat = {key: self._layout.view(vector, name) for key, vector in self._flat.items()}
        return {**flat, "grad": self._layout.view(self._grad, name)}

    def _bind_all(self, recorder: Recorder, stage: Stage, scalars: Values) -> None:
        """Equations over all trained parameters, piece by piece: each stays in the cache throughout."""
        for start in range(0, self._layout.trained, PIECE):
            piece = slice(start, min(start + PIECE, self._layout.trained))
            vectors = {name: vector[piece] for name, vector in self._flat.items()}
            _bind_parameter(recorder, stage, scalars, {**vectors, "grad": self._grad[piece]})

    # --- running -----------------------------------------------------------------------------------------------------

    def load(self, state: State) -> None:
        """Copies a state into the buffers, unless it is the one that was just copied out of them."""
        if state is self._held:
            return
        self._flat["p"][:] = state.parameters
        for name in self._rules.slots:
            self._flat[name][:] = state.slots[name]
        for name, kept in self._memory.items():
            kept[...] = state.memory[name]

    def state(self) -> State:
        """A frozen copy of the buffers."""
        slots = {name: frozen(self._flat[name]) for name in self._rules.slots}
        memory = {name: frozen(kept) for name, kept in self._memory.items()}
        self._held = State(frozen(self._flat["p"]), slots, memory)
        return self._held

    def run(self, batches: Sequence[Array], first: int, rate: float) -> Course:
        """Runs one iteration a batch, the first one with the number `first`, from a base rate."""
        course = Course(*(np.empty(len(batches), kind) for kind in (self._grad.dtype, self._grad.dtype, bool)))
        course.rate[:], course.clipped[:] = rate, False
        self._rate[...], self._held = rate, None
        bound_of, step, losses = self._bound, self._step, course.loss
        with np.errstate(all="ignore"):
            for call in (call for bound in bound_of.values() for call in bound.once):
                call()
            for i, rows in enumerate(batches):
                bound = bound_of[len(rows)]
                bound.indices[:] = rows
                step[()] = first + i + 1
                for noise, values in bound.noise:
                    noise.fill(values, self._seed, first + i)
                for call in bound.calls:
                    call()
                losses[i] = bound.loss
                if bound.changes:
                    course.rate[i], course.clipped[i] = bound.rate, bound.clipped
        return course


def _bind_step(recorder: Recorder, step: Step, values: Values) -> None:
    """Notes a step's calls; a constant is computed now, and a copy is the value itself: nothing writes to it later."""
    if step.function is SEED:
        values[step.output] = run_step(step, values)
    elif step.function.kernel is same and step.output not in values:
        values[step.output] = values[step.inputs[0]]
    else:
        out = values.setdefault(step.output, room(step, recorder.blank))
        step.function.kernel(recorder, out, *(values[name] for name in step.taken), **step.params)


def _bind_scalars(
    recorder: Recorder,
    equations: Iterable[Equation],
    scalars: Values,
    own: Iterable[Mapping[str, Array]],
    dtype: np.dtype[np.floating],
) -> None:
    """Equations over scalars of the iteration; ``*norm`` is the norm of every parameter."""
    parameters = list(own)
    for equation in equations:
        operands = [
            operand
            for name in equation.inputs
            for operand in ([p[name[1:]] for p in parameters] if name.startswith("*") else [scalars[name]])
        ]
        out = scalars.setdefault(equation.output, np.empty((), dtype))
        update_function(equation.op, len(operands)).kernel(recorder, out, *operands, **equation.params)


def _bind_parameter(recorder: Recorder, stage: Stage, scalars: Values, own: Values) -> None:
    """A stage's equations over one parameter, or a piece of all. What is renewed (a slot, the parameters, the gradient)
    is written in place; any other array is scratch for as long as a later equation reads it.
    """
    equations = stage.equations
    for i, equation in enumerate(equations):
        operands = [own[name] if name in own else scalars[name] for name in equation.inputs]
        function = update_function(equation.op, len(operands))
        out = _result(recorder, stage, equation, own, result_shape(function, own["grad"].shape))
        function.kernel(recorder, out, *operands, **equation.params)
        own[equation.output] = out
        later = {name for e in equations[i + 1 :] for name in e.inputs}
        recorder.release(*(value for name, value in own.items() if name in later))


def _result(recorder: Recorder, stage: Stage, equation: Equation, own: Values, shape: tuple[int, ...]) -> Array:
    renewed = {"next": "p", stage.gradient: "grad"}.get(equation.output, equation.output.removesuffix(".next"))
    if renewed in own and own[renewed].shape == shape:
        return own[renewed]
    return recorder.empty_like(own["grad"]) if shape else np.empty((), own["grad"].dtype)
