"""A sheet of questions on paper, with its key: the same skills, count and seed make the same sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.execution.cancellation import Wanted
from engine.foundation.errors import RangeError
from engine.foundation.numbers import number
from engine.practice.exercise import LARGEST_SEED, Exercise, problem
from engine.practice.kinds.asking import skill_named
from engine.practice.kinds.worksheet import Worksheet
from engine.practice.nets import FRIENDLY, practice_run, run_of
from engine.practice.question import NoQuestionError, Question
from engine.practice.skills import Skill

MOST = 24  # questions of a sheet
SHOWN = 5  # slips of a field in the key


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A field's answer, and the numbers by which slips are recognized: each with the slip's name."""

    field: str
    right: str
    slips: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A question of a sheet with its key."""

    skill: str
    question: Question
    key: tuple[KeyLine, ...]


def sheet(
    skills: Sequence[str], count: int, seed: int, cancelled: Wanted | None = None, friendly: bool = False
) -> list[Item]:
    """Questions on these skills in turn, each of one number; friendly: with short decimals wherever a skill has them.

    Raises: NoQuestionError for a skill that there is none of, or that is not asked in numbers; RangeError.
    """
    if not 1 <= count <= MOST:
        raise RangeError(f"a sheet has 1 to {MOST} questions; given {count}", "query.count")
    if not 0 <= seed <= LARGEST_SEED - MOST:
        raise RangeError(f"a seed is 0 to {LARGEST_SEED - MOST}; given {seed}", "query.seed")
    named = [skill_named(name) for name in skills]
    return [_item(named[i % len(named)], seed + i, friendly, cancelled) for i in range(count)]


def _item(skill: Skill, seed: int, friendly: bool, cancelled: Wanted | None) -> Item:
    if "number" not in skill.kinds:
        raise NoQuestionError(f"{skill.title} is not asked in numbers, so not on paper", "query.skills")
    friendly = friendly and skill.name in FRIENDLY
    config, iteration = practice_run(skill, seed, friendly)
    exercise = Exercise("number", iteration, seed, skill.name, friendly)
    found = problem(run_of(config), exercise, cancelled)
    assert isinstance(found, Worksheet), "a number is worked out on one"
    return Item(skill.title, found.question, tuple(_key(found)))


def _key(found: Worksheet) -> Iterator[KeyLine]:
    for field, key in zip(found.fields, found.keys, strict=True):
        slips = tuple((miss.rewrite.slip.name, number(miss.number)) for miss in key.misses[:SHOWN])
        yield KeyLine(field.name, number(key.right), slips)
