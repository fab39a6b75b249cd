"""What a lesson file may say, and what is said of one that is wrong."""

from __future__ import annotations

import re

import pytest

from app.convert.learn.lessons import filled_lesson
from app.convert.learn.scene import changed
from app.lessons.blocks import LessonError
from app.lessons.lesson import parse_lesson
from app.lessons.markdown import Filled, number_html, to_html
from engine.foundation.errors import EngineError
from tests.app.lessons.runs import run_of

HEAD = """+++
title = "One"
[place]
preset = "chain_rule"
step = "loss"
[runs.slow]
preset = "chain_rule"
change = {optimizer = {learning_rate = 0.1}}
+++
"""


def one_step(head: str = "", text: str = "") -> str:
    return f'{HEAD}+++\ntitle = "Step"\n{head}\n+++\n{text}\n'


def html(text: str) -> str:
    return filled_lesson(parse_lesson(one_step(text=text), "test"), run_of).steps[0].html


def test_a_number_is_filled_in_for_its_place_and_leads_to_its_value() -> None:
    assert html("L is {{loss | 2}}.") == (
        '<p>L is <button type="button" class="fill number" data-value="loss" data-index="" title="loss in iteration 0">'
        "0.13</button>.</p>"
    )


def test_a_lesson_speaks_of_its_other_runs_by_name() -> None:
    assert html("{{slow: setting optimizer learning_rate}}, {{slow: loss @ 1}}") == (
        '<p><span class="fill number" title="setting optimizer learning_rate">0.1</span>, '
        '<span class="fill number" title="loss @ 1">0.113</span></p>'
    )


def test_claims_compare_runs() -> None:
    lesson = parse_lesson(one_step('claims = ["loss @ 1 < {slow: loss @ 1}", "slow: loss @ 1 < {loss @ 1}"]'), "test")
    assert [claim.holds for claim in filled_lesson(lesson, run_of).steps[0].claims] == [True, False]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("![x](http://example.org/x.png)", "<p></p>"),
        ('[x](light:" onclick=alert(1))', '<p>[x](light:" onclick=alert(1))</p>'),
        ("[x](lesson:losses)", '<p><a href="../learn/losses">x</a></p>'),
    ],
)
def test_nothing_in_a_text_can_act(text: str, shown: str) -> None:
    assert to_html(text, lambda _: Filled("1", "")) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0.25, "0.250"),
        (1234.5, "1234"),
        (-9.786e-8, "−9.79·10<sup>−8</sup>"),
        (0.0, "0"),
        (12.0, "12.0"),
        (2.5e9, "2.50·10<sup>9</sup>"),
    ],
)
def test_numbers_have_three_digits(number: float, shown: str) -> None:
    assert number_html(number) == shown


def test_a_change_goes_into_tables_but_not_into_those_of_another_type() -> None:
    config = {"seed": 0, "optimizer": {"type": "sgd", "momentum": 0.0, "learning_rate": 1}}
    inner = changed(config, {"optimizer": {"learning_rate": 2}})
    other = changed(config, {"optimizer": {"type": "adam"}})
    assert (inner["optimizer"], other["optimizer"]) == (
        {"type": "sgd", "momentum": 0.0, "learning_rate": 2},
        {"type": "adam"},
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "test: a file begins with a line of +++, and every head ends with another"),
        ("+++\na = \n+++", "test, block 0: its head is no TOML: Invalid value (at line 2, column 5)"),
        (HEAD, "test: a lesson has steps, each with a head of its own between lines of +++"),
        ("+++\nx = 1\n+++", "test, block 0: title is missing; it is a text"),
        (one_step("lihgt = []"), "test, block 1: unknown lihgt; known: card, claims, exercises, hide, light, place, "
         "predict, title, until"),
        (one_step("hide = ['all']"), "test, block 1: hide lists some of charts, dock"),
        (one_step("[predict]\nkind='choice'\nquestion='x'"), "test, block 1, predict: a choice has options and the "
         "right one, one measure, or a label for each"),
        (one_step("place = {preset = 'xor', run = 'slow'}"), "test, block 1, place: a place has a preset, or a run of "
         "the lesson's own"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(text: str, said: str) -> None:
    with pytest.raises(LessonError) as error:
        parse_lesson(text, "test")
    assert str(error.value) == said


@pytest.mark.parametrize(
    ("head", "text", "said"),
    [
        ("place = {preset = 'nowhere'}", "", "there is no preset 'nowhere'"),
        ("place = {step = 'nothing'}", "", "no step of this run writes 'nothing'"),
        ("place = {selection = '7'}", "", ""),
        ("", "{{nothing}}", "column 1: there is no value nothing here"),
        ("", "{{loss | many}}", "behind | stand digits, percent or whole; given 'many'"),
        ("", "{{setting optimizer colour}}", "there is no setting optimizer colour"),
        ("claims = ['loss < 1']", "", "column 1: a claim says of which iteration: loss @ 120"),
    ],
)
def test_what_cannot_be_filled_in_is_said(head: str, text: str, said: str) -> None:
    lesson = parse_lesson(one_step(head, text), "test")
    if not said:
        assert filled_lesson(lesson, run_of).steps[0].place.selection is not None
        return
    with pytest.raises(EngineError, match=said.replace("|", r"\|")):
        filled_lesson(lesson, run_of)


def test_numbers_are_those_of_the_iteration_of_the_place() -> None:
    text = one_step("place = {iteration = 3}", "{{loss | 6}} {{loss @ 3 | 6}} {{loss @ 0 | 6}}")
    shown = filled_lesson(parse_lesson(text, "test"), run_of).steps[0].html
    here, there, start = re.findall(r">([\d.]+)<", shown)
    assert (here, here == start) == (there, False)
