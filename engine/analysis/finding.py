"""One thing that a look at an iteration's numbers says; `diagnose` finds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.model.graph import Phase

Severity = Literal["good", "warning", "bad"]

LARGE_GRADIENT = 1e3  # the norm of a gradient from which on one step may lead anywhere


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is worth knowing, in one or two sentences.

    phase: whose last step has to have run before the numbers that it rests on are there.
    """

    severity: Severity
    title: str
    text: str
    phase: Phase
