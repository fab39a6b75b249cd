"""The range test over seeds: every curve is that of a run, and the rule is a tenth of the rate where it is least."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Run
from engine.analysis.history import history
from engine.analysis.range_test import range_test, smoothed
from engine.foundation.errors import RangeError
from engine.run.task import parse_config
from tests.engine.search.searches import BASE

TEST = {
    **BASE,
    "optimizer": {"type": "sgd", "learning_rate": 0.1},
    "schedule": {"type": "range_test", "start": 1e-3, "end": 1e3, "iterations": 60},
}


def test_every_seed_gives_a_tenth_of_the_rate_where_its_own_run_is_lowest() -> None:
    run = Run(parse_config(TEST))
    found = range_test(run, 3)
    courses = [history(Run(parse_config({**TEST, "seed": seed})), 0, 60) for seed in found.seeds]
    expected = tuple(float(c.rate[np.argmin(smoothed(c.loss))]) / 10 for c in courses)
    curves = np.stack([smoothed(c.loss) for c in courses])
    assert found.seeds == tuple(range(run.config.seed, run.config.seed + 3))
    assert found.found == expected
    np.testing.assert_array_equal(found.median, np.sort(curves, axis=0)[1])
    np.testing.assert_array_equal([found.least, found.most], [curves.min(axis=0), curves.max(axis=0)])
    assert found.says.startswith("A tenth of the rate where the smoothed loss is least: ")
    assert found.says.endswith(" in the middle.")


def test_a_loss_that_is_lost_is_never_the_least() -> None:
    np.testing.assert_allclose(smoothed(np.array([2.0, 1.0, np.nan, 0.0])), [2, 1.7, np.inf, np.inf])


def test_one_seed_is_told_to_be_no_band() -> None:
    assert range_test(Run(parse_config(TEST)), 1).says.endswith("One seed is no band.")


def test_without_the_schedule_of_a_range_test_there_is_none() -> None:
    for config, seeds in ((BASE, 3), (TEST, 0), (TEST, 33)):
        with pytest.raises(RangeError):
            range_test(Run(parse_config(config)), seeds)
