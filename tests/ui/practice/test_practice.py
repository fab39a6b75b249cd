"""Practice as somebody does it with the keyboard: a wrong answer first, then what is right, then the next question."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from engine.practice.exercise import Exercise, grade, problem
from engine.practice.kinds.worksheet import Worksheet, field_key
from engine.practice.nets import net
from engine.practice.question import Kind
from engine.practice.skills import SKILLS
from engine.run.run import Run
from engine.run.task import parse_config
from tests.practice_rates import answers
from tests.problems import Problems
from tests.ui.test_accessibility import violations

SEED = 1
ONE_OF_EACH: list[tuple[str, Kind]] = [
    ("slope", "number"),
    ("weight_gradient", "chain"),
    ("shape", "shape"),
    ("weight_gradient", "sign"),
    ("slope", "factor"),
    ("weight_gradient", "rank"),
    ("weight_gradient", "line"),
    ("slope", "debug"),
    ("momentum", "table"),
]


def right_answers(skill: str, kind: Kind, slip: str = "") -> dict[str, str]:
    run = Run(parse_config(net(SKILLS[skill].net)))
    exercise = Exercise(kind, SKILLS[skill].iteration, SEED, skill)
    found = problem(run, exercise)
    if isinstance(found, Worksheet) and slip:
        misses = field_key(found.fields[0], found.desk).misses
        return {"1": repr(next(miss.number for miss in misses if miss.rewrite.slip.tag == slip))}
    if isinstance(found, Worksheet):
        return {name: f"{float(text):.5g}" for name, text in answers(found).items()}
    (blank,) = found.question.ask
    if blank.choices:
        names = [choice.name for choice in blank.choices]
        return {"1": next(n for n in names if grade(run, exercise, {"1": n}).fields["1"].verdict == "right")}
    shown = found.solution()[0].text
    return {"1": shown.partition(" = ")[2] if kind == "line" else shown.partition("(")[2].partition(")")[0]}


def choose(page: Page, name: str) -> None:
    """A choice by the keyboard: from the first on, downwards."""
    names = [radio.get_attribute("value") for radio in page.get_by_role("radio").all()]
    page.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    for _ in range(names.index(name)):
        page.keyboard.press("ArrowDown")


def answer(page: Page, given: dict[str, str]) -> None:
    fields = page.get_by_role("form", name="Question").get_by_role("textbox")
    if not fields.count():
        choose(page, given["1"])
    else:
        fields.first.focus()
        for text in given.values():
            page.keyboard.press("Control+a")
            page.keyboard.type(text)
            page.keyboard.press("Tab")
        fields.first.focus()
    page.keyboard.press("Enter")


def wrong(page: Page, right: dict[str, str]) -> dict[str, str]:
    names = [str(radio.get_attribute("value")) for radio in page.get_by_role("radio").all()]
    return {"1": next(name for name in names if name != right["1"])} if names else {**right, "1": "7"}


@pytest.mark.parametrize(("skill", "kind"), ONE_OF_EACH, ids=[kind for _, kind in ONE_OF_EACH])
def test_an_exercise_is_played_to_its_end_by_the_keyboard(
    page: Page, problems: Problems, skill: str, kind: Kind
) -> None:
    page.goto(f"/practice#{skill}/{kind}/{SEED}")
    expect(page.get_by_role("form", name="Question")).to_be_visible()
    right = right_answers(skill, kind)
    answer(page, wrong(page, right))
    expect(page.locator(".said.bad")).to_be_in_viewport(ratio=0.99)
    answer(page, right)
    expect(page.get_by_role("button", name="Next")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 review", exact=True)).to_be_visible()


def test_a_link_to_a_question_shows_nothing_else_before_it(page: Page, problems: Problems) -> None:
    held: list[Route] = []
    page.route("**/api/runs", lambda route: held.append(route))
    with page.expect_request("**/api/runs"):
        page.goto(f"/practice#slope/number/{SEED}")
    page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    assert page.locator("main input").count() == 0
    held[0].continue_()
    expect(page.get_by_role("form", name="Question")).to_be_visible()


def test_a_slip_is_named_with_its_line_and_axe_finds_nothing(page: Page, problems: Problems) -> None:
    page.goto(f"/practice#slope/number/{SEED}")
    slipped = right_answers("slope", "number", slip="slope_left_out")
    page.get_by_role("textbox").first.fill(slipped["1"])
    page.keyboard.press("Enter")
    expect(page.get_by_text("You left out the slope of tanh.")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Hints")).to_be_visible()
    picture = page.get_by_role("group", name="The network with what is given and asked")
    there = picture.get_by_role("textbox", name="in the network")
    expect(there).to_have_value(slipped["1"])
    expect(there).to_have_attribute("aria-invalid", "true")
    expect(picture.locator("circle.bad")).to_have_count(1)
    page.reload()
    expect(there).to_have_value(slipped["1"])
    expect(page.get_by_text("You left out the slope of tanh.")).to_be_visible()
    in_formula = page.get_by_role("textbox", name="in the formula")
    in_formula.fill(right_answers("slope", "number")["1"])
    in_formula.press("Enter")
    expect(picture.locator("circle.good")).to_have_count(1)
    expect(page.get_by_role("form", name="Question").get_by_role("textbox").first).to_have_value(there.input_value())
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="What you know, in the order of an iteration")).to_be_visible()
    assert violations(page) == []
    page.go_back()
    expect(there).to_have_value("")
