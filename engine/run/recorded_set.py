"""A set's way through the model and its loss, as numpy calls on fixed arrays: to be made again, or for many nets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.execution.interpreter import Values, needed, room
from engine.execution.lifting import Lifting, NotStackableError
from engine.execution.recorder import Call, Recorder
from engine.execution.state import State
from engine.ops.core.op import Array
from engine.program.program import Program, Step
from engine.run.memory_cost import numbers_in_row, rows_at_once
from engine.run.run import Run

MOST_NETS = 32  # side by side: more no longer lie in the cache
MOST_NUMBERS = 2**20  # of all of them


@dataclass(frozen=True, slots=True)
class RecordedSet:
    """The calls that evaluate a set with one net, and the arrays that they read and write."""

    calls: tuple[Call, ...]
    inputs: Array
    targets: Array
    prediction: Array
    loss: Array


class ManyLosses:
    """The loss at many parameters, all else as it is in a state.

    The numbers are those of one net but for the last bits, where many nets may be added up in another order.

    Args:   batch: the iteration whose batch it is over, as it is trained on; None for the training set, evaluated.
    Raises: NotStackableError for a model that makes calls with no form for many nets, or one too large for two.
    """

    def __init__(self, run: Run, state: State, batch: int | None = None) -> None:
        flat, self._trained = state.parameters.copy(), run.layout.trained
        memory = {name: kept.copy() for name, kept in state.memory.items()}
        one = recorded_set(run, flat, memory, test=False) if batch is None else recorded_batch(run, batch, state, flat)
        self.nets = min(MOST_NETS, MOST_NUMBERS // (len(one.inputs) * numbers_in_row(run.outline)))
        if self.nets < 2:
            raise NotStackableError("one net alone has as many numbers as are computed at once")
        lifting = Lifting(self.nets, one.calls, [flat])
        self._calls = [lifting.call(call) for call in one.calls]
        self._flat, self._loss = lifting.own(flat), lifting.own(one.loss)

    @np.errstate(all="ignore")
    def __call__(self, vectors: Sequence[Array]) -> Array:
        """(n) the loss of each of at most `nets` vectors of what is trained."""
        self._flat[: len(vectors), : self._trained] = vectors
        for call in self._calls:
            call()
        found: Array = self._loss[: len(vectors)].astype(np.float64)
        return found


def recorded_set(run: Run, flat: Array, memory: Mapping[str, Array], test: bool) -> RecordedSet:
    """A set's way through the model, with parameters that lie in a flat vector.

    Args:   memory: of layers that have some; test: whether the test set or the training set.
    Raises: NotStackableError for more rows than go through it together.
    """
    inputs, targets = run.fitting.rows(test)
    if len(inputs) > rows_at_once(run.outline):
        raise NotStackableError(f"{len(inputs)} rows are evaluated in parts")
    program, recorder = run.evaluation_program(len(inputs)), Recorder()
    x = np.array(inputs, run.fitting.model.input_dtype, order="C")
    values: Values = {**program.constants, **memory, "x": x}
    values |= {p.name: run.layout.view(flat, p.name) for p in run.parameters}
    for step in program.steps:
        if step.phase == "forward":
            out = values[step.output] = room(step, recorder.blank)
            step.function.quick(recorder, out, *(values[name] for name in step.taken), **step.params)
    prediction, goals = values[run.prediction], targets.copy()
    loss = _record_loss(run, recorder, prediction, goals)
    return RecordedSet(tuple(recorder.calls), x, goals, prediction, loss)


def recorded_batch(run: Run, iteration: int, state: State, flat: Array) -> RecordedSet:
    """The way of an iteration's batch to its loss as it is trained on, with parameters that lie in a flat vector."""
    recorder, values = Recorder(), dict(run.sources(iteration, state))
    values |= {p.name: run.layout.view(flat, p.name) for p in run.parameters}
    for step in to_the_loss(run.program_at(iteration)):
        out = values[step.output] = room(step, recorder.blank)
        step.function.quick(recorder, out, *(values[name] for name in step.taken), **step.params)
    prediction, loss = values[run.prediction], values["loss"]
    return RecordedSet(tuple(recorder.calls), values["x"], values["target"], prediction, loss)


def to_the_loss(program: Program) -> list[Step]:
    """The steps that lead from the data to the loss of a batch."""
    return needed([step for step in program.steps if step.phase in ("batch", "forward", "loss")], {"loss"})


def _record_loss(run: Run, recorder: Recorder, prediction: Array, targets: Array) -> Array:
    """The loss over the set, see `engine.analysis.evaluation.set_loss`."""
    kind, loss = run.fitting.config.loss, np.zeros((), prediction.dtype)
    rows = prediction.reshape(-1, prediction.shape[-1])
    goals = targets.reshape(-1, *targets.shape[2:]) if prediction.ndim == 3 else targets
    if not (np.shares_memory(rows, prediction) and np.shares_memory(goals, targets)):
        raise NotStackableError("outputs that are no rows one after the other")
    kind.op(goals.shape).function.quick(recorder, loss, rows, goals, **kind.params)
    if kind.reduction != "mean":
        recorder.multiply(loss, float(run.batches.size / len(prediction)), loss)
    return loss
