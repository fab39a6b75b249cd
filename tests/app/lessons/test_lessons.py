"""The lessons that come with the server: every number computed, every claim true, every place there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.convert.learn.lessons import FilledStep
from app.convert.learn.scene import cell_at
from app.lessons.files import ORDER, cards, lessons, lessons_folder
from app.lessons.lesson import Lesson
from app.lessons.markdown import bare_numbers, lights
from engine.practice.skills import SKILLS
from tests.app.lessons.runs import filled, run_of

NAMES = list(lessons())


def words(lesson: Lesson) -> Iterator[str]:
    """All that a lesson says."""
    yield from (lesson.title, lesson.summary)
    for step in lesson.steps:
        yield from (step.title, step.text, step.after, step.until.text if step.until else "")
        yield from (step.predict.question, *step.predict.options) if step.predict else ()


def values_at(step: FilledStep) -> set[str]:
    program = run_of(step.place.config).program_at(step.place.iteration)
    return {*program.sources, *program.producer}


def test_every_lesson_has_its_place_in_the_order() -> None:
    assert {path.stem for path in lessons_folder().glob("*.md")} == set(ORDER)


@pytest.mark.parametrize("name", NAMES)
def test_every_claim_of_a_lesson_is_true(name: str) -> None:
    assert [claim.text for step in filled(name).steps for claim in step.claims if not claim.holds] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_claims_something(name: str) -> None:
    assert sum(len(step.claims) for step in filled(name).steps) >= 3


@pytest.mark.parametrize("name", NAMES)
def test_no_number_of_a_lesson_is_written_by_hand(name: str) -> None:
    assert [found for text in words(lessons()[name]) for found in bare_numbers(text)] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_number_of_a_lesson_is_there(name: str) -> None:
    texts = [step.html + (step.predict.html if step.predict else "") for step in filled(name).steps]
    assert [text for text in texts if "NaN" in text] == []


@pytest.mark.parametrize("name", NAMES)
def test_all_that_a_lesson_lights_is_there(name: str) -> None:
    named = zip(lessons()[name].steps, filled(name).steps, strict=True)
    missing = [
        (step.title, light)
        for step, shown in named
        for light in (*step.light, *lights(step.text), *lights(step.after))
        if cell_at(light).value not in values_at(shown)
    ]
    assert missing == []


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_selects_what_is_there(name: str) -> None:
    picked = [(step.place.selection, values_at(step)) for step in filled(name).steps if step.place.selection]
    assert [cell for cell, values in picked if cell.value not in values] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_needs_only_what_comes_before_it(name: str) -> None:
    assert set(lessons()[name].needs) <= set(ORDER[: ORDER.index(name)])


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_is_about_skills_that_are_practised(name: str) -> None:
    """Whoever wants to be asked about it tomorrow is asked these."""
    assert [skill for skill in lessons()[name].skills if skill not in SKILLS] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_lets_its_reader_guess_before_it_tells(name: str) -> None:
    assert [step.title for step in lessons()[name].steps if step.predict] != []


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_ends_in_exercises_that_there_are(name: str) -> None:
    kinds = {name: skill.kinds for name, skill in SKILLS.items()}
    last = lessons()[name].steps[-1]
    missing = [given for given in last.exercises if given.kind not in kinds.get(given.skill, ())]
    assert (len(last.exercises), missing) == (3, [])


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_ends_in_an_interview_card_that_it_answers(name: str) -> None:
    assert cards()[lessons()[name].steps[-1].card].lesson == name


def test_a_number_written_by_hand_is_seen() -> None:
    found = [bare_numbers(text) for text in ("{{loss}} in iteration 30 of `0.5`", "falls to 0.31", "by 20 %", "$0.5$")]
    assert found == [[], ["falls to 0.31"], ["by 20 %"], []]
