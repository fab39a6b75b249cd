"""What an exercise asks and what it answers: plain data, the same for every kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from engine.foundation.errors import EngineError
from engine.foundation.numbers import Latex
from engine.ops.core.op import Index, Shape

TOLERANCE = 0.005  # of a right number; no absolute one, since gradients vanish
APART = 4 * TOLERANCE  # how far every slip lies from what is right
LONGEST_ANSWER = 400

Kind = Literal["number", "chain", "shape", "sign", "factor", "rank", "line", "debug", "table"]
Form = Literal["number", "shape", "choice", "line"]
Outcome = Literal["right", "coarse", "follow_through", "slip", "scaled", "other_cell", "wrong", "unreadable"]


class NoQuestionError(EngineError):
    """A kind, or a skill, that this iteration has no question for."""


@dataclass(frozen=True, slots=True)
class CellPlace:
    """A cell of the iteration, where the studio can be opened."""

    value: str
    index: Index


@dataclass(frozen=True, slots=True)
class GivenNumber:
    """A number that is given: rounded, so that what is worked out by hand from it is right."""

    value: str
    index: Index
    name: str
    symbol: Latex
    text: str


@dataclass(frozen=True, slots=True)
class AnswerChoice:
    """One of several answers; `latex` is set where it is a formula."""

    name: str
    text: str
    latex: Latex = ""


@dataclass(frozen=True, slots=True)
class Blank:
    """One field to fill: a number, a shape, a line of numpy, or one of several choices."""

    field: str
    form: Form
    label: str
    symbol: Latex
    value: str
    index: Index
    sample: int | None
    shape: Shape
    choices: tuple[AnswerChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class ExerciseHint:
    """A step towards the answer: a sentence, the formula that it speaks of, and the field that this helps with."""

    text: str
    latex: Latex = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class SolutionLine:
    """A line of the worked solution, with its place in the studio."""

    text: str
    latex: Latex
    numbers: Latex
    place: CellPlace | None


@dataclass(frozen=True, slots=True)
class RewrittenLine:
    """A line of code with a slip in it, beside the right one."""

    step: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class FieldVerdict:
    """What a field's answer is.

    tag:      names the slips, or what else it is; the same whatever the numbers.
    step:     of the program, where it went wrong.
    sentence: says it; place: the cell to look at; rewrite: the program that gives this number.
    """

    verdict: Outcome
    tag: str
    sentence: str
    step: int | None = None
    place: CellPlace | None = None
    rewrite: RewrittenLine | None = None


@dataclass(frozen=True, slots=True)
class Graded:
    """All verdicts, and the share of the fields that count as right."""

    score: float
    fields: Mapping[str, FieldVerdict]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, with nothing in it that gives the answer away.

    digits: that numbers are rounded to; 0 where none are given, or as they are.
    code:   lines of the program that the question speaks of.
    """

    kind: Kind
    skill: str
    title: str
    text: str
    formula: Latex
    given: tuple[GivenNumber, ...]
    ask: tuple[Blank, ...]
    digits: int
    hints: int
    code: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()


class Problem(Protocol):
    """A question with all that is needed to grade it."""

    @property
    def question(self) -> Question:
        """What is asked."""

    def grade(self, answers: Mapping[str, str]) -> Mapping[str, FieldVerdict]:
        """The verdict on every field."""

    def hint(self, number: int) -> ExerciseHint:
        """One of the hints, counted from 1."""

    def solution(self) -> Sequence[SolutionLine]:
        """The way to the answer."""


COUNTED: Sequence[Outcome] = ("right", "follow_through")


def graded(verdicts: Mapping[str, FieldVerdict]) -> Graded:
    """The verdicts with their score."""
    right = sum(verdict.verdict in COUNTED for verdict in verdicts.values())
    return Graded(right / len(verdicts) if verdicts else 0.0, verdicts)


def unreadable(reason: str) -> FieldVerdict:
    """An answer that is not counted."""
    return FieldVerdict("unreadable", "unreadable", f"{reason[:1].upper()}{reason[1:]}. This does not count as a try.")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A problem whose fields are chosen from a few answers, or compared as they are.

    verdicts: by field, of an answer's text.
    """

    question: Question
    verdicts: Mapping[str, Callable[[str], FieldVerdict]]
    hints: tuple[ExerciseHint, ...]
    lines: tuple[SolutionLine, ...] = field(default=())

    def grade(self, answers: Mapping[str, str]) -> Mapping[str, FieldVerdict]:
        """The verdict on every field."""
        return {name: verdict(answers.get(name, "")) for name, verdict in self.verdicts.items()}

    def hint(self, number: int) -> ExerciseHint:
        """One of the hints, counted from 1."""
        return self.hints[number - 1]

    def solution(self) -> Sequence[SolutionLine]:
        """The way to the answer."""
        return self.lines
