"""What helps does no harm: no leap of the rate, nothing against a consequence, nothing worse than what is there."""

from __future__ import annotations

import pytest

from engine.analysis.diagnosis import Cure, Finding
from engine.run.run import Run
from engine.run.task import parse_config
from tests.engine.analysis.diagnosis.examples import (
    PRESETS,
    TWO,
    Config,
    X,
    changed,
    dense,
    diagnosis,
    inline,
    kinds,
    on_circle,
    sgd,
)


def found(config: Config, t: int, kind: str) -> Finding:
    return next(each for each in diagnosis(Run(parse_config(config)), t).findings if each.kind == kind)


def titles(cures: tuple[Cure, ...]) -> list[str]:
    return [cure.title for cure in cures]


@pytest.mark.parametrize("rate", [1e-12, 1e-8, 1e-6])
def test_the_rate_that_is_offered_makes_steps_usual_however_far_it_is(rate: float) -> None:
    (cure,) = found(on_circle(TWO, rate=rate), 40, "tiny_steps").cures
    branch = Run(parse_config(on_circle(TWO, rate=rate))).branch(cure.edits or [])
    assert "tiny_steps" not in kinds(branch, 80)


def test_a_rate_that_was_tried_and_does_harm_is_not_offered() -> None:
    near = [{"units": 1, "weight": [[0.050001]], "bias_values": [-0.20001]}]
    config = inline(X * 10, [[float(t)] for t in 0.5 * X - 0.2], layers=near, optimizer=sgd(1e-6))
    assert titles(found(config, 0, "tiny_steps").cures) == ["Learning rate 1e−05"]


@pytest.mark.parametrize(
    ("config", "t", "kind", "cause"),
    [
        (PRESETS["diverging"], 53, "saturated_units", "explodes"),
        (inline(X * 300, [[x] for x in X], layers=dense((4, "tanh"), (1, "identity"))), 0, "saturated_units", "input_"),
    ],
)
def test_nothing_is_offered_against_what_follows_from_another_finding(
    config: Config, t: int, kind: str, cause: str
) -> None:
    assert any(each.startswith(cause) for each in kinds(Run(parse_config(config)), t))
    assert found(config, t, kind).cures == ()


@pytest.mark.parametrize(
    ("preset", "t", "offered"),
    [
        ("moons", 300, []),  # 1 of 8 units
        ("digits", 60, []),  # 7 of 32
        ("kaiming", 0, ["Leaky ReLU"]),  # drawn anew it has more dead units
        ("kaiming", 60, ["Leaky ReLU"]),  # it learns
    ],
)
def test_few_dead_units_need_no_cure_and_a_net_that_learns_is_not_drawn_anew(
    preset: str, t: int, offered: list[str]
) -> None:
    dead = found(PRESETS[preset], t, "dead_units")
    assert (dead.severity, titles(dead.cures)) == ("warning", offered)


def test_a_single_step_up_with_momentum_is_no_fault() -> None:
    run = Run(parse_config(PRESETS["valley"]))
    before, now = run.losses(29, 31)
    assert now > before
    assert "large_steps" not in kinds(run, 30)


@pytest.mark.parametrize("t", [0, 30])
def test_large_steps_are_not_called_healthy(t: int) -> None:
    said = kinds(Run(parse_config(PRESETS["diverging"])), t)
    assert "large_steps" in said
    assert "healthy" not in said


def test_one_long_step_among_short_ones_is_no_fault() -> None:
    edits = [{"iteration": t, "set": {"optimizer.learning_rate": rate}} for t, rate in ((40, 3.0), (41, 0.001))]
    config = changed(on_circle(TWO, rate=0.001), edits=edits)
    assert "large_steps" not in kinds(Run(parse_config(config)), 40)
    assert "large_steps" in kinds(Run(parse_config(changed(config, optimizer=sgd(3.0)))), 40)
