"""Skills and exercises: what is asked goes out, what is answered comes in and is graded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from app.http.problems import Problem
from app.http.responses import Answer
from app.runs.workers import Ticket
from engine.foundation.numbers import Latex
from engine.practice import exercise as exercises
from engine.practice.exercise import LARGEST_SEED, Exercise
from engine.practice.nets import FRIENDLY, FRIENDLY_NETS, NETS, net, practice_run
from engine.practice.question import (
    LONGEST_ANSWER,
    TOLERANCE,
    Blank,
    ExerciseHint,
    GivenNumber,
    Graded,
    Kind,
    NoQuestionError,
    Question,
    SolutionLine,
)
from engine.practice.skills import SKILLS, Skill
from engine.run.run import Run

__all__ = ["LARGEST_SEED", "Exercise", "ExerciseHint", "Graded", "Kind"]

MOST_ANSWERS = 64


@dataclass(frozen=True, slots=True)
class FriendlyRun:
    """A net whose numbers are short decimals, and an iteration of it."""

    config: dict[str, Any]
    iteration: int


@dataclass(frozen=True, slots=True)
class SkillInfo:
    """A skill: what it builds on, the kinds of exercises on it, and a run and an iteration that have some.

    friendly: runs that have some with short decimals, if any do; a seed takes the one at its remainder.
    """

    name: str
    title: str
    phase: str
    needs: tuple[str, ...]
    kinds: tuple[Kind, ...]
    about: str
    config: dict[str, Any]
    preset: str
    iteration: int
    friendly: tuple[FriendlyRun, ...]


@dataclass(frozen=True, slots=True)
class ExerciseAnswer:
    """An exercise, without its answer.

    given: numbers, rounded to so many digits; tolerance: a share of the right number; hints: how many there are.
    code: lines that the question speaks of; table: rows of text, as of a gradient check.
    """

    id: str
    kind: Kind
    skill: str
    seed: int
    title: str
    text: str
    formula: Latex
    given: tuple[GivenNumber, ...]
    ask: tuple[Blank, ...]
    digits: int
    tolerance: float
    hints: int
    code: tuple[str, ...]
    table: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class GradeBody:
    """What was typed into each field, as it was typed."""

    answers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Solution:
    """The worked solution: each line with its place in the studio."""

    lines: list[SolutionLine]


def skill_list() -> list[SkillInfo]:
    """Every skill, with a run to practise it on, each after those that it builds on, within its phase."""
    return [
        SkillInfo(
            *(s.name, s.title, s.phase, s.needs, s.kinds, s.about),
            *(net(s.net), NETS[s.net][0], s.iteration, _friendly_runs(s)),
        )
        for s in SKILLS.values()
    ]


def _friendly_runs(skill: Skill) -> tuple[FriendlyRun, ...]:
    numbers = range(FRIENDLY_NETS if skill.name in FRIENDLY else 0)
    return tuple(FriendlyRun(*practice_run(skill, number, friendly=True)) for number in numbers)


def exercise_answer(run: Run, exercise: Exercise, ticket: Ticket) -> Answer:
    """The question of an exercise."""
    with no_question():
        found = exercises.question(run, exercise, ticket)
    return Answer(_described(found, exercise, run))


def _described(found: Question, exercise: Exercise, run: Run) -> ExerciseAnswer:
    return ExerciseAnswer(
        exercise.identity(run),
        *(found.kind, found.skill, exercise.seed, found.title, found.text, found.formula, found.given, found.ask),
        *(found.digits, TOLERANCE, found.hints, found.code, found.table),
    )


def graded_answer(run: Run, exercise: Exercise, answers: Mapping[str, str], ticket: Ticket) -> Answer:
    """The verdicts on answers: a pure function of exercise and answers."""
    with no_question():
        return Answer(exercises.grade(run, exercise, answers, ticket))


def hint_answer(run: Run, exercise: Exercise, number: int, ticket: Ticket) -> Answer:
    """One hint."""
    with no_question():
        return Answer(exercises.hint(run, exercise, number, ticket))


def solution_answer(run: Run, exercise: Exercise, ticket: Ticket) -> Answer:
    """The worked solution."""
    with no_question():
        return Answer(Solution(list(exercises.solution(run, exercise, ticket))))


@contextmanager
def no_question() -> Iterator[None]:
    """Inside, what has no question here becomes a problem that says so."""
    try:
        yield
    except NoQuestionError as error:
        raise Problem(404, "no-question", f"{error.message}.", error.path, title="No question here") from error


def read_answers(given: Any) -> Mapping[str, str]:
    """Answers by field.

    Raises: Problem for anything but a few short texts.
    """
    if not isinstance(given, dict) or len(given) > MOST_ANSWERS:
        raise Problem(422, "body", f"answers is an object of up to {MOST_ANSWERS} texts, by field", "answers")
    for field, text in given.items():
        if not isinstance(text, str) or len(text) > LONGEST_ANSWER:
            shown = field[:40]
            raise Problem(422, "body", f"an answer is a text of up to {LONGEST_ANSWER} characters", f"answers.{shown}")
    return given
