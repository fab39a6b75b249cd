"""Every kind of finding: a run that has it, one close to it that has not, and what helps."""

from __future__ import annotations

import pytest

from engine.analysis.diagnosis import CHECKS, KINDS, SILENCED_BY, Cure, Finding
from engine.analysis.diagnosis.cures import anew
from engine.analysis.diagnosis.diagnose import agreeing
from engine.analysis.diagnosis.look import Look
from engine.run.run import Run
from engine.run.task import parse_config
from tests.engine.analysis.diagnosis.examples import (
    EXAMPLES,
    LINE,
    TWO,
    Config,
    X,
    changed,
    close_run,
    dense,
    diagnosis,
    expression,
    inline,
    kinds,
    on_circle,
    run_with,
)


def finding(kind: str) -> Finding:
    found = diagnosis(run_with(kind), EXAMPLES[kind].at).findings
    return next(each for each in found if each.kind == kind)


def treated(run: Run, cure: Cure) -> Run:
    return run.branch(cure.edits) if cure.edits else Run(parse_config(cure.config))


def test_every_kind_has_an_example_and_a_check() -> None:
    asked = {kind for check in CHECKS for kind in check.kinds}
    assert set(EXAMPLES) == set(KINDS)
    assert asked | {"healthy"} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_found_where_it_is(kind: str) -> None:
    assert kind in kinds(run_with(kind), EXAMPLES[kind].at)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_not_found_close_by(kind: str) -> None:
    assert kind not in kinds(*close_run(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_wrong_has_one_to_three_cures_each_of_them_a_branch_or_a_new_run(kind: str) -> None:
    found = finding(kind)
    assert len(found.cures) in ((0,) if found.severity == "good" else (1, 2, 3))
    assert all((cure.edits is None) != (cure.config is None) for cure in found.cures)
    assert all(cure.title and cure.why.endswith(".") for cure in found.cures)
    configs = [cure.config for cure in found.cures if cure.config]
    assert configs == [parse_config(config).to_dict() for config in configs]  # ready to be sent as they are


@pytest.mark.parametrize("kind", [kind for kind in KINDS if finding(kind).cures])
def test_each_cure_cures(kind: str) -> None:
    run, after = run_with(kind), EXAMPLES[kind].after

    left = {}
    for cure in finding(kind).cures:
        start = min(edit["iteration"] for edit in cure.edits) if cure.edits else 0
        left[cure.title] = [found for found in kinds(treated(run, cure), start + after) if found in (kind, "nonfinite")]

    assert left == {title: [] for title in left}


@pytest.mark.parametrize("kind", KINDS)
def test_the_place_of_a_finding_is_a_value_of_its_iteration_and_a_cell_of_it(kind: str) -> None:
    run, at = run_with(kind), finding(kind).at
    value = run.trace_at(at.iteration)[at.value]
    assert at.iteration <= EXAMPLES[kind].at
    assert at.index is None or value[at.index].shape == ()


@pytest.mark.parametrize("kind", KINDS)
def test_no_finding_is_beside_one_that_it_contradicts(kind: str) -> None:
    given, silenced = kinds(run_with(kind), EXAMPLES[kind].at), {str(a): b for a, b in SILENCED_BY.items()}
    assert [(a, b) for a in given for b in given if b in silenced.get(a, ())] == []
    assert len(given) == len(set(given))


@pytest.mark.parametrize("kind", KINDS)
def test_every_check_was_made_or_is_said_not_to_be_with_a_reason(kind: str) -> None:
    said = diagnosis(run_with(kind), EXAMPLES[kind].at)
    asked = [*(made.check for made in said.measured), *(left.check for left in said.not_measured)]
    assert sorted(asked) == sorted(check.title for check in CHECKS)
    assert all(left.reason for left in said.not_measured)
    assert all(made.text and made.rests_on for made in said.measured)


@pytest.mark.parametrize("kind", KINDS)
def test_a_check_that_found_something_wrong_has_not_passed(kind: str) -> None:
    said = diagnosis(run_with(kind), EXAMPLES[kind].at)
    failed = {kind for made in said.measured if not made.passed for kind in made.kinds}
    assert {each.kind for each in said.findings if each.severity != "good"} <= failed


@pytest.mark.parametrize("kind", KINDS)
def test_healthy_is_said_only_where_no_check_failed(kind: str) -> None:
    said = diagnosis(run_with(kind), EXAMPLES[kind].at)
    healthy = "healthy" in [each.kind for each in said.findings]
    assert not healthy or all(made.passed for made in said.measured)


@pytest.mark.parametrize("kind", KINDS)
def test_findings_come_worst_first_in_short_plain_sentences(kind: str) -> None:
    found = diagnosis(run_with(kind), EXAMPLES[kind].at).findings
    order = [("bad", "warning", "good").index(each.severity) for each in found]
    assert found
    assert order == sorted(order)
    assert all(each.text.endswith(".") and "!" not in each.text and len(each.text) < 500 for each in found)


def test_what_does_not_fit_a_run_is_no_cure() -> None:
    run = run_with("vanishes")
    look = Look(run, run.trace_at(0))
    unfit = anew(look, "Seven", "It does not fit.", loss="cross_entropy")
    assert (unfit.config, unfit.edits) == (None, None)
    found = Finding("vanishes", "bad", "T", "T.", "loss", look.at("loss"), (unfit,))
    assert agreeing([found])[0].cures == ()


@pytest.mark.parametrize(
    ("config", "at", "found"),
    [
        (on_circle(TWO, rate=1e-9), 500, "tiny_steps"),  # not a standstill: with a usual rate it would go on
        (inline(X, LINE), 1000, "healthy"),  # small steps because hardly anything is left
        (inline(X * 1e-4, LINE), 0, "input_scale"),
        (changed(on_circle(dense((8, "relu"), (1, "identity")), "mse", 500.0), clip={"norm": 1.0}), 60, "dead_units"),
        (
            on_circle(dense((4, "relu"), (1, "sigmoid"), initializer="zeros", bias_initializer="zeros")),
            0,
            "zero_gradient",
        ),
        (expression("L = x**2 - y**2", x=0, y=0), 0, "zero_gradient"),
        (expression("L = (1 - x)**2 + 100*(y - x**2)**2", x=1, y=1), 0, "finished"),
    ],
)
def test_a_cause_is_told_from_what_looks_like_it(config: Config, at: int, found: str) -> None:
    assert found in kinds(Run(parse_config(config)), at)


@pytest.mark.parametrize(
    ("maximize", "start", "said"),
    [
        (
            False,
            1.0,
            [
                "learns: The last step lowered the loss from 1 to 0.64.",
                "healthy: Every number is finite. The gradient's norm is 1.6, so there is a way down.",
            ],
        ),
        (True, 1.0, ["healthy: Every number is finite. The gradient's norm is 2.4, so there is a way up."]),
        (False, 0.0, ["finished: The gradient is 0, and beside it the loss is higher: 0 is a minimum."]),
        (
            True,
            0.0,
            ["zero_gradient: The gradient of every trained input is 0: this is a minimum, a saddle or a flat place."],
        ),
    ],
)
def test_uphill_a_rising_loss_is_the_aim_and_a_minimum_no_end(maximize: bool, start: float, said: list[str]) -> None:
    going = {"type": "sgd", "learning_rate": 0.1, "maximize": maximize}
    run = Run(parse_config({"expression": "L = a * a", "inputs": {"a": start}, "optimizer": going}))
    assert [f"{each.kind}: {each.text}" for each in diagnosis(run, 1).findings] == said


def test_uphill_a_loss_that_grows_without_bound_does_not_explode() -> None:
    going = {"type": "sgd", "learning_rate": 0.5, "maximize": True}
    run = Run(parse_config({"expression": "L = a * a", "inputs": {"a": 1.0}, "optimizer": going}))
    assert [each.title for t in (4, 12) for each in diagnosis(run, t).findings if "loss" in each.title.lower()] == []
