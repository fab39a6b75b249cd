"""The terms of a cell, in the order in which they are read: counted, the largest first, those that are 0 set aside."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from engine.execution.cancellation import Wanted, check
from engine.foundation.value_name import LayerName, Moment, ValueName
from engine.ops.core.op import Factor, Index, Term
from engine.program.program import Program, Step
from engine.run.trace import Trace

LARGEST = 200  # terms or paths that are listed; what is left is one remainder
_ASKED_WHY = 1000  # terms of 0 whose reason is looked for: finding it walks back through the program
_WALKED = 12  # steps that a 0 is followed back through
_SOME = 64  # terms of a 0 that are looked at


@dataclass(frozen=True, slots=True)
class Addend:
    """A term of a cell, and the step whose function made it: of a shared weight each use has its own.

    name: of a term of a short form, the way that it stands for.
    """

    step: Step
    term: Term
    name: str = ""

    @property
    def product(self) -> float:
        """The number that it adds."""
        return math.prod(factor.number for factor in self.term)


_Entry = tuple[float, int, Addend]
"""A term's size, minus its number, and the term: as they are sorted."""


@dataclass(frozen=True, slots=True)
class Zeros:
    """Terms that are 0 for one reason; `why` is nothing where it was not looked for."""

    count: int
    why: str


@dataclass(frozen=True, slots=True)
class Sum:
    """All terms of a cell, those listed and those only counted.

    listed: as they are read; of very many the largest. up, down: how many are above and below 0, listed or not.
    sizes:  their sizes added up.
    """

    listed: tuple[Addend, ...]
    up: int
    down: int
    zeros: tuple[Zeros, ...]
    sizes: float

    @property
    def still(self) -> int:
        """How many are 0."""
        return sum(zeros.count for zeros in self.zeros)

    @property
    def count(self) -> int:
        """How many terms there are."""
        return self.up + self.down + self.still

    @property
    def left(self) -> int:
        """How many that are not 0 are not listed."""
        return self.up + self.down - sum(addend.product != 0 for addend in self.listed)


def gathered(
    addends: Iterable[Addend], traced: Trace, as_written: bool, limit: int = LARGEST, cancelled: Wanted | None = None
) -> Sum:
    """The terms in the order in which they are read; of very many, no more are kept at a time than are listed.

    Args: as_written: whether they stay as the formula has them, also those that are 0, as far as they are few.
    """
    up = down = 0
    sizes = 0.0
    largest: list[_Entry] = []
    nothing: list[_Entry] = []
    still = 0
    for number, addend in enumerate(addends):
        if number % LARGEST == 0:
            check(cancelled)
        product = addend.product
        entry = (size(product), -number, addend)
        if product == 0:
            still += 1
            nothing += [entry] * (still <= _ASKED_WHY)
            continue
        up, down, sizes = up + (not product < 0), down + (product < 0), sizes + abs(product)
        (heapq.heappush if len(largest) < limit else heapq.heappushpop)(largest, entry)
    every = sorted((*largest, *nothing), key=lambda entry: -entry[1])
    if up + down <= limit and (as_written or _are_each_another([entry[2] for entry in every])):
        return Sum(tuple(entry[2] for entry in every), up, down, (Zeros(still, ""),) if still else (), sizes)
    kept = sorted(largest, key=lambda entry: (-entry[0], -entry[1]))
    listed = _in_time(tuple(entry[2] for entry in kept), traced)
    return Sum(listed, up, down, _reasons((entry[2] for entry in nothing), still, traced), sizes)


def _are_each_another(every: list[Addend]) -> bool:
    """Whether the terms are those that the formula names one by one, as x less its mean, and not a sum over cells."""
    if len(every) > 1 and every[0].step.op == "accumulate":
        return False
    return len({tuple((f.operand, f.symbol) for f in addend.term) for addend in every}) == len(every)


def size(number: float) -> float:
    """By which numbers are said to be large: what is not a number comes first."""
    return math.inf if math.isnan(number) else abs(number)


def _in_time(listed: tuple[Addend, ...], traced: Trace) -> tuple[Addend, ...]:
    """The first time first where each term is another time's: how they fade is seen in that order."""
    times = [time_of(addend, traced.program) for addend in listed]
    known = [moment.number for moment in times if moment]
    if len(known) < len(listed) or len(set(known)) < len(known):
        return listed
    return tuple(addend for _, addend in sorted(zip(known, listed, strict=True), key=lambda pair: pair[0]))


# --- what a term belongs to --------------------------------------------------------------------------------------


def operand_names(step: Step) -> dict[str, str]:
    """What a step's function calls its operands, and the values that they are."""
    return dict(zip(step.function.operands, step.inputs, strict=True))


def raw_terms(step: Step, index: Index, traced: Trace) -> Iterator[Term]:
    """The terms of one cell of a step's value, factors named as the step's function calls its operands."""
    operands = {o: traced.table[n] for o, n in zip(step.function.operands, step.inputs, strict=True)}
    with np.errstate(all="ignore"):
        yield from step.function.terms(index, operands, step.params)


def producer(program: Program, value: str) -> Step | None:
    """The step that writes a value; None for a source."""
    at = program.producer.get(value)
    return None if at is None else program.steps[at]


def carrier(addend: Addend) -> tuple[str, Index] | None:
    """The cell of a gradient that a term carries on; None for a term of anything else."""
    names = operand_names(addend.step)
    found = next((f for f in addend.term if f.operand == "grad" or (f.operand or "").startswith("part")), None)
    return None if found is None or found.operand is None else (names[found.operand], found.index)


