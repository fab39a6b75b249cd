"""Many runs that share a program, trained as one: their seeds and rates are one more axis of every array.

The numbers are those of the runs one by one but for the last bits, where many nets are added up in another order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.execution.lifting import Lifting, NotStackableError
from engine.execution.recorder import Call
from engine.execution.state import State, frozen
from engine.execution.training_loop import Tape
from engine.ops.core.op import Array
from engine.run.recorded_set import RecordedSet, recorded_set
from engine.run.run import Run

TAME = 1e100  # a squared norm of a gradient below it, in every iteration: nothing came near to overflow


@dataclass(frozen=True, slots=True)
class Net:
    """One of the nets of a stack: a run, or one that differs from it by its rate alone; and its state so far."""

    run: Run
    rate: float
    state: State


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A set gone through by every net; prediction (nets, N, ...), loss (nets)."""

    prediction: Array
    loss: Array


class Stack:
    """Nets side by side, from the iteration at which their states are.

    Args:   nets: their runs have one program, and no edits.
    Raises: NotStackableError for a program that makes calls with no form for many nets.
    """

    def __init__(self, nets: Sequence[Net], iteration: int) -> None:
        self.iteration = iteration
        self._runs = list({id(net.run): net.run for net in nets}.values())
        self._which = np.array([self._runs.index(net.run) for net in nets])
        lead = self._runs[0]
        if not all(_same_constants(lead, run) for run in self._runs[1:]):
            raise NotStackableError("numbers of the program that depend on the seed")
        self._tape = tape = lead.machine().tape
        sets = {
            test: recorded_set(lead, tape.carried["p"], tape.memory, test)
            for test in (False, True)
            if len(lead.fitting.rows(test)[0])
        }
        self._lifting = Lifting(len(nets), _all_calls(tape, sets), self._outside(sets))
        lifted = self._lifting.call
        self._once = tuple(lifted(call) for calls in tape.once.values() for call in calls)
        self._calls = {batch: tuple(map(lifted, calls)) for batch, calls in tape.calls.items()}
        self._sets = {test: tuple(map(lifted, s.calls)) for test, s in sets.items()}
        own = self._lifting.own
        self._evaluated = {test: Evaluated(own(s.prediction), own(s.loss)) for test, s in sets.items()}
        self._indices = {batch: own(indices) for batch, indices in tape.indices.items()}
        self._noise = {batch: [(drawn, own(room)) for drawn, room in noises] for batch, noises in tape.noise.items()}
        self._members = [np.flatnonzero(self._which == k) for k in range(len(self._runs))]
        self._gradient, self._size = own(tape.gradient), np.zeros(len(nets))
        self._peak = np.zeros(len(nets))
        self._epoch, self._order = -1, np.empty(0, np.int64)
        own(tape.rate)[...] = [net.rate for net in nets]
        self._load_data(sets)
        self._load([net.state for net in nets])

    def _outside(self, sets: Mapping[bool, RecordedSet]) -> list[Array]:
        """What is written by no call, and is another one for each net."""
        tape = self._tape
        noise = [values for noises in tape.noise.values() for _, values in noises]
        own = [*tape.carried.values(), *tape.memory.values(), *noise, *tape.indices.values(), tape.rate, tape.gradient]
        if len(self._runs) == 1:
            return own
        return [
            *own,
            *tape.data.values(),
            *tape.wide.values(),
            *(a for s in sets.values() for a in (s.inputs, s.targets)),
        ]

    def _load_data(self, sets: Mapping[bool, RecordedSet]) -> None:
        """Each net's own data, where seeds make it."""
        if len(self._runs) == 1:
            return
        own, tape = self._lifting.own, self._tape
        for i, k in enumerate(self._which):
            run = self._runs[k]
            for name, values in run.subject.arrays.items():
                own(tape.data[name])[i] = values
                if name in tape.wide:
                    own(tape.wide[name])[i, :, :-1] = values
            for test, s in sets.items():
                own(s.inputs)[i], own(s.targets)[i] = run.fitting.rows(test)

    def _load(self, states: Sequence[State]) -> None:
        own, tape = self._lifting.own, self._tape
        for i, state in enumerate(states):
            for name, values in {"p": state.parameters, **state.slots}.items():
                own(tape.carried[name])[i] = values
            for name, values in state.memory.items():
                own(tape.memory[name])[i] = values

    def state(self, net: int) -> State:
        """Where a net is."""
        own, tape = self._lifting.own, self._tape
        carried = {name: frozen(own(vector)[net]) for name, vector in tape.carried.items()}
        memory = {name: frozen(own(kept)[net, ...]) for name, kept in tape.memory.items()}
        return State(carried.pop("p"), carried, memory)

    @property
    def tame(self) -> Array:
        """(nets) whether every gradient so far was far from overflow, and so is every parameter."""
        sizes = np.abs(self._lifting.own(self._tape.carried["p"])).max(axis=1, initial=0)
        tame: Array = (self._peak < TAME) & (sizes < TAME)
        return tame

    @np.errstate(all="ignore")
    def advance(self, end: int) -> None:
        """Trains every net up to an iteration."""
        for call in self._once:
            call()
        for _ in range(self.iteration, end):
            rows = self._rows()
            batch = rows.shape[-1]
            self._indices[batch][...] = rows
            self._tape.step[()] = self.iteration + 1
            self._draw(batch)
            for call in self._calls[batch]:
                call()
            np.vecdot(self._gradient, self._gradient, self._size)
            np.maximum(self._peak, self._size, out=self._peak)
            self.iteration += 1

    def _rows(self) -> Array:
        """The rows of the iteration's batch: (N) where all nets take the same, else (nets, N)."""
        batches = self._runs[0].batches
        epoch, place = divmod(self.iteration, batches.per_epoch)
        if epoch != self._epoch:
            self._epoch, self._order = epoch, self._orders(epoch)
        return self._order[..., place * batches.size : (place + 1) * batches.size]

    def _orders(self, epoch: int) -> Array:
        """All rows as an epoch takes them, (rows) or (nets, rows)."""
        each = [run.batches.order(epoch) for run in self._runs]
        return each[0] if len(each) == 1 else np.stack(each)[self._which]

    def _draw(self, batch: int) -> None:
        """The noise of an iteration, once for each run."""
        for noise, values in self._noise[batch]:
            for run, (first, *others) in zip(self._runs, self._members, strict=True):
                noise.fill(values[first], run.config.seed, self.iteration)
                values[others] = values[first]

    @np.errstate(all="ignore")
    def evaluate(self, test: bool) -> Evaluated:
        """The training (or test) set as it is now, in arrays that the next call writes over."""
        for call in self._sets[test]:
            call()
        return self._evaluated[test]


def _same_constants(a: Run, b: Run) -> bool:
    """Whether what two programs start from is the same, for every size of batch; feedback weights are drawn."""
    mine, yours = a.program_at(0).constants, b.program_at(0).constants
    return all(np.array_equal(mine[name], yours[name]) for name in mine)


def _all_calls(tape: Tape, sets: Mapping[bool, RecordedSet]) -> list[Call]:
    trained = [call for calls in (*tape.once.values(), *tape.calls.values()) for call in calls]
    return [*trained, *(call for s in sets.values() for call in s.calls)]
