"""Which numbers are asked: drawn by the seed, then filtered so that right and every slip lie apart.

A question is not asked where the right number is 0 (unless that is the question), where a slip comes within four
tolerances of it, where rounding what is given moves it by more than half the tolerance, or where a person would have
to write down too many numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as made

import numpy as np

from engine.explain.notation import formula
from engine.ops.core.op import Array, Index
from engine.practice.cells import TooManyError
from engine.practice.desk import NO_EFFECT, Desk, Span
from engine.practice.friendly import EXACT, is_friendly
from engine.practice.kinds.worksheet import Field, Worksheet, ask, hints_of
from engine.practice.question import APART, TOLERANCE, CellPlace, GivenNumber, Kind, NoQuestionError, Question
from engine.practice.skills import SKILLS, Skill, steps_of
from engine.program.program import Program, Step
from engine.run.run import Run
from engine.run.trace import Trace

DIGITS = (3, 4, 5)  # that numbers are rounded to: the fewest that do
MOST_GIVEN = 24  # numbers for one field
MOST_IN_TABLE = 40  # fields of a table
MOST_CELLS = 20_000  # of a value that is searched for a cell
TRIES = 24  # steps that are tried before there is no question
DRAWN = 6  # cells of a step that are looked at, the one whose slips lie furthest apart is taken
SMALLEST, HUGE = 1e-12, 1e9


@dataclass(frozen=True, slots=True)
class Draw:
    """What a question is drawn with."""

    run: Run
    traced: Trace
    skill: Skill
    rng: np.random.Generator
    friendly: bool = False
    _rounded: dict[int, dict[str, Array]] = made(default_factory=dict, repr=False)

    @property
    def program(self) -> Program:
        """Of the iteration."""
        return self.traced.program

    def steps(self) -> list[Step]:
        """The skill's steps, in the order in which they are tried."""
        found = [step for step in steps_of(self.skill, self.program) if 0 < int(np.prod(step.shape)) <= MOST_CELLS]
        order = self.rng.permutation(len(found))
        return [found[i] for i in order[:TRIES]]

    def desks(self) -> Iterator[Desk]:
        """The desk to ever more digits; of friendly numbers as they are, since all of them are short."""
        return map(self.desk, (EXACT,) if self.friendly else DIGITS)

    def desk(self, digits: int) -> Desk:
        """The desk to so many digits: each value is rounded once, however many steps are tried."""
        return Desk(self.run, self.traced, digits, _rounded=self._rounded.setdefault(digits, {}))

    def accepts(self, desk: Desk, span: Span, index: Index) -> bool:
        """Whether a cell can be asked as far as its numbers go."""
        return not self.friendly or is_friendly(desk, span, index)


def spans(draw: Draw, step: Step) -> Iterator[Span]:
    """The ways to ask for what a step writes: by itself, or with the step before left out."""
    before = _before(step, draw.program)
    hidden = draw.skill.hides and before is not None and draw.rng.random() < 0.5
    if hidden and before is not None:
        yield Span((before, step))
    yield Span((step,))


def _before(step: Step, program: Program) -> Step | None:
    """The step that makes a step's first operand, if it works out something: a copy is no step to leave out."""
    for name in step.inputs:
        at = program.producer.get(name)
        found = None if at is None else program.steps[at]
        if found is not None and found.phase == step.phase and found.op not in ("identity", "seed", "take"):
            return found
    return None


# --- one cell ---------------------------------------------------------------------------------------------------------


def find_cell(draw: Draw, desk: Desk, span: Span, most: int = MOST_GIVEN) -> Index | None:
    """A cell at the end of a span that can be asked: of a few that can, the one whose slips lie furthest apart."""
    right = span.run(desk)
    if right is None or right.dtype.kind != "f":
        return None
    slips = [made for rewrite in span.slips(draw.program) if (made := span.run(desk, rewrite)) is not None]
    usable = _usable(right, desk.traced.table[span.last.output], slips, draw.skill.zero)
    cells = np.argwhere(usable)
    if not len(cells):
        return None
    chosen = cells[draw.rng.permutation(len(cells))[:DRAWN]]
    found = [tuple(int(i) for i in cell) for cell in chosen]
    fitting = [
        index for index in found if _is_short(span, index, draw.program, most) and draw.accepts(desk, span, index)
    ]
    return min(fitting, key=lambda index: _coincidences(index, right, slips), default=None)


def drawn_cells(draw: Draw, desk: Desk, span: Span, count: int) -> list[Index]:
    """Some cells at the end of a span that can be asked."""
    right = span.run(desk)
    if right is None or right.dtype.kind != "f":
        return []
    cells = np.argwhere(_usable(right, desk.traced.table[span.last.output], [], False))
    chosen = [tuple(int(i) for i in cell) for cell in cells[draw.rng.permutation(len(cells))[:count]]]
    return [index for index in chosen if _is_short(span, index, draw.program, MOST_GIVEN)]


