"""Which factor is wrong: a product as the chain rule has it, with one factor taken from elsewhere."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.explain.derivation import Derivation, NamedFactor, derivation, is_parameter_gradient
from engine.explain.formulas import cell_formula, cell_numbers
from engine.explain.notation import formula
from engine.explain.sentences import step_sentence
from engine.foundation.numbers import latex_number, number
from engine.ops.core.op import Index
from engine.practice.cells import cell_name
from engine.practice.desk import Desk, Span
from engine.practice.kinds.asking import DIGITS, Draw, drawn_cells
from engine.practice.question import (
    APART,
    AnswerChoice,
    Blank,
    CellPlace,
    Chosen,
    ExerciseHint,
    FieldVerdict,
    NoQuestionError,
    Question,
    SolutionLine,
    unreadable,
)
from engine.program.program import Step

CELLS = 4


@dataclass(frozen=True, slots=True)
class _Swapped:
    """A derivation with the number of one factor replaced by that of the same factor in another cell."""

    found: Derivation
    at: int
    number: float


def factor(draw: Draw) -> Chosen:
    """A product with one wrong factor.

    Raises: NoQuestionError where nothing is a single product of two factors or more.
    """
    desk = draw.desk(DIGITS[0])
    for step in draw.steps():
        span = Span((step,))
        swapped = next(_candidates(draw, desk, step, drawn_cells(draw, desk, span, CELLS)), None)
        if swapped is not None:
            return _question(draw, desk, span, swapped)
    raise NoQuestionError(f"this iteration has no product of factors for {draw.skill.title}")


def _candidates(draw: Draw, desk: Desk, step: Step, cells: list[Index]) -> Iterator[_Swapped]:
    traced = desk.as_trace([step])
    sample = int(draw.rng.integers(draw.program.batch))
    of_parameter = is_parameter_gradient(draw.program, step.output) and draw.run.has_data
    found = [derivation(draw.run, traced, step.output, cell, sample if of_parameter else None) for cell in cells]
    for own in found:
        for other in found:
            factors = _factors(own)
            if other is own or len(factors) < 2 or len(_factors(other)) != len(factors):
                continue
            for at in draw.rng.permutation(len(factors)):
                wrong = _factors(other)[at].number
                if _differ(wrong, factors[at].number):
                    yield _Swapped(own, int(at), wrong)


def _factors(found: Derivation) -> tuple[NamedFactor, ...]:
    """Of a cell that is one product; nothing if it is a sum."""
    terms = [term for term in found.terms if not term.rest]
    return terms[0].factors if len(terms) == 1 and found.counts.count == 1 else ()


def _differ(wrong: float, right: float) -> bool:
    return math.isfinite(wrong) and right != 0 and abs(wrong - right) > APART * abs(right)


def _question(draw: Draw, desk: Desk, span: Span, swapped: _Swapped) -> Chosen:
    found, step = swapped.found, span.last
    factors = _factors(found)
    numbers = [swapped.number if i == swapped.at else f.number for i, f in enumerate(factors)]
    choices = tuple(
        AnswerChoice(str(i + 1), number(shown), rf"{f.symbol} = {latex_number(shown)}")
        for i, (f, shown) in enumerate(zip(factors, numbers, strict=True))
    )
    index = found.index
    needed = [p for p in span.needs(index, draw.program, 200) if found.sample is None or _is_of(p, factors)]
    given = tuple(desk.given(place) for place in needed)
    asked = Blank("1", "choice", "the wrong factor", found.symbol, step.output, index, found.sample, (), choices)
    whose = f"what sample {found.sample + 1} brings to " if found.sample is not None else ""
    title = f"Which factor of {whose}{cell_name(draw.program, step.output, index)} is wrong?"
    text = "One of the numbers belongs to another cell. Each can be checked with what is given."
    question = Question("factor", draw.skill.name, title, text, "", given, (asked,), desk.digits, 2)
    hints = (
        ExerciseHint(step_sentence(step), formula(step, desk.symbols)),
        ExerciseHint("In symbols:", cell_formula(found)),
    )
    line = SolutionLine(step_sentence(step), cell_formula(found), cell_numbers(found), CellPlace(step.output, index))
    return Chosen(question, {"1": _verdict(swapped, step, factors)}, hints, (line,))


def _is_of(place: CellPlace, factors: tuple[NamedFactor, ...]) -> bool:
    return any(place.value == f.value and place.index == f.index for f in factors)


def _verdict(swapped: _Swapped, step: Step, factors: tuple[NamedFactor, ...]) -> Callable[[str], FieldVerdict]:
    place = CellPlace(step.output, swapped.found.index)

    def verdict(text: str) -> FieldVerdict:
        if text not in {str(i + 1) for i in range(len(factors))}:
            return unreadable("choose one of the factors")
        chosen = int(text) - 1
        if chosen == swapped.at:
            right = number(factors[chosen].number)
            return FieldVerdict("right", "right", f"Right: it is {right}, not {number(swapped.number)}.", place=place)
        says = "This factor is as it should be: work the others out from what is given."
        return FieldVerdict("wrong", "right_factor_blamed", says, step.index, place)

    return verdict
