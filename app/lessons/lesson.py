"""What a lesson says and where: steps, each at a place of a run, with what is to be seen, guessed and true there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from app.lessons.blocks import Block, LessonError, read_blocks
from app.lessons.heads import Head

_OF_A_RUN = (
    "preset",
    "run",
    "change",
    "every_layer",
    "edits",
)  # what a step does not take over when it names a run of its own
PANELS = ("charts", "dock")  # of the studio, which a step may hide until its guess is made


@dataclass(frozen=True, slots=True)
class Where:
    """A place as a file gives it: a preset or a named run, what is changed of it, and the place in it.

    every_layer: what is changed of each layer.
    step: the value that the step wrote, or the step's number.
    """

    preset: str = ""
    run: str = ""
    change: Mapping[str, Any] = field(default_factory=dict)
    every_layer: Mapping[str, Any] = field(default_factory=dict)
    edits: tuple[Any, ...] = ()
    iteration: int = 0
    step: str | int = 0
    selection: str = ""
    sample: int | None = None
    beside: tuple[Beside, ...] = ()


@dataclass(frozen=True, slots=True)
class Beside:
    """A run whose losses up to an iteration are drawn beside those of a place."""

    where: Where
    to: int


@dataclass(frozen=True, slots=True)
class Predict:
    """A guess before the reveal.

    kind: `choice` of options, a `number`, or the end of a `curve`, of which the first point is given.
    right: of the options, from 0; measures: of the number, or of the points; labels: of the points.
    """

    kind: Literal["choice", "number", "curve"]
    question: str
    options: tuple[str, ...] = ()
    right: int = 0
    measures: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Until:
    """What is to be done before going on: come to an iteration or a phase, select a value, or change something."""

    text: str
    iteration: int | None = None
    phase: str = ""
    selected: str = ""
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Exercise:
    """A generated exercise that goes with a lesson."""

    skill: str
    kind: str
    seed: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a lesson; `after` is what is said once the guess is made."""

    title: str
    where: Where
    text: str
    after: str
    light: tuple[str, ...]
    hide: tuple[str, ...]
    until: Until | None
    predict: Predict | None
    claims: tuple[str, ...]
    exercises: tuple[Exercise, ...]
    card: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson; `runs` are the runs that its steps name."""

    name: str
    title: str
    summary: str
    minutes: int
    skills: tuple[str, ...]
    needs: tuple[str, ...]
    runs: Mapping[str, Where]
    steps: tuple[Step, ...]


def parse_lesson(text: str, name: str) -> Lesson:
    """The lesson that a file holds: the first head is the lesson's, every other one a step's.

    Raises: LessonError that names the block and the field.
    """
    first, *rest = read_blocks(text, name)
    head = Head(first.head, first.where)
    place = head.table("place")
    lesson = Lesson(
        name,
        head.text("title"),
        head.text("summary", ""),
        head.whole("minutes", 5),
        head.texts("skills"),
        head.texts("needs"),
        {run: parse_where(Head(given, f"{first.where}, runs.{run}")) for run, given in head.table("runs").items()},
        tuple(_step(block, place) for block in rest),
    )
    head.done()
    if not rest:
        raise LessonError(f"{name}: a lesson has steps, each with a head of its own between lines of +++")
    return lesson


def _step(block: Block, place: Mapping[str, Any]) -> Step:
    head = Head(block.head, block.where)
    own = head.table("place")
    of_another = own.keys() & {"preset", "run"}
    whole = {name: item for name, item in place.items() if not (of_another and name in _OF_A_RUN)}
    before, *after = block.parts
    step = Step(
        head.text("title"),
        parse_where(Head({**whole, **own}, f"{block.where}, place")),
        before,
        "\n\n".join(after),
        head.texts("light"),
        head.chosen("hide", PANELS),
        _until(head),
        _predict(head),
        head.texts("claims"),
        tuple(_exercise(Head(given, f"{block.where}, exercises")) for given in head.tables("exercises")),
        head.text("card", ""),
    )
    head.done()
    return step


def parse_where(head: Head) -> Where:
    """A place."""
    where = Where(
        head.text("preset", ""),
        head.text("run", ""),
        head.table("change"),
        head.table("every_layer"),
        head.tables("edits"),
        head.whole("iteration", 0),
        head.text_or_whole("step", 0),
        head.text("selection", ""),
        head.whole("sample", None),
        (),
    )
    given = head.tables("beside")
    head.done()
    if bool(where.preset) == bool(where.run):
        raise LessonError(f"{head.where}: a place has a preset, or a run of the lesson's own")
    return replace(where, beside=tuple(_beside(where, other, head.where) for other in given))


def _beside(here: Where, given: Mapping[str, Any], where: str) -> Beside:
    """Another run, or the one here with something changed."""
    to = Head(given, f"{where}, beside").whole("to", 200)
    own = {name: item for name, item in given.items() if name != "to"}
    base = {} if own.keys() & {"preset", "run"} else {"preset": here.preset, "run": here.run}
    return Beside(parse_where(Head({**base, **own}, f"{where}, beside")), to)


def _until(head: Head) -> Until | None:
    given = head.table("until")
    if not given:
        return None
    inner = Head(given, f"{head.where}, until")
    until = Until(
        inner.text("text"),
        inner.whole("iteration", None),
        inner.text("phase", ""),
        inner.text("selected", ""),
        inner.flag("changed"),
    )
    inner.done()
    return until


def _predict(head: Head) -> Predict | None:
    given = head.table("predict")
    return parse_predict(Head(given, f"{head.where}, predict")) if given else None


def parse_predict(head: Head) -> Predict:
    """What is to be guessed."""
    kind: Any = head.text("kind")
    if kind not in ("choice", "number", "curve"):
        raise LessonError(f"{head.where}: kind is choice, number or curve; given {kind}")
    predict = Predict(
        kind,
        head.text("question"),
        head.texts("options"),
        head.whole("right", 0),
        head.texts("measures"),
        head.texts("labels"),
        head.text("unit", ""),
    )
    head.done()
    fits = {
        "choice": 0 <= predict.right < len(predict.options),
        "number": len(predict.measures) == 1,
        "curve": len(predict.measures) == len(predict.labels) > 1,
    }
    if not fits[kind]:
        raise LessonError(f"{head.where}: a {kind} has options and the right one, one measure, or a label for each")
    return predict


def _exercise(head: Head) -> Exercise:
    exercise = Exercise(head.text("skill"), head.text("kind"), head.whole("seed", 1))
    head.done()
    return exercise
