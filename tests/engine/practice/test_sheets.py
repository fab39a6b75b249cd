"""Sheets and results: the same sheet every time, a key that passes, and files that are graded from scratch."""

from __future__ import annotations

import pytest

from engine.practice.exercise import Exercise, grade, problem
from engine.practice.kinds.worksheet import Worksheet
from engine.practice.nets import net
from engine.practice.question import NoQuestionError
from engine.practice.results import regraded, slips_counted
from engine.practice.sheet import sheet
from engine.practice.skills import SKILLS
from engine.presets import presets
from engine.run.run import Run
from engine.run.task import parse_config
from tests.practice_rates import answers


def test_the_key_of_a_sheet_passes_and_the_same_sheet_comes_again() -> None:
    items = sheet(["slope", "gate"], 3, 5)
    assert items == sheet(["slope", "gate"], 3, 5)
    for i, item in enumerate(items):
        skill = SKILLS[("slope", "gate")[i % 2]]
        exercise = Exercise("number", skill.iteration, 5 + i, skill.name)
        verdict = grade(Run(parse_config(net(skill.net))), exercise, {"1": item.key[0].right}).fields["1"]
        assert verdict.verdict == "right"


def test_a_sheet_of_what_is_not_asked_in_numbers_is_refused() -> None:
    with pytest.raises(NoQuestionError, match="not on paper"):
        sheet(["shape"], 1, 0)


def test_results_are_graded_again_whatever_the_file_says_of_them() -> None:
    (key,) = sheet(["slope"], 1, 5)[0].key
    slip = next(value for name, value in key.slips if name == "slope left out")
    own = {"skill": "slope", "kind": "number", "seed": 5, "rating": "good", "tag": ""}
    log = [
        {**own, "answers": {"1": key.right}},
        {**own, "answers": {"1": slip}},
        *(None, 5, {}, {**own, "seed": "5"}, {**own, "kind": "essay"}, {**own, "skill": ["slope"]}),
        {**own, "answers": {"1": {}, "x": 3}},
    ]
    results = list(regraded(log))
    assert [(r.score, r.tags) for r in results] == [
        (1.0, ("right",)),
        (0.0, ("slope_left_out",)),
        (0.0, ("unreadable",)),
    ]
    assert slips_counted(results) == {"slope_left_out": 1, "unreadable": 1}


def test_a_result_on_a_preset_is_graded_on_that_preset() -> None:
    preset = next(preset for preset in presets() if preset.name == "circle")
    found = problem(Run(parse_config(preset.config)), Exercise("number", 7, 5, "slope"))
    assert isinstance(found, Worksheet)
    own = {"skill": "slope", "kind": "number", "seed": 5, "answers": answers(found)}
    places = [{"preset": "circle", "iteration": at} for at in (7, -1, "7", 10**9)]
    results = list(
        regraded([*({**own, **place} for place in places), {**own, "preset": "nowhere", "iteration": 7}, own])
    )
    assert [result.score for result in results] == [1.0, 0.0]
