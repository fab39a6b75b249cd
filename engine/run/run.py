"""A run: everything of it at iteration `t` is a function of its configuration and `t`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.config.edits import CellEdit
from engine.data import Dataset
from engine.execution.cancellation import Wanted, check
from engine.execution.fast_tracer import Tracers
from engine.execution.interpreter import Values, large_trace, trace
from engine.execution.state import State, layout_of
from engine.execution.training_curve import Course, joined, part
from engine.execution.training_loop import Machine, Observer
from engine.foundation.cached import cached_property
from engine.foundation.errors import CancelledWorkError, NoDataError, RangeError
from engine.foundation.value_name import is_data
from engine.model.graph import Computation, Graph
from engine.ops.core.op import Array
from engine.program.feedback_alignment import Feedback
from engine.program.program import Program
from engine.program.shelf import Shelf
from engine.run.carried import Carried, full
from engine.run.checkpoints import STRIDE, Store
from engine.run.lineage import Lineage
from engine.run.past import Past, longer
from engine.run.supervised_task import Fitting
from engine.run.task import Config, Subject, check_cells, subject_of
from engine.run.trace import Trace
from engine.update.equations import BASE_RATE, RATE, STEP, UpdateRules


@dataclass(frozen=True, slots=True)
class _Update:
    """What an update does to a program: `variant` names the program, `rate` is the rate that a schedule starts from."""

    variant: str
    rate: float
    rules: UpdateRules


@dataclass(frozen=True, slots=True)
class Crew:
    """Machines that wait for work, by the update that they make, and who looks on while they train."""

    observer: Observer | None = None
    idle: dict[str, list[Machine]] = field(default_factory=dict)


class Run:
    """A configuration made runnable. It holds no state of training: only caches, shared through `store`.

    Args:   like: a run whose programs are taken where they are equal to those of this one.
    Raises: ConfigError if layers, data, loss and edits do not fit together.
    """

    def __init__(self, config: Config, store: Store | None = None, like: Run | None = None) -> None:
        self.config = config
        self.store = store or Store()
        self.subject: Subject = subject_of(config)
        self.dtype = self.model.dtype
        self.outline: Graph = self.subject.outline
        self.parameters = self.outline.parameters
        self.layout = layout_of(self.parameters)
        self.names = self.subject.names
        self.batches = self.subject.batches
        check_cells(config, self.parameters)
        self._crew = Crew()
        self._wide: dict[str, Array] = {}
        self.shelf: Shelf = _shelf(self.model, self.feedback, like.shelf if like else None)
        self._updates: dict[str, _Update] = {}
        self._tracers: Tracers = Tracers(self.layout, self.subject.arrays, config.seed)
        self._lineage = Lineage(config)
        self._past = Past(self.store, self._lineage)
        self._carried = Carried(self.parameters, self.outline.memory, self.layout, self.dtype)
        for size in self.batches.sizes:  # what does not fit together in the last batch of an epoch is refused as well
            self._program(self._update_at(0), size)

    @property
    def has_data(self) -> bool:
        """Whether there are rows to train on: an expression has none."""
        return isinstance(self.subject, Fitting)

    @property
    def fitting(self) -> Fitting:
        """Layers, data and loss.

        Raises: NoDataError for an expression.
        """
        if isinstance(self.subject, Fitting):
            return self.subject
        raise NoDataError(
            "this run is an expression: it has no data, hence no samples, no predictions, no evaluation and no "
            "pictures over inputs",
            "path.run_id",
        )

    @property
    def model(self) -> Computation:
        """What programs are compiled from."""
        return self.subject.model

    @property
    def data(self) -> Dataset:
        """What the layers are fitted to."""
        return self.fitting.data

    @property
    def inputs(self) -> Array:
        """The rows to train on, in the model's units."""
        return self.fitting.inputs

    @property
    def targets(self) -> Array:
        """Their targets, in the form that the loss takes."""
        return self.fitting.targets

    @property
    def test_inputs(self) -> Array:
        """The rows to test on."""
        return self.fitting.test_inputs

    @property
    def test_targets(self) -> Array:
        """Their targets."""
        return self.fitting.test_targets

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that the outputs tell apart."""
        return self.fitting.classes

    @cached_property
    def feedback(self) -> Feedback | None:
        """What the gradient goes through on its way back, where that is not the weights themselves."""
        return Feedback(self.config.backward, self.config.seed) if self.config.backward else None

    @property
    def prediction(self) -> str:
        """The name of the model's output."""
        return self.outline.prediction

    def program_at(self, iteration: int) -> Program:
        """The program of an iteration: it depends on the update then, and on the size of the batch."""
        return self._program(self._update_at(iteration), self.batches.size_at(iteration))

    def _program(self, update: _Update, batch: int) -> Program:
        return self.shelf.program(update.variant, update.rules, batch)

    def _update_at(self, iteration: int) -> _Update:
        """The update with every edit up to an iteration, made once."""
        key = self.lineage(iteration + 1)
        if key not in self._updates:
            spec = self.config.update_at(iteration)
            self._updates[key] = _Update(spec.variant, spec.learning_rate, spec.rules(self.batches.per_epoch))
        return self._updates[key]

    def evaluation_program(self, rows: int) -> Program:
        """The forward steps for any number of rows, as a model is evaluated."""
        return self.shelf.evaluation(rows)

    # --- states ----------------------------------------------------------------------------------------------------

    def initial_state(self) -> State:
        """Parameters as drawn or given; slots and memory as optimizer, schedule and layers start them."""
        return self._carried.start(self.config.seed, self._update_at(0).rules)

    def state_at(self, iteration: int, cancelled: Wanted | None = None) -> State:
        """Parameters, slots and memory before an iteration, edits at it included.

        The nearest checkpoint at or before it, then replay: bit for bit what training straight through gives.
        Raises:  RangeError for a negative iteration; CancelledWorkError.
        """
        return self._edited(self.raw_state(iteration, cancelled), iteration)

    def next_edit(self, start: int) -> int:
        """The first iteration after `start` with an edit."""
        return self._lineage.next_edit(start)

    def raw_state(self, iteration: int, cancelled: Wanted | None) -> State:
        """The state before an iteration and before the edits at it."""
        if iteration < 0:
            raise RangeError(f"iterations start at 0; given {iteration}", "iteration")
        start, state = self._past.nearest(iteration) or self._first()
        while start < iteration:
            check(cancelled, start)
            end = min(iteration, (start // STRIDE + 1) * STRIDE, self.next_edit(start))
            _, state = self.advance(start, end, state, cancelled)
            start = end
        return state

    def losses(self, start: int, end: int, cancelled: Wanted | None = None) -> Array:
        """The batch loss of every iteration in [start, end), before its update."""
        return self.course(start, end, cancelled).loss

    def course(self, start: int, end: int, cancelled: Wanted | None = None) -> Course:
        """Loss, learning rate and clipping of every iteration in [start, end)."""
        parts = []
        raw = self.raw_state(start, cancelled)
        while start < end:
            stop = min(end, self.next_edit(start))
            done = self._past.begun(start, stop)
            if done is None:
                check(cancelled, start)
                done = self.advance(start, stop, raw, cancelled)
            part, raw = done
            parts.append(part)
            start += len(part.loss)
        return joined(parts)

    def block(self, number: int, cancelled: Wanted | None = None) -> Course:
        """The course of one stride of iterations: kept, for every branch that shares it."""
        found = self._past.block(number)
        if found is None:
            found = self.course(number * STRIDE, (number + 1) * STRIDE, cancelled)
            self._past.keep_block(number, found)
        return found

    def past(self, start: int, end: int, cancelled: Wanted | None = None) -> Course:
        """The course of [start, end), of whole strides and what has been trained of the last one: kept as it grows.

        So to ask at one iteration after the other trains each of them once.
        """
        first = start // STRIDE
        parts = [self._so_far(n, min(end, (n + 1) * STRIDE), cancelled) for n in range(first, -(-end // STRIDE))]
        return part(joined(parts), start - first * STRIDE, end - first * STRIDE)

    def _so_far(self, number: int, end: int, cancelled: Wanted | None) -> Course:
        """The course of a stride up to `end`."""
        start = number * STRIDE
        if end == start + STRIDE or self._past.has_block(number):
            return part(self.block(number, cancelled), 0, end - start)
        known = self._past.so_far(number, end)
        came = start + len(known.loss) if known else start
        if came < end:
            known = longer(known, self.course(came, end, cancelled))
            self._past.keep_so_far(number, end, known)
        assert known is not None, "a stride up to a later iteration has one"
        return part(known, 0, end - start)

    @np.errstate(all="ignore")
    def advance(
        self, start: int, end: int, raw: State, cancelled: Wanted | None = None, crew: Crew | None = None
    ) -> tuple[Course, State]:
        """Trains from `start` to `end`, with no edit between: the course, and the raw state at `end`.

        The state is kept, and so is the course of a whole stride: what a jump went through is history already.
        Args:   crew: other machines than the run's own, with somebody looking on.
        Raises: CancelledWorkError, having kept how far it came.
        """
        update = self._update_at(start)
        crew = crew or self._crew
        idle = crew.idle.setdefault(update.variant, [])
        try:
            machine = idle.pop()
        except IndexError:  # none, or another thread took the last one just now
            machine = self._machine(update, crew.observer)
        machine.load(self._edited(raw, start))
        course = machine.run(self.batches.between(start, end), start, update.rate, cancelled)
        state, came = machine.state(), start + len(course.loss)
        idle.append(machine)
        self.keep(came, state)
        if came < end:
            self._past.keep_begun(start, course)
            raise CancelledWorkError(came)
        self._past.keep_trained(start, end, course)
        return course, state

    def keep(self, iteration: int, raw: State) -> None:
        """Remembers the raw state before an iteration, for this run and every branch that shares the past."""
        self._past.keep_state(iteration, raw)

    def machine(self) -> Machine:
        """A machine of its own, for the update that the run begins with."""
        return self._machine(self._update_at(0), None)

    def _machine(self, update: _Update, observer: Observer | None) -> Machine:
        programs = [self._program(update, size) for size in self.batches.sizes]
        return Machine(programs, self.layout, self.subject.arrays, self._wide, self.config.seed, observer)

    def _first(self) -> tuple[int, State]:
        """The start, from now on kept."""
        state = self.initial_state()
        self.keep(0, state)
        return 0, state

    def lineage(self, iteration: int) -> str:
        """The name of what an iteration depends on: branches share it up to where they part."""
        return self._lineage.at(iteration)

    def _edited(self, raw: State, iteration: int) -> State:
        """The state with the edits at an iteration, and the slots and memory that the update then has."""
        state = self._carried.fitted(raw, self._update_at(iteration).rules)
        cells = [e for e in self.config.edits if isinstance(e, CellEdit) and e.iteration == iteration]
        return self._carried.edited(state, cells) if cells else state

    # --- traces ----------------------------------------------------------------------------------------------------

    def trace_at(self, iteration: int, cancelled: Wanted | None = None) -> Trace:
        """Every value of one iteration, and with it the state before the next one."""
        found = self._past.trace(iteration)
        if found is None:
            found = self._trace(iteration, self.state_at(iteration, cancelled))
            self._past.keep_trace(found)
            self.keep(iteration + 1, self._carried.after(found))
        return found

    def step(self, state: State, iteration: int) -> tuple[Trace, State]:
        """One iteration by itself, op by op: nothing of it is kept, and nothing that is kept is used.

        The same bits as `trace_at` and `state_at`, which take shorter ways.

        Args:    state: as `state_at(iteration)` gives it.
        Returns: every value of the iteration, and the state as `state_at(iteration + 1)` gives it.
        """
        traced = self._plain_trace(iteration, state)
        return traced, self._edited(self._carried.after(traced), iteration + 1)

    def _trace(self, iteration: int, state: State) -> Trace:
        update = self._update_at(iteration)
        program = self._program(update, self.batches.size_at(iteration))
        if self._tracers.fits(program):
            packed = self._tracers.trace(program, iteration, state, self.batches.indices(iteration), update.rate)
            return Trace(iteration, program, packed, packed.plan.nbytes)
        return _unpacked(iteration, program, large_trace(program, self.sources(iteration, state)))

    def _plain_trace(self, iteration: int, state: State) -> Trace:
        program = self.program_at(iteration)
        return _unpacked(iteration, program, trace(program, self.sources(iteration, state)))

    def trace_of_rows(self, iteration: int, rows: Array, cancelled: Wanted | None = None) -> Trace:
        """An iteration as it would be with other training rows in its batch; nothing of it is kept."""
        program = self._program(self._update_at(iteration), len(rows))
        state = self.state_at(iteration, cancelled)
        return _unpacked(iteration, program, trace(program, self.sources(iteration, state, rows)))

    @np.errstate(all="ignore")
    def sources(self, iteration: int, state: State, rows: Array | None = None) -> Values:
        """The values that an iteration's program starts from, with its own batch or with other rows."""
        update = self._update_at(iteration)
        program = self.program_at(iteration) if rows is None else self._program(update, len(rows))
        rate = update.rate
        values: Values = dict(self.subject.arrays)
        if "batch.indices" in program.sources:
            values["batch.indices"] = self.batches.indices(iteration) if rows is None else rows
        values |= {
            BASE_RATE if BASE_RATE in program.sources else RATE: full((), rate, self.dtype),
            STEP: full((), iteration + 1.0, np.dtype(np.float64)),
            **program.constants,
            **state.memory,
        }
        for noise in program.noise:
            values[noise.name] = np.empty(noise.shape, self.dtype)
            noise.fill(values[noise.name], self.config.seed, iteration)
            values[noise.name].flags.writeable = False
        return values | self._carried.named(state)

    def branch(self, edits: Sequence[Mapping[str, Any]]) -> Run:
        """The run with more edits; it shares this run's kept past."""
        return Run(self.config.with_edits(edits), self.store, self)

    def with_seed(self, seed: int) -> Run:
        """The same run by another draw; it shares this run's programs where no draw is in them."""
        return Run(self.config.with_seed(seed), like=self)


def _shelf(model: Computation, feedback: Feedback | None, other: Shelf | None) -> Shelf:
    """The other one, if its programs are those of this model."""
    return other if other and other.serves(model, feedback) else Shelf(model, feedback)


def _unpacked(iteration: int, program: Program, values: Values) -> Trace:
    own = sum(v.nbytes for name, v in values.items() if not is_data(name))
    return Trace(iteration, program, values, own)
