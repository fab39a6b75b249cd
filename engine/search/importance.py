"""How much each axis of a search matters: exact on a full grid, by the better trials where settings were drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from engine.foundation.errors import ConfigError
from engine.ops.core.op import Array
from engine.search.axes import Axis, Listed
from engine.search.outcome import Outcome
from engine.search.space import Search
from engine.search.standing import responses, standing
from engine.search.trials import trial

SEED = "seed"
FEWEST = 10  # trials from which the better ones can be told apart from the rest
QUANTILE = 0.1  # which share of the trials counts as the better ones
CELLS = 50  # of a range
THOUSAND = 1000


@dataclass(frozen=True, slots=True)
class Share:
    """What share of the variance a group of axes has together, beyond what smaller groups of them have.

    term: their paths, or `seed` for what differs between the seeds of one setting.
    """

    term: tuple[str, ...]
    share: float
    thousandths: int


@dataclass(frozen=True, slots=True)
class AxisShare:
    """An axis by itself, and with every group that it belongs to; None where groups are not told apart."""

    path: str
    alone: float
    in_all: float | None


@dataclass(frozen=True, slots=True)
class Importance:
    """method: `squares` sum to 1 with the seeds' share; `ped_anova` compares the axes with each other.

    trials: how many it rests on.
    """

    method: Literal["squares", "ped_anova"]
    shares: tuple[Share, ...]
    axes: tuple[AxisShare, ...]
    trials: int


def importance(search: Search, outcomes: Mapping[int, Outcome]) -> Importance:
    """How much each axis matters for the objective.

    Raises: ConfigError if there are too few trials, no axes, or no differences to divide up.
    """
    known = [outcomes[i] for i in sorted(outcomes) if not outcomes[i].error]
    if not search.axes:
        raise ConfigError("this search has no axes: all that differs is the seed", "axes")
    bound = standing(search, known).bound
    if search.is_full_grid and len(known) == search.size:
        values = responses(search, known, bound)
        shape = (*(len(axis.values) for axis in search.axes if isinstance(axis, Listed)), len(search.seeds))
        return _of_squares([axis.path for axis in search.axes], values.reshape(shape))
    if len(known) < FEWEST:
        text = f"importance needs at least {FEWEST} trials that could be run; there are {len(known)}"
        raise ConfigError(text, "trials")
    return _of_the_better(search, known)


# --- a full grid -----------------------------------------------------------------------------------------------------


def _of_squares(paths: Sequence[str], values: Array) -> Importance:
    """Shares of the sum of squares.

    Raises: ConfigError if all trials are equal.
    """
    squares = sums_of_squares(values)
    total = math.fsum(squares.values())
    if not total > 0:
        raise ConfigError("all trials came out equal: there is no variance to divide up", "trials")
    shares = {key: square / total for key, square in squares.items()}
    rounded = dict(zip(shares, thousandths(list(shares.values())), strict=True))
    named = [
        Share(tuple(paths[i] for i in key) if key is not None else (SEED,), share, rounded[key])
        for key, share in shares.items()
    ]
    axes = [
        AxisShare(path, shares[i,], math.fsum(share for key, share in shares.items() if key is not None and i in key))
        for i, path in enumerate(paths)
    ]
    ordered = sorted(named, key=lambda share: (share.term == (SEED,), -share.share))
    return Importance("squares", tuple(ordered), tuple(axes), values.size)


def sums_of_squares(values: Array) -> dict[tuple[int, ...] | None, float]:
    """The sum of squares around the mean, divided up among all groups of axes, and what differs within a cell.

    Formula: SS_A = n_A sum (effect of A)^2, an effect being the mean of its cell less all effects of smaller groups
    Args:    values (n_1, ..., n_k, seeds).
    Returns: by the places of the axes; under None what differs between the seeds of a cell, itself a sum of squares.
    Source:  Montgomery, Design and Analysis of Experiments, section 5.4, for balanced factorial designs.
    """
    cells = values.mean(axis=-1)
    count, seeds = cells.ndim, values.shape[-1]
    effects: dict[tuple[int, ...], Array] = {}
    found: dict[tuple[int, ...] | None, float] = {}
    for size in range(count + 1):
        for group in combinations(range(count), size):
            others = tuple(i for i in range(count) if i not in group)
            mean = cells.mean(axis=others, keepdims=True) if others else cells
            smaller = [effect for key, effect in effects.items() if set(key) < set(group)]
            effects[group] = mean - sum(smaller, np.zeros(()))
            if group:
                spread = cells.size / effects[group].size
                found[group] = float(np.sum(effects[group] ** 2)) * spread * seeds
    found[None] = float(np.sum((values - cells[..., None]) ** 2))
    return found


def thousandths(shares: Sequence[float]) -> list[int]:
    """Shares as whole thousandths that sum to as much as the shares do, by the largest remainder."""
    exact = [share * THOUSAND for share in shares]
    found = [math.floor(number) for number in exact]
    missing = round(math.fsum(exact)) - sum(found)
    for i in sorted(range(len(exact)), key=lambda i: found[i] - exact[i])[:missing]:
        found[i] += 1
    return found


# --- settings that were drawn ----------------------------------------------------------------------------------------


def _of_the_better(search: Search, known: Sequence[Outcome]) -> Importance:
    """PED-ANOVA: how differently the better trials lie on each axis from all of them.

    Raises: ConfigError if they lie the same on every axis.
    """
    ranked = standing(search, known).ranked
    better = set(ranked[: max(2, math.ceil(QUANTILE * len(ranked)))])
    settings = {o.index: trial(search, o.index).settings for o in known}
    found = []
    for axis in search.axes:
        everywhere = [axis.position(settings[i][axis.path]) for i in settings]
        there = [axis.position(settings[i][axis.path]) for i in settings if i in better]
        found.append(divergence(density(axis, there), density(axis, everywhere)))
    total = math.fsum(found)
    if not total > 0:
        raise ConfigError("the better trials lie like all others on every axis: nothing stands out", "trials")
    shares = [number / total for number in found]
    rounded = thousandths(shares)
    named = [Share((axis.path,), s, r) for axis, s, r in zip(search.axes, shares, rounded, strict=True)]
    axes = tuple(AxisShare(axis.path, s, None) for axis, s in zip(search.axes, shares, strict=True))
    return Importance("ped_anova", tuple(sorted(named, key=lambda s: -s.share)), axes, len(known))


def divergence(better: Array, everywhere: Array) -> float:
    """Pearson's divergence of two densities on the same cells.

    Formula: D = sum_c p_c (q_c / p_c - 1)^2, with q of the better trials and p of all
    Source:  Watanabe, Bansal and Hutter 2023, PED-ANOVA, equation 9, with the whole space as its region.
    """
    return float(np.sum(everywhere * (better / everywhere - 1) ** 2))


def density(axis: Axis, positions: Sequence[float]) -> Array:
    """How positions lie on an axis, as shares of its cells: no cell is empty.

    Of a list each value is a cell, and one more trial is spread over all; of a range a bell of Scott's width stands on
    every position, cut off at the ends.
    """
    if isinstance(axis, Listed):
        counts = np.bincount(np.array(positions, np.int64), minlength=len(axis.values)) + 1 / len(axis.values)
        shares: Array = counts / counts.sum()
        return shares
    centres = (np.arange(CELLS) + 0.5) / CELLS
    width = max(1.059 * float(np.std(positions)) * len(positions) ** -0.2, 1 / CELLS)
    bells = np.exp(-0.5 * ((centres[None, :] - np.array(positions)[:, None]) / width) ** 2)
    mixed = (bells / bells.sum(axis=1, keepdims=True)).sum(axis=0) + 1 / CELLS
    smooth: Array = mixed / mixed.sum()
    return smooth
