"""The comparisons that are offered: what each sentence states holds, and the runs differ in what the title says."""

from __future__ import annotations

import re

import pytest

from engine import Run
from engine.analysis.comparison import differing
from engine.conditions.find import claim
from engine.presets.comparisons import Comparison, comparisons
from engine.run.task import parse_config

DIFFER = {  # in these settings, layers aside: which of them differ is part of what a comparison says
    "activations": {"activation", "initializer"},
    "learning_rates": {"learning_rate"},
    "initializations": {"initializer"},
    "optimizers": {"optimizer"},
    "batch_norm": {"layers"},
    "dropout": {"layers"},
    "l2": {"regularization"},
    "clipping": {"clip"},
    "batch_sizes": {"batch_size"},
    "feedback": {"backward"},
}


@pytest.mark.parametrize("comparison", comparisons(), ids=lambda comparison: comparison.name)
def test_what_the_sentence_states_holds(comparison: Comparison) -> None:
    runs = [Run(parse_config(shown.config)) for shown in comparison.runs]
    assert [text for i, text in comparison.claims if not claim(runs[i], text).holds] == []
    assert {i for i, _ in comparison.claims} == set(range(len(runs)))


@pytest.mark.parametrize("comparison", comparisons(), ids=lambda comparison: comparison.name)
def test_the_runs_differ_in_nothing_else(comparison: Comparison) -> None:
    first, *others = (shown.config for shown in comparison.runs)
    paths = {setting.path for other in others for setting in differing(first, other)[0]}
    allowed = DIFFER[comparison.name]
    assert [path for path in paths if not any(name in path for name in allowed)] == []
    assert paths


def test_two_to_four_runs_stand_side_by_side_at_an_iteration_that_is_drawn() -> None:
    assert all(2 <= len(found.runs) <= 4 and found.iteration <= found.to for found in comparisons())
    assert {found.name for found in comparisons()} == set(DIFFER)


@pytest.mark.parametrize("comparison", comparisons(), ids=lambda comparison: comparison.name)
def test_what_is_said_of_the_losses_after_so_many_iterations_is_on_show_when_it_opens(comparison: Comparison) -> None:
    said = [int(after) for after in re.findall(r"(?:after|losses at) (\d+)", comparison.sentence)]
    assert set(said) <= {comparison.iteration}
