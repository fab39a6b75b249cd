"""Where to look in a preset: the place is there, and what is said of it is true."""

from __future__ import annotations

import re

import numpy as np
import pytest

from engine.conditions.find import claim
from engine.presets import Preset, presets
from engine.presets.looks import LOOKS
from engine.run.run import Run
from engine.run.task import parse_config

each = pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.name)


def run_of(preset: Preset) -> Run:
    return Run(parse_config(preset.config))


def test_every_preset_has_a_place_and_every_place_a_preset() -> None:
    assert sorted(preset.name for preset in presets()) == sorted(LOOKS)


@each
def test_what_is_said_of_the_place_is_true(preset: Preset) -> None:
    run = run_of(preset)
    claims = LOOKS[preset.name].claims
    assert claims
    assert [text for text in claims if not claim(run, text).holds] == []


@each
def test_the_chosen_cell_is_a_finite_number_there(preset: Preset) -> None:
    look = preset.look
    assert np.isfinite(run_of(preset).trace_at(look.iteration)[look.selection.value][look.selection.index])


@each
def test_the_cursor_stands_where_the_cell_is_written_or_has_its_gradient(preset: Preset) -> None:
    """Parameters are there from the start: their gradients are at the end of the backward phase."""
    look = preset.look
    steps = run_of(preset).trace_at(look.iteration).program.steps
    written = [k for k, step in enumerate(steps) if step.output == look.selection.value]
    backward = [k for k, step in enumerate(steps) if step.phase == "backward"]
    assert look.step == (written or backward)[-1]


@each
def test_a_sentence_states_no_number_that_was_not_computed(preset: Preset) -> None:
    assert re.findall(r"\d", preset.look.sentence) == []
