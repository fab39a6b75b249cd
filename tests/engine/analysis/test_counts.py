"""A loss of counts, whose outputs are logarithms."""

from __future__ import annotations

import numpy as np
import pytest

from engine.analysis.evaluation import evaluate, outputs
from engine.foundation.errors import ConfigError
from engine.run.run import Run
from engine.run.task import parse_config


def counting(targets: list[float]) -> Run:
    data = {"inputs": [[float(x)] for x in range(len(targets))], "targets": [[t] for t in targets]}
    optimizer = {"type": "adam", "learning_rate": 0.05}
    return Run(parse_config({"data": data, "layers": [{"units": 1}], "loss": "poisson_nll", "optimizer": optimizer}))


def test_r2_compares_the_counts_that_the_outputs_stand_for() -> None:
    run = counting([1, 2, 4, 8, 16])
    given, targets = outputs(run, run.state_at(300), run.inputs), run.targets
    missed = np.sum((targets - np.exp(given)) ** 2) / np.sum((targets - targets.mean()) ** 2)
    assert evaluate(run, 300).train.r2 == pytest.approx(1 - missed)
    assert missed < 0.05


def test_counts_are_at_least_0() -> None:
    with pytest.raises(ConfigError, match="takes counts, which are at least 0; given -1 at row 2, column 0"):
        counting([1, 2, -1])
