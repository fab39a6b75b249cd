"""Moments of a run that are asked for: hits of a condition, the past of a measure, where two runs part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from app.http.responses import Answer
from app.runs.workers import Ticket
from app.wire.forms import Integers, Series
from engine.analysis import comparison
from engine.analysis import distribution as spread
from engine.conditions import find as asked
from engine.conditions import layer_course as course
from engine.conditions.named import named_conditions
from engine.ops.core.op import Array
from engine.run.run import Run

Scale = spread.Scale


@dataclass(frozen=True, slots=True)
class Hit:
    """An iteration in which the condition begins to hold."""

    iteration: int
    step: Annotated[int | None, "The step that wrote the last value needed; null where no step of it did."]
    parts: tuple[asked.Part, ...]


@dataclass(frozen=True, slots=True)
class Searched:
    """The iterations that were looked at, `to` not included."""

    from_: int
    to: int


@dataclass(frozen=True, slots=True)
class Found:
    """Hits, nearest first."""

    condition: str
    hits: list[Hit]
    searched: Searched
    more: Annotated[bool, "Whether the search ended because there were enough hits."]


@dataclass(frozen=True, slots=True)
class NamedCondition:
    """A condition worth stopping at, in words and as it is asked for."""

    title: str
    layer: Annotated[str, "The layer that it is about; empty where it is about the run."]
    text: str


@dataclass(frozen=True, slots=True)
class Offered:
    """What a run offers by name, its layers in order."""

    conditions: list[NamedCondition]


@dataclass(frozen=True, slots=True)
class Past:
    """A measure in the iterations in which it has a number."""

    expression: str
    iterations: Integers
    values: Series


@dataclass(frozen=True, slots=True)
class LayerCourse:
    """One layer's figures at each of the iterations; null where it has no such figure."""

    name: str
    gradient_norm: Series | None
    update_ratio: Series | None
    dead: Series | None
    saturated: Series | None


@dataclass(frozen=True, slots=True)
class LayersCourse:
    """Every layer, in the order in which they run."""

    iterations: Integers
    layers: list[LayerCourse]


@dataclass(frozen=True, slots=True)
class Distribution:
    """Histograms of one value on one axis, a row of counts for each iteration."""

    value: str
    scale: Scale
    iterations: Integers
    edges: Annotated[Series, "Of the bins; on the scale `log` powers of ten of the size."]
    counts: list[Integers]
    zeros: Annotated[Integers, "Cells that are 0, which the scale `log` has no place for."]
    nonfinite: Annotated[Integers, "Cells that are inf or nan."]


@dataclass(frozen=True, slots=True)
class Difference:
    """The first value with other bits."""

    iteration: int
    step: Annotated[int | None, "The step that wrote it; null where it was there before the iteration."]
    value: str


@dataclass(frozen=True, slots=True)
class Compared:
    """What differs between two runs."""

    config: tuple[comparison.Setting, ...]
    equal: Annotated[int, "How many settings do not differ."]
    first_difference: Difference | None


@dataclass(frozen=True, slots=True)
class Differences:
    """The values of an iteration that two runs both have in one shape, in the order in which they come to be."""

    iteration: int
    values: tuple[comparison.Apart, ...]


@dataclass(frozen=True, slots=True)
class ValueDifference:
    """A value of both runs; difference: there minus here."""

    iteration: int
    value: str
    here: Array
    there: Array
    difference: Array
    largest: Annotated[float, "The largest size of a cell's difference."]
    index: Annotated[tuple[int, ...] | None, "The cell that is farthest apart; null where none is."]


def found_answer(
    run: Run,
    condition: str,
    start: int,
    end: int,
    direction: asked.Direction,
    limit: int | None,
    ticket: Ticket,
) -> Answer:
    """The hits of a condition in [start, end)."""
    found = asked.find(run, condition, start, end, direction, limit, ticket, "query.condition")
    return Answer(Found(found.condition, hits_of(found), Searched(found.start, found.end), found.more))


def hits_of(found: asked.Found) -> list[Hit]:
    """The hits in the wire's form."""
    return [Hit(hit.iteration, hit.step, hit.parts) for hit in found.hits]


def check_condition(run: Run, condition: str, end: int) -> None:
    """Whether a text is a condition of a run.

    Raises: ConditionError.
    """
    asked.Search(run, condition, end, "query.condition")


def conditions_answer(run: Run, to: int) -> Answer:
    """The conditions that a run offers by name."""
    offered = [NamedCondition(found.title, found.layer, found.text) for found in named_conditions(run, to)]
    return Answer(Offered(offered))


def series_answer(run: Run, expression: str, start: int, end: int, every: int, smooth: float, ticket: Ticket) -> Answer:
    """A measure over [start, end)."""
    found = asked.series(run, expression, start, end, every, ticket, "query.expression", smooth)
    return Answer(Past(found.expression, Integers(found.iterations), Series(found.values)))


def layers_answer(run: Run, start: int, end: int, every: int, ticket: Ticket) -> Answer:
    """The figures of every layer over [start, end)."""
    found = course.layers_course(run, start, end, every, ticket)
    layers = [LayerCourse(layer.name, *map(_series, _figures(layer))) for layer in found.layers]
    return Answer(LayersCourse(Integers(found.iterations), layers))


def _figures(layer: course.LayerCourse) -> list[Array | None]:
    return [getattr(layer, figure) for figure in course.FIGURES]


def _series(numbers: Array | None) -> Series | None:
    return None if numbers is None else Series(numbers)


def distribution_answer(
    run: Run, value: str, start: int, end: int, every: int, bins: int, scale: Scale, ticket: Ticket
) -> Answer:
    """The histograms of a value over [start, end)."""
    found = spread.distribution(run, value, start, end, every, bins, scale, ticket)
    return Answer(
        Distribution(
            found.value,
            found.scale,
            Integers(found.iterations),
            Series(found.edges),
            [Integers(row) for row in found.counts],
            Integers(found.zeros),
            Integers(found.nonfinite),
        )
    )


def compared_answer(here: Run, there: Run, to: int, ticket: Ticket) -> Answer:
    """What differs between two runs in the iterations before `to`."""
    found = comparison.compare(here, there, to, ticket)
    return Answer(Compared(found.settings, found.equal, _difference(found.first)))


def _difference(found: comparison.Difference | None) -> Difference | None:
    if found is None:
        return None
    return Difference(found.iteration, found.step.index if found.step else None, found.value)


def differences_answer(run: Run, other: Run, t: int, ticket: Ticket) -> Answer:
    """How far every value of an iteration is apart in two runs."""
    return Answer(Differences(t, comparison.values_apart(run, other, t, ticket)))


def difference_answer(run: Run, other: Run, t: int, value: str, ticket: Ticket) -> Answer:
    """One value of an iteration in two runs."""
    found = comparison.value_difference(run, other, t, value, ticket)
    return Answer(ValueDifference(t, value, found.here, found.there, found.difference, found.largest, found.index))
