"""One iteration in figures, in the wire's form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from app.convert.history import Nonfinite, nonfinite
from app.http.responses import Answer
from app.runs.workers import Ticket
from app.wire.forms import Integers
from engine.analysis.diagnosis import diagnose
from engine.analysis.divergence import first_nonfinite
from engine.analysis.finding import Finding
from engine.analysis.gradient_angles import angles
from engine.analysis.layer_statistics import LayerHealth, gradient_norms, layer_figures, update_ratios
from engine.explain.local_derivatives import slopes
from engine.foundation.numbers import Finite
from engine.run.run import Run


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
    first_nonfinite: Nonfinite | None
    diagnosis: list[Finding]


def iteration_answer(run: Run, t: int, ticket: Ticket) -> Answer:
    """One iteration in figures."""
    traced = run.trace_at(t, ticket)
    rows = run.batches.indices(t)
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
            diagnose(run, traced),
        )
    )
