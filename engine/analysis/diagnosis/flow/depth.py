"""The gradient on its way back through the layers."""

from __future__ import annotations

from engine.analysis.diagnosis.cures import held_back, kept_on
from engine.analysis.diagnosis.dead import LARGE_GRADIENT, nothing_arrives
from engine.analysis.diagnosis.finding import Check, Finding, Result, Severity
from engine.analysis.diagnosis.look import FADED, Look, of_layers
from engine.foundation.numbers import number
from engine.foundation.value_name import gradient_name

LOST = 1e-5  # the same as FADED of eight sigmoids in a row


def _depth(look: Look) -> Result:
    first, last = look.weights[0], look.weights[-1]
    text = f"{number(first.gradient, 3)} in {first.title}, {number(last.gradient, 3)} in {last.title}"
    norms = [weights.gradient for weights in look.weights]
    path = f"from {number(last.gradient, 3)} in {last.title} to {number(first.gradient, 3)} in {first.title}"
    at = look.at(gradient_name(first.names[0]))
    found: tuple[Finding, ...] = ()
    if not first.gradient:
        found = nothing_arrives(look)
    elif first.gradient < FADED * last.gradient:
        severity: Severity = "bad" if first.gradient < LOST * last.gradient else "warning"
        words = f"Its norm falls {path}, so the first layers hardly learn."
        found = (Finding("vanishes", severity, "The gradient vanishes", words, "backward", at, kept_on(look)),)
    elif first.gradient > LARGE_GRADIENT * last.gradient > 0:
        words = f"Its norm grows {path} on the way back: one rate cannot suit both ends."
        found = (Finding("explodes", "warning", "The gradient explodes", words, "backward", at, held_back(look)),)
    return Result(text, tuple(w.layer for w in look.weights), min(norms), max(norms), found)


def without_depth(look: Look) -> str | None:
    """Where a gradient has no way through layers, or there is none."""
    if reason := of_layers(look):
        return reason
    if len(look.weights) < 2:
        return "there is one layer with parameters" if look.weights else "no layer has parameters"
    return None if look.weights[-1].gradient else f"the gradient in {look.weights[-1].title} is 0, and 0 has no ratio"


DEPTH = Check("gradient along the layers", ("vanishes", "zero_gradient", "explodes"), _depth, without_depth)
