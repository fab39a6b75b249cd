"""Reduce on plateau: the schedule that watches the loss, and remembers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.foundation.options import Option
from engine.foundation.value_name import next_name
from engine.update.equations import BASE_RATE, RATE, STEP, Equation, Slot

LARGEST = float(np.finfo(np.float32).max)
"""The best mean loss before there is one: the largest number that every number type has."""

TOTAL, MEAN, BEST, BAD = "schedule.total", "schedule.mean", "schedule.best", "schedule.bad"
ENDS, BETTER, EXCUSED, COOLDOWN = "schedule.ends", "schedule.better", "schedule.excused", "schedule.cooldown"
WAITED, LOWER, LOWERED, FACTOR = "schedule.waited", "schedule.lower", "schedule.lowered", "schedule.factor"

PLATEAU_OPTIONS = (
    Option(
        "factor",
        "number",
        0.1,
        "What the rate is multiplied by.",
        minimum=0,
        maximum=1,
        exclusive_maximum=True,
        symbol=r"\gamma",
    ),
    Option("patience", "integer", 10, "Epochs without improvement that it puts up with.", minimum=0, symbol="P"),
    Option(
        "threshold",
        "number",
        1e-4,
        "The share of the best loss by which a loss must be below it to count as an improvement.",
        minimum=0,
        maximum=1,
        symbol=r"\theta",
    ),
    Option("cooldown", "integer", 0, "Epochs after a change that do not count.", title="cool-down", minimum=0),
    Option("minimum", "number", 0.0, "The rate that it never goes below.", minimum=0, symbol=r"\eta_{\min}"),
    Option(
        "eps",
        "number",
        1e-8,
        "A change of the rate by no more than this is not made.",
        title="epsilon",
        minimum=0,
        symbol=r"\epsilon",
    ),
)


def plateau_memory(s: Mapping[str, Any]) -> tuple[Slot, ...]:
    """The epoch's losses so far, the best mean, epochs without improvement, and the share of the rate that is left."""
    rest = (Slot(COOLDOWN, 0.0, "c"),) if s["cooldown"] else ()
    return (
        Slot(TOTAL, 0.0, r"\Sigma L"),
        Slot(BEST, LARGEST, r"\bar L_{\min}"),
        Slot(BAD, 0.0, "q_0"),
        Slot(FACTOR, 1.0, r"\varphi"),
        *rest,
    )


def plateau(s: Mapping[str, Any], per_epoch: int) -> tuple[Equation, ...]:
    """The rate first: what this iteration finds out counts from the next one on."""
    epoch = {"per_epoch": per_epoch}
    return (
        Equation(RATE, "scaled", (BASE_RATE, FACTOR)),
        Equation(next_name(TOTAL), "epoch_total", (TOTAL, STEP, "loss"), epoch),
        Equation(MEAN, "epoch_mean", (next_name(TOTAL), STEP), epoch, r"\bar L"),
        Equation(ENDS, "epoch_ends", (STEP,), epoch, "e"),
        Equation(BETTER, "better", (ENDS, MEAN, BEST), {"threshold": s["threshold"]}, "b"),
        Equation(next_name(BEST), "best", (BEST, MEAN, BETTER)),
        *_patience(s),
        Equation(LOWERED, "lowered", (RATE,), {"shrink": s["factor"], "minimum": s["minimum"]}, r"\eta_\downarrow"),
        Equation(next_name(FACTOR), "renewed_factor", (FACTOR, BASE_RATE, RATE, LOWERED, LOWER), {"eps": s["eps"]}),
    )


def _patience(s: Mapping[str, Any]) -> tuple[Equation, ...]:
    """Counts the epochs without improvement; while it cools down none counts."""
    cooling = bool(s["cooldown"])
    excused = (Equation(EXCUSED, "excused", (BETTER, COOLDOWN), latex="x"),) if cooling else ()
    rest = (Equation(next_name(COOLDOWN), "cool_down", (COOLDOWN, ENDS, LOWER), {"rest": s["cooldown"]}),)
    return (
        *excused,
        Equation(WAITED, "waited", (BAD, ENDS, EXCUSED if cooling else BETTER), latex="q"),
        Equation(LOWER, "exceeds_patience", (WAITED,), {"patience": s["patience"]}, r"\ell"),
        Equation(next_name(BAD), "restart", (WAITED, LOWER)),
        *(rest if cooling else ()),
    )
