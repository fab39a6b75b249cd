"""Where numbers come from, over the wire: derivations, paths and the check of gradients."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from app.http.responses import Answer
from app.runs.workers import Ticket
from app.wire.forms import OPTIONAL
from engine.analysis.samples.shares import Share, shares
from engine.analysis.updates.table import STEP, UpdateTable, update_table
from engine.checks.gradient_check import GradientCheck, check_cell, gradient_check, judged
from engine.checks.variants import Variants, compare
from engine.explain import derivation as derivations
from engine.explain import paths as ways
from engine.explain.derivation import Cell, NamedFactor, NamedTerm
from engine.explain.formulas import cell_formula, cell_numbers, chain_formula, chain_numbers
from engine.explain.notation import Symbols
from engine.explain.sentences import explanation
from engine.explain.stage.place import Stage
from engine.explain.stage.stage import stage
from engine.explain.sums import LARGEST
from engine.foundation.numbers import Finite, Latex
from engine.foundation.options import LARGEST_INTEGER
from engine.ops.core.op import Index
from engine.run.run import Run
from engine.run.trace import Trace

__all__ = [
    "LARGEST",
    "LARGEST_INTEGER",
    "STEP",
    "GradientCheck",
    "Stage",
    "UpdateTable",
    "Variants",
]  # the engine's own, answered as they are


@dataclass(frozen=True, slots=True)
class Factor:
    """A cell, a function of a cell, or (without a value) a constant; `number` enters the product."""

    value: str | None
    index: Index
    number: float
    symbol: Latex
    cell: float | None


@dataclass(frozen=True, slots=True)
class Term:
    """One addend: the product of its factors. `rest` says how many small terms a last one stands for.

    so_far: the sum up to this term and with it.
    sample: of a term that carries a gradient on, the position in the batch that it is of, counted from 0.
    time:   of a recurrent layer, the time that it is of; the first is 1.
    place:  row and column of an image, or position of a sequence, that it is of, counted from 0.
    name:   of a normalization's three ways back, in the short form: `direct`, `through_mean`, `through_variance`.
    """

    factors: list[Factor]
    product: float
    so_far: float
    rest: int = field(default=0, metadata=OPTIONAL)
    sample: int | None = field(default=None, metadata=OPTIONAL)
    time: int | None = field(default=None, metadata=OPTIONAL)
    place: Index = field(default=(), metadata=OPTIONAL)
    name: str = field(default="", metadata=OPTIONAL)


@dataclass(frozen=True, slots=True)
class Zeros:
    """How many terms are 0 for one reason; `why` is empty where it was not looked for."""

    count: int
    why: str


@dataclass(frozen=True, slots=True)
class Link:
    """A factor of the chain rule as the derivative that it is; `expression` gives its number, if anything does.

    In both the sample's index is left out, as it is the same throughout.
    """

    factor: Factor
    derivative: Latex
    expression: Latex


@dataclass(frozen=True, slots=True)
class Chain:
    """One sample's gradient by the chain rule: as the factors that it is made of, and as a chain of derivatives."""

    sample: int
    latex: Latex
    numbers: Latex
    factors: list[Factor]
    links: list[Link]
    product: float


@dataclass(frozen=True, slots=True)
class CellCheck:
    """The gradient beside central differences over h and 2h, extrapolated. `digits`: to how many of the gradient's
    decimal digits they agree, null where both are 0; `uncertainty`: how far the two differences lie apart.
    agrees: null where it cannot be told, for the `reason` given."""

    central_difference: float
    difference: float
    digits: int | None
    uncertainty: float
    agrees: bool | None
    kink: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a cell came about: the products of its terms sum to `result`.

    terms: the largest first, those of the times of a sequence first to last; in the update and between single numbers
    in the order of the formula. up, down: how many terms are above and below 0, listed or not; zeros: those that are 0.
    sample: of a parameter's gradient, whose share of it `result` and `terms` are; whole: the cell itself.
    symbol: of the cell; over_batch: of a parameter's gradient with one term a sample the sum over the batch, else "".
    form:   `short` where a shorter form was asked for and there is one, else `full`.
    """

    value: str
    index: Index
    result: float
    symbol: Latex
    formula: Latex
    numbers: Latex
    step: int | None
    terms: list[Term]
    terms_total: int
    up: int
    down: int
    zeros: list[Zeros]
    used_by: tuple[Cell, ...]
    over_batch: Latex
    explanation: str
    whole: float
    sample: int | None
    form: Literal["full", "short"]
    chain: Chain | None = field(default=None, metadata=OPTIONAL)
    check: CellCheck | None = field(default=None, metadata=OPTIONAL)


@dataclass(frozen=True, slots=True)
class PathCell(Cell):
    """A cell on a way to the loss, with its symbol: without the sample's index, as it is the same throughout."""

    symbol: Latex


@dataclass(frozen=True, slots=True)
class Path:
    """A way from a parameter to the loss."""

    factors: list[Factor]
    cells: list[PathCell]
    product: float


@dataclass(frozen=True, slots=True)
class Rest:
    """The paths that are not listed, as one number; how many, rounded from 2^53 on."""

    count: Finite
    product: float


