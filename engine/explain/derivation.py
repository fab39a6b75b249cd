"""How a number came about: its terms and their factors, and where it goes. Paths to the loss are in `paths`."""

from __future__ import annotations

import heapq
import itertools
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from string import Template

import numpy as np

from engine.execution.cancellation import Wanted, check
from engine.explain.notation import Symbols, bracketed, param
from engine.foundation.errors import RangeError, UnknownValueError
from engine.foundation.numbers import latex_number, total
from engine.foundation.value_name import ValueName, gradient_name, is_data
from engine.model.layers import times
from engine.ops.core.op import Array, Factor, Index, Term, reached
from engine.program.program import Program, Step
from engine.run.run import Run
from engine.run.trace import Trace

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
class Link:
    """A factor of the chain rule as the derivative that it is, and as the expression that gives its number.

    Both in LaTeX, without the sample's index, which is the same throughout; no expression for a number of its own.
    """

    factor: NamedFactor
    derivative: str
    expression: str


@dataclass(frozen=True, slots=True)
class Chain:
    """∂L/∂w of one sample as the product that the chain rule says.

    links: the same factors as derivatives, with the slope of the identity, which is no factor, as one of them.
    """

    sample: int
    symbol: str
    factors: tuple[NamedFactor, ...]
    links: tuple[Link, ...]
    product: float


@dataclass(frozen=True, slots=True)
class Derivation:
    """One cell, explained: `result` is the sum of the terms' products.

    over_batch: of a parameter's gradient with one term a sample the sum over the batch, in LaTeX; else nothing.
    """

    value: str
    index: Index
    result: float
    symbol: str
    step: Step | None
    terms: tuple[NamedTerm, ...]
    terms_total: int
    used_by: tuple[Cell, ...]
    chain: Chain | None
    over_batch: str = ""


