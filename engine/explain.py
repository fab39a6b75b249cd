"""How a number came about: its terms and their factors, where it goes, and the paths from a weight to the loss."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from string import Template

import numpy as np

from engine.errors import RangeError, UnknownValueError
from engine.interpreter import Wanted, check
from engine.layers import times
from engine.numerals import latex_number
from engine.ops.base import Array, Factor, Index, Term, reached
from engine.program import Program, Step
from engine.run import Run, Trace
from engine.summary import total
from engine.symbols import Symbols, param

LARGEST = 200  # terms or paths that are listed; what is left is one remainder


@dataclass(frozen=True, slots=True)
class Cell:
    """One element of a value."""

    value: str
    index: Index


@dataclass(frozen=True, slots=True)
class NamedFactor:
    """A factor with the program's name of its value: None for a constant.

    symbol: LaTeX; numeric: the same with numbers for the cells in it.
    """

    value: str | None
    index: Index
    number: float
    symbol: str
    cell: float | None
    numeric: str


@dataclass(frozen=True, slots=True)
class NamedTerm:
    """A product of factors: one addend of a cell. `rest` counts the terms that a remainder stands for."""

    factors: tuple[NamedFactor, ...]
    product: float
    rest: int = 0


@dataclass(frozen=True, slots=True)
class Chain:
    """∂L/∂w of one sample as the product that the chain rule says."""

    sample: int
    symbol: str
    factors: tuple[NamedFactor, ...]
    product: float


@dataclass(frozen=True, slots=True)
class Derivation:
    """One cell, explained: `result` is the sum of the terms' products."""

    value: str
    index: Index
    result: float
    symbol: str
    step: Step | None
    terms: tuple[NamedTerm, ...]
    terms_total: int
    used_by: tuple[Cell, ...]
    chain: Chain | None


@dataclass(frozen=True, slots=True)
class Path:
    """One way from a parameter cell to the loss: the cells it goes through, its factors and their product."""

    factors: tuple[NamedFactor, ...]
    cells: tuple[Cell, ...]
    product: float


@dataclass(frozen=True, slots=True)
class Paths:
    """All ways of one sample from a parameter cell to the loss: the largest, and the rest as one number."""

    parameter: str
    index: Index
    sample: int
    paths: tuple[Path, ...]
    rest_count: int
    rest: float
    sum: float


def derivation(run: Run, traced: Trace, value: str, index: Index, sample: int | None = None) -> Derivation:
    """The terms and factors of one cell of any value of an iteration.

    Args:    value: its name; index: of the cell; sample: for a parameter's gradient, whose chain rule to give.
    Raises:  UnknownValueError, RangeError.
    """
    array = locate(traced, value, index)
    symbols = Symbols(traced.program, run.names)
    step = producer(traced.program, value)
    terms = tuple(_terms(step, index, traced, symbols)) if step else ()
    if step is None:  # a source: it is its own only term
        plain = float(array[index])
        own = NamedFactor(value, index, plain, symbols.cell(value, index), None, latex_number(plain))
        terms = (NamedTerm((own,), own.number),)
    used_by = tuple(islice(users(traced.program, value, index), 50))
    chain = None
    if sample is not None and _is_parameter_gradient(traced.program, value):
        chain = _chain(traced, symbols, value, index, sample)
    result = float(array[index])
    return Derivation(
        value,
        index,
        result,
        symbols.cell(value, index),
        step,
        _largest(terms, result),
        len(terms),
        used_by,
        chain,
    )


def locate(traced: Trace, value: str, index: Index) -> Array:
    """The array that a cell is in.

    Raises: UnknownValueError if there is no such value, RangeError if there is no such cell in it.
    """
    if value not in traced.table:
        known = ", ".join(islice(traced, 40))
        raise UnknownValueError(f"unknown value {value!r}; this iteration has {known}", "query.value")
    array = traced.table[value]
    if len(index) != array.ndim or any(not 0 <= i < n for i, n in zip(index, array.shape, strict=True)):
        shape = times(array.shape) or "a scalar (its index is empty)"
        raise RangeError(f"{value} is {shape}; it has no cell {list(index)}", "query.index")
    return array


