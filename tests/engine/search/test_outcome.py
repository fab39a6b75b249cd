"""What comes of a trial is what the run itself says, however it was trained."""

from __future__ import annotations

import json
import math

import pytest

from engine.analysis.divergence import first_nonfinite
from engine.analysis.evaluation import evaluate, mean_loss
from engine.conditions.find import find
from engine.run.run import Run
from engine.run.task import parse_config
from engine.search.outcome import Reached, outcome_from_dict, outcome_to_dict, points, run_trial
from engine.search.trials import config_of, trial
from tests.engine.search.searches import BASE, search_of

AWAY = {
    "base": {**BASE, "layers": [{"units": 3, "activation": "tanh"}, {"units": 1}]},
    "axes": [{"path": "optimizer.learning_rate", "values": [0.1, 1e200]}],
    "seeds": 1,
}


def test_a_trial_ends_with_the_numbers_of_its_run() -> None:
    search = search_of()
    outcome, _ = run_trial(search, 5, 40)
    run = Run(parse_config(config_of(search, trial(search, 5))))
    found = evaluate(run, 40)
    assert found.test is not None
    assert (outcome.run, outcome.objective, outcome.test_loss) == (run.config.id, found.test.loss, found.test.loss)
    assert (outcome.train_loss, outcome.accuracy) == (found.train.loss, found.test.accuracy)
    assert outcome.course == tuple(mean_loss(run, run.state_at(t), test=True) for t in points(40))


@pytest.mark.parametrize("rungs", [(7, 40), (10, 20, 40), (39, 40), (50, 200), (33, 101, 200)])
def test_a_trial_trained_in_parts_has_the_bits_of_one_trained_whole(rungs: tuple[int, ...]) -> None:
    adam = {**BASE, "optimizer": {"type": "adam", "learning_rate": 0.1}}
    search = search_of(base=adam, axes=[], iterations=rungs[-1])
    whole, _ = run_trial(search, 1, rungs[-1])
    before: Reached | None = None
    for rung in rungs:
        outcome, before = run_trial(search, 1, rung, before)
    assert outcome == whole


def test_a_trial_that_diverged_is_a_result_with_the_place_where_it_was_lost() -> None:
    search = search_of(**AWAY)
    outcome, _ = run_trial(search, 1, 40)
    run = Run(parse_config(config_of(search, trial(search, 1))))
    lost, score = first_nonfinite(run, 40), evaluate(run, 40).train.loss
    assert lost is not None
    assert outcome.first_nonfinite is not None
    assert (outcome.first_nonfinite.iteration, outcome.first_nonfinite.value) == (lost.iteration, lost.value)
    assert (outcome.error, math.isnan(outcome.train_loss)) == ("", math.isnan(score))


def test_a_trial_that_cannot_be_run_says_why() -> None:
    axes = [
        {"path": "optimizer.type", "values": ["sgd", "adam"]},
        {"path": "optimizer.momentum", "values": [0, 0.9]},
    ]
    search = search_of(axes=axes, seeds=1)
    errors = [bool(run_trial(search, i, 40)[0].error) for i in range(4)]
    assert errors == [False, False, True, True]


def test_the_least_loss_is_that_of_the_course() -> None:
    search = search_of(objective="test_loss@least")
    outcome, _ = run_trial(search, 11, 40)
    assert outcome.objective == min(outcome.course)


def test_iterations_until_a_condition_are_those_that_find_gives() -> None:
    search = search_of(objective="iterations until loss < 0.6")
    found = [run_trial(search, i, 40)[0].objective for i in (1, 11)]
    runs = [Run(parse_config(config_of(search, trial(search, i)))) for i in (1, 11)]
    hits = [find(run, "loss < 0.6", 0, 40, limit=1).hits for run in runs]
    assert found == [float(hit[0].iteration) if hit else None for hit in hits]
    assert any(found)


def test_an_outcome_written_and_read_is_itself() -> None:
    search = search_of(**AWAY)
    outcomes = [run_trial(search, i, 40)[0] for i in range(2)]
    again = [outcome_from_dict(json.loads(json.dumps(outcome_to_dict(outcome)))) for outcome in outcomes]
    assert list(map(repr, again)) == list(map(repr, outcomes))  # nan is not equal to itself


@pytest.mark.parametrize("iterations", [1, 2, 31, 32, 33, 1000, 1501])
def test_the_points_of_a_course_rise_from_the_start_to_the_end(iterations: int) -> None:
    found = points(iterations)
    assert (found[0], found[-1], list(found)) == (0, iterations, sorted(set(found)))
    assert len(found) <= 33