def derivation(
    run: Run, traced: Trace, value: str, index: Index, sample: int | None = None, cancelled: Wanted | None = None
) -> Derivation:
    """The terms and factors of one cell of any value of an iteration.

    Args:    value: its name; index: of the cell; sample: for a parameter's gradient, whose chain rule to give.
    Raises:  UnknownValueError, RangeError, CancelledWorkError.
    """
    array = locate(traced, value, index)
    symbols = Symbols(traced.program, run.names)
    step = producer(traced.program, value)
    result = float(array[index])
    terms, count = _listed(step, index, traced, symbols, result, cancelled) if step else ((), 1)
    if step is None:  # a source: it is its own only term
        plain = float(array[index])
        own = NamedFactor(value, index, plain, symbols.cell(value, index), None, latex_number(plain))
        terms = (NamedTerm((own,), own.number),)
    used_by = tuple(islice(users(traced.program, value, index), 50))
    chain, over_batch = None, ""
    if step and is_parameter_gradient(traced.program, value):
        chain = None if sample is None else _chain(traced, symbols, value, index, sample)
        over_batch = _over_batch(traced, symbols, step, index)
    return Derivation(
        value,
        index,
        result,
        symbols.cell(value, index),
        step,
        terms,
        count,
        used_by,
        chain,
        over_batch,
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
    for term in raw_terms(step, index, traced):
        yield _named_term(term, step, traced, symbols)


def raw_terms(step: Step, index: Index, traced: Trace) -> Iterator[Term]:
    """The terms of one cell of a step's value, factors named as the step's function calls its operands."""
    operands = {o: traced.table[n] for o, n in zip(step.function.operands, step.inputs, strict=True)}
    with np.errstate(all="ignore"):
        yield from step.function.terms(index, operands, step.params)


def _named_term(term: Term, step: Step, traced: Trace, symbols: Symbols) -> NamedTerm:
    factors = tuple(named(factor, step, traced, symbols) for factor in term)
    return NamedTerm(factors, _product(term))


def named(
    factor: Factor, step: Step, traced: Trace, symbols: Symbols, write: Callable[[str, Index], str] | None = None
) -> NamedFactor:
    """A factor with the program's name of its value, in symbols and with numbers.

    Args: write: how a cell is written; `Symbols.cell` without.
    """
    write = write or symbols.cell
    names, at = operand_names(step), factor.index
    value = names[factor.operand] if factor.operand else None
    plain = latex_number(factor.number)
    if value and not factor.symbol:
        return NamedFactor(value, at, factor.number, write(value, at), None, plain)
    letters = {name: param(step, name) for name in step.params}
    written = {operand: write(name, at[: symbols.rank(name)]) for operand, name in names.items()}
    numbers = {name: latex_number(value) for name, value in step.params.items() if isinstance(value, float)}
    numbers |= {operand: _cell_number(traced.table[name], at) for operand, name in names.items()}
    symbol = Template(bracketed(factor.symbol, written)).safe_substitute(written | letters)
    numeric = _legible(Template(factor.symbol).safe_substitute(letters | numbers)) if value else plain
    return NamedFactor(value, at, factor.number, symbol, factor.cell, numeric)


def _cell_number(array: Array, index: Index) -> str:
    at = index[: array.ndim]
    inside = len(at) == array.ndim and all(i < n for i, n in zip(at, array.shape, strict=True))
    text = latex_number(float(array[at])) if inside else ""
    return rf"\left({text}\right)" if text.startswith("-") else text


_TWICE = re.compile(r"\\left([(|])\\left\((-[^()]*)\\right\)\\right([)|])")
_SIDE_BY_SIDE = re.compile(r"(?:(?<=[\d)}])\\, ?|(?<=\\right\)) )(?=\{?\d|\\left\(-)")


def _legible(numeric: str) -> str:
    """No brackets twice, and a dot between numbers that stand side by side, where letters need none."""
    return _SIDE_BY_SIDE.sub(r" \\cdot ", _TWICE.sub(r"\\left\1\2\\right\3", numeric))


def operand_names(step: Step) -> dict[str, str]:
    """What a step's function calls its operands, and the values that they are."""
    return dict(zip(step.function.operands, step.inputs, strict=True))


def _listed(
    step: Step, index: Index, traced: Trace, symbols: Symbols, result: float, cancelled: Wanted | None
) -> tuple[tuple[NamedTerm, ...], int]:
    """A cell's terms as they are, or the largest of very many with one remainder, so that the sum still holds.

    And how many there are. Of very many, no more are kept at a time than are listed.
    """
    counted = itertools.count()
    every = (term for term, _ in zip(_watched(raw_terms(step, index, traced), cancelled), counted, strict=False))
    terms = list(islice(every, LARGEST + 1))
    many = len(terms) > LARGEST
    if many:
        terms = heapq.nlargest(LARGEST, itertools.chain(terms, every), key=lambda term: size(_product(term)))
    kept = tuple(_named_term(term, step, traced, symbols) for term in terms)
    number = next(counted)
    if not many:
        return kept, number
    left = result - total(term.product for term in kept) if math.isfinite(result) else 0.0
    return (*kept, NamedTerm((), left, rest=number - LARGEST)), number


def _watched(terms: Iterator[Term], cancelled: Wanted | None) -> Iterator[Term]:
    """The terms; now and then it is asked whether they are still wanted."""
    for number, term in enumerate(terms):
        if number % LARGEST == 0:
            check(cancelled)
        yield term


def _product(term: Term) -> float:
    return math.prod(factor.number for factor in term)


def size(number: float) -> float:
    """By which numbers are said to be large: what is not a number comes first."""
    return math.inf if math.isnan(number) else abs(number)


# --- where a cell goes -----------------------------------------------------------------------------------------


def users(program: Program, value: str, index: Index) -> Iterator[Cell]:
    """The cells that are computed from this one, in the order of the program."""
    for step in program.steps:
        for operand, name in enumerate(step.inputs):
            if name == value and not is_data(name):
                shapes = [program.shape(given) for given in step.inputs]
                for target in reached(step.function, operand, index, shapes, step.shape, step.params):
                    yield Cell(step.output, target)


# --- the chain rule of one sample ------------------------------------------------------------------------------


def is_parameter_gradient(program: Program, value: str) -> bool:
    """Whether a value is the gradient of a parameter, all its contributions added up."""
    return any(value == gradient_name(p.name) for p in program.parameters)


def whole(gradient: str) -> str:
    """Of one contribution, ``dense1.weight.grad.2``, the gradient that it is a part of."""
    return str(ValueName.parse(gradient).whole)


def of_gradient(value: str) -> str:
    """The value whose gradient, or contribution to it, this is; nothing if it is no gradient."""
    return str(ValueName.parse(value).of_gradient or "")


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
    incoming, *local = (named(factor, step, traced, symbols) for factor in terms[0])
    through = _through_activation(traced, symbols, incoming, symbols.cell)
    last = local or [ONE]
    factors = (*through, *last)
    links = _links(traced, symbols, Cell(value, index), terms[0])
    return Chain(sample, symbols.cell(value, index), factors, links, math.prod(f.number for f in factors))


ONE = NamedFactor(None, (), 1.0, "1", None, "1")


def _links(traced: Trace, symbols: Symbols, gradient: Cell, term: Term) -> tuple[Link, ...]:
    """The factors of a chain as derivatives: ∂L/∂a, ∂a/∂z, ∂z/∂w.

    Where the activation mixes units (softmax) there is no one slope: the chain starts at ∂L/∂z.
    """
    step = producer(traced.program, gradient.value)
    assert step is not None
    incoming, *local = (named(factor, step, traced, symbols, symbols.unit) for factor in term)
    first, *slopes = _through_activation(traced, symbols, incoming, symbols.unit)
    a, z = (symbols.unit(of_gradient(f.value or ""), f.index) for f in (first, incoming))
    parameter = symbols.cell(of_gradient(gradient.value), gradient.index)
    middle = slopes or ([ONE] if first.value != incoming.value else [])
    alone = len(middle) == 1
    return (
        Link(first, first.symbol, ""),
        *(Link(f, _ratio(a, z) if alone else f.symbol, f.symbol if slopes else "") for f in middle),
        *(Link(f, _ratio(z, parameter), f.symbol) for f in local or [ONE]),
    )


def _ratio(above: str, below: str) -> str:
    return rf"\frac{{\partial {above}}}{{\partial {below}}}"


def _over_batch(traced: Trace, symbols: Symbols, step: Step, index: Index) -> str:
    """A parameter's gradient as a sum over the batch, in symbols; nothing if a sample has several terms in it."""
    terms = list(islice(raw_terms(step, index, traced), traced.program.batch + 1))
    samples = {term[0].index[:1] for term in terms if term[0].operand == "grad"}
    if not len(terms) == len(samples) == traced.program.batch > 1:
        return ""
    factors = (named(factor, step, traced, symbols, symbols.of_samples).symbol for factor in terms[0])
    product = r" \cdot ".join(factors)
    return rf"{symbols.cell(step.output, index)} = \sum_{{n}} {product}"


def _sample_terms(step: Step, index: Index, traced: Trace, sample: int) -> Iterator[Term]:
    """The terms of a parameter's gradient that are one sample's."""
    for term in raw_terms(step, index, traced):
        if term[0].operand == "grad" and term[0].index[:1] == (sample,):
            yield term


def _through_activation(
    traced: Trace, symbols: Symbols, incoming: NamedFactor, write: Callable[[str, Index], str]
) -> tuple[NamedFactor, ...]:
    """∂L/∂z as ∂L/∂a times the slope, where the activation works cell by cell."""
    step = producer(traced.program, incoming.value or "")
    terms = list(islice(raw_terms(step, incoming.index, traced), 2)) if step else []
    if step is None or len(terms) != 1:
        return (incoming,)
    return tuple(named(factor, step, traced, symbols, write) for factor in terms[0])
