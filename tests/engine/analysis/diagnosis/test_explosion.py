"""A loss out of bounds: its cause is told, and what helps is the same wherever after it one stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from engine.analysis.diagnosis import Finding, diagnose
from engine.run.run import Run
from engine.run.task import parse_config
from tests.engine.analysis.diagnosis.examples import PRESETS, Config, changed, dense, diagnosis, on_circle, sgd

SMALL = on_circle(dense((6, "tanh"), (1, "identity")), "mse")
PERSISTENT = changed(SMALL, optimizer=sgd(0.1, momentum=0.999))
UPHILL = changed(SMALL, optimizer=sgd(0.1, maximize=True))
THIN = changed(SMALL, layers=[*dense((6, "relu")), {"type": "dropout", "p": 0.99}, *dense((1, "identity"))])


def explosion(config: Config, t: int) -> Finding:
    found = diagnosis(Run(parse_config(config)), t).findings
    return next(each for each in found if each.kind in ("explodes", "nonfinite"))


def edits(found: Finding, which: int) -> Sequence[Mapping[str, Any]]:
    given = found.cures[which].edits
    assert given
    return given


def test_cures_begin_where_the_loss_began_to_grow_wherever_one_stands_after_it() -> None:
    run = Run(parse_config(PRESETS["diverging"]))
    losses = run.losses(0, 52)
    began = edits(explosion(PRESETS["diverging"], 53), 0)[0]["iteration"]

    assert losses[began] <= 2 * losses.min() < losses[began + 1 :].min()
    cures = [[(cure.title, cure.edits) for cure in explosion(PRESETS["diverging"], t).cures] for t in (53, 55, 57, 90)]
    assert cures == [cures[0]] * 4


@pytest.mark.parametrize("which", [0, 1])
def test_what_helps_against_an_explosion_keeps_the_loss_down(which: int) -> None:
    run = Run(parse_config(PRESETS["diverging"]))
    more = edits(explosion(PRESETS["diverging"], 57), which)
    losses = run.branch(more).losses(0, 400)
    assert np.isfinite(losses).all()
    assert losses[-20:].mean() < losses[0]


@pytest.mark.parametrize(
    ("config", "t", "said", "helps"),
    [
        (PERSISTENT, 300, "With momentum 0.999 a step adds up gradients to as much as 1/(1 − μ) = 1000 times", "Mom"),
        (UPHILL, 0, "The optimizer maximizes: every step is meant to make mse larger, and of outputs without", "Minim"),
        (UPHILL, 100, "The optimizer maximizes: ", "Minimize the loss"),
        (UPHILL, 1000, "The optimizer maximizes: ", "Minimize the loss"),
        (THIN, 60, "Dropout with p = 0.99 multiplies what it lets through by 1/(1 − p) = 100.", "Dropout of 0.5"),
        (THIN, 100, "Dropout with p = 0.99 multiplies what it lets through by 1/(1 − p) = 100.", "Dropout of 0.5"),
        (PRESETS["diverging"], 53, "The learning rate of 0.9 is too large.", "Learning rate"),
    ],
)
def test_what_makes_a_loss_explode_is_told_and_taken_away(config: Config, t: int, said: str, helps: str) -> None:
    found = explosion(config, t)
    assert said in found.text
    assert found.cures[0].title.startswith(helps)


@pytest.mark.parametrize("config", [PERSISTENT, UPHILL, THIN])
def test_without_its_cause_the_loss_stays_within_what_it_began_with(config: Config) -> None:
    run, cure = Run(parse_config(config)), explosion(config, 300 if config is PERSISTENT else 60).cures[0]
    other = run.branch(cure.edits) if cure.edits else Run(parse_config(cure.config))
    assert other.losses(300, 320).mean() < 2 * float(run.losses(0, 1)[0])


@pytest.mark.parametrize("loss", ["poisson_nll", {"type": "gaussian_nll", "var": 1e-4}])
def test_a_loss_below_0_that_explodes_is_told_like_any_other(loss: Any) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 2)).round(3)
    data = {"inputs": x.tolist(), "targets": (1000 * np.abs(x[:, :1])).round().tolist()}
    layers = [{"units": 4, "activation": "tanh"}, {"units": 1}]
    optimizer = {"type": "sgd", "learning_rate": 0.05}
    run = Run(parse_config({"data": data, "layers": layers, "loss": loss, "optimizer": optimizer}))
    for t in (0, 10, 50, 150):
        found = [finding.text for finding in diagnose(run, run.trace_at(t)).findings]
        assert found
        assert not any("factor of \N{MINUS SIGN}" in text for text in found)