def producer(program: Program, value: str) -> Step | None:
    """The step that writes a value; None for a source."""
    at = program.producer.get(value)
    return None if at is None else program.steps[at]


def _terms(step: Step, index: Index, traced: Trace, symbols: Symbols) -> Iterator[NamedTerm]:
    for term in _raw_terms(step, index, traced):
        yield _named_term(term, step, traced, symbols)


def _raw_terms(step: Step, index: Index, traced: Trace) -> Iterator[Term]:
    operands = {o: traced.table[n] for o, n in zip(step.function.operands, step.inputs, strict=True)}
    with np.errstate(all="ignore"):
        yield from step.function.terms(index, operands, step.params)


def _named_term(term: Term, step: Step, traced: Trace, symbols: Symbols) -> NamedTerm:
    factors = tuple(_named(factor, step, traced, symbols) for factor in term)
    return NamedTerm(factors, math.prod(f.number for f in factors))


def _named(factor: Factor, step: Step, traced: Trace, symbols: Symbols) -> NamedFactor:
    names, at = operand_names(step), factor.index
    value = names[factor.operand] if factor.operand else None
    plain = latex_number(factor.number)
    if value and not factor.symbol:
        return NamedFactor(value, at, factor.number, symbols.cell(value, at), None, plain)
    letters = {name: param(step, name) for name in step.params}
    written = {operand: _cell_symbol(symbols, name, at) for operand, name in names.items()}
    numbers = {operand: _cell_number(traced.table[name], at) for operand, name in names.items()}
    symbol = Template(factor.symbol).safe_substitute(written | letters)
    numeric = Template(factor.symbol).safe_substitute(numbers | letters) if value else plain
    return NamedFactor(value, at, factor.number, symbol, factor.cell, numeric)


def _cell_number(array: Array, index: Index) -> str:
    at = index[: array.ndim]
    inside = len(at) == array.ndim and all(i < n for i, n in zip(at, array.shape, strict=True))
    text = latex_number(float(array[at])) if inside else ""
    return rf"\left({text}\right)" if text.startswith("-") else text


def operand_names(step: Step) -> dict[str, str]:
    """What a step's function calls its operands, and the values that they are."""
    return dict(zip(step.function.operands, step.inputs, strict=True))


def _cell_symbol(symbols: Symbols, name: str, index: Index) -> str:
    return symbols.cell(name, index[: symbols.rank(name)])


def _largest(terms: tuple[NamedTerm, ...], result: float) -> tuple[NamedTerm, ...]:
    """The terms as they are, or the largest of very many with one remainder, so that the sum still holds."""
    if len(terms) <= LARGEST:
        return terms
    kept = heapq.nlargest(LARGEST, terms, key=lambda term: _size(term.product))
    left = result - total(term.product for term in kept) if math.isfinite(result) else 0.0
    return (*kept, NamedTerm((), left, rest=len(terms) - LARGEST))


def _size(number: float) -> float:
    return math.inf if math.isnan(number) else abs(number)


# --- where a cell goes -----------------------------------------------------------------------------------------


def users(program: Program, value: str, index: Index) -> Iterator[Cell]:
    """The cells that are computed from this one, in the order of the program."""
    for step in program.steps:
        for operand, name in enumerate(step.inputs):
            if name == value and not name.startswith("data."):
                shapes = [program.shape(given) for given in step.inputs]
                for target in reached(step.function, operand, index, shapes, step.shape, step.params):
                    yield Cell(step.output, target)


# --- the chain rule of one sample ------------------------------------------------------------------------------


def _is_parameter_gradient(program: Program, value: str) -> bool:
    return any(value == f"{p.name}.grad" for p in program.parameters)


def _whole(gradient: str) -> str:
    """Of one contribution, ``dense1.weight.grad.2``, the gradient that it is a part of."""
    base, _, part = gradient.rpartition(".")
    return base if part.isdigit() else gradient


