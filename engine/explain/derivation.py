"""How a number came about: its terms and their factors, and where it goes. Paths to the loss are in `paths`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import accumulate, islice
from string import Template

from engine.execution.cancellation import Wanted
from engine.explain.notation import Symbols, bracketed, param
from engine.explain.short_forms import short_form
from engine.explain.spelling import legible
from engine.explain.sums import (
    LARGEST,
    Addend,
    Sum,
    addends,
    gathered,
    operand_names,
    place_of,
    producer,
    raw_terms,
    sample_of,
    shared,
    tied_by,
    time_of,
)
from engine.foundation.errors import RangeError, UnknownValueError
from engine.foundation.numbers import bracketed_number, latex_number, total
from engine.foundation.value_name import ValueName, gradient_name, is_data
from engine.model.layers import times
from engine.ops.core.op import Array, Factor, Index, Term, reached
from engine.program.program import Program, Step
from engine.run.run import Run
from engine.run.trace import Trace


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
    """A product of factors: one addend of a cell. `rest` counts the terms that a remainder stands for.

    sample, time, place: of a term that carries a gradient on, where that is: its position in the batch, counted from 0;
    its time, the first being 1; row and column, or position, in its sample, counted from 0.
    so_far: the sum up to this term and with it.
    name: of the few terms of a short form, the way that each stands for, as `through_mean`.
    """

    factors: tuple[NamedFactor, ...]
    product: float
    rest: int = 0
    sample: int | None = None
    time: int | None = None
    place: Index = ()
    so_far: float = 0.0
    name: str = ""


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

    mean:  N, where the first factor is the 1/N that makes a sample's own loss a part of the batch's; else None.
    links: the same factors as derivatives, with the slope of the identity, which is no factor, as one of them.
    """

    sample: int
    symbol: str
    factors: tuple[NamedFactor, ...]
    links: tuple[Link, ...]
    product: float
    mean: int | None = None


@dataclass(frozen=True, slots=True)
class Derivation:
    """One cell, explained: `result` is the sum of the terms' products.

    terms:      largest first, those of times first to last; in the update, and between single numbers, as the formula
                has them. Those that are 0 are counted in `counts`; of many the rest is one term.
    sample:     of a parameter's gradient, whose share this is, terms and all; None for the whole of a cell.
    whole:      the cell itself, of which a share is a part.
    over_batch: of a parameter's gradient with one term a sample the sum over the batch, in LaTeX; else nothing.
    short:      whether the terms are those of a shorter form.
    """

    value: str
    index: Index
    result: float
    symbol: str
    step: Step | None
    terms: tuple[NamedTerm, ...]
    counts: Sum
    used_by: tuple[Cell, ...]
    chain: Chain | None
    sample: int | None
    whole: float
    over_batch: str = ""
    short: bool = False

    @property
    def terms_total(self) -> int:
        """How many terms there are, those that are 0 and those of the rest included."""
        return self.counts.count


_SOURCE = Sum((), 1, 0, (), 0.0)


