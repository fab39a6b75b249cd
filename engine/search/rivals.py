"""How sure it is that a setting is the best: it beside every other one, seed by seed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from engine.search.outcome import Outcome
from engine.search.space import Search
from engine.search.standing import standing
from engine.search.trials import settings_of, trial

LUCK = 0.05  # a chance above that is not yet proof
MOST = 20  # rivals in one answer


@dataclass(frozen=True, slots=True)
class Rival:
    """A setting beside the best one.

    median: of its objective over its seeds, as a cell has it; None where a condition was not met.
    lower:  at how many of the `seeds` that both have the best one was better.
    chance: that a coin is at least so uneven, either way; seeds at which both came to the same are left out.
    """

    setting: int
    settings: Mapping[str, Any]
    median: float | None
    lower: int
    seeds: int
    chance: float


@dataclass(frozen=True, slots=True)
class Certainty:
    """The setting with the least median, and those that it was held against, the nearest first.

    open: how many settings luck alone may tell from it; of: how many there are beside it.
    """

    setting: int
    settings: Mapping[str, Any]
    median: float | None
    seeds: int
    rivals: tuple[Rival, ...]
    open: int
    of: int
    says: str


def certainty(search: Search, outcomes: Mapping[int, Outcome]) -> Certainty | None:
    """The best setting by its median over seeds, of those that got furthest; None before there is any.

    Formula: chance = min(1, 2 sum_{i >= max(k, n - k)} C(n, i) / 2^n), better at k of n seeds that differ
    Source:  the sign test; Arbuthnot 1710.
    """
    costs = _costs(search, outcomes)
    if not costs:
        return None
    order = sorted(costs, key=lambda setting: (median(costs[setting].values()), setting))
    best, others = order[0], order[1:]
    rivals = [_rival(search, costs[best], other, costs[other]) for other in others]
    undecided = sum(rival.chance > LUCK for rival in rivals)
    seeds = len(costs[best])
    return Certainty(
        best,
        settings_of(search, best),
        _objective(search, costs[best]),
        seeds,
        tuple(rivals[:MOST]),
        undecided,
        len(rivals),
        _says(seeds, undecided, len(rivals)),
    )


def _costs(search: Search, outcomes: Mapping[int, Outcome]) -> dict[int, dict[int, float]]:
    """By setting and seed what each trial costs."""
    ranked = standing(search, list(outcomes.values())).ranked
    furthest = max((outcomes[i].iterations for i in ranked), default=0)
    found: dict[int, dict[int, float]] = {}
    for i in ranked:
        if outcomes[i].iterations == furthest:
            tried = trial(search, i)
            found.setdefault(tried.setting, {})[tried.seed] = search.objective.cost(outcomes[i].objective)
    return found


def _rival(search: Search, best: Mapping[int, float], setting: int, costs: Mapping[int, float]) -> Rival:
    both = best.keys() & costs.keys()
    lower, higher = sum(best[s] < costs[s] for s in both), sum(best[s] > costs[s] for s in both)
    chance = sign_test(lower, higher)
    return Rival(setting, settings_of(search, setting), _objective(search, costs), lower, len(both), chance)


def _objective(search: Search, costs: Mapping[int, float]) -> float | None:
    middle = median(costs.values())
    if search.objective.condition and math.isinf(middle):
        return None
    return -middle if search.objective.larger_is_better else middle


def sign_test(one: int, other: int) -> float:
    """How often a coin thrown so many times is at least so uneven, either way."""
    n, most = one + other, max(one, other)
    uneven = sum(math.comb(n, i) for i in range(most, n + 1))
    return min(1.0, 2.0 * uneven / 2.0**n)


def _says(seeds: int, undecided: int, others: int) -> str:
    if others == 0:
        return "There is no other setting to hold it against."
    least = sign_test(seeds, 0)
    if least > LUCK:
        once = "one seed tells nothing of luck" if seeds == 1 else f"better with all {seeds} seeds is luck 1 time in"
        told = once if seeds == 1 else f"{once} {round(1 / least)}"
        return f"Not sure: {told}. Train more seeds of the best few."
    if undecided:
        few = "1 other setting" if undecided == 1 else f"{undecided} other settings"
        return (
            f"Better than {others - undecided} of {others} by more than luck; {few} may be as good, by {seeds} seeds."
        )
    than = "the other setting" if others == 1 else f"each of {others} others"
    return f"Better than {than} by more than luck, by {seeds} seeds."
