"""What lies on the desk: an iteration's numbers, rounded, and the steps that lead from them to a cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.execution.interpreter import run_step
from engine.explain.notation import Symbols
from engine.foundation.numbers import number
from engine.foundation.value_name import is_data
from engine.ops.core.op import Array, Index
from engine.practice.cells import TooManyError, cell_name, drawn_from, rounded
from engine.practice.question import CellPlace, GivenNumber
from engine.practice.slips import Rewrite, rewrites, run_wrong
from engine.program.program import Program, Step
from engine.run.run import Run
from engine.run.trace import Trace

NO_EFFECT = 1e-6  # of a number: a slip that moves it by less is none here, as at the positive side of a ReLU


def start_of(step: Step) -> CellPlace:
    """The first cell of what a step writes."""
    return CellPlace(step.output, (0,) * len(step.shape))


@dataclass(slots=True)
class Desk(Mapping[str, Array]):
    """The values of an iteration to so many digits, each rounded when it is first looked at.

    changed: values with cells in them that were worked out or answered.
    """

    run: Run
    traced: Trace
    digits: int
    changed: Mapping[str, Array] = field(default_factory=dict)
    _rounded: dict[str, Array] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Array:
        if name in self.changed:
            return self.changed[name]
        if name not in self._rounded:
            self._rounded[name] = rounded(self.traced.table[name], self.digits)
        return self._rounded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.traced)

    def __len__(self) -> int:
        return len(self.traced)

    @property
    def program(self) -> Program:
        """Of the iteration."""
        return self.traced.program

    @property
    def symbols(self) -> Symbols:
        """How its values are written."""
        return Symbols(self.program, self.run.names)

    def with_cell(self, place: CellPlace, number: float) -> Desk:
        """The same with one cell replaced."""
        array = self[place.value].copy()
        array[place.index] = number
        array.flags.writeable = False
        return Desk(self.run, self.traced, self.digits, {**self.changed, place.value: array}, self._rounded)

    def as_trace(self, steps: Sequence[Step] = ()) -> Trace:
        """The desk as if it were an iteration, with some steps run anew: what explains a trace explains it too."""
        table = {name: self[name] if not is_data(name) else self.traced.table[name] for name in self.traced.table}
        for step in steps:
            table[step.output] = run_step(step, table)
        return Trace(self.traced.iteration, self.program, table, self.traced.nbytes)

    def given(self, place: CellPlace) -> GivenNumber:
        """A cell as it is given."""
        value = float(self[place.value][place.index])
        name = cell_name(self.program, place.value, place.index)
        return GivenNumber(
            place.value, place.index, name, self.symbols.cell(place.value, place.index), number(value, 6)
        )


@dataclass(frozen=True, slots=True)
class Span:
    """The steps from what is given to a value: the last one writes it, what the others write stays hidden."""

    steps: tuple[Step, ...]

    @property
    def last(self) -> Step:
        """Writes what is asked."""
        return self.steps[-1]

    def run(self, desk: Mapping[str, Array], wrong: Rewrite | None = None) -> Array | None:
        """What comes out at its end; None where a slip does not fit these numbers."""
        values = _Overlay(desk)
        with np.errstate(all="ignore"):
            for step in self.steps:
                slipped = wrong is not None and wrong.right is step
                made = run_wrong(wrong, values) if slipped and wrong else run_step(step, values)
                if made is None:
                    return None
                values.made[step.output] = made
        return values.made[self.last.output]

    def slips(self, program: Program) -> tuple[Rewrite, ...]:
        """Every slip that can be made on the way."""
        return tuple(rewrite for step in self.steps for rewrite in rewrites(step, program))

    def needs(self, index: Index, program: Program, most: int) -> list[CellPlace]:
        """The cells that one cell at its end is made of, of what is given.

        Raises: TooManyError for more than `most`.
        """
        found: dict[CellPlace, None] = {}
        for place in _needed(self.last, index, {step.output: step for step in self.steps}, program):
            found[place] = None
            if len(found) > most:
                raise TooManyError
        return list(found)


@dataclass(slots=True)
class _Overlay(Mapping[str, Array]):
    """A desk, and what was made on it."""

    desk: Mapping[str, Array]
    made: dict[str, Array] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Array:
        return self.made[name] if name in self.made else self.desk[name]

    def __iter__(self) -> Iterator[str]:
        return iter({*self.desk, *self.made})

    def __len__(self) -> int:
        return len({*self.desk, *self.made})


def _needed(step: Step, index: Index, inside: Mapping[str, Step], program: Program) -> Iterator[CellPlace]:
    shapes = [program.shape(name) for name in step.inputs]
    for operand, name in enumerate(step.inputs):
        for at in drawn_from(step, operand, index, shapes):
            if name in inside:
                yield from _needed(inside[name], at, inside, program)
            else:
                yield CellPlace(name, at)