def derivation(
    run: Run,
    traced: Trace,
    value: str,
    index: Index,
    sample: int | None = None,
    cancelled: Wanted | None = None,
    limit: int = LARGEST,
    short: bool = False,
    symbols: Symbols | None = None,
) -> Derivation:
    """The terms and factors of one cell of any value of an iteration.

    Args:    value: its name; index: of the cell; sample: of a parameter's gradient, whose share of it to derive, with
             its chain rule; limit: how many terms to list; short: whether by the shorter form, where there is one;
             symbols: of the program, where many of its cells are derived.
    Raises:  UnknownValueError, RangeError, CancelledWorkError.
    """
    value = traced.program.meant(value)
    array = locate(traced, value, index)
    symbols = symbols or Symbols(traced.program, run.names)
    step, whole = producer(traced.program, value), float(array[index])
    of_parameter = step is not None and is_parameter_gradient(traced.program, value)
    sample = sample if of_parameter and not traced.program.symbols else None  # of an expression there are no samples
    if sample is not None:
        check_sample(traced, sample)
    result, counts = whole, _SOURCE
    terms: tuple[NamedTerm, ...] = (_itself(value, index, whole, symbols),)
    few = short_form(step, index, traced) if short and step is not None else ()
    if step is not None:
        every = few or (addends(step, index, traced) if sample is None else shared(step, index, traced, sample))
        counts = gathered(every, traced, bool(few) or _as_written(step, traced.program), limit, cancelled)
        result = whole if sample is None else total(addend.product for addend in shared(step, index, traced, sample))
        terms = _named_terms(counts, result, traced, symbols)
    return Derivation(
        value,
        index,
        result,
        symbols.cell(value, index) if sample is None else _share_symbol(symbols, value, index, sample),
        step,
        terms,
        counts,
        tuple(islice(users(traced.program, value, index), 50)),
        _chain(traced, symbols, value, index, sample, _averaged(run, traced, value)) if sample is not None else None,
        sample,
        whole,
        _over_batch(traced, symbols, step, index) if step and of_parameter and sample is None else "",
        bool(few),
    )


def first_cell(traced: Trace, step: Step, symbols: Symbols) -> Derivation:
    """The first cell that a step writes as the sum that it is, and nothing of where it and its terms come from and go.

    Many steps of many iterations are told so at a time, which is why the symbols are given: they hold for a program.
    """
    value, index = step.output, (0,) * len(step.shape)
    result = float(traced[value][index])
    counts = gathered(addends(step, index, traced), traced, _as_written(step, traced.program), LARGEST, None)
    terms = [
        NamedTerm(tuple(named(factor, addend.step, traced, symbols) for factor in addend.term), addend.product)
        for addend in counts.listed
    ]
    rest = [NamedTerm((), 0.0, rest=counts.left)] if counts.left else []
    symbol = symbols.cell(value, index)
    return Derivation(value, index, result, symbol, step, (*terms, *rest), counts, (), None, None, result)


def _itself(value: str, index: Index, cell: float, symbols: Symbols) -> NamedTerm:
    """The only term of a source."""
    return NamedTerm((NamedFactor(value, index, cell, symbols.cell(value, index), None, latex_number(cell)),), cell)


def _averaged(run: Run, traced: Trace, gradient: str) -> int | None:
    """N, where a sample's part of a gradient is 1/N of that of its own loss."""
    batch = traced.program.batch
    plain = run.has_data and run.fitting.config.loss.is_plain_mean and not tied_by(traced.program, gradient)
    return batch if plain and run.fitting.config.backward is None and batch > 1 else None


def _share_symbol(symbols: Symbols, value: str, index: Index, sample: int) -> str:
    """Of a sample's share of a gradient, which alone is the batch's."""
    return rf"\left.{symbols.cell(value, index)}\right|_{{n={sample + 1}}}"


def _as_written(step: Step, program: Program) -> bool:
    """Whether the terms are the few that its formula names, one by one: their order is that of the formula."""
    return step.phase == "update" or not (step.shape or any(program.shape(name) for name in step.inputs))


def _named_terms(found: Sum, result: float, traced: Trace, symbols: Symbols) -> tuple[NamedTerm, ...]:
    """Those that are listed, and the rest as one, so that the sum still holds."""
    sums = accumulate((addend.product for addend in found.listed), initial=0.0)
    kept = tuple(
        _named_term(addend, traced, symbols, so_far)
        for addend, so_far in zip(found.listed, islice(sums, 1, None), strict=True)
    )
    if not found.left:
        return kept
    left = result - total(term.product for term in kept) if math.isfinite(result) else 0.0
    return (*kept, NamedTerm((), left, rest=found.left, so_far=result))


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


