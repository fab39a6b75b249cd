"""Measures over a stretch of iterations: atoms are noted while the run trains, arithmetic is done on all at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.analysis.history import Point, point
from engine.conditions.evaluate import FUNCTIONS, Values, atoms_of, bind
from engine.conditions.scope import Scope, values_of
from engine.conditions.syntax import Binary, Call, Measure, Negative, Node, Number, Value
from engine.execution.cancellation import Wanted, check
from engine.execution.recorder import Call as Bound
from engine.execution.training_curve import Course
from engine.ops.core.op import Array
from engine.program.program import Program
from engine.run.checkpoints import LASTING, STRIDE
from engine.run.observing import observe

LOSS = "loss"


@dataclass(frozen=True, slots=True)
class Numbers:
    """A number for each iteration of a stretch, and in which there is one: elsewhere it is nan."""

    values: Array
    there: Array


class Noting:
    """Writes the numbers of atoms down, one an iteration; None where an atom has none."""

    def __init__(self, scope: Scope, atoms: Sequence[Node]) -> None:
        self._scope, self._atoms = scope, atoms
        self.columns: list[list[float | None]] = [[] for _ in atoms]

    def wanted(self, program: Program) -> Collection[str]:
        """What the atoms are computed from."""
        return {name for atom in self._atoms for name in values_of(self._scope, atom)}

    def bind(self, program: Program, values: Values) -> Bound:
        """Reads each atom that this program has, at the end of an iteration."""
        reads = [bind(self._scope, atom, values) or _nothing for atom in self._atoms]
        appends = [column.append for column in self.columns]
        if len(reads) == 1:  # the usual case, and called in every iteration of training
            (append,), (read,) = appends, reads
            return lambda: append(read())
        return lambda: [append(read()) for append, read in zip(appends, reads, strict=True)]


def _nothing() -> None:
    return None


def atom_numbers(
    scope: Scope, atoms: Sequence[Node], start: int, end: int, cancelled: Wanted | None = None
) -> dict[str, Numbers]:
    """The numbers of atoms, by their text, in the iterations from `start` to `end`: whole strides are kept.

    Raises: CancelledWorkError.
    """
    unique = list({atom.place.text: atom for atom in atoms}.values())
    if end - start == 1 and unique:
        return _in_one(scope, unique, start, cancelled)
    blocks = range(start // STRIDE, -(-end // STRIDE))
    found = {b: _kept(scope, unique, b) for b in blocks} if unique else {}
    if _only_loss(unique):  # training notes it anyway
        found = {b: _losses(scope.run.block(b, cancelled)) for b in blocks}
    for first, last in _stretches([b for b in blocks if unique and found[b] is None]):
        noting = Noting(scope, unique)
        observe(scope.run, first * STRIDE, last * STRIDE, noting, cancelled)
        found |= {b: _keep(scope, unique, b, noting, b - first) for b in range(first, last)}
    offset = start - blocks.start * STRIDE
    return {atom.place.text: _joined([found[b] or {} for b in blocks], atom, offset, end - start) for atom in unique}


def _in_one(scope: Scope, atoms: Sequence[Node], t: int, cancelled: Wanted | None) -> dict[str, Numbers]:
    """In a single iteration they are read off its trace, which is kept whole: nothing is trained beyond it."""
    trace = scope.run.trace_at(t, cancelled)
    found = {}
    with np.errstate(all="ignore"):
        for atom in atoms:
            read = bind(scope, atom, trace)
            there = read is not None
            found[atom.place.text] = Numbers(np.array([read() if read else np.nan]), np.array([there]))
    return found


def _only_loss(atoms: Sequence[Node]) -> bool:
    return len(atoms) == 1 and isinstance(atoms[0], Value) and atoms[0].name == LOSS


def _losses(course: Course) -> dict[str, Numbers]:
    return {LOSS: Numbers(course.loss.astype(np.float64), np.ones(len(course.loss), bool))}


def _stretches(blocks: Iterable[int]) -> list[tuple[int, int]]:
    """Runs of blocks that follow each other."""
    found: list[tuple[int, int]] = []
    for b in blocks:
        if found and found[-1][1] == b:
            found[-1] = (found[-1][0], b + 1)
        else:
            found.append((b, b + 1))
    return found


def _key(scope: Scope, atom: Node, block: int) -> tuple[str, str, int, str]:
    return ("measured", scope.run.lineage((block + 1) * STRIDE), block, atom.place.text)


def _kept(scope: Scope, atoms: Sequence[Node], block: int) -> dict[str, Numbers] | None:
    found = {atom.place.text: scope.run.store.get(_key(scope, atom, block)) for atom in atoms}
    return None if any(numbers is None for numbers in found.values()) else found


def _keep(scope: Scope, atoms: Sequence[Node], block: int, noting: Noting, at: int) -> dict[str, Numbers]:
    rows, found = slice(at * STRIDE, (at + 1) * STRIDE), {}
    for i, atom in enumerate(atoms):
        column = noting.columns[i][rows]
        numbers = Numbers(np.array(column, np.float64), np.array([number is not None for number in column]))
        scope.run.store.put(_key(scope, atom, block), numbers, numbers.values.nbytes + numbers.there.nbytes, LASTING)
        found[atom.place.text] = numbers
    return found


def _joined(blocks: Sequence[Mapping[str, Numbers]], atom: Node, offset: int, length: int) -> Numbers:
    parts = [block[atom.place.text] for block in blocks]
    rows = slice(offset, offset + length)
    return Numbers(
        np.concatenate([part.values for part in parts])[rows], np.concatenate([part.there for part in parts])[rows]
    )


# --- a stretch of the past -------------------------------------------------------------------------------------------


class Stretch:
    """The iterations from `start` to `end`, as far as some measures need them."""

    def __init__(self, scope: Scope, nodes: Iterable[Node], start: int, end: int, cancelled: Wanted | None) -> None:
        self.start, self.end = start, end
        listed = list(nodes)
        self._scope, self._cancelled = scope, cancelled
        atoms = [atom for node in listed for atom in atoms_of(scope, node)]
        self._atoms = atom_numbers(scope, atoms, start, end, cancelled)
        self._scores: dict[int, Point] | None = None

    def atom(self, node: Node) -> Numbers:
        """The numbers of an atom."""
        return self._atoms[node.place.text]

    def numbers(self, node: Measure) -> Numbers:
        """A measure in every iteration."""
        with np.errstate(all="ignore"):
            return self._numbers(node)

    def _numbers(self, node: Measure) -> Numbers:
        if self._scope.is_evaluation(node) and isinstance(node, Value):
            return self._evaluated(node.name)
        if isinstance(node, Number):
            return self._constant(node.value)
        if node.place.text in self._atoms:
            return self.atom(node)
        match node:
            case Negative(operand=operand):
                inner = self._numbers(operand)
                return Numbers(-inner.values, inner.there)
            case Binary(sign=sign, left=left, right=right):
                a, b = self._numbers(left), self._numbers(right)
                return Numbers(np.asarray(FUNCTIONS[sign](a.values, b.values)), a.there & b.there)
            case Call(function=function, args=(measure,)):
                inner = self._numbers(measure)
                return Numbers(np.asarray(FUNCTIONS[function](inner.values)), inner.there)
        raise AssertionError(f"{node} was refused")

    def _constant(self, value: float) -> Numbers:
        count = self.end - self.start
        return Numbers(np.full(count, value), np.ones(count, bool))

    def _evaluated(self, name: str) -> Numbers:
        if self._scores is None:
            self._scores = {t: self._point(t) for t in _evaluated_at(self._scope, self.start, self.end)}
        values = np.full(self.end - self.start, np.nan)
        for t, scores in self._scores.items():
            values[t - self.start] = getattr(scores, "accuracy" if name == "test_accuracy" else name)
        there = np.zeros(len(values), bool)
        there[[t - self.start for t in self._scores]] = True
        return Numbers(values, there)

    def _point(self, t: int) -> Point:
        check(self._cancelled)
        return point(self._scope.run, t, self._cancelled)


def _evaluated_at(scope: Scope, start: int, end: int) -> range:
    """The iterations at which whole sets are evaluated: where an epoch begins."""
    epoch = scope.run.batches.per_epoch
    return range(-(-start // epoch) * epoch, end, epoch)
