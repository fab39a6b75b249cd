"""Exercises: what is right passes, slips are named, everything else is refused; and all of it is a pure function."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

import numpy as np
import pytest

from engine.ops.core.op import Array
from engine.practice.desk import Desk
from engine.practice.exercise import Exercise, grade, problem
from engine.practice.kinds.worksheet import Worksheet
from engine.practice.nets import net
from engine.practice.question import Kind, NoQuestionError, Question
from engine.practice.skills import SKILLS
from engine.run.run import Run
from engine.run.task import parse_config
from tests.practice_rates import WORKSHEETS, answers, tally

CASES = [(skill.name, kind) for skill in SKILLS.values() for kind in skill.kinds]
SHEETS = [case for case in CASES if case[1] in WORKSHEETS]
OTHERS = [case for case in CASES if case[1] not in WORKSHEETS]


@lru_cache
def run_of(name: str) -> Run:
    return Run(parse_config(net(name)))


def drawn(skill: str, kind: Kind, seed: int = 1) -> tuple[Run, Exercise]:
    found = SKILLS[skill]
    return run_of(found.net), Exercise(kind, found.iteration, seed, skill)


def test_skills_build_on_each_other_without_a_circle() -> None:
    known: set[str] = set()
    while ready := {s.name for s in SKILLS.values() if s.name not in known and set(s.needs) <= known}:
        known |= ready
    assert (known, len(known) >= 25) == (set(SKILLS), True)


IDEAS = {
    "forward pass": ("forward_cell", "shape"),
    "losses": ("loss", "class_loss"),
    "chain rule": ("chain_rule", "several_uses"),
    "backward pass": ("last_delta", "softmax_delta", "through_weights", "weight_gradient", "sum_over_batch"),
    "update and its variants": ("update", "renewed", "momentum", "adam_averages", "adam_correction", "adam_step"),
    "activations": ("activation", "slope", "gate"),
    "learning rate": ("learning_rate",),
    "vanishing and exploding": ("vanishing", "exploding"),
    "initialization": ("initialization", "symmetry"),
    "clipping": ("clipping",),
    "overfitting": ("overfitting",),
    "dropout": ("dropout_mask", "dropout_gradient"),
    "L1 and L2": ("decay",),
    "batch norm": ("norm_statistics", "norm_ways"),
    "convolution": ("conv_window", "pooling", "conv_gradient"),
    "recurrence": ("state", "through_time"),
    "attention": ("attention_scores_forward", "attention_weights", "attention_gradient"),
}


def test_every_skill_is_about_an_idea_and_every_idea_is_asked() -> None:
    assert sorted(name for names in IDEAS.values() for name in names) == sorted(SKILLS)


@pytest.mark.parametrize(("skill", "kind"), SHEETS)
def test_what_is_right_passes_and_every_slip_is_named(skill: str, kind: Kind) -> None:
    sheet = problem(*drawn(skill, kind))
    assert isinstance(sheet, Worksheet)
    counts = tally(sheet)
    assert counts == Counter(
        fields=counts["fields"], right=counts["fields"], rounded=counts["fields"],
        slips=counts["slips"], named=counts["slips"], alone=counts["alone"], refused=counts["refused"], passed=0,
    )  # fmt: skip


@pytest.mark.parametrize(("skill", "kind"), [case for case in SHEETS if case[1] == "number"])
def test_what_is_given_is_enough(skill: str, kind: Kind) -> None:
    """Every cell that is not given may be anything: the answer is the same."""
    sheet = problem(*drawn(skill, kind))
    assert isinstance(sheet, Worksheet)
    (field,) = sheet.fields
    other = Desk(sheet.desk.run, sheet.desk.traced, sheet.desk.digits, _scrambled(sheet))
    right, found = (field.span.run(desk) for desk in (sheet.desk, other))
    assert right is not None
    assert found is not None
    np.testing.assert_allclose(found[field.place.index], right[field.place.index], rtol=1e-9)


def _scrambled(sheet: Worksheet) -> dict[str, Array]:
    rng = np.random.default_rng(0)
    changed: dict[str, Array] = {}
    for name in {given.value for given in sheet.question.given}:
        own = sheet.desk[name]
        if own.dtype.kind == "f":
            changed[name] = np.asarray(rng.normal(size=own.shape))
    for given in sheet.question.given:
        if given.value in changed:
            kept = changed[given.value]
            kept[given.index] = np.asarray(sheet.desk[given.value])[given.index]
    return changed


@pytest.mark.parametrize(("skill", "kind"), OTHERS)
def test_one_choice_is_right_and_all_others_are_said_not_to_be(skill: str, kind: Kind) -> None:
    run, exercise = drawn(skill, kind)
    (ask,) = problem(run, exercise).question.ask
    if ask.choices:
        verdicts = [grade(run, exercise, {"1": choice.name}).fields["1"] for choice in ask.choices]
        assert sum(v.verdict == "right" for v in verdicts) == 1
        assert all(v.sentence.endswith(".") for v in verdicts)


@pytest.mark.parametrize(("skill", "kind"), [(s, k) for s, k in CASES if k == "line"])
def test_the_line_that_runs_is_right_and_its_slips_are_named(skill: str, kind: Kind) -> None:
    run, exercise = drawn(skill, kind)
    shown = problem(run, exercise).solution()[0].text
    line = shown.removeprefix("In numpy: ")
    doubled = grade(run, exercise, {"1": f"({line.split(' = ', 1)[1]}) * 2"}).fields["1"]
    verdict = grade(run, exercise, {"1": line}).fields["1"]
    assert (verdict.verdict, doubled.verdict in ("wrong", "slip")) == ("right", True)


def test_the_same_exercise_is_graded_the_same_whatever_was_graded_before() -> None:
    run, exercise = drawn("slope", "chain")
    sheet = problem(run, exercise)
    assert isinstance(sheet, Worksheet)
    right = answers(sheet)
    once = [grade(run, exercise, given) for given in (right, {"1": "7"}, {}, right)]
    again = [grade(run, exercise, given) for given in ({}, right, right, {"1": "7"})]
    assert (once[0], once[1], once[2], once[3]) == (again[1], again[3], again[0], again[2])


def test_a_wrong_number_is_not_counted_twice() -> None:
    run, exercise = drawn("weight_gradient", "chain")
    sheet = problem(run, exercise)
    assert isinstance(sheet, Worksheet)
    first, second, *_ = sheet.fields
    wrong = 1.37 * float(answers(sheet)[first.name])
    made = second.span.run(sheet.desk.with_cell(first.place, wrong))
    assert made is not None
    given = {**answers(sheet), first.name: repr(wrong), second.name: repr(float(made[second.place.index]))}
    assert grade(run, exercise, given).fields[second.name].verdict == "follow_through"


@pytest.mark.parametrize(("skill", "kind"), CASES)
def test_every_hint_and_the_solution_can_be_had(skill: str, kind: Kind) -> None:
    found = problem(*drawn(skill, kind, 0))
    hints = [found.hint(number) for number in range(1, found.question.hints + 1)]
    assert all(hint.text for hint in hints)
    assert len(found.solution()) > 0


def test_hints_tell_one_factor_after_the_other_and_never_the_answer() -> None:
    sheet = problem(*drawn("slope", "number", 4))
    assert isinstance(sheet, Worksheet)
    hints = [sheet.hint(number) for number in range(1, sheet.question.hints + 1)]
    (right,) = answers(sheet).values()
    assert [(hint.text.split(":")[0], hint.field) for hint in hints[2:]] == [
        ("The first factor of the product", "1"),
        ("The next factor of the product", "1"),
    ]
    assert [hint.latex for hint in hints if f"{float(right):.3g}" in hint.latex] == []


def test_a_kind_without_a_question_says_why() -> None:
    with pytest.raises(NoQuestionError, match="a table has up to 40 numbers"):
        problem(run_of("dropout"), Exercise("table", 20, 0, "loss"))
    with pytest.raises(NoQuestionError, match="there are shape, forward_cell"):
        problem(run_of("circle"), Exercise("number", 20, 0, "cooking"))


def test_no_question_holds_its_answer() -> None:
    run, exercise = drawn("weight_gradient", "rank")
    question: Question = problem(run, exercise).question
    assert (question.ask[0].value, question.ask[0].index) == ("", ())
