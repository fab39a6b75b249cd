"""One iteration in figures, in the wire's form."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated

from app.convert.history import Nonfinite, nonfinite
from app.http.responses import Answer
from app.runs.workers import Ticket
from app.wire.forms import Integers
from engine.analysis.diagnosis import Finding, Measured, NotMeasured, diagnose
from engine.analysis.divergence import first_nonfinite
from engine.analysis.gradient_angles import angles
from engine.analysis.gradient_flow import GradientFlow, gradient_flow
from engine.analysis.layer_statistics import LayerHealth, gradient_norms, layer_figures, update_ratios
from engine.analysis.updates.effect import UpdateEffect, update_effect
from engine.explain.local_derivatives import slopes
from engine.foundation.errors import CancelledWorkError
from engine.foundation.numbers import Finite
from engine.run.run import Run

__all__ = [
    "GradientFlow",
    "IterationInfo",
    "Reached",
    "UpdateEffect",
    "effect_answer",
    "flow_answer",
    "iteration_answer",
    "reach",
]

A_MOMENT = 0.5  # seconds of training between two words on how far it is


@dataclass(frozen=True, slots=True)
class Reached:
    """How far training is on its way to an iteration; what is reached is kept."""

    reached: int
    to: int


def reach(run: Run, t: int, ticket: Ticket) -> Reached:
    """Train on towards an iteration for a moment."""
    until = time.monotonic() + A_MOMENT
    try:
        run.state_at(t, lambda: ticket() or time.monotonic() > until)
    except CancelledWorkError as stopped:
        if ticket():
            raise
        return Reached(stopped.reached or 0, t)
    return Reached(t, t)


@dataclass(frozen=True, slots=True)
class Batch:
    """Which rows of the training set an iteration trains on."""

    indices: Integers
    size: int


@dataclass(frozen=True, slots=True)
class IterationInfo:
    """One iteration in figures."""

    iteration: int
    epoch: Finite
    batch: Batch
    loss: float
    gradient_norms: dict[str, float]
    update_ratios: dict[str, float]
    angles: Annotated[
        dict[str, float] | None,
        "Degrees between what the update takes and the true gradient; null if it takes that.",
    ]
    slopes: Annotated[
        dict[str, float],
        "Local derivatives of an expression, by the gradient that comes back along each edge.",
    ]
    layers: dict[str, LayerHealth]
    first_nonfinite: Annotated[
        Nonfinite | None, "Of the run, up to this iteration: the same wherever and whenever it is told."
    ]
    diagnosis: Annotated[tuple[Finding, ...], "What this says of how training goes, the worst first."]
    measured: Annotated[tuple[Measured, ...], "The checks that were made, each with what it rests on."]
    not_measured: Annotated[tuple[NotMeasured, ...], "The checks that were not made, each with the reason."]


def iteration_answer(run: Run, t: int, ticket: Ticket) -> Answer:
    """One iteration in figures."""
    traced = run.trace_at(t, ticket)
    rows = run.batches.indices(t)
    said = diagnose(run, traced, ticket)
    return Answer(
        IterationInfo(
            t,
            t / run.batches.per_epoch,
            Batch(Integers(rows), len(rows)),
            float(traced["loss"]),
            gradient_norms(run, traced),
            update_ratios(run, traced),
            angles(run, traced),
            slopes(traced),
            layer_figures(run, traced),
            nonfinite(first_nonfinite(run, t + 1, ticket)),
            said.findings,
            said.measured,
            said.not_measured,
        )
    )


def flow_answer(run: Run, t: int, sample: int | None, ticket: Ticket) -> Answer:
    """What each layer hands on of the gradient."""
    return Answer(gradient_flow(run, run.trace_at(t, ticket), sample))


def effect_answer(run: Run, t: int, ticket: Ticket) -> Answer:
    """The loss of the iteration's batch before and after its update."""
    return Answer(update_effect(run.trace_at(t, ticket)))
