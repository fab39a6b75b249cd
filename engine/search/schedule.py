"""What is still to be done of a search: a function of what is done, so that it goes on wherever it was left."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from engine.search.halving import survivors, trials_of
from engine.search.outcome import Outcome
from engine.search.space import Search
from engine.search.standing import standing

Done = Mapping[tuple[int, int], Outcome]  # by trial, and the iteration up to which it was trained


@dataclass(frozen=True, slots=True)
class Task:
    """A trial to be trained up to an iteration; alone: by itself, to the bits that the run has."""

    index: int
    until: int
    alone: bool = False


def due(search: Search, done: Done) -> list[Task]:
    """What has to be done next, in order: all that is left of the first stage that is not complete.

    Which settings reach the next stage is only known when this one is complete. The best trial is done again by itself,
    if it was trained beside others; empty once all is done.
    """
    settings: tuple[int, ...] = tuple(range(search.settings))
    for rung, until in enumerate(search.stages):
        trials = trials_of(search, settings)
        left = [Task(i, until) for i in trials if (i, until) not in done]
        if left:
            return left
        settings = survivors(search, rung, {i: done[i, until] for i in trials})
    best = standing(search, list(furthest(done).values())).ranked[:1]
    return [Task(i, search.stages[-1], alone=True) for i in best if not done[i, search.stages[-1]].exact]


def planned(search: Search) -> int:
    """How many iterations the whole search trains."""
    settings, total, before = search.settings, 0, 0
    for until in search.stages:
        total += settings * len(search.seeds) * (until - before)
        settings, before = max(1, math.ceil(search.keep * settings)), until
    return total


def trained(search: Search, done: Done) -> int:
    """How many of them are done."""
    before = dict(zip(search.stages, (0, *search.stages), strict=False))
    return sum(until - before[until] for _, until in done)


def furthest(done: Done) -> dict[int, Outcome]:
    """What is known of each trial: where it has come furthest."""
    return {index: done[index, until] for index, until in sorted(done)}