def _named_term(addend: Addend, traced: Trace, symbols: Symbols, so_far: float) -> NamedTerm:
    factors = tuple(named(factor, addend.step, traced, symbols) for factor in addend.term)
    time = time_of(addend, traced.program)
    return NamedTerm(
        factors,
        addend.product,
        sample=sample_of(addend, traced.program),
        time=time.number if time else None,
        place=place_of(addend, traced.program),
        so_far=so_far,
        name=addend.name,
    )


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
    written |= {f"{operand}_k": symbols.of_row(name, at) for operand, name in names.items() if at}
    numbers = {name: latex_number(value) for name, value in step.params.items() if isinstance(value, float)}
    numbers |= {operand: _cell_number(traced.table[name], at) for operand, name in names.items()}
    symbol = legible(Template(bracketed(factor.symbol, written)).safe_substitute(written | letters))
    numeric = legible(Template(factor.numeric or factor.symbol).safe_substitute(letters | numbers)) if value else plain
    return NamedFactor(value, at if value else (), factor.number, symbol, factor.cell, numeric)


def _cell_number(array: Array, index: Index) -> str:
    at = index[: array.ndim]
    inside = len(at) == array.ndim and all(i < n for i, n in zip(at, array.shape, strict=True))
    return bracketed_number(float(array[at])) if inside else ""


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


def _chain(traced: Trace, symbols: Symbols, value: str, index: Index, sample: int, mean: int | None) -> Chain | None:
    """∂L/∂w = 1/N · ∂ℓ/∂a · ∂a/∂z · ∂z/∂w: the sample's term, its gradient followed back through cell-by-cell steps.

    Args:    mean: N, where the loss is the mean of N samples' losses, none of which another sample's numbers change.
    Returns: None where the sample has several: a weight that is used at every place of an image has no one chain.
    """
    step = producer(traced.program, value)
    found = list(islice(shared(step, index, traced, sample), 2)) if step else []
    if len(found) != 1 or found[0].step is not step:  # at several places or times: no one product, but a sum of them
        return None
    term = found[0].term
    incoming, *local = (named(factor, step, traced, symbols) for factor in term)
    through = _through_activation(traced, symbols, incoming, symbols.cell)
    last = local or [ONE]
    factors = (*through, *last)
    links = _links(traced, symbols, Cell(value, index), term)
    if mean is not None:
        factors, links = _with_mean(factors, links, mean, sample)
    product = math.prod(f.number for f in factors)
    return Chain(sample, _share_symbol(symbols, value, index, sample), factors, links, product, mean)


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


def _with_mean(
    factors: tuple[NamedFactor, ...], links: tuple[Link, ...], count: int, sample: int
) -> tuple[tuple[NamedFactor, ...], tuple[Link, ...]]:
    """The chain from the sample's own loss on: what makes it a part of the batch's is a factor of its own, 1/N."""
    share = NamedFactor(None, (), 1 / count, r"\frac{1}{N}", None, rf"\frac{{1}}{{{count}}}")

    def own(factor: NamedFactor) -> NamedFactor:
        symbol = factor.symbol.replace(r"\partial L", rf"\partial \ell_{{{sample + 1}}}", 1)
        return replace(factor, number=factor.number * count, symbol=symbol)

    first, *rest = factors
    start, *after = links
    begun = Link(own(start.factor), own(start.factor).symbol, start.expression)
    return (share, own(first), *rest), (Link(share, share.symbol, share.numeric), begun, *after)


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


def _through_activation(
    traced: Trace, symbols: Symbols, incoming: NamedFactor, write: Callable[[str, Index], str]
) -> tuple[NamedFactor, ...]:
    """∂L/∂z as ∂L/∂a times the slope, where the activation works cell by cell."""
    step = producer(traced.program, incoming.value or "")
    terms = list(islice(raw_terms(step, incoming.index, traced), 2)) if step else []
    if step is None or len(terms) != 1:
        return (incoming,)
    return tuple(named(factor, step, traced, symbols, write) for factor in terms[0])
