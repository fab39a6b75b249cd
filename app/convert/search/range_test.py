"""A learning-rate range test over the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from app.http.responses import Answer
from app.runs.workers import Ticket
from app.wire.forms import Integers, Series
from engine.analysis.range_test import range_test
from engine.run.run import Run


@dataclass(frozen=True, slots=True)
class RangeTest:
    """Smoothed batch losses by iteration over the seeds: ends, quartiles and median, never a mean."""

    seeds: Integers
    rate: Annotated[Series, "The learning rate of each iteration."]
    least: Series
    lower: Series
    median: Series
    upper: Series
    most: Series
    found: Annotated[Series, "Of each seed a tenth of the rate where its smoothed loss is least."]
    says: str


def range_test_answer(run: Run, seeds: int, ticket: Ticket) -> Answer:
    """The range test of a run over its own seed and those after it."""
    found = range_test(run, seeds, ticket)
    document = RangeTest(
        seeds=Integers(np.array(found.seeds)),
        rate=Series(found.rate),
        least=Series(found.least),
        lower=Series(found.lower),
        median=Series(found.median),
        upper=Series(found.upper),
        most=Series(found.most),
        found=Series(np.array(found.found)),
        says=found.says,
    )
    return Answer(document)
