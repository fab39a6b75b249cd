"""A search is a value: it is read, normalized, hashed, and lists the same trials everywhere."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from engine.foundation.errors import ConditionError, EngineError, NoDataError
from engine.run.task import parse_config
from engine.search.space import Search
from engine.search.trials import config_of, trial
from tests.engine.search.searches import AXES, BASE, search_of
from tests.engine.support.expression_runs import LECTURE

RANGES = [{"path": "optimizer.learning_rate", "low": 1e-3, "high": 1.0, "scale": "log"}, AXES[1]]


def test_a_search_read_from_its_own_form_is_itself() -> None:
    searches = [
        search_of(),
        search_of(method="random", trials=5, axes=RANGES),
        search_of(method="halving", trials=8, rungs=[10, 20], axes=RANGES),
        search_of(objective="iterations until loss < 0.5", axes=[]),
    ]
    assert [Search.from_dict(search.to_dict()) for search in searches] == searches
    assert len({search.id for search in searches}) == len(searches)


def test_a_number_of_seeds_means_those_from_the_base_on() -> None:
    assert (search_of(seeds=3).seeds, search_of(seeds=[7, 1]).seeds) == ((3, 4, 5), (7, 1))
    assert search_of(seeds=2).id == search_of(seeds=[3, 4]).id


def test_a_grid_lists_every_combination_with_every_seed() -> None:
    search = search_of()
    found = [(*trial(search, i).settings.values(), trial(search, i).seed) for i in range(search.size)]
    assert found == list(product([0.01, 0.1, 0.5], [2, 4], [3, 4]))


def test_a_trial_is_the_base_with_its_settings() -> None:
    search = search_of()
    config = parse_config(config_of(search, trial(search, 7)))
    layers = [{**BASE["layers"][0], "units": 4}, BASE["layers"][1]]
    expected = {**BASE, "seed": 4, "layers": layers, "optimizer": {"type": "sgd", "learning_rate": 0.1}}
    assert config.id == parse_config(expected).id


def test_more_trials_are_those_before_and_more_of_them() -> None:
    few, many = (search_of(method="random", trials=n, axes=RANGES, seeds=1) for n in (3, 30))
    assert [trial(few, i) for i in range(3)] == [trial(many, i) for i in range(3)]


def test_another_axis_draws_the_same_of_the_first() -> None:
    one, two = (search_of(method="random", trials=9, axes=axes) for axes in (RANGES[:1], RANGES))
    rates = [[trial(search, i).settings["optimizer.learning_rate"] for i in range(18)] for search in (one, two)]
    assert rates[0] == rates[1]
    assert len(set(rates[0])) == 9  # a setting has one rate, whatever its seeds


def test_two_axes_of_one_range_are_drawn_apart() -> None:
    axes = [{"path": path, "low": 0.0, "high": 1.0} for path in ("optimizer.momentum", "data.noise")]
    search = search_of(method="random", trials=6, axes=axes)
    settings = [trial(search, i).settings for i in range(search.size)]
    assert not {s["optimizer.momentum"] for s in settings} & {s["data.noise"] for s in settings}


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"base": {**BASE, "batch_size": 0}}, "base.batch_size"),
        ({"base": None}, "base"),
        ({"trails": 4}, "trails"),
        ({"axes": [*AXES, AXES[0]]}, "axes[2].path"),
        ({"axes": [{"path": "layers[0].units", "values": [2, 0]}]}, "axes[0].values[1]"),
        ({"axes": [{"path": "layers[0].unit", "values": [2]}]}, "axes[0].values[0]"),
        ({"method": "best"}, "method"),
        ({"axes": RANGES}, "axes[0]"),
        ({"method": "random"}, "trials"),
        ({"method": "halving"}, "rungs"),
        ({"method": "halving", "rungs": [20, 10]}, "rungs"),
        ({"seeds": []}, "seeds"),
        ({"seeds": [1, 1]}, "seeds"),
        ({"objective": "loss"}, "objective"),
        ({"objective": "iterations until"}, "objective"),
        ({"iterations": 0}, "iterations"),
        ({"base": {**BASE, "data": {**BASE["data"], "test_fraction": 0}}}, "objective"),
        ({"base": {**BASE, "data": {"name": "sine"}}, "objective": "test_accuracy@last", "axes": []}, "objective"),
    ],
)
def test_what_cannot_be_searched_is_refused_at_its_place(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(EngineError) as refused:
        search_of(**changes)
    assert refused.value.path == place


def test_a_condition_is_read_before_anything_is_trained() -> None:
    with pytest.raises(ConditionError):
        search_of(objective="iterations until nothing < 3")


def test_an_expression_has_no_trials() -> None:
    with pytest.raises(NoDataError):
        search_of(base=LECTURE, axes=[])
