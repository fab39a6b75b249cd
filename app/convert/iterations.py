"""One iteration in figures, in the wire's form."""

from __future__ import annotations

from dataclasses import asdict

from app.convert.history import nonfinite
from app.http.responses import Answer
from app.runs.workers import Ticket
from app.wire.forms import Series
from engine.analysis.diagnosis import diagnose
from engine.analysis.gradient_angles import angles
from engine.analysis.history import first_nonfinite
from engine.analysis.layer_statistics import gradient_norms, layer_figures, update_ratios
from engine.explain.local_derivatives import slopes
from engine.run.run import Run


def iteration_answer(run: Run, t: int, ticket: Ticket) -> Answer:
    """One iteration in figures."""
    traced = run.trace_at(t, ticket)
    rows = run.batches.indices(t)
    return Answer(
        {
            "iteration": t,
            "epoch": t / run.batches.per_epoch,
            "batch": {"indices": Series(rows), "size": len(rows)},
            "loss": float(traced["loss"]),
            "gradient_norms": gradient_norms(run, traced),
            "update_ratios": update_ratios(run, traced),
            "angles": angles(run, traced),
            "slopes": slopes(traced),
            "layers": {name: asdict(figures) for name, figures in layer_figures(run, traced).items()},
            "first_nonfinite": nonfinite(first_nonfinite(traced)),
            "diagnosis": [asdict(finding) for finding in diagnose(run, traced)],
        }
    )
