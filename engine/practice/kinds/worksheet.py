"""Numbers to be worked out: one, several along a chain, or those of a whole iteration, each from what is given.

Every field is a cell of the iteration. What it is made of is given, rounded first, or asked in a field before it; the
key is worked out from that, and so is the number of every slip on the way.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made

import numpy as np

from engine.explain.derivation import Derivation, derivation
from engine.explain.formulas import cell_formula, cell_numbers
from engine.explain.notation import formula
from engine.explain.sentences import step_sentence
from engine.foundation.numbers import latex_number
from engine.practice.cells import cell_name
from engine.practice.desk import NO_EFFECT, Desk, Span, start_of
from engine.practice.grading import Key, Miss, grade_number
from engine.practice.question import Blank, CellPlace, ExerciseHint, FieldVerdict, Kind, Question, SolutionLine
from engine.practice.reading import Reading, read_number
from engine.practice.slips import Rewrite

OTHERS = 400  # cells of the same value that an answer is compared with


@dataclass(frozen=True, slots=True)
class Field:
    """A cell to be found, and the steps from what is given to it."""

    name: str
    span: Span
    place: CellPlace


@dataclass(frozen=True, slots=True)
class Worksheet:
    """Fields in the order of the program.

    desk: what is given.
    """

    question: Question
    desk: Desk
    fields: tuple[Field, ...]
    _keys: list[Key] = made(default_factory=list, compare=False, repr=False)

    @property
    def keys(self) -> Sequence[Key]:
        """What each field is compared with, where those before it are right; worked out once."""
        if not self._keys:
            self._keys[:] = self._worked_out()
        return self._keys

    def grade(self, answers: Mapping[str, str]) -> Mapping[str, FieldVerdict]:
        """The verdict on every field; each also with the answers before it in place of what is right."""
        verdicts: dict[str, FieldVerdict] = {}
        own = self.desk
        erred = False
        for field, key in zip(self.fields, self.keys, strict=True):
            read = read_number(answers.get(field.name, ""))
            verdicts[field.name] = grade_number(read, key, _number_in(field, own) if erred else None)
            wrong = not isinstance(read, str) and not key.is_right(read.number)
            own = own.with_cell(field.place, read.number if wrong and isinstance(read, Reading) else key.right)
            erred = erred or wrong
        return verdicts

    def hint(self, number: int) -> ExerciseHint:
        """Of each field: what its step does, the cell in symbols, then its factors, one at a time."""
        at, nth = divmod(number - 1, hints_of(self.question.kind))
        field = self.fields[at]
        if nth == 0:
            text = " ".join(step_sentence(step) for step in field.span.steps)
            return ExerciseHint(text, formula(field.span.last, self.desk.symbols), field.name)
        found = derivation(
            self.desk.run, self._solved(at).as_trace(field.span.steps), field.place.value, field.place.index
        )
        if nth == 1:
            return ExerciseHint(f"These are the parts of {self._name(field)}.", cell_formula(found), field.name)
        return _factor_hint(found, nth - 2, field.name)

    def solution(self) -> Sequence[SolutionLine]:
        """Every step of every field, in symbols and with its numbers."""
        return [line for at, field in enumerate(self.fields) for line in self._lines(self._solved(at), field)]

    def _worked_out(self) -> Iterator[Key]:
        desk = self.desk
        for field in self.fields:
            key = field_key(field, desk)
            desk = desk.with_cell(field.place, key.right)
            yield key

    def _solved(self, count: int) -> Desk:
        """The desk with the first fields worked out."""
        desk = self.desk
        for field, key in zip(self.fields[:count], self.keys[:count], strict=True):
            desk = desk.with_cell(field.place, key.right)
        return desk

    def _lines(self, desk: Desk, field: Field) -> list[SolutionLine]:
        traced = desk.as_trace(field.span.steps)
        found = derivation(desk.run, traced, field.place.value, field.place.index)
        hidden = [
            SolutionLine(step_sentence(step), formula(step, desk.symbols), "", start_of(step))
            for step in field.span.steps[:-1]
        ]
        last = SolutionLine(step_sentence(field.span.last), cell_formula(found), cell_numbers(found), field.place)
        return [*hidden, last]

    def _name(self, field: Field) -> str:
        return cell_name(self.desk.program, field.place.value, field.place.index)


def ask(field: Field, desk: Desk) -> Blank:
    """A field as it is shown."""
    value, index = field.place.value, field.place.index
    name, symbol = cell_name(desk.program, value, index), desk.symbols.cell(value, index)
    return Blank(field.name, "number", name, symbol, value, index, sample_in(desk, field.place), ())


def sample_in(desk: Desk, place: CellPlace) -> int | None:
    """The sample that a cell is of, if its first axis is the batch."""
    shape = desk.program.shape(place.value)
    of_parameter = any(str(desk.program.name(place.value).subject) == p.name for p in desk.program.parameters)
    return place.index[0] if shape[:1] == (desk.program.batch,) and not of_parameter and len(shape) > 1 else None


def hints_of(kind: Kind) -> int:
    """How many hints a field has: in a table no factor is told, as every field is one for the next."""
    return 2 if kind == "table" else 4


def _factor_hint(found: Derivation, nth: int, field: str) -> ExerciseHint:
    factors = [factor for term in found.terms for factor in term.factors]
    if nth >= len(factors):
        return ExerciseHint("There is no other factor.", "", field)
    factor, among = factors[nth], len(found.terms)
    of = f"the largest of {among} terms" if among > 1 else "the product"
    which = "The first" if nth == 0 else "The next"
    return ExerciseHint(f"{which} factor of {of}:", rf"{factor.symbol} = {latex_number(factor.number)}", field)


# --- the key ----------------------------------------------------------------------------------------------------------


def _number_in(field: Field, desk: Desk) -> float | None:
    found = field.span.run(desk)
    return None if found is None else float(found[field.place.index])


def field_key(field: Field, desk: Desk) -> Key:
    """What is right in a field, what each slip gives, and what stands in the cells around it."""
    index, value = field.place.index, field.place.value
    values = field.span.run(desk)
    assert values is not None, "a right step fits its own values"
    right = float(values[index])
    misses = [miss for rewrite in field.span.slips(desk.program) if (miss := _miss(field, desk, rewrite, right))]
    others = tuple((CellPlace(value, at), float(values[at])) for at in _around(values.shape, index))
    exact = float(desk.traced.table[value][index])
    return Key(field.place, right, exact, desk.program.batch, tuple(misses), others, desk.program, field.span.last)


def _around(shape: tuple[int, ...], index: tuple[int, ...]) -> list[tuple[int, ...]]:
    if math.prod(shape) > OTHERS:
        return []
    return [at for at in np.ndindex(shape) if at != index]


def _miss(field: Field, desk: Desk, rewrite: Rewrite, right: float) -> Miss | None:
    made = field.span.run(desk, rewrite)
    if made is None:
        return None
    number = float(made[field.place.index])
    if not math.isfinite(number) or abs(number - right) <= NO_EFFECT * abs(right):
        return None
    return Miss(rewrite, number, *rewrite.lines(desk.symbols))
