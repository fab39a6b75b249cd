"""Cells of a trace as an exercise needs them: which a number is made of, rounded, and called by their names."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from engine.explain.blocks import layer_title
from engine.foundation.value_name import LayerName, ValueName
from engine.ops.core.op import Array, Function, Index, Reach, Shape
from engine.ops.image.convolution import CONVOLUTION_OPS
from engine.ops.sequence.convolution import CONV1D_OPS
from engine.program.program import Program, Step

LARGEST_SCAN = 4_000  # cells of an operand that are gone through one by one


_CONVOLUTIONS = frozenset(op.name for op in (*CONVOLUTION_OPS, *CONV1D_OPS))


def drawn_from(step: Step, operand: int, index: Index, shapes: Sequence[Shape]) -> Iterator[Index]:
    """The cells of an operand that one cell of a step's result is made of."""
    function, shape = step.function, shapes[operand]
    if function.reach is None:
        yield from _related(function, operand, index, shape, step.shape)
        return
    if step.op in _CONVOLUTIONS:
        yield from _of_terms(step, operand, index, shapes)
        return
    if int(np.prod(shape)) > LARGEST_SCAN:
        raise TooManyError
    yield from _turned(function.reach, operand, tuple(shapes), step.shape, tuple(step.params.items())).of(index)


@dataclass(frozen=True, slots=True)
class _Turned:
    """Which cells of an operand reach each cell of a result: pairs of both, counted through, in the result's order."""

    results: Array
    operands: Array
    shape: Shape
    shapes: Shape

    def of(self, index: Index) -> Iterator[Index]:
        """The operand's cells that one cell of the result is made of."""
        at = int(np.ravel_multi_index(index, self.shape)) if index else 0
        first, last = np.searchsorted(self.results, [at, at + 1])
        for found in self.operands[first:last]:
            yield tuple(int(i) for i in np.unravel_index(found, self.shapes))


@lru_cache(maxsize=256)  # one question asks for many cells of the same steps, and it depends on no number
def _turned(
    reach: Reach, operand: int, shapes: tuple[Shape, ...], shape: Shape, params: tuple[tuple[str, Any], ...]
) -> _Turned:
    """What an operand's cells reach, turned round: every one of them is asked once."""
    counted = np.arange(int(np.prod(shape))).reshape(shape)
    pairs = [
        (counted[result], at)
        for at, cell in enumerate(np.ndindex(shapes[operand]))
        for result in dict.fromkeys(reach(operand, cell, shapes, shape, dict(params)))
    ]
    found = np.array(sorted(pairs), np.int32).reshape(-1, 2)
    return _Turned(found[:, 0], found[:, 1], shape, shapes[operand])


def _of_terms(step: Step, operand: int, index: Index, shapes: Sequence[Shape]) -> Iterator[Index]:
    """The cells that are factors of its terms: of a convolution, where these are depends on no number."""
    names = step.function.operands
    blank = {name: np.ones(shape) for name, shape in zip(names, shapes, strict=True)}
    terms = step.function.terms(index, blank, step.params)
    yield from dict.fromkeys(f.index for term in terms for f in term if f.operand == names[operand])


class TooManyError(Exception):
    """More cells than a person could work with."""


def _related(function: Function, operand: int, index: Index, shape: Shape, result: Shape) -> Iterator[Index]:
    """By the letters of a relation: those of the result are known, the others run."""
    left, right = function.relation.split("->")
    part = left.split(",")[operand]
    known = _known(right, index)
    axes = _axes(part, len(shape), known)
    if len(axes) != len(shape):
        axes = [None] * len(shape)
    ranges = [range(size) if at is None else (at,) for at, size in zip(axes, shape, strict=True)]
    yield from itertools.product(*ranges)


def _known(right: str, index: Index) -> dict[str, int]:
    """Which position each letter of the result stands for; those of ``...`` are counted from their end."""
    before, dots, after = right.partition("...")
    if not dots:
        return dict(zip(before, index, strict=False))
    middle = index[len(before) : len(index) - len(after)]
    ends = zip(after, index[len(index) - len(after) :], strict=False) if after else ()
    named = {**dict(zip(before, index, strict=False)), **dict(ends)}
    return {**named, **{f"...{len(middle) - i}": at for i, at in enumerate(middle)}}


