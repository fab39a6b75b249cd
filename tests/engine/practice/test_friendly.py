"""Friendly numbers: what is given and what is right are short decimals, proven with fractions."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

import pytest

from engine.practice.exercise import Exercise, problem
from engine.practice.friendly import added_up, short_decimal
from engine.practice.kinds.worksheet import Worksheet, field_key
from engine.practice.nets import FRIENDLY, FRIENDLY_NETS, net, practice_run
from engine.practice.question import NoQuestionError
from engine.practice.results import regraded
from engine.practice.sheet import sheet
from engine.practice.skills import SKILLS
from engine.run.run import Run
from engine.run.task import parse_config
from tests.practice_rates import answers, tally

CASES = [(skill, seed) for skill in FRIENDLY for seed in range(FRIENDLY_NETS)]


@lru_cache
def friendly(skill: str, seed: int) -> Worksheet:
    config, iteration = practice_run(SKILLS[skill], seed, friendly=True)
    found = problem(Run(parse_config(config)), Exercise("number", iteration, seed, skill, friendly=True))
    assert isinstance(found, Worksheet)
    return found


def decimals(number: Fraction) -> int:
    """How many decimals a number has; 99 if they never end."""
    return next((count for count in range(99) if (number * 10**count).denominator == 1), 99)


@pytest.mark.parametrize(("skill", "seed"), CASES)
def test_all_that_is_given_and_all_that_is_right_are_short_decimals(skill: str, seed: int) -> None:
    sheet = friendly(skill, seed)
    given = [Fraction(number.text.replace("−", "-")) for number in sheet.question.given]
    right = [Fraction(text) for text in answers(sheet).values()]
    assert max(map(decimals, [*given, *right])) <= 4


@pytest.mark.parametrize(("skill", "seed"), CASES)
def test_a_friendly_question_is_graded_as_every_other(skill: str, seed: int) -> None:
    counts = tally(friendly(skill, seed))
    assert (counts["right"], counts["named"], counts["passed"], counts["let in"]) == (
        counts["fields"],
        counts["slips"],
        0,
        0,
    )


@pytest.mark.parametrize("seed", range(FRIENDLY_NETS))
def test_a_sum_of_products_is_the_right_number_to_the_last_digit(seed: int) -> None:
    """Without the engine: the given inputs times the given weights, as fractions, and the bias."""
    found = friendly("forward_cell", seed)
    number = {(given.value, given.index): Fraction(given.text.replace("−", "-")) for given in found.question.given}
    (field,) = found.fields
    sample, unit = field.place.index
    value, weight, bias = field.span.last.inputs
    width = found.desk.program.shape(weight)[1]
    total = number[bias, (unit,)] + sum(number[value, (sample, i)] * number[weight, (unit, i)] for i in range(width))
    assert total == Fraction(field_key(field, found.desk).right)


def test_a_run_whose_numbers_are_long_has_no_friendly_question() -> None:
    run = Run(parse_config(net("circle")))
    with pytest.raises(NoQuestionError):
        problem(run, Exercise("number", 20, 0, "through_weights", friendly=True))
    with pytest.raises(NoQuestionError, match="friendly numbers are asked by number, chain, table"):
        problem(run, Exercise("rank", 20, 0, "weight_gradient", friendly=True))


@pytest.mark.parametrize(
    ("number", "is_one"),
    [(0.1, True), (-7.5, True), (1 / 3, False), (0.1 * 3, False), (1e4, False), (float("nan"), False), (1e-5, False)],
)
def test_a_short_decimal_has_four_decimals_at_the_most(number: float, is_one: bool) -> None:
    assert (short_decimal(number) is not None) is is_one


def test_what_is_cut_off_or_long_is_not_added_up() -> None:
    from engine.explain.derivation import derivation

    run = Run(parse_config(net("circle")))
    long = derivation(run, run.trace_at(3), "dense2.z", (0, 0))
    assert added_up(long) is None


def test_a_sheet_and_a_record_of_friendly_questions_agree() -> None:
    ((key,),) = (item.key for item in sheet(["through_weights"], 1, 4, friendly=True))
    own = {"skill": "through_weights", "kind": "number", "seed": 4, "answers": {"1": key.right}}
    results = list(regraded([{**own, "friendly": True}, own, {**own, "skill": "slope", "friendly": True}]))
    assert [result.score for result in results] == [1.0, 0.0]
