"""The conditions that a run offers by name: each can be asked for, and means what its title says."""

from __future__ import annotations

import pytest

from engine import Run, RunConfig
from engine.conditions.find import Search, find
from engine.conditions.named import named_conditions
from engine.presets import Preset, presets
from engine.run.task import parse_config

CONFIG = {
    "data": {"name": "circle", "samples": 60},
    "layers": [{"units": 4, "activation": "relu"}, {"units": 1, "activation": "tanh"}],
    "loss": "mse",
    "optimizer": {"type": "sgd", "learning_rate": 0.5},
    "clip": {"norm": 0.2},
}


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.name)
def test_every_condition_that_is_offered_can_be_searched_for(preset: Preset) -> None:
    run = Run(parse_config(preset.config))
    for offered in named_conditions(run, 2):
        Search(run, offered.text, 2)


def test_what_does_not_concern_a_run_is_not_offered_to_it() -> None:
    offered = {(named.layer, named.title) for named in named_conditions(Run(RunConfig.from_dict(CONFIG)), 9)}
    plain = {key: value for key, value in CONFIG.items() if key != "clip"}
    without = {(named.layer, named.title) for named in named_conditions(Run(RunConfig.from_dict(plain)), 9)}
    assert offered - without == {("", "clipping acts")}
    assert {layer for layer, title in offered if title == "a unit lets nothing through"} == {"dense1"}
    assert {layer for layer, title in offered if title == "all units are saturated"} == {"dense2"}


def test_clipping_acts_where_the_history_says_so() -> None:
    run = Run(RunConfig.from_dict(CONFIG))
    text = next(named.text for named in named_conditions(run, 60) if named.title == "clipping acts")
    acted = run.course(0, 60).clipped
    onsets = [t for t in range(60) if acted[t] and not (t and acted[t - 1])]
    assert [hit.iteration for hit in find(run, text, 0, 60).hits] == onsets
    assert onsets
