"""Exercises: a run, an iteration, a kind and a seed, of which question and grade are functions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.execution.cancellation import Wanted
from engine.foundation.errors import RangeError
from engine.foundation.random_streams import generator
from engine.practice.kinds import asking, choices, factors, planted_bug, typed_line
from engine.practice.kinds.asking import Draw, skill_named
from engine.practice.question import (
    ExerciseHint,
    Graded,
    Kind,
    NoQuestionError,
    Problem,
    Question,
    SolutionLine,
    graded,
)
from engine.practice.skills import SKILLS, Skill, steps_of
from engine.run.run import Run

KINDS: Mapping[Kind, Callable[[Draw], Problem]] = {
    "number": asking.number,
    "chain": asking.chain,
    "shape": choices.shape,
    "sign": choices.sign,
    "factor": factors.factor,
    "rank": choices.rank,
    "line": typed_line.line,
    "debug": planted_bug.debug,
    "table": asking.table,
}
FRIENDLY_KINDS: Sequence[Kind] = ("number", "chain", "table")
LARGEST_SEED = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Exercise:
    """What an exercise is made of; skill: one that the seed draws, if none is named.

    friendly: whether all its numbers are short decimals, so that it can be done by hand.
    """

    kind: Kind
    iteration: int
    seed: int = 0
    skill: str = ""
    friendly: bool = False

    def identity(self, run: Run) -> str:
        """A hash, as a run has one: the same exercise is the same everywhere."""
        parts = [run.config.id, self.iteration, self.kind, self.seed, self.skill, *["friendly"] * self.friendly]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:20]


def problem(run: Run, exercise: Exercise, cancelled: Wanted | None = None) -> Problem:
    """The question of an exercise, with what it is graded by.

    Raises: NoQuestionError where the kind has no question here; RangeError; CancelledWorkError.
    """
    if not 0 <= exercise.seed <= LARGEST_SEED:
        raise RangeError(f"a seed is 0 to {LARGEST_SEED}; given {exercise.seed}", "query.seed")
    if exercise.friendly and exercise.kind not in FRIENDLY_KINDS:
        raise NoQuestionError(f"friendly numbers are asked by {', '.join(FRIENDLY_KINDS)}, not by {exercise.kind}")
    traced = run.trace_at(exercise.iteration, cancelled)
    rng = generator(exercise.seed, f"practice {exercise.kind} {exercise.skill}")
    reason = NoQuestionError(f"this run has nothing to ask of kind {exercise.kind}")
    for skill in _skills(exercise, run, rng):
        try:
            return KINDS[exercise.kind](Draw(run, traced, skill, rng, exercise.friendly))
        except NoQuestionError as error:
            reason = error
    raise reason


def _skills(exercise: Exercise, run: Run, rng: object) -> Sequence[Skill]:
    """The skill that is named, or all that have this kind and a step here, in the order of the seed."""
    if exercise.skill:
        skill = skill_named(exercise.skill)
        if exercise.kind not in skill.kinds:
            raise NoQuestionError(f"{skill.title} is practised by {', '.join(skill.kinds)}, not by {exercise.kind}")
        return [skill]
    program = run.program_at(exercise.iteration)
    found = [s for s in SKILLS.values() if exercise.kind in s.kinds and next(steps_of(s, program), None) is not None]
    order = generator(exercise.seed, f"practice skills {exercise.kind}").permutation(len(found))
    return [found[i] for i in order]


def question(run: Run, exercise: Exercise, cancelled: Wanted | None = None) -> Question:
    """What is asked."""
    return problem(run, exercise, cancelled).question


def grade(run: Run, exercise: Exercise, answers: Mapping[str, str], cancelled: Wanted | None = None) -> Graded:
    """The verdict on every field, a pure function of exercise and answers."""
    return graded(problem(run, exercise, cancelled).grade(answers))


def hint(run: Run, exercise: Exercise, number: int, cancelled: Wanted | None = None) -> ExerciseHint:
    """One hint, counted from 1.

    Raises: RangeError if there is none with this number.
    """
    found = problem(run, exercise, cancelled)
    if not 1 <= number <= found.question.hints:
        raise RangeError(f"there are {found.question.hints} hints; given {number}", "path.number")
    return found.hint(number)


def solution(run: Run, exercise: Exercise, cancelled: Wanted | None = None) -> Sequence[SolutionLine]:
    """The worked solution."""
    return problem(run, exercise, cancelled).solution()
