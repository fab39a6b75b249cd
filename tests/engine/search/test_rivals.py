"""The best setting, and whether luck alone may tell it from another."""

from __future__ import annotations

import math

import pytest

from engine.search.outcome import Outcome
from engine.search.rivals import certainty, sign_test
from engine.search.space import Search
from tests.engine.search.searches import made, search_of


def rates(seeds: int, **changes: object) -> Search:
    axes = [{"path": "optimizer.learning_rate", "values": [0.01, 0.1, 0.5]}]
    return search_of(axes=axes, seeds=seeds, **changes)


def of_losses(search: Search, *losses: list[float]) -> dict[int, Outcome]:
    """Outcomes of settings with a loss for each seed."""
    every = [loss for row in losses for loss in row]
    return {i: made(i, loss) for i, loss in enumerate(every)}


@pytest.mark.parametrize(
    ("one", "other", "chance"), [(0, 0, 1), (3, 0, 0.25), (0, 6, 1 / 32), (5, 1, 7 / 32), (2, 2, 1)]
)
def test_a_coin_is_that_uneven_that_often(one: int, other: int, chance: float) -> None:
    assert sign_test(one, other) == chance


def test_three_seeds_prove_nothing_even_where_all_agree() -> None:
    search = rates(3)
    found = certainty(search, of_losses(search, [0.5] * 3, [0.1] * 3, [0.9] * 3))
    assert found is not None
    assert (found.setting, found.median, found.open, found.of) == (1, 0.1, 2, 2)
    assert found.says == "Not sure: better with all 3 seeds is luck 1 time in 4. Train more seeds of the best few."


def test_many_seeds_tell_it_from_one_and_not_from_the_other() -> None:
    search = rates(8)
    near = [0.1, 0.3] * 4
    found = certainty(search, of_losses(search, near, [0.19] * 8, [math.nan, *[0.9] * 7]))
    assert found is not None
    told = [(rival.setting, rival.lower, rival.seeds, rival.chance) for rival in found.rivals]
    assert (found.setting, told) == (1, [(0, 4, 8, 1.0), (2, 8, 8, 1 / 128)])
    assert found.says == "Better than 1 of 2 by more than luck; 1 other setting may be as good, by 8 seeds."


def test_of_accuracies_the_larger_is_the_better() -> None:
    search = rates(6, objective="test_accuracy@last")
    found = certainty(search, of_losses(search, [0.5] * 6, [0.9] * 6, [0.7] * 6))
    assert found is not None
    assert (found.setting, found.median, found.open) == (1, 0.9, 0)
    assert found.says == "Better than each of 2 others by more than luck, by 6 seeds."


def test_nothing_is_best_before_anything_is_done() -> None:
    assert certainty(rates(2), {}) is None