def _usable(right: Array, exact: Array, slips: Sequence[Array], zero: bool) -> Array:
    """Where the right number can be asked."""
    with np.errstate(all="ignore"):
        size = np.abs(right)
        kept: Array = np.isfinite(right) & (np.abs(right - exact) <= TOLERANCE / 2 * np.abs(exact))
        kept &= ((size > SMALLEST) & (size < HUGE)) | (zero & (right == 0))
        for wrong in slips:
            off = np.abs(wrong - right)
            kept &= (off >= APART * size) & (off > 0) | (off <= NO_EFFECT * size) | ~np.isfinite(wrong)
    return kept


def _is_short(span: Span, index: Index, program: Program, most: int) -> bool:
    try:
        span.needs(index, program, most)
    except TooManyError:
        return False
    return True


def _coincidences(index: Index, right: Array, slips: Sequence[Array]) -> int:
    """How many pairs of slips give one number in a cell; where hardly one does anything, that counts too."""
    numbers = [
        float(wrong[index]) for wrong in slips if abs(wrong[index] - right[index]) > NO_EFFECT * abs(right[index])
    ]
    pairs = ((a, b) for i, a in enumerate(numbers) for b in numbers[:i])
    return sum(abs(a - b) <= 2 * TOLERANCE * abs(a) for a, b in pairs) + (20 if len(numbers) < 2 else 0)


def cell_field(draw: Draw, name: str = "1") -> tuple[Desk, Field]:
    """One cell that the skill is about, and the desk that it is worked out on.

    Raises: NoQuestionError if the iteration has none.
    """
    for step in draw.steps():
        for span in spans(draw, step):
            for desk in draw.desks():
                index = find_cell(draw, desk, span)
                if index is not None:
                    return desk, Field(name, span, CellPlace(step.output, index))
    raise NoQuestionError(f"this iteration has no number to ask for {draw.skill.title}; try another one")


# --- the three kinds --------------------------------------------------------------------------------------------------


def number(draw: Draw) -> Worksheet:
    """One number."""
    desk, field = cell_field(draw)
    name = ask(field, desk).label
    return _worksheet(draw, "number", desk, (field,), f"Find {name}")


def chain(draw: Draw) -> Worksheet:
    """Two or three numbers, each made of the one before."""
    for path in _paths(draw):
        for desk in draw.desks():
            fields = _along(draw, desk, path)
            if fields:
                return _worksheet(draw, "chain", desk, tuple(fields), f"Follow {len(fields)} steps in a row")
    raise NoQuestionError(f"this iteration has no chain of numbers for {draw.skill.title}; try another one")


def _paths(draw: Draw) -> Iterator[tuple[Step, ...]]:
    """Ways of three steps, then of two, that a step of the skill is on."""
    around = [_around(draw, step) for step in draw.steps()]
    for length in (3, 2):
        for steps, at in around:
            ways = [steps[i : i + length] for i in range(at - length + 1, at + 1) if 0 <= i <= len(steps) - length]
            yield from (ways[i] for i in draw.rng.permutation(len(ways)))


def _around(draw: Draw, step: Step) -> tuple[tuple[Step, ...], int]:
    """Up to two steps before a step and behind it, each made of the one before; and where it stands among them."""
    before: list[Step] = []
    first, last = step, step
    while len(before) < 2 and (found := _before(first, draw.program)) is not None:
        before.insert(0, found)
        first = found
    behind: list[Step] = []
    while len(behind) < 2 and (found := _behind(draw, last)) is not None:
        behind.append(found)
        last = found
    return (*before, step, *behind), len(before)


def _along(draw: Draw, desk: Desk, path: tuple[Step, ...]) -> list[Field]:
    """A cell of each step that can be asked and that takes the one before; nothing if a step has none."""
    fields: list[Field] = []
    for step in path:
        index = _next_cell(draw, desk, step, fields[-1].place if fields else None)
        if index is None:
            return []
        field = Field(str(len(fields) + 1), Span((step,)), CellPlace(step.output, index))
        made = field.span.run(desk)
        assert made is not None, "the cell was found with it"
        desk = desk.with_cell(field.place, float(made[index]))
        fields.append(field)
    return fields


def _behind(draw: Draw, step: Step) -> Step | None:
    """A step that takes what this one writes, of the same phase."""
    users = [s for s in draw.program.steps if step.output in s.inputs and s.phase == step.phase and s.op != "identity"]
    wanted = [s for s in users if 0 < int(np.prod(s.shape)) <= MOST_CELLS]
    return wanted[int(draw.rng.integers(len(wanted)))] if wanted else None


