"""Questions with one short answer: a shape, a direction, the largest of several."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from engine.explain.derivation import of_gradient
from engine.explain.notation import code, formula
from engine.foundation.numbers import number
from engine.ops.core.op import Array, Index, Shape
from engine.practice.cells import cell_name
from engine.practice.desk import Desk, Span, start_of
from engine.practice.kinds.asking import DIGITS, Draw, cell_field, drawn_cells
from engine.practice.kinds.worksheet import Field, Worksheet, field_key
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

CHOICES = 4
LONGEST = 60  # characters of a shape
_NUMBERS = re.compile(r"[0-9]{1,6}")
_BETWEEN = re.compile(r"[\s,;x×*()\[\]]*")


# --- shape ------------------------------------------------------------------------------------------------------------


def shape(draw: Draw) -> Chosen:
    """The shape of a value, from the shapes of what it is made of."""
    drawn = draw.steps()
    steps = [step for step in drawn if _is_worth_asking(step, draw)] or drawn
    if not steps:
        raise NoQuestionError("this iteration has no value with a shape to ask for")
    step, symbols = steps[0], draw.desk(DIGITS[0]).symbols
    name = symbols[step.output].code
    known = tuple(
        f"{symbols[given].code} {_written(draw.program.shape(given))}" for given in dict.fromkeys(step.inputs)
    )
    asked = Blank("1", "shape", f"shape of {name}", symbols[step.output].latex, step.output, (), None, ())
    text = f"The shapes of what {name} is made of are given. Type its own, as 4, 3."
    question = Question("shape", draw.skill.name, f"Which shape has {name}?", text, "", (), (asked,), 0, 2, known)
    hints = (
        ExerciseHint("This is how it is made.", formula(step, symbols)),
        ExerciseHint(f"In code: {code(step, symbols)}"),
    )
    line = SolutionLine(
        f"{name} has the shape {_written(step.shape)}.",
        formula(step, symbols),
        "",
        start_of(step),
    )
    return Chosen(question, {"1": _shape_verdict(step)}, hints, (line,))


def _is_worth_asking(step: Step, draw: Draw) -> bool:
    """Whether a shape is another one than that of what it is made of, and shows in which order its axes are."""
    shapes = {draw.program.shape(name) for name in step.inputs}
    return len(step.shape) > 1 and len(set(step.shape)) > 1 and step.shape not in shapes


def _written(shape: Shape) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _shape_verdict(step: Step) -> Callable[[str], FieldVerdict]:
    def verdict(text: str) -> FieldVerdict:
        found = _NUMBERS.findall(text)
        if not found or len(text) > LONGEST or "0" in found or _BETWEEN.sub("", _NUMBERS.sub("", text)):
            return unreadable("a shape is whole numbers with commas, as 4, 3")
        given = tuple(map(int, found))
        if given == step.shape:
            return FieldVerdict("right", "right", "Right.")
        tag, says = _wrong_shape(given, step.shape)
        return FieldVerdict("slip" if tag != "wrong" else "wrong", tag, says, step.index)

    return verdict


def _wrong_shape(given: Shape, right: Shape) -> tuple[str, str]:
    if given == right[::-1]:
        return "transposed", "These are the right numbers in the other order."
    if sorted(given) == sorted(right):
        return "axes_swapped", "These are the right numbers in another order."
    if len(given) < len(right):
        return "axis_left_out", f"There are more axes: this value has {len(right)}."
    if len(given) > len(right):
        return "axis_too_many", f"There are fewer axes: this value has {len(right)}."
    return "wrong", "Look at the formula: which axes stay, and which one is summed over?"


# --- sign -------------------------------------------------------------------------------------------------------------


def sign(draw: Draw) -> Chosen:
    """Which way the loss goes if a parameter grows a little."""
    desk, field = cell_field(draw)
    found = Worksheet(_blank(), desk, (field,))
    right = field_key(field, desk).right
    name = cell_name(draw.program, of_gradient(field.place.value), field.place.index)
    choices = (
        AnswerChoice("up", "it grows"),
        AnswerChoice("down", "it falls"),
        AnswerChoice("still", "it stays as it is"),
    )
    asked = Blank(
        "1", "choice", "the loss", desk.symbols.cell(field.place.value, field.place.index), *_at(field), (), choices
    )
    given = tuple(desk.given(place) for place in field.span.needs(field.place.index, draw.program, 100))
    title = f"If {name} grows a little"
    text = "Which way does the loss go? Of the gradient its sign is enough."
    question = Question("sign", draw.skill.name, title, text, "", given, (asked,), desk.digits, 2)
    return Chosen(
        question,
        {"1": _sign_verdict("up" if right > 0 else "down", field)},
        (found.hint(1), found.hint(2)),
        tuple(found.solution()),
    )


def _at(field: Field) -> tuple[str, Index, int | None]:
    return field.place.value, field.place.index, None


def _blank() -> Question:
    return Question("number", "", "", "", "", (), (), 3, 2)


def _sign_verdict(right: str, field: Field) -> Callable[[str], FieldVerdict]:
    step = field.span.last.index

    def verdict(text: str) -> FieldVerdict:
        if text == right:
            return FieldVerdict("right", "right", "Right.", place=field.place)
        if text not in ("up", "down", "still"):
            return unreadable("choose one of the three")
        if text == "still":
            return FieldVerdict(
                "wrong", "gradient_not_zero", "The gradient is not 0, so the loss moves.", step, field.place
            )
        way = "above" if right == "up" else "below"
        goes = "the loss goes the same way" if right == "up" else "the loss goes the other way"
        says = f"The gradient is {way} 0: {goes} as the parameter. It is the step that goes against it."
        return FieldVerdict("slip", "sign_reversed", says, step, field.place)

    return verdict


# --- rank -------------------------------------------------------------------------------------------------------------


def rank(draw: Draw) -> Chosen:
    """Which of several cells is largest in size."""
    for step in draw.steps():
        span = Span((step,))
        for desk in draw.desks():
            made = span.run(desk)
            if made is None or made.size < CHOICES:
                break
            cells = drawn_cells(draw, desk, span, CHOICES)
            if len(cells) == CHOICES and _is_clear(made, cells):
                return _rank(draw, desk, span, made, cells)
    raise NoQuestionError(f"this iteration has no {CHOICES} numbers to compare for {draw.skill.title}")


def _is_clear(made: Array, cells: list[Index]) -> bool:
    """Whether one is larger than all others by more than what could be a matter of rounding."""
    sizes = sorted((abs(float(made[cell])) for cell in cells), reverse=True)
    return sizes[0] > sizes[1] * (1 + 2 * APART)


def _rank(draw: Draw, desk: Desk, span: Span, made: Array, cells: list[Index]) -> Chosen:
    step, symbols = span.last, desk.symbols
    names = [cell_name(draw.program, step.output, cell) for cell in cells]
    choices = tuple(
        AnswerChoice(str(i + 1), name, symbols.cell(step.output, cell))
        for i, (name, cell) in enumerate(zip(names, cells, strict=True))
    )
    needed = dict.fromkeys(place for cell in cells for place in span.needs(cell, draw.program, 100))
    given = tuple(desk.given(place) for place in needed)
    numbers = [float(made[cell]) for cell in cells]
    best = int(np.argmax(np.abs(numbers)))
    what = "Which step is longest?" if step.op.endswith("descend") else "Which of these is largest?"
    asked = Blank("1", "choice", "the largest", "", "", (), None, (), choices)
    text = "By its size: whether it points up or down does not matter."
    question = Question("rank", draw.skill.name, what, text, "", given, (asked,), desk.digits, 1)
    lines = tuple(
        SolutionLine(f"{name} is {number(value)}.", "", "", CellPlace(step.output, cell))
        for name, value, cell in zip(names, numbers, cells, strict=True)
    )
    return Chosen(
        question,
        {"1": _rank_verdict(numbers, best, step, cells)},
        (ExerciseHint("This is how each is made.", formula(step, symbols)),),
        lines,
    )


def _rank_verdict(numbers: list[float], best: int, step: Step, cells: list[Index]) -> Callable[[str], FieldVerdict]:
    def verdict(text: str) -> FieldVerdict:
        if text not in {str(i + 1) for i in range(len(numbers))}:
            return unreadable("choose one of them")
        chosen = int(text) - 1
        place = CellPlace(step.output, cells[chosen])
        if chosen == best:
            return FieldVerdict("right", "right", "Right.", place=place)
        if chosen == int(np.argmax(numbers)):
            says = "It is the highest number, but not the largest in size: a minus does not make it smaller."
            return FieldVerdict("slip", "sign_for_size", says, step.index, place)
        return FieldVerdict("wrong", "not_the_largest", "Another one is larger in size.", step.index, place)

    return verdict
