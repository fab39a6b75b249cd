"""What a diagnosis is made of: findings with their place and cures, what was measured, and what was not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.model.graph import Phase

Severity = Literal["bad", "warning", "good"]
Kind = Literal[
    "nonfinite",
    "undefined_slope",
    "explodes",
    "penalty_diverges",
    "nothing_trained",
    "wrong_pair",
    "output_range",
    "input_scale",
    "target_scale",
    "sorted_batches",
    "linear_model",
    "equal_units",
    "dead_units",
    "saturated_units",
    "saturated_output",
    "vanishes",
    "vanishes_over_time",
    "zero_gradient",
    "penalty_too_strong",
    "constant_output",
    "one_class",
    "overfits",
    "standstill",
    "large_steps",
    "tiny_steps",
    "finished",
    "learns",
    "healthy",
]
"""Of findings, a cause before what follows from it."""

LEFT_OUT = {"optional": True}  # of a field that is not sent while it has its default


@dataclass(frozen=True, slots=True)
class Place:
    """The place that shows it: a value of an iteration, and a cell of it if there is one that does."""

    iteration: int
    value: str
    index: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Cure:
    """What helps, ready to be run: edits make a branch, a config is a new run. One of the two is there.

    title: what is done, in a few words; why: why it helps.
    """

    title: str
    why: str
    edits: Sequence[Mapping[str, Any]] | None = field(default=None, metadata=LEFT_OUT)
    config: Mapping[str, Any] | None = field(default=None, metadata=LEFT_OUT)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is worth knowing, in one or two sentences.

    phase: whose last step has to have run before the numbers that it rests on are there.
    """

    kind: Kind
    severity: Severity
    title: str
    text: str
    phase: Phase
    at: Place
    cures: tuple[Cure, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """A check that was made, and what it rests on.

    rests_on:  layers or values that were looked at; text: what was measured, in numbers and few words;
    low, high: the range of the numbers, if they have one; passed: whether no finding came of it.
    """

    check: str
    kinds: tuple[Kind, ...]
    rests_on: tuple[str, ...]
    text: str
    low: float | None
    high: float | None
    passed: bool


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """A check that was not made, and why."""

    check: str
    kinds: tuple[Kind, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All that an iteration says of how training goes, the worst first."""

    findings: tuple[Finding, ...]
    measured: tuple[Measured, ...]
    not_measured: tuple[NotMeasured, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a check; see `Measured`.

    good: a few words for a run in which nothing is wrong: `no dead units`.
    """

    text: str
    rests_on: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    findings: tuple[Finding, ...] = ()
    good: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One question to an iteration.

    kinds: of the findings that may come of it; without: why it cannot be asked here, None if it can.
    """

    title: str
    kinds: tuple[Kind, ...]
    run: Callable[[Any], Result] = field(repr=False)
    without: Callable[[Any], str | None] = field(default=lambda look: None, repr=False)
