"""The checks of all families put to one iteration: what they find, without what contradicts, the worst first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import get_args

import numpy as np

from engine.analysis.diagnosis.attention import ATTENTION
from engine.analysis.diagnosis.configuration import CONFIGURATION
from engine.analysis.diagnosis.course import COURSE
from engine.analysis.diagnosis.finding import (
    Check,
    Cure,
    Diagnosis,
    Finding,
    Kind,
    Measured,
    NotMeasured,
    Result,
    Severity,
)
from engine.analysis.diagnosis.finiteness import FINITENESS
from engine.analysis.diagnosis.flow import FLOW
from engine.analysis.diagnosis.look import Look
from engine.analysis.diagnosis.structure import STRUCTURE
from engine.analysis.diagnosis.units import UNITS
from engine.execution.cancellation import Wanted, check
from engine.foundation.numbers import number
from engine.run.run import Run
from engine.run.trace import Trace

CHECKS: tuple[Check, ...] = (*FINITENESS, *CONFIGURATION, *STRUCTURE, *UNITS, *ATTENTION, *FLOW, *COURSE)
KINDS: tuple[Kind, ...] = get_args(Kind)
SEVERITIES: tuple[Severity, ...] = ("bad", "warning", "good")

_STATIC: tuple[Kind, ...] = (  # what can be told of a run that is lost: it is in the configuration
    *("nothing_trained", "wrong_pair", "output_range", "input_scale", "target_scale", "sorted_batches", "linear_model"),
    "penalty_diverges",
)
_STUCK: tuple[Kind, ...] = (
    *(
        "nothing_trained",
        "vanishes",
        "vanishes_over_time",
        "zero_gradient",
        "constant_output",
        "one_class",
        "standstill",
    ),
    *("overfits", "sorted_batches", "output_range", "penalty_too_strong", "penalty_diverges", "explodes"),
)
SILENCED_BY: Mapping[Kind, tuple[Kind, ...]] = {
    "learns": (*_STUCK, "finished", "wrong_pair", "large_steps", "tiny_steps"),
    "finished": ("explodes", "overfits", "wrong_pair", "output_range"),
    "tiny_steps": (
        *("finished", "zero_gradient", "nothing_trained", "standstill", "vanishes", "penalty_too_strong"),
        *("output_range", "wrong_pair", "input_scale", "saturated_output"),
    ),
    "large_steps": ("penalty_too_strong", "penalty_diverges", "explodes", "zero_gradient", "standstill", "vanishes"),
    "standstill": (
        *("finished", "nothing_trained", "zero_gradient", "penalty_too_strong", "penalty_diverges", "explodes"),
    ),
    "penalty_too_strong": ("penalty_diverges",),
    "vanishes": ("finished", "zero_gradient", "penalty_too_strong"),
    "vanishes_over_time": ("finished", "zero_gradient"),
    "zero_gradient": ("finished", "nothing_trained", "wrong_pair", "saturated_output"),
    "saturated_units": ("finished",),
    "saturated_output": ("output_range", "wrong_pair"),
    "target_scale": ("output_range",),
    "constant_output": ("wrong_pair",),
    "one_class": ("wrong_pair",),
}
"""What is not said beside what: it would contradict it, or is what follows from it."""


SHUT_OFF: tuple[Kind, ...] = ("vanishes", "vanishes_over_time")
"""What is not said of a gradient that one shut activation stops: it does not fade along a way."""

SYMPTOMS: tuple[Kind, ...] = ("constant_output", "one_class", "standstill")
CAUSES: tuple[Kind, ...] = (
    *("nothing_trained", "penalty_diverges", "output_range", "linear_model", "equal_units", "penalty_too_strong"),
    *("explodes", "input_scale", "target_scale"),
    *("vanishes", "vanishes_over_time", "saturated_output", "tiny_steps", "constant_output"),
)
CONSEQUENCES: tuple[Kind, ...] = ("dead_units", "saturated_units", "zero_gradient")
OVERALL: tuple[Kind, ...] = ("explodes", "nonfinite", "target_scale", "input_scale", "penalty_diverges")
"""What throws units where nothing passes: other units would be thrown there too."""


@np.errstate(all="ignore")
def diagnose(run: Run, traced: Trace, cancelled: Wanted | None = None) -> Diagnosis:
    """What an iteration of a run says about how training goes, looking back at what led there.

    Args:   traced: of the iteration, as `run.trace_at` gives it.
    Raises: CancelledWorkError.
    """
    look = Look(run, traced, cancelled)
    results: list[tuple[Check, Result]] = []
    left_out: list[NotMeasured] = []
    for asked in CHECKS:
        check(cancelled)
        reason = _lost(look, asked) or asked.without(look)
        if reason:
            left_out.append(NotMeasured(asked.title, asked.kinds, reason))
        else:
            results.append((asked, asked.run(look)))
    found = agreeing([finding for _, result in results for finding in result.findings])
    measured = tuple(_measured(asked, result) for asked, result in results)
    return Diagnosis(tuple(in_order([*found, *_healthy(look, found, results)])), measured, tuple(left_out))


def _lost(look: Look, asked: Check) -> str | None:
    """Of a run that is lost only the cause is looked for: what can be seen in its configuration."""
    if look.lost is None or set(asked.kinds) & {"nonfinite"} or set(asked.kinds) <= set(_STATIC):
        return None
    return f"numbers are not finite from iteration {look.lost.iteration} on"


def agreeing(found: Iterable[Finding]) -> list[Finding]:
    """Findings without those that another one silences, each kind once."""
    first: dict[Kind, Finding] = {}
    for finding in in_order(found):
        cures = tuple(cure for cure in finding.cures if cure.edits or cure.config)[:3]
        first.setdefault(finding.kind, replace(finding, cures=cures))
    loud = {kind for kind, finding in first.items() if not _quiet(finding)}
    left = [f for kind, f in first.items() if not loud & set(SILENCED_BY.get(kind, ()))]
    if any(finding.kind == "saturated_units" and finding.severity == "bad" for finding in left):
        left = [finding for finding in left if finding.kind not in SHUT_OFF]
    return [_cured_by_cause(finding, left) for finding in left]


def _quiet(finding: Finding) -> bool:
    """What is only coming, or of one batch, is told beside others and silences none."""
    return (finding.kind, finding.severity) in (("zero_gradient", "good"), ("penalty_too_strong", "warning"))


def _cured_by_cause(finding: Finding, found: Sequence[Finding]) -> Finding:
    """A symptom takes over what helps against its cause; of a consequence that is left to the cause itself."""
    if finding.kind in CONSEQUENCES and any(other.kind in OVERALL and other.cures for other in found):
        return replace(finding, cures=())
    if finding.kind in ("explodes", "nonfinite"):
        return replace(finding, cures=(*_scaled(found), *finding.cures)[:3])
    if finding.kind not in SYMPTOMS:
        return finding
    causes = [other for other in found if other.kind in CAUSES and other.cures and other is not finding]
    cause = next((other for other in causes if other.kind not in SYMPTOMS), causes[0] if causes else None)
    return replace(finding, cures=cause.cures) if cause else finding


def _scaled(found: Sequence[Finding]) -> tuple[Cure, ...]:
    """What brings the data to a usual size: of inputs and targets both, if neither is."""
    inputs, targets = (
        next((cure for other in found if other.kind == kind for cure in other.cures), None)
        for kind in ("input_scale", "target_scale")
    )
    if not (inputs and targets and inputs.config and targets.config):
        return tuple(cure for cure in (inputs, targets) if cure)
    data = {**targets.config["data"], "standardize": True}
    title = f"{inputs.title}; {targets.title[:1].lower()}{targets.title[1:]}"
    return (Cure(title, f"{inputs.why} {targets.why}", config={**targets.config, "data": data}),)


def in_order(found: Iterable[Finding]) -> list[Finding]:
    """The worst first; among equals a cause before what follows from it."""
    return sorted(found, key=lambda f: (SEVERITIES.index(f.severity), KINDS.index(f.kind)))


def _measured(asked: Check, result: Result) -> Measured:
    passed = all(finding.severity == "good" for finding in result.findings)
    return Measured(asked.title, asked.kinds, result.rests_on, result.text, result.low, result.high, passed)


def _healthy(look: Look, found: Sequence[Finding], results: Sequence[tuple[Check, Result]]) -> list[Finding]:
    """Said where nothing is wrong with what was measured, and of that alone."""
    if any(finding.severity != "good" or finding.kind in ("finished", "zero_gradient") for finding in found):
        return []
    poor = look.worse_than_one_answer
    good = [*(result.good for _, result in results if result.good), *([poor] if poor else [])]
    words = f"{_sentence(good)} Nothing was found in the {len(results)} checks that were made."
    if not look.run.has_data:
        words = f"{_sentence(good)} {_slope(look)}"
    at = look.at("loss", ())
    return [
        Finding(
            "healthy",
            "good",
            "Nothing wrong was found, but little is right" if poor else "Healthy",
            words,
            "update",
            at,
        )
    ]


def _sentence(parts: Sequence[str]) -> str:
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


def _slope(look: Look) -> str:
    size = sum(value * value for value in look.gradients.values()) ** 0.5
    return f"The gradient's norm is {number(size, 3)}, so there is a way {'up' if look.climbs else 'down'}."