def of_gradient(value: str) -> str:
    """The value whose gradient, or contribution to it, this is; nothing if it is no gradient."""
    base, _, last = _whole(value).rpartition(".")
    return base if last == "grad" else ""


def check_sample(traced: Trace, sample: int) -> None:
    """Raises: RangeError if the batch has no such position."""
    if not 0 <= sample < traced.program.batch:
        raise RangeError(
            f"the batch has {traced.program.batch} samples, 0 to {traced.program.batch - 1}; given {sample}",
            "query.sample",
        )


def _chain(traced: Trace, symbols: Symbols, value: str, index: Index, sample: int) -> Chain | None:
    """∂L/∂w = ∂L/∂a · ∂a/∂z · ∂z/∂w: the sample's term, its gradient followed back through cell-by-cell steps.

    None where the sample has several: a weight that is used at every place of an image has no one chain.
    """
    check_sample(traced, sample)
    step = producer(traced.program, value)
    terms = list(islice(_sample_terms(step, index, traced, sample), 2)) if step else []
    if step is None or len(terms) != 1:  # at several positions or moments: no one product, but a sum of them
        return None
    incoming, *local = _named_term(terms[0], step, traced, symbols).factors
    through = _through_activation(traced, symbols, incoming)
    factors = (*through, *local) if local else (*through, NamedFactor(None, (), 1.0, "1", None, "1"))
    return Chain(sample, symbols.cell(value, index), factors, math.prod(f.number for f in factors))


def _sample_terms(step: Step, index: Index, traced: Trace, sample: int) -> Iterator[Term]:
    """The terms of a parameter's gradient that are one sample's."""
    for term in _raw_terms(step, index, traced):
        if term[0].operand == "grad" and term[0].index[:1] == (sample,):
            yield term


def _through_activation(traced: Trace, symbols: Symbols, incoming: NamedFactor) -> tuple[NamedFactor, ...]:
    """∂L/∂z as ∂L/∂a times the slope, where the activation works cell by cell."""
    step = producer(traced.program, incoming.value or "")
    terms = list(_terms(step, incoming.index, traced, symbols)) if step else []
    return terms[0].factors if len(terms) == 1 else (incoming,)


# --- paths -----------------------------------------------------------------------------------------------------


Way = tuple[Term, Cell]
"""A term of a gradient cell: its local factors, and the gradient cell that it comes from."""


@dataclass(frozen=True, slots=True)
class _Link:
    """A path from a gradient cell to the loss, as a linked list: the local factors here, then the rest."""

    product: float
    factors: Term
    cell: Cell
    rest: _Link | None


def paths(
    run: Run,
    traced: Trace,
    parameter: str,
    index: Index,
    sample: int,
    limit: int = LARGEST,
    cancelled: Wanted | None = None,
) -> Paths:
    """Every path from a parameter cell to the loss through one sample; their products sum to its share of ∂L/∂w.

    Args:   parameter, index: the cell; sample: position in the batch; limit: how many of the largest to list.
    Raises: UnknownValueError, RangeError.
    Source: Baur and Strassen 1983: a derivative is the sum over all paths of the products along them.
    """
    value = f"{parameter}.grad"
    if not _is_parameter_gradient(traced.program, value):
        known = ", ".join(p.name for p in traced.program.parameters)
        raise UnknownValueError(f"unknown parameter {parameter!r}; this run has {known}", "query.parameter")
    locate(traced, value, index)
    check_sample(traced, sample)
    finder = _Finder(traced, sample, limit)
    links, found = finder.largest(Cell(value, index), cancelled)
    share = total(finder.shares(value, index))
    symbols = Symbols(traced.program, run.names)
    listed = tuple(_path(parameter, index, link, traced, symbols) for link in links)
    count = found - len(listed)
    rest = share - total(p.product for p in listed) if count else 0.0
    return Paths(parameter, index, sample, listed, count, rest, share)