@dataclass(frozen=True, slots=True)
class Paths:
    """All ways of one sample from a parameter cell to the loss, largest first."""

    parameter: str
    index: Index
    sample: int
    paths: list[Path]
    rest: Rest
    sum: float


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which cell a derivation is asked for, and how."""

    value: str
    index: Index
    sample: int | None = None
    limit: int = LARGEST
    form: Literal["full", "short"] = "full"
    check: bool = False


def derivation_answer(run: Run, t: int, asked: Asked, ticket: Ticket, symbols: Symbols | None = None) -> Answer:
    """How one cell came about. symbols: of its program, where many cells are asked for."""
    traced = run.trace_at(t, ticket)
    found = derivations.derivation(
        run, traced, asked.value, asked.index, asked.sample, ticket, asked.limit, asked.form == "short", symbols
    )
    return Answer(
        Derivation(
            found.value,
            found.index,
            found.result,
            found.symbol,
            cell_formula(found),
            cell_numbers(found),
            found.step.index if found.step else None,
            [_term(term) for term in found.terms],
            found.terms_total,
            found.counts.up,
            found.counts.down,
            [Zeros(zeros.count, zeros.why) for zeros in found.counts.zeros],
            found.used_by,
            found.over_batch,
            explanation(run, traced, found),
            found.whole,
            found.sample,
            "short" if found.short else "full",
            _chain(found.chain) if found.chain else None,
            _check(traced, asked.value, asked.index) if asked.check else None,
        )
    )


@dataclass(frozen=True, slots=True)
class SampleShares:
    """What each sample brings to a gradient of the batch, the largest first; `so_far` adds them up to `total`.

    `residual` is output less target, of a loss of numbers with one output a sample, else null. `rest`: of those that
    are not listed. `decimals` places of units of ten to `exponent` are the fewest with which the rounded shares add up.
    """

    value: str
    index: Index
    symbol: Latex
    total: float
    shares: tuple[Share, ...]
    rest: Rest
    up: int
    down: int
    still: int
    raised: float
    lowered: float
    decimals: int
    exponent: int
    adds_up: bool
    sentence: str


def shares_answer(run: Run, t: int, value: str, index: Index, limit: int, ticket: Ticket) -> Answer:
    """A gradient as the sum over the samples of the batch."""
    found = shares(run, run.trace_at(t, ticket), value, index, limit, ticket)
    return Answer(
        SampleShares(
            found.value,
            found.index,
            found.symbol,
            found.total,
            found.listed,
            Rest(found.rest_count, found.rest),
            found.up,
            found.down,
            found.still,
            found.raised,
            found.lowered,
            found.decimals,
            found.exponent,
            found.adds_up,
            found.sentence,
        )
    )


def paths_answer(run: Run, t: int, parameter: str, index: Index, sample: int, ticket: Ticket) -> Answer:
    """Every way of a sample from a parameter cell to the loss."""
    found = ways.paths(run, run.trace_at(t, ticket), parameter, index, sample, cancelled=ticket)
    rest = Rest(_count(found.rest_count), found.rest)
    return Answer(
        Paths(found.parameter, found.index, found.sample, [_path(path) for path in found.paths], rest, found.sum)
    )


def _count(paths: int) -> int | float:
    """How many there are, which through time may be more than whole numbers that every reader of JSON takes."""
    return paths if paths <= LARGEST_INTEGER else float(min(paths, int(sys.float_info.max)))


def stage_answer(run: Run, t: int, layer: str, sample: int, value: str, index: Index, ticket: Ticket) -> Answer:
    """A layer's picture in one sample, about the cell of a value if one is named."""
    return Answer(stage(run, run.trace_at(t, ticket), layer, sample, Cell(value, index) if value else None))


def gradient_check_answer(run: Run, t: int, ticket: Ticket) -> Answer:
    """All gradients of an iteration beside central differences."""
    return Answer(gradient_check(run.trace_at(t, ticket), ticket))


def variants_answer(run: Run, t: int, ticket: Ticket) -> Answer:
    """Every variant of backpropagation beside the true gradient of an iteration."""
    return Answer(compare(run, t, ticket))


def _term(term: NamedTerm) -> Term:
    return Term(
        _factors(term.factors), term.product, term.so_far, term.rest, term.sample, term.time, term.place, term.name
    )


def _factors(factors: Iterable[NamedFactor]) -> list[Factor]:
    return list(map(_factor, factors))


def _factor(factor: NamedFactor) -> Factor:
    return Factor(factor.value, factor.index, factor.number, factor.symbol, factor.cell)


def _chain(chain: derivations.Chain) -> Chain:
    return Chain(
        chain.sample,
        chain_formula(chain),
        chain_numbers(chain),
        _factors(chain.factors),
        [Link(_factor(link.factor), link.derivative, link.expression) for link in chain.links],
        chain.product,
    )


def _path(path: ways.Path) -> Path:
    cells = [PathCell(cell.value, cell.index, symbol) for cell, symbol in zip(path.cells, path.symbols, strict=True)]
    return Path(_factors(path.factors), cells, path.product)


def _check(traced: Trace, value: str, index: Index) -> CellCheck:
    found = check_cell(traced, value, index)
    verdict = judged(traced, value, found)
    return CellCheck(
        found.difference_quotient,
        found.difference,
        found.digits,
        found.uncertainty,
        verdict.agrees,
        found.kink,
        verdict.reason,
    )


def updates_answer(
    run: Run,
    t: int,
    sort: str,
    descending: bool,
    part: str,
    offset: int,
    limit: int,
    cell: tuple[str, Index] | None,
    ticket: Ticket,
) -> Answer:
    """Rows of the table of all updates of an iteration."""
    return Answer(update_table(run.trace_at(t, ticket), sort, descending, part, offset, limit, cell))
