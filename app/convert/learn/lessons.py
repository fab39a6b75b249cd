"""Lessons filled in: every step's place as the studio opens it, its numbers computed for it, its claims tried."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal

from app.convert.learn.scene import CellAt, LessonPlace, RunOf, Scene, cell_at
from app.lessons.lesson import Exercise, Lesson, Predict, Step, Until
from app.lessons.markdown import number_html, to_html
from engine.execution.cancellation import Wanted


@dataclass(frozen=True, slots=True)
class LessonClaim:
    """A claim of a step, and whether it holds on this server."""

    text: str
    holds: bool


@dataclass(frozen=True, slots=True)
class GuessPoint:
    """A point of a curve that is to be guessed."""

    label: str
    number: float
    shown: Annotated[str, "HTML."]
    kept: Annotated[str, "Of a curve: which share of the point before this is, empty where there is none."]


@dataclass(frozen=True, slots=True)
class Guess:
    """A guess before the reveal: `html` is what is said after it."""

    kind: Literal["choice", "number", "curve"]
    question: str
    options: tuple[str, ...]
    right: int
    points: Annotated[tuple[GuessPoint, ...], "Of a curve, or the one number."]
    unit: str
    html: str


@dataclass(frozen=True, slots=True)
class FilledStep:
    """One step of a lesson."""

    title: str
    html: str
    place: LessonPlace
    light: tuple[CellAt, ...]
    hide: tuple[str, ...]
    until: Until | None
    predict: Guess | None
    claims: tuple[LessonClaim, ...]
    exercises: tuple[Exercise, ...]
    card: str


@dataclass(frozen=True, slots=True)
class FilledLesson:
    """A lesson with every number filled in."""

    name: str
    title: str
    summary: str
    minutes: int
    skills: tuple[str, ...]
    needs: tuple[str, ...]
    steps: tuple[FilledStep, ...]


@dataclass(frozen=True, slots=True)
class LessonEntry:
    """A lesson in the list of all."""

    name: str
    title: str
    summary: str
    minutes: int
    skills: tuple[str, ...]
    needs: tuple[str, ...]
    steps: Annotated[int, "How many."]


def entry(lesson: Lesson) -> LessonEntry:
    """A lesson in the list."""
    listed = (lesson.name, lesson.title, lesson.summary, lesson.minutes, lesson.skills, lesson.needs)
    return LessonEntry(*listed, len(lesson.steps))


def filled_lesson(lesson: Lesson, run_of: RunOf, cancelled: Wanted | None = None) -> FilledLesson:
    """A lesson with its numbers.

    Args:   run_of: the run of a configuration.
    Raises: EngineError for a place, a number or a claim that cannot be; CancelledWorkError.
    """
    steps = tuple(_filled_step(step, Scene(step.where, lesson.runs, run_of, cancelled)) for step in lesson.steps)
    listed = (lesson.name, lesson.title, lesson.summary, lesson.minutes, lesson.skills, lesson.needs)
    return FilledLesson(*listed, steps)


def _filled_step(step: Step, scene: Scene) -> FilledStep:
    return FilledStep(
        step.title,
        to_html(step.text, scene.fill),
        scene.place(),
        tuple(cell_at(name) for name in step.light),
        step.hide,
        step.until,
        _guess(step.predict, step.after, scene) if step.predict else None,
        tuple(LessonClaim(text, scene.holds(text)) for text in step.claims),
        step.exercises,
        step.card,
    )


def _guess(predict: Predict, after: str, scene: Scene) -> Guess:
    numbers = [scene.number(measure) for measure in predict.measures]
    labels = predict.labels or ("",) * len(numbers)
    kept = ["", *(_share(x, before) for before, x in pairwise(numbers))]
    shown = [number_html(x) for x in numbers]
    points = map(GuessPoint, labels, numbers, shown, kept)
    html = to_html(after, scene.fill)
    return Guess(predict.kind, predict.question, predict.options, predict.right, tuple(points), predict.unit, html)


def _share(number: float, before: float) -> str:
    """What a number is of the one before it, to two digits; nothing where that says nothing."""
    share = number / before if before else math.nan
    return f"{share:#.2g}".removesuffix(".") if 0 < share < math.inf else ""