class _Finder:
    """The largest paths from a gradient cell, found once a cell, from the loss on: what they share is found once.

    There are very many paths, as many as products of all the ways from layer to layer or moment to moment, but a cell
    only ever needs its own largest. Cells come in the order of the program, so nothing is as deep as a path is long.
    """

    def __init__(self, traced: Trace, sample: int, limit: int) -> None:
        self._traced, self._sample, self._limit = traced, sample, limit

    def shares(self, value: str, index: Index) -> list[float]:
        """The terms of the sample in the parameter's gradient, in every place where the parameter is used."""
        step, at = producer(self._traced.program, value), Cell(value, index)
        if step is not None and step.op == "accumulate":
            return [share for part in step.inputs for share in self.shares(part, index)]
        return [
            math.prod((float(self._traced[after.value][after.index]), *(f.number for f in local)))
            for local, after in self._followed(at)
        ]

    def largest(self, start: Cell, cancelled: Wanted | None) -> tuple[list[_Link], int]:
        """The largest paths from a gradient cell to the loss, largest first, and how many paths there are.

        Raises: CancelledWorkError.
        """
        ways = self._explored(start, cancelled)
        best: dict[Cell, list[_Link]] = {}
        count: dict[Cell, int] = {}
        for at in sorted(ways, key=lambda cell: self._traced.program.producer[cell.value]):
            check(cancelled)
            if at.value == "loss.grad":
                best[at], count[at] = [_Link(1.0, (), at, None)], 1
                continue
            longer = [self._lengthened(at, *way, best[way[1]]) for way in ways[at]]
            best[at] = list(islice(heapq.merge(*longer, key=lambda link: -_size(link.product)), self._limit))
            count[at] = sum(count[after] for _, after in ways[at])
        return best[start], count[start]

    def _explored(self, start: Cell, cancelled: Wanted | None) -> dict[Cell, list[Way]]:
        """All gradient cells behind one, each with the terms that lead on."""
        found: dict[Cell, list[Way]] = {}
        waiting = [start]
        while waiting:
            check(cancelled)
            at = waiting.pop()
            if at not in found:
                found[at] = [] if at.value == "loss.grad" else list(self._followed(at))
                waiting += [after for _, after in found[at]]
        return found

    def _lengthened(self, at: Cell, local: Term, after: Cell, links: Sequence[_Link]) -> Iterator[_Link]:
        """The paths of the gradient in a term, lengthened by the term's other factors; made as they are asked for."""
        scale = math.prod(f.number for f in local)
        return (_Link(scale * link.product, local, at, link) for link in links)

    def _followed(self, at: Cell) -> Iterator[Way]:
        """The terms of a gradient cell that lead on; a constant does not."""
        step = producer(self._traced.program, at.value)
        assert step is not None
        names = operand_names(step)
        starts = step.op != "accumulate" and _is_parameter_gradient(self._traced.program, _whole(at.value))
        for term in _raw_terms(step, at.index, self._traced):
            origin = next((f for f in term if f.operand == "grad" or (f.operand or "").startswith("part")), None)
            # a single number is of every sample
            if origin is not None and (not starts or origin.index[:1] in ((), (self._sample,))):
                local = tuple(f for f in term if f is not origin)
                yield local, Cell(names[origin.operand or ""], origin.index)


def _path(parameter: str, index: Index, link: _Link, traced: Trace, symbols: Symbols) -> Path:
    """A linked path written out, from the parameter to the loss."""
    factors: list[NamedFactor] = []
    cells = [Cell(parameter, index)]
    here: _Link | None = link
    while here is not None and here.rest is not None:
        step, after = producer(traced.program, here.cell.value), here.rest.cell
        assert step is not None
        factors += (_named(factor, step, traced, symbols) for factor in here.factors)
        cell = Cell(of_gradient(after.value), after.index)
        cells += [cell] if cell != cells[-1] else []  # a contribution to a gradient is at the same cell
        here = here.rest
    return Path(tuple(factors), tuple(cells), link.product)