def _next_cell(draw: Draw, desk: Desk, step: Step, before: CellPlace | None) -> Index | None:
    """A cell of a step that can be asked, and that takes the cell before."""
    span = Span((step,))
    if before is None:
        return find_cell(draw, desk, span)
    right = span.run(desk)
    if right is None or right.dtype.kind != "f":
        return None
    slips = [made for rewrite in span.slips(draw.program) if (made := span.run(desk, rewrite)) is not None]
    cells = np.argwhere(_usable(right, desk.traced.table[step.output], slips, draw.skill.zero))
    for cell in cells[draw.rng.permutation(len(cells))[: 4 * DRAWN]]:
        index = tuple(int(i) for i in cell)
        try:
            if before in span.needs(index, draw.program, MOST_GIVEN) and draw.accepts(desk, span, index):
                return index
        except TooManyError:
            return None
    return None


def table(draw: Draw) -> Worksheet:
    """A whole iteration of one sample: every number of it that is worked out, from the first to the last.

    Raises: NoQuestionError for a net with more numbers than a page holds.
    """
    steps = [step for step in draw.program.steps if step.phase != "batch" and step.op not in ("identity", "seed")]
    for desk in draw.desks():
        places = list(_table_places(draw, desk, steps))
        if len(places) > MOST_IN_TABLE:
            raise NoQuestionError(f"a table has up to {MOST_IN_TABLE} numbers; a sample of this run has more")
        fields = _table_fields(draw, desk, places)
        if len(fields) > 2:
            return _worksheet(draw, "table", desk, fields, "A whole iteration by hand")
    raise NoQuestionError("this iteration has no table: a number of it is 0, or rounding moves it too far")


def _table_places(draw: Draw, desk: Desk, steps: Sequence[Step]) -> Iterator[tuple[Step, Index]]:
    """Every cell of the sample that the seed draws, and of what has no samples."""
    sample = int(draw.rng.integers(draw.program.batch))
    for step in steps:
        by_sample = step.shape[:1] == (draw.program.batch,) and draw.program.batch > 1 and len(step.shape) > 1
        cells = np.ndindex(step.shape[1:]) if by_sample else np.ndindex(step.shape)
        for count, cell in enumerate(cells):
            if count > MOST_IN_TABLE:
                break
            yield step, (sample, *cell) if by_sample else cell


def _table_fields(draw: Draw, desk: Desk, places: Sequence[tuple[Step, Index]]) -> tuple[Field, ...]:
    """The cells that can be asked, each made of those before it; the others are given."""
    fields: list[Field] = []
    for step, index in places:
        span = Span((step,))
        made = span.run(desk)
        if made is None or made.dtype.kind != "f":
            continue
        slips = [wrong for rewrite in span.slips(desk.program) if (wrong := span.run(desk, rewrite)) is not None]
        usable = _usable(made, desk.traced.table[step.output], slips, False)[index]
        if usable and draw.accepts(desk, span, index):
            fields.append(Field(str(len(fields) + 1), span, CellPlace(step.output, index)))
            desk = desk.with_cell(fields[-1].place, float(made[index]))
    return tuple(fields)


# --- the question -----------------------------------------------------------------------------------------------------


def _worksheet(draw: Draw, kind: Kind, desk: Desk, fields: tuple[Field, ...], title: str) -> Worksheet:
    asked = tuple(ask(field, desk) for field in fields)
    given = tuple(_given(desk, fields))
    text = " ".join(_says(draw, desk, fields, len(given)))
    shown = formula(fields[-1].span.last, desk.symbols) if kind == "table" else ""
    digits = 0 if draw.friendly else desk.digits
    question = Question(kind, draw.skill.name, title, text, shown, given, asked, digits, hints_of(kind) * len(fields))
    return Worksheet(question, desk, fields)


def _given(desk: Desk, fields: Sequence[Field]) -> Iterator[GivenNumber]:
    """What the fields are made of, but for what a field before asks."""
    seen: set[CellPlace] = set()
    for field in fields:
        for place in field.span.needs(field.place.index, desk.program, 10 * MOST_GIVEN):
            if place not in seen:
                seen.add(place)
                yield desk.given(place)
        seen.add(field.place)


def _says(draw: Draw, desk: Desk, fields: Sequence[Field], given: int) -> Iterator[str]:
    if given and draw.friendly:
        yield "The numbers that you need are given as they are, and what you find is a short decimal."
    elif given:
        yield f"The numbers that you need are given, rounded to {desk.digits} digits: work with them as they stand."
    hidden = [step for field in fields for step in field.span.steps[:-1]]
    if hidden:
        yield f"{_list(desk.symbols[step.output].code for step in hidden)} is left out: it is a step on your way."
    if len(fields) > 1:
        yield "Each number is made of the one before; a wrong one is not counted twice."
    if draw.program.batch > 1 and any(step.phase != "update" for field in fields for step in field.span.steps):
        yield f"The batch has {draw.program.batch} samples."


def _list(names: Iterator[str]) -> str:
    return " and ".join(names)


def skill_named(name: str) -> Skill:
    """A skill by its name.

    Raises: NoQuestionError if there is none.
    """
    if name not in SKILLS:
        raise NoQuestionError(f"no skill {name[:40]!r}; there are {', '.join(SKILLS)}", "query.skill")
    return SKILLS[name]
