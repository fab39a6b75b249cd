"""What students set wrong: the cause is named, and what is offered takes that cause away."""

from __future__ import annotations

from typing import Any

import pytest

from engine.run.run import Run
from engine.run.task import parse_config
from tests.engine.analysis.diagnosis.examples import HOUSES, TWO, Config, changed, dense, diagnosis, inline, kinds, sgd

FIRST_TOKEN = {"name": "first_token", "samples": 60, "length": 20, "tokens": 4}
IRIS = {"data": {"name": "iris"}, "batch_size": 20, "loss": "cross_entropy"}


def circle(*layers: tuple[int, str], **more: Any) -> Config:
    """Squared error on the circle."""
    config = {"data": {"name": "circle"}, "batch_size": None, "loss": "mse", "optimizer": sgd(0.1)}
    return {**config, "layers": dense(*(layers or ((6, "tanh"), (1, "tanh")))), **more}


def remembers(kind: str) -> Config:
    """A gated layer that is to name the first of twenty tokens."""
    gated = {"type": kind, "units": 8, "return_sequence": False}
    layers = [{"type": "embedding", "tokens": 4, "units": 4}, gated, {"units": 4}]
    return {"data": FIRST_TOKEN, "batch_size": 20, "layers": layers, "loss": "cross_entropy"}


def adam(rate: float, **more: Any) -> dict[str, Any]:
    return {"type": "adam", "learning_rate": rate, **more}


DEEP = circle(*[(6, "sigmoid")] * 8, (1, "sigmoid"), loss="bce")
HOT = {**IRIS, "layers": dense((8, "relu"), (3, "identity")), "optimizer": sgd(10.0)}
FLUNG = {**IRIS, "layers": dense((8, "tanh"), (3, "identity")), "optimizer": adam(1.0)}
MOONS = circle((16, "tanh"), (1, "tanh"), data={"name": "moons"})
SCALED = "Standardize the inputs; targets with mean 0 and deviation 1"
LIGHTER = ["A hundredth of the penalty"]


@pytest.mark.parametrize(
    ("config", "t", "kind", "cures"),
    [
        (circle(clip={"norm": 1e-4}), 0, "tiny_steps", ["Clip the norm at 2", "No clipping"]),
        (circle(clip={"value": 1e-3}), 50, "one_class", ["Clip the norm at 2", "No clipping"]),
        (circle(schedule={"type": "step", "step_size": 10, "gamma": 0.1}), 50, "tiny_steps", ["No schedule"]),
        (circle(optimizer=sgd(1e-6)), 300, "one_class", ["Learning rate 0.000835"]),
        (DEEP, 600, "constant_output", ["ReLU with Kaiming weights"]),
        (HOUSES, 20, "explodes", [SCALED, "Learning rate 5.27e−08", "Clip the gradient's norm at 0.1"]),
        (circle(optimizer=sgd(0.03, maximize=True)), 50, "explodes", ["Minimize the loss"]),
        (FLUNG, 10, "saturated_units", ["Learning rate 0.0245 from the start", "ReLU"]),
        (HOT, 100, "equal_units", []),  # their gradients have thrown them to one place
        (HOT, 100, "zero_gradient", ["Learning rate 0.285 from the start"]),
        (circle(optimizer=sgd(0.1, weight_decay=0.5)), 0, "penalty_too_strong", LIGHTER),
        (circle(regularization={"l1": 0.2}), 5, "penalty_too_strong", LIGHTER),
        (circle(optimizer={**adam(0.01), "type": "adamw", "weight_decay": 10.0}), 0, "penalty_too_strong", LIGHTER),
        (changed(MOONS, optimizer=adam(0.01, weight_decay=1.0)), 200, "penalty_too_strong", LIGHTER),
        (remembers("lstm"), 0, "vanishes_over_time", ["Biases up to 3 for the forget gate"]),
    ],
)
def test_what_is_offered_goes_against_the_cause(config: Config, t: int, kind: str, cures: list[str]) -> None:
    findings = diagnosis(Run(parse_config(config)), t).findings
    offered = {str(found.kind): [cure.title for cure in found.cures] for found in findings}
    assert offered.get(kind) == cures


