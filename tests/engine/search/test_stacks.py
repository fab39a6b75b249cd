"""Trials trained side by side are the trials one by one, whichever are put together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.analysis.evaluation import mean_loss
from engine.execution.lifting import NotStackableError
from engine.foundation.errors import ConfigError
from engine.run.run import Run
from engine.run.stack import Net, Stack
from engine.run.task import Config, parse_config
from engine.search.axes import Listed
from engine.search.outcome import Outcome, run_trial
from engine.search.schedule import Task, due
from engine.search.space import Search
from engine.search.stacks import _members, run_tasks
from engine.search.trials import config_of, trial
from tests.engine.search.searches import BASE, search_of
from tests.engine.support import models

ITERATIONS = 7
CASES: dict[str, dict[str, Any]] = {
    name: models.net(**given)
    for of in (models.LAYERS, models.SEQUENCES, models.LOSSES, models.UPDATES)
    for name, given in of.items()
} | {f"optimizer {name}": models.net(optimizer=given) for name, given in models.OPTIMIZERS.items()}
MIXED = search_of(
    axes=[
        {"path": "optimizer.learning_rate", "values": [0.01, 0.1, 0.5]},
        {"path": "batch_size", "values": [7, 8]},
    ]
)


def stacked(configs: list[dict[str, Any]]) -> tuple[Stack, list[Run]]:
    runs = [Run(parse_config(config)) for config in configs]
    rates = [run.config.update_at(0).learning_rate for run in runs]
    nets = [Net(run, rate, run.initial_state()) for run, rate in zip(runs, rates, strict=True)]
    return Stack(nets, 0), runs


@pytest.mark.parametrize("name", CASES)
def test_nets_side_by_side_are_the_nets_one_by_one(name: str) -> None:
    stack, runs = stacked([{**CASES[name], "seed": seed} for seed in (0, 1, 0)])
    stack.advance(ITERATIONS)
    for i, run in enumerate(runs):
        alone = run.state_at(ITERATIONS)
        for mine, own in zip(stack.state(i).arrays, alone.arrays, strict=True):
            np.testing.assert_allclose(mine, own, rtol=1e-9, atol=1e-12)
        losses = [stack.evaluate(test).loss[i] for test in (False, True) if not test or len(run.test_inputs)]
        expected = [mean_loss(run, alone, test) for test in (False, True) if not test or len(run.test_inputs)]
        np.testing.assert_allclose(losses, expected, rtol=1e-9)


def test_a_run_with_another_seed_is_the_one_read_anew_and_takes_the_programs_that_are_there() -> None:
    run = Run(parse_config(models.net()))
    other, anew = run.with_seed(3), Run(parse_config(models.net(seed=3)))
    found = (other.config, other.config.id, other.outline.parameters, other.program_at(0))
    assert found == (anew.config, anew.config.id, anew.outline.parameters, run.program_at(0))
    assert other.state_at(ITERATIONS).parameters.tobytes() == anew.state_at(ITERATIONS).parameters.tobytes()


def test_a_trial_is_the_configuration_that_its_settings_make_whatever_was_read_before_it() -> None:
    axes = [
        {"path": "layers[0].units", "values": [2, 3]},
        {"path": "optimizer.type", "values": ["sgd", "adam"]},
        {"path": "optimizer.learning_rate", "values": [0.01, 1]},
        {"path": "regularization.l2", "values": [0.01, 0.1]},
    ]
    search = search_of(axes=axes, seeds=2)
    tasks = [(Task(i, search.iterations), None) for i in range(search.size)]
    found = [(m.config, m.config.id, m.config.to_dict()) for m in _members(search, tasks, lambda _: None)]
    anew = [parse_config(config_of(search, trial(search, i))) for i in range(search.size)]
    assert found == [(config, config.id, config.to_dict()) for config in anew]


def test_a_rate_that_no_optimizer_takes_is_refused_by_the_trial_itself() -> None:
    search = search_of(axes=[{"path": "optimizer.learning_rate", "values": [0.1, 0.2]}], seeds=1)
    wrong = replace(search, axes=(Listed("optimizer.learning_rate", (0.1, 0.2, -1)),))
    assert [bool(outcome.error) for outcome in together(wrong, [0, 1, 2])] == [False, False, True]


def test_feedback_weights_that_the_seed_draws_are_not_stacked() -> None:
    configs = [models.net(backward="feedback_alignment", seed=seed) for seed in (0, 1)]
    with pytest.raises(NotStackableError, match="depend on the seed"):
        stacked(configs)
    stack, (run, _) = stacked([configs[0], configs[0]])
    stack.advance(ITERATIONS)
    np.testing.assert_allclose(stack.state(1).parameters, run.state_at(ITERATIONS).parameters, rtol=1e-9)


def together(search: Search, indices: list[int]) -> list[Outcome]:
    return [outcome for outcome, _ in run_tasks(search, [(Task(i, search.iterations), None) for i in indices])]


@settings(max_examples=5)
@given(order=st.permutations(range(MIXED.size)), parts=st.integers(1, 3))
def test_a_trial_comes_to_the_same_whatever_is_trained_beside_it(order: list[int], parts: int) -> None:
    found = [outcome for k in range(parts) for outcome in together(MIXED, order[k::parts])]
    for outcome in found:
        alone = run_trial(MIXED, outcome.index, MIXED.iterations)[0]
        assert numbers(outcome) == pytest.approx(numbers(alone), rel=1e-9)
        assert (outcome.run, outcome.parameters, outcome.error) == (alone.run, alone.parameters, "")


def numbers(outcome: Outcome) -> list[float | None]:
    return [outcome.objective, outcome.train_loss, outcome.test_loss, outcome.accuracy, *outcome.course]


def test_trials_go_on_from_a_rung_side_by_side() -> None:
    search = search_of(method="halving", rungs=[10, 40], axes=MIXED.to_dict()["axes"][:1])
    first = run_tasks(search, [(Task(i, 10), None) for i in range(search.size)])
    second = run_tasks(search, [(Task(i, 40), reached) for i, (_, reached) in enumerate(first)])
    for outcome, _ in second:
        whole, _ = run_trial(search, outcome.index, 40)
        assert outcome.course == pytest.approx(whole.course, rel=1e-9)
        assert (outcome.run, outcome.exact) == (whole.run, False)


def test_a_trial_that_runs_away_beside_others_says_where_it_was_lost() -> None:
    base = {**BASE, "layers": [{"units": 3, "activation": "tanh"}, {"units": 1}]}
    search = search_of(base=base, axes=[{"path": "optimizer.learning_rate", "values": [0.1, 0.2, 1e200]}], seeds=1)
    found = together(search, [0, 1, 2])
    assert [outcome.exact for outcome in found] == [False, False, True]
    assert repr(found[2]) == repr(run_trial(search, 2, search.iterations)[0])  # nan is not nan


def test_a_trial_that_must_not_be_run_takes_nothing_from_the_others() -> None:
    def check(config: Config) -> None:
        if config.update_at(0).learning_rate == 0.1:
            raise ConfigError("too fast")

    search = search_of(axes=[{"path": "optimizer.learning_rate", "values": [0.01, 0.1, 0.5]}], seeds=1)
    found = [outcome for outcome, _ in run_tasks(search, [(Task(i, 40), None) for i in range(3)], check)]
    assert [outcome.error for outcome in found] == ["", "too fast", ""]


def test_the_best_trial_is_done_again_by_itself() -> None:
    done = {(o.index, o.iterations): o for o in together(MIXED, list(range(MIXED.size)))}
    (task,) = due(MIXED, done)
    (best, _) = run_tasks(MIXED, [(task, None)])[0]
    done[best.index, best.iterations] = best
    assert (task.alone, best.exact, due(MIXED, done)) == (True, True, [])
    assert best.index == min(done.values(), key=lambda o: MIXED.objective.cost(o.objective)).index


def test_where_a_condition_has_to_hold_every_trial_runs_by_itself() -> None:
    search = search_of(objective="iterations until train_loss < 0.2")
    assert all(outcome.exact for outcome in together(search, [0, 1]))
