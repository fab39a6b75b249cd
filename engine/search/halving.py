"""Successive halving: all settings a little way, the better share of them further, and so on from rung to rung."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from statistics import median

from engine.search.outcome import Outcome
from engine.search.space import Search


def survivors(search: Search, rung: int, outcomes: Mapping[int, Outcome]) -> tuple[int, ...]:
    """The settings that go on from a rung, in their order.

    The better share by the median over a setting's seeds, at least one; between equals the earlier setting goes on.

    Args:   rung: its place in `search.rungs`; outcomes: by the index of the trial, of all settings that reached it.
    Source: Jamieson and Talwalkar 2016, Non-stochastic best arm identification, algorithm 1.
    """
    at = [o for o in outcomes.values() if o.iterations == search.stages[rung]]
    costs = costs_of_settings(search, at)
    kept = max(1, math.ceil(search.keep * len(costs)))
    return tuple(sorted(sorted(costs, key=lambda setting: (costs[setting], setting))[:kept]))


def costs_of_settings(search: Search, outcomes: Iterable[Outcome]) -> dict[int, float]:
    """The median cost of each setting over its seeds; infinite for one that could not be run."""
    found: dict[int, list[float]] = {}
    for outcome in outcomes:
        cost = math.inf if outcome.error else search.objective.cost(outcome.objective)
        found.setdefault(outcome.index // len(search.seeds), []).append(cost)
    return {setting: median(costs) for setting, costs in found.items()}


def trials_of(search: Search, settings: Iterable[int]) -> list[int]:
    """The trials of some settings, with every seed."""
    seeds = len(search.seeds)
    return [setting * seeds + seed for setting in settings for seed in range(seeds)]