@pytest.mark.parametrize(
    ("config", "t", "kind", "after"),
    [
        (circle(clip={"norm": 1e-4}), 0, "tiny_steps", 30),
        (circle(schedule={"type": "step", "step_size": 10, "gamma": 0.1}), 50, "tiny_steps", 60),
        (circle(optimizer=sgd(0.03, maximize=True)), 50, "explodes", 50),
        (HOUSES, 20, "explodes", 40),
        (HOT, 100, "zero_gradient", 100),
        (circle(optimizer=sgd(0.1, weight_decay=0.5)), 0, "penalty_too_strong", 60),
        (remembers("lstm"), 0, "vanishes_over_time", 0),
        (remembers("gru"), 0, "vanishes_over_time", 0),
    ],
)
def test_and_takes_it_away(config: Config, t: int, kind: str, after: int) -> None:
    run, left = Run(parse_config(config)), {}
    for cure in next(each for each in diagnosis(run, t).findings if each.kind == kind).cures:
        other = run.branch(cure.edits) if cure.edits else Run(parse_config(cure.config))
        left[cure.title] = kind in kinds(other, after + (cure.edits[0]["iteration"] if cure.edits else 0))
    assert left == dict.fromkeys(left, False)


@pytest.mark.parametrize(
    ("config", "t", "kind"),
    [
        (circle(optimizer=sgd(0.1, momentum=0.99)), 100, "saturated_units"),  # every answer is right
        (HOT, 100, "overfits"),  # what an explosion leaves is no fit
        (circle(optimizer=sgd(0.1, weight_decay=0.001)), 5, "penalty_too_strong"),
        (changed(MOONS, regularization={"l2": 0.1}), 200, "penalty_too_strong"),
        (circle(regularization={"l2": 30.0}), 0, "penalty_too_strong"),  # it diverges instead
        (inline([0, 0, 1, 1], [[0], [1], [1], [0]], layers=TWO), 300, "constant_output"),  # no other answer is better
    ],
)
def test_nothing_is_said_that_is_not_so(config: Config, t: int, kind: str) -> None:
    assert kind not in kinds(Run(parse_config(config)), t)


def test_of_an_lstm_the_cell_is_judged_for_it_is_what_goes_on() -> None:
    (found,) = (
        f for f in diagnosis(Run(parse_config(remembers("lstm"))), 0).findings if f.kind == "vanishes_over_time"
    )
    assert (found.at.value, "the cell's gradient falls" in found.text) == ("lstm1.c1.grad", True)


@pytest.mark.parametrize(
    ("config", "t", "said"),
    [
        (circle(clip={"norm": 1e-4}), 0, "Clipping leaves 0.011% of the gradient, whose norm is 0.872."),
        (
            circle(schedule={"type": "step", "step_size": 10, "gamma": 0.1}),
            50,
            "The schedule has brought the rate from 0.1 down to 1e−06.",
        ),
        (
            circle(optimizer=sgd(0.1, weight_decay=0.5)),
            0,
            "The penalty (weight decay = 0.5) makes 59% of what pulls at the weights, and takes 5% of their norm away "
            "in a step: at that pace half of it is gone in 14 iterations.",
        ),
        (
            DEEP,
            600,
            "the output is the same, 0.5, to within a deviation of 7.64e−09: it does not depend on the inputs.",
        ),
        (
            circle(*[(6, "sigmoid")] * 4, (1, "sigmoid"), loss="bce", optimizer=adam(0.01)),
            50,
            "the output stays near 0.496: it varies by 0.000199, less than a thousandth of what classes ask for.",
        ),
        (
            circle(optimizer=sgd(0.03, maximize=True)),
            5,
            "every step is meant to make mse larger, and it says how wrong the answers are.",
        ),
    ],
)
def test_the_cause_is_told_with_its_numbers(config: Config, t: int, said: str) -> None:
    texts = [found.text for found in diagnosis(Run(parse_config(config)), t).findings]
    assert [text for text in texts if text.endswith(said)], texts
