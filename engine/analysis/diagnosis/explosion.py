"""A loss that grows out of bounds: since when, what makes it grow, and what helps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from engine.analysis.diagnosis.cures import anew, from_now, slower
from engine.analysis.diagnosis.finding import Cure
from engine.analysis.diagnosis.look import Look
from engine.foundation.numbers import number
from engine.ops.core.op import Array

FAR = 1e3  # over the start: orders above what a batch that is harder than others makes up
PERSISTENT = 0.99  # a momentum from which on a step adds up a hundred gradients
THIN = 0.9  # a share that dropout drops from which on it multiplies the rest by ten


@dataclass(frozen=True, slots=True)
class Growth:
    """began: the last iteration in which the loss was near its least; each: its growth from then on, by the median."""

    began: int
    each: float


def rising(losses: Array) -> Array:
    """The end of a series from where on every number is larger than the one before."""
    start = len(losses) - 1
    while start > 0 and losses[start] > losses[start - 1]:
        start -= 1
    return losses[max(start, 0) :]


def factor(rise: Array) -> float:
    """The median of the factors by which it grew in an iteration."""
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        return float(np.median([after / before for before, after in pairwise(rise) if before > 0] or [1.0]))


def growth_words(rise: Array) -> str:
    """How far it grew, and by what factor each time."""
    each = factor(rise)
    steps = f"{len(rise) - 1} iterations" if len(rise) > 2 else "iteration"
    by = f", by a factor of {number(each, 3)} per iteration (median)," if len(rise) > 2 and np.isfinite(each) else ""
    return f"The loss grew from {number(rise[0], 3)} to {number(rise[-1], 3)}{by} over the {steps}"


def far_above_start(look: Look) -> bool:
    """Whether the last losses lie orders above the first one, and the answers are worse than no answer."""
    first, last = look.recent(5, min(4, look.t)), float(np.median(look.losses[-5:]))
    if not 0 < FAR * float(first[0]) < last or not look.run.has_data:
        return False
    return look.labels is not None or look.fit is None or look.fit < 0


def blew_up(look: Look) -> bool:
    """Whether the loss once was orders above its start: what it left of the weights is no fit to the training rows."""
    losses = look.recent(look.t + 1)
    return bool(losses.max() > FAR * abs(losses[0]))


def growth(look: Look, end: int) -> Growth:
    """The same wherever after the explosion one stands: what the loss does later has no part in it."""
    losses = look.recent(end + 1, end)
    losses = losses[: int(np.argmin(np.isfinite(losses)))] if not np.isfinite(losses).all() else losses
    below = np.flatnonzero(
        losses <= 10 * abs(losses[0])
    )  # the start's order of magnitude; a likelihood may be negative
    crossed = min(int(below[-1]) + 1, len(losses) - 1)
    least = losses[: max(crossed, 1)].min()
    near = np.flatnonzero(losses[: max(crossed, 1)] <= least + abs(least))
    began = int(near[-1])
    return Growth(began, factor(losses[began : crossed + 1]) if crossed > began else 1.0)


# --- what makes it grow ------------------------------------------------------------------------------------------


def momentum(look: Look) -> float:
    """Of SGD. With it, w'' = (1 + μ − ηλ) w' − μ w is stable up to ηλ = 2 (1 + μ)."""
    return float(look.update.optimizer.settings.get("momentum", 0.0))


def dropped(look: Look) -> float:
    """The largest share that a dropout layer drops."""
    if not look.run.has_data:
        return 0.0
    return max(
        (float(layer["p"]) for layer in look.config.to_dict()["layers"] if layer["type"] == "dropout"), default=0
    )


def uphill_words(look: Look, unbounded: bool) -> str:
    """What an optimizer that maximizes makes of a loss that says how wrong the answers are."""
    end = "of outputs without bounds it has no upper bound" if unbounded else "it says how wrong the answers are"
    return f"The optimizer maximizes: every step is meant to make {look.config.loss.type} larger, and {end}."


def cause_words(look: Look) -> str:
    """What in the configuration makes the loss grow."""
    if look.climbs:
        return uphill_words(look, True)
    if (p := dropped(look)) >= THIN:
        return f"Dropout with p = {number(p)} multiplies what it lets through by 1/(1 − p) = {number(1 / (1 - p), 3)}."
    if (mu := momentum(look)) >= PERSISTENT:
        return (
            f"With momentum {number(mu)} a step adds up gradients to as much as 1/(1 − μ) = {number(1 / (1 - mu), 3)} "
            f"times one of them, so the learning rate of {number(look.rate)} is too large for it."
        )
    return f"The learning rate of {number(look.rate)} is too large."


def against(look: Look, end: int) -> Iterator[Cure]:
    """What takes the cause away, from where the loss began to grow."""
    if look.climbs:
        optimizer = {**look.config.to_dict()["optimizer"], "maximize": False}
        yield anew(look, "Minimize the loss", "Steps then go downhill.", optimizer=optimizer)
        return
    if dropped(look) >= THIN:
        layers = [
            {**layer, "p": 0.5} if layer["type"] == "dropout" else layer for layer in look.config.to_dict()["layers"]
        ]
        yield anew(look, "Dropout of 0.5", "What is left is then only doubled.", layers=layers)
        return
    since = growth(look, end)
    if momentum(look) >= PERSISTENT:
        why = "A step then adds up to ten gradients at the most."
        yield from_now(look, "Momentum 0.9", why, {"optimizer.momentum": 0.9}, since.began)
    yield from _slower(look, since)


def _slower(look: Look, since: Growth) -> Iterator[Cure]:
    """What keeps steps short, from the iteration on in which the growth began.

    Where a step with rate η along a curvature c multiplies the way to the minimum by 1 − ηc, below −1, the loss grows
    by the square of it, g: so c = (1 + sqrt(g)) / η. Half of 1 / c neither diverges nor swings.
    """
    why = "By how it grew, steps of this length go down instead of across."
    yield slower(look, since.began, why, 0.5 / (1 + max(since.each, 1.0) ** 0.5))
    if look.update.clip is None and look.run.has_data:
        title = "Clip the gradient's norm at 0.1"
        yield from_now(look, title, "The gradient is then never longer than that.", {"clip.norm": 0.1}, since.began)
