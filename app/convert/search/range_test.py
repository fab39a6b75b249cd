"""A learning-rate range test over the wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from app.http.responses import Answer
from app.runs.workers import Ticket
from app.wire.forms import Integers, Series
from engine.analysis.history import History
from engine.analysis.range_test import RangeTest as Found
from engine.analysis.range_test import band, course_of, range_test, seeds_of
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
    return Answer(_document(range_test(run, seeds, ticket)))


Course = History


def range_test_pieces(run: Run, seeds: int) -> tuple[int, ...]:
    """The same in pieces: its seeds. Of each `range_test_course`, and of all of them `range_test_together`."""
    return seeds_of(run, seeds)


def range_test_course(run: Run, ticket: Ticket, seed: int) -> Course:
    """The course of one seed."""
    return course_of(run, seed, ticket)


def range_test_together(seeds: tuple[int, ...], courses: Sequence[Course]) -> RangeTest:
    """What the courses of these seeds give."""
    return _document(band(seeds, courses))


def _document(found: Found) -> RangeTest:
    return RangeTest(
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