def _axes(part: str, rank: int, known: dict[str, int]) -> list[int | None]:
    """For each axis of an operand the position that is known of it."""
    before, dots, after = part.partition("...")
    if not dots:
        return [known.get(letter) for letter in before]
    count = rank - len(before) - len(after)
    middle = [known.get(f"...{count - i}") for i in range(max(count, 0))]
    return [*(known.get(a) for a in before), *middle, *(known.get(a) for a in after)]


def rounded(array: Array, digits: int) -> Array:
    """Every number to so many significant digits; whole numbers stay."""
    if array.dtype.kind != "f":
        return array
    with np.errstate(all="ignore"):
        size = np.where((array == 0) | ~np.isfinite(array), 1.0, np.abs(array)).astype(float)
        power = digits - 1 - np.floor(np.log10(size))
        scaled = np.rint(array * 10.0**power) / 10.0**power
    result = np.where(np.isfinite(scaled), scaled, array).astype(array.dtype)
    result.flags.writeable = False
    return result


# --- names ------------------------------------------------------------------------------------------------------------

_LETTERS = {"weight": "w", "bias": "b", "z": "z", "a": "a", "loss": "L"}
_DERIVED = {
    "exp_avg": "the average gradient",
    "exp_avg_sq": "the average square",
    "square_avg": "the average square",
    "corrected": "the corrected average gradient",
    "corrected_sq": "the corrected average square",
    "scale": "the scale",
    "momentum": "the momentum",
    "l2_grad": "the L2 gradient",
    "clipped_grad": "the clipped gradient",
    "update": "the step",
}


def cell_name(program: Program, value: str, index: Index) -> str:
    """A cell in words, counted from one: ``∂L/∂w from unit 2 to unit 1, dense 2``."""
    name = program.name(value)
    what = _what(name, program)
    where = _where(program, name, index)
    return ", ".join(part for part in (what + where[0], *where[1:]) if part)


def _what(name: ValueName, program: Program) -> str:
    own = program.symbols.get(str(name.subject))
    letter = own.code if own else _LETTERS.get(name.key, name.key.replace("_", " "))
    if name.moment:
        letter = f"{letter} at time {name.moment.number}"
    if name.gradient:
        part = f" (contribution {name.part})" if name.part else ""
        return f"∂L/∂{letter}{part}"
    if name.derived:
        derived = _DERIVED.get(name.derived, name.derived.replace("_", " "))
        return f"{derived.replace('the ', 'the next ') if name.next else derived} of {letter}"
    return f"the next {letter}" if name.next else letter


def _where(program: Program, name: ValueName, index: Index) -> tuple[str, ...]:
    """Unit, sample and layer, as far as they are known."""
    is_parameter = any(p.name == str(name.subject) for p in program.parameters)
    layer = layer_title(name.layer) if name.layer and str(name.subject) not in program.symbols else ""
    if LayerName.parse(name.layer).type in ("optimizer", "schedule", "clip"):
        return ("", layer)
    if is_parameter and len(index) == 2:
        return (f" from unit {index[1] + 1} to unit {index[0] + 1}", layer)
    if is_parameter and len(index) == 1:
        return (f" of unit {index[0] + 1}", layer)
    if is_parameter or not index:
        return (_bracketed(index), layer)
    return _of_sample(program, name, index, layer)


def _of_sample(program: Program, name: ValueName, index: Index, layer: str) -> tuple[str, ...]:
    """A unit, a place of an image, or a feature at a position, of a sample."""
    if program.shape(str(name))[0] != program.batch:
        return (_bracketed(index), layer)
    first, *rest = (i + 1 for i in index)
    sample = f"sample {first}"
    if not rest:
        return ("", layer, sample)
    if len(rest) == 1:
        return (f" of {'input' if name.key == 'x' else 'unit'} {rest[0]}", layer, sample)
    if len(rest) == 2:
        return (f" of feature {rest[1]} at position {rest[0]}", layer, sample)
    where = f" of {'head' if program.symbols or 'attention' in name.layer else 'channel'} {rest[0]}"
    return (f"{where} at row {rest[1]}, column {rest[2]}", layer, sample)


def _bracketed(index: Index) -> str:
    return f"[{', '.join(str(i + 1) for i in index)}]" if index else ""