def moment_of(value: str, program: Program) -> Moment | None:
    """The time of a value; of a contribution to the gradient of what is used at every time, that of its use."""
    name = program.name(value)
    step = producer(program, value) if name.gradient and name.moment is None else None
    if step is None or step.op == "accumulate" or "grad" not in step.function.operands:
        return name.moment
    return program.name(operand_names(step)["grad"]).moment


def time_of(addend: Addend, program: Program) -> Moment | None:
    """The time that a term is of."""
    carried = carrier(addend)
    return None if carried is None else moment_of(carried[0], program)


def place_of(addend: Addend, program: Program) -> Index:
    """Where in its sample a term's gradient is: row and column of an image, position in a sequence; else nothing."""
    carried = carrier(addend)
    if carried is None or not of_samples(carried[0], program):
        return ()
    index = carried[1]
    return index[2:] if len(index) == 4 else index[1:-1]


def sample_of(addend: Addend, program: Program) -> int | None:
    """The position in the batch that a term's gradient is of; None where it is of all."""
    carried = carrier(addend)
    return carried[1][0] if carried and carried[1] and of_samples(carried[0], program) else None


def of_samples(gradient: str, program: Program) -> bool:
    """Whether the first index of a gradient is the sample's: it is of what is computed, not of a parameter."""
    shape = program.shape(gradient)
    own = {parameter.name for parameter in program.parameters}
    statistic = len(shape) < 2
    return not statistic and shape[0] == program.batch and str(program.name(gradient).subject) not in own


def addends(step: Step, index: Index, traced: Trace) -> Iterator[Addend]:
    """The terms of one cell of a step's value."""
    return (Addend(step, term) for term in raw_terms(step, index, traced))


def shared(step: Step, index: Index, traced: Trace, sample: int) -> Iterator[Addend]:
    """A sample's share of a parameter's gradient: its own terms, wherever and whenever the parameter is used.

    Formula: share_n = sum of delta dz/dw over the places and times of sample n; as each term is of one sample,
             sum_n share_n = dL/dw. It is the slope of the sample's own part of the loss but behind a batch norm, where
             a sample's delta also holds what its numbers do to the losses of the others: see `tied_by`.
    """
    if step.op == "accumulate":
        for part in step.inputs:
            made = producer(traced.program, part)
            yield from shared(made, index, traced, sample) if made else ()
        return
    for addend in addends(step, index, traced):
        carried = carrier(addend)
        if carried and carried[1][:1] in ((), (sample,)):  # a single number is of every sample
            yield addend


def tied_by(program: Program, gradient: str) -> str:
    """The layer that ties the samples of the batch together between a value and the loss; nothing if none does."""
    waiting, seen = [gradient], {gradient}
    while waiting:
        step = producer(program, waiting.pop())
        if step is None or step.phase != "backward":
            continue
        if 0 in step.params.get("axes", ()):
            return step.layer
        waiting += [name for name in step.inputs if program.name(name).gradient and name not in seen]
        seen.update(step.inputs)
    return ""


# --- why a term is 0 -----------------------------------------------------------------------------------------------


def _reasons(nothing: Iterable[Addend], count: int, traced: Trace) -> tuple[Zeros, ...]:
    known: dict[tuple[str, Index], str] = {}
    found = Counter(_why(addend.step, addend.term, traced, known, _WALKED) for addend in nothing)
    left = count - found.total()
    if left:
        found[""] += left
    return tuple(Zeros(number, why) for why, number in found.most_common())


def _why(step: Step, term: Term, traced: Trace, known: dict[tuple[str, Index], str], left: int) -> str:
    """Why a term is 0: the first of its factors that is."""
    factor = next((factor for factor in term if factor.number == 0), None)
    if factor is None:
        return "too small for a number"
    if factor.operand is None:
        return _stops(step)
    if factor.symbol:
        return _stops(step)
    return _why_cell(operand_names(step)[factor.operand], factor, traced, known, left)


def _stops(step: Step) -> str:
    title = step.title.removeprefix("gradient through ")
    if step.layer == "loss":
        return f"{title} has slope 0 there"
    return step.function.stops or f"blocked by {title}"


def _why_cell(value: str, factor: Factor, traced: Trace, known: dict[tuple[str, Index], str], left: int) -> str:
    """Why a cell is 0: of a gradient where it was stopped on its way back, of anything else what it is."""
    key = (value, factor.index)
    if key not in known:
        name = traced.program.name(value)
        step = producer(traced.program, value)
        known[key] = _why_gradient(step, factor.index, traced, known, left) if name.gradient else _what(name)
    return known[key]


def _why_gradient(
    step: Step | None, index: Index, traced: Trace, known: dict[tuple[str, Index], str], left: int
) -> str:
    if step is None or not left:
        return "no gradient comes"
    terms = list(islice(raw_terms(step, index, traced), _SOME + 1))
    if not any(math.prod(f.number for f in term) for term in terms) and len(terms) <= _SOME:
        found = {_why(step, term, traced, known, left - 1) for term in terms} or {_stops(step)}
        return found.pop() if len(found) == 1 else "no gradient comes"
    return "the gradient is 0"


def _what(name: ValueName) -> str:
    """What a cell that is 0 holds."""
    if name.key == "a":
        return f"{LayerName.parse(name.layer).title} gives 0"
    return f"{_KINDS.get(name.key, 'a factor')} is 0"


_KINDS = {
    "x": "the input",
    "weight": "the weight",
    "weight_hh": "the weight",
    "h": "the state",
    "mask": "the mask of dropout",
}
