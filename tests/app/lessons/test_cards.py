"""The interview cards: every number computed, every claim true, every answer graded as it should be."""

from __future__ import annotations

from functools import cache

import httpx
import pytest

from app.convert.learn.cards import CardGrade, FilledCard, filled_card, grade_card, shuffled
from app.convert.learn.scene import Scene, cell_at
from app.lessons.blocks import LessonError
from app.lessons.card import Card, parse_cards
from app.lessons.files import cards, lessons
from app.lessons.markdown import bare_numbers, lights
from engine.practice.skills import SKILLS
from tests.app.answers import read
from tests.app.lessons.runs import run_of

ALL = list(cards().values())
GRADED = [card for card in ALL if card.ask]


@cache
def filled(name: str) -> FilledCard:
    return filled_card(cards()[name], run_of)


def right_answer(card: Card) -> str:
    assert card.ask is not None
    if card.ask.kind == "number":
        return repr(Scene(card.where, card.runs, run_of).number(card.ask.measure))
    shown = shuffled(card.ask.options)
    order = ",".join(str(shown.index(i)) for i in range(len(shown)))
    return str(card.ask.right) if card.ask.kind == "choice" else order


def test_there_are_enough_cards_for_an_interview() -> None:
    assert (len(ALL) >= 60, len(GRADED) >= 25) == (True, True)


def test_every_claim_of_a_card_is_true() -> None:
    assert [(card.name, c.text) for card in ALL for c in filled(card.name).claims if not c.holds] == []


def test_no_number_of_a_card_is_written_by_hand() -> None:
    texts = [(card.name, text) for card in ALL for text in (card.title, card.question, card.answer, *card.points)]
    assert [(name, found) for name, text in texts for found in bare_numbers(text)] == []


def test_every_number_of_a_card_is_there() -> None:
    assert [card.name for card in ALL if "NaN" in filled(card.name).question + filled(card.name).answer] == []


def test_every_place_of_a_card_shows_what_the_answer_says() -> None:
    """Its step is there, and what it selects or lights up is a value of the run."""
    missing = []
    for card in ALL:
        place = filled(card.name).place
        program = run_of(place.config).program_at(place.iteration)
        values = {*program.sources, *program.producer}
        selected = [card.where.selection] if card.where.selection else []
        named = [*lights(card.question), *lights(card.answer), *selected]
        missing += [(card.name, name) for name in named if cell_at(name).value not in values]
        if isinstance(card.where.step, str) and program.steps[place.step].output != card.where.step:
            missing.append((card.name, card.where.step))
    assert missing == []


def test_every_card_names_a_lesson_and_a_skill_that_there_are() -> None:
    assert [card.name for card in ALL if card.lesson not in lessons() or card.skill not in SKILLS] == []


def test_every_graded_card_names_the_step_of_its_lesson_that_answers_it() -> None:
    """Whoever has read the fourteen lessons was told what each of these asks: the steps were read for it."""
    missing = [
        (card.name, card.step)
        for card in GRADED
        if card.step not in [step.title for step in lessons()[card.lesson].steps[:-1]]
    ]
    assert missing == []


def test_a_card_leads_to_the_step_that_answers_it() -> None:
    card = cards()["clip_number"]
    assert lessons()[card.lesson].steps[filled("clip_number").lesson_step - 1].title == "Clip the norm"


def test_every_lesson_answers_some_cards() -> None:
    assert {card.lesson for card in ALL} == set(lessons())


def test_a_card_that_is_not_graded_says_what_a_good_answer_names() -> None:
    assert [card.name for card in ALL if card.ask is None and len(card.points) < 2] == []


@pytest.mark.parametrize("card", GRADED, ids=lambda card: card.name)
def test_the_right_answer_is_graded_right(card: Card) -> None:
    grade = grade_card(card, right_answer(card), run_of)
    assert grade is not None
    assert (grade.verdict, grade.score) == ("right", 1.0)


@pytest.mark.parametrize("card", GRADED, ids=lambda card: card.name)
def test_no_wrong_answer_is_graded_right(card: Card) -> None:
    assert card.ask is not None
    count = len(card.ask.options)
    others = {
        "number": ["123456", "-0.7071"],
        "choice": [str(i) for i in range(count) if i != card.ask.right],
        "order": [",".join(map(str, range(count)))],  # as it is shown
    }[card.ask.kind]
    grades = [grade_card(card, other, run_of) for other in others]
    assert [grade.verdict for grade in grades if grade] == ["wrong"] * len(others)


def test_a_number_that_was_rounded_too_much_is_nearly_right() -> None:
    grade = grade_card(cards()["chain_number"], "-0.17", run_of)
    assert grade == CardGrade("coarse", 0.5, "Nearly. It is −0.1621.")


def test_numbers_are_read_as_exercises_read_them() -> None:
    card = cards()["chain_number"]
    right = right_answer(card).replace("-", "−")
    asked = [right, right.replace(".", ","), f"{right}e0", f"{right}·10^0", f" {right}/1 "]
    grades = [grade_card(card, text, run_of) for text in asked]
    assert [grade.verdict for grade in grades if grade] == ["right"] * len(asked)


def test_an_answer_that_cannot_be_read_is_not_counted_as_wrong() -> None:
    numbers = [("chain_number", text) for text in ("x", "", "1/0", "1e999", "0x1", "nan", "1,2,3", "9" * 5000)]
    choices = [("which_way", text) for text in ("7", "²", "٣", "-1", "01", "9" * 5000, " ")]
    asked = [*numbers, *choices, *(("order_of_iteration", text) for text in ("0,0,1", "²,1,0", ",,,,"))]
    grades = [grade_card(cards()[name], answer, run_of) for name, answer in asked]
    assert [grade.verdict for grade in grades if grade] == ["unreadable"] * len(asked)


def test_a_card_without_an_answer_is_no_card() -> None:
    with pytest.raises(LessonError, match="a card is a question, a line of \\*\\*\\* and an answer"):
        parse_cards('+++\nname = "a"\n+++\nWhy?\n', "test")


def test_cards_over_the_wire(api: httpx.Client) -> None:
    listed = api.get("/api/practice/cards").json()
    card = read(FilledCard, api.get("/api/practice/cards/which_way").content)
    grade = read(CardGrade, api.post("/api/practice/cards/which_way/grade", json={"answer": "1"}).content)
    options = ["smaller", "larger", "it depends on the loss"]
    assert (len(listed), card.ask.options, grade.verdict) == (len(ALL), options, "right")


def test_what_cannot_be_graded_is_a_problem(api: httpx.Client) -> None:
    asked = [("what_is_a_gradient", {"answer": "x"}), ("nothing", {"answer": "x"}), ("which_way", {"answer": 1})]
    answers = [api.post(f"/api/practice/cards/{name}/grade", json=body) for name, body in asked]
    assert [answer.status_code for answer in answers] == [422, 404, 422]
