"""All values of an iteration in few blocks of memory, one a number type: views of them are made when asked for.

To make a small array takes longer than to compute it. So what is kept of an iteration is a copy of each block, and a
plan, made once a program, that says where in it each value lies.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.ops.core.op import Array, Shape

DType = np.dtype[Any]


class Arena:
    """Room for many arrays in one block of memory a number type."""

    def __init__(self, sizes: Mapping[DType, int]) -> None:
        self._blocks = {dtype: np.empty(size, dtype) for dtype, size in sizes.items()}
        self._used = dict.fromkeys(sizes, 0)

    def empty(self, shape: Shape, dtype: DType) -> Array:
        """The next free room, row after row."""
        start = self._used[dtype]
        self._used[dtype] = end = start + math.prod(shape)
        return self._blocks[dtype][start:end].reshape(shape)

    @property
    def blocks(self) -> dict[DType, Array]:
        """What is in use of each block."""
        return {dtype: block[: self._used[dtype]] for dtype, block in self._blocks.items()}


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the block of its number type a value lies, in bytes."""

    dtype: DType
    shape: Shape
    offset: int
    strides: tuple[int, ...]

    def view(self, block: Array) -> Array:
        """The value; it can be written to if the block can."""
        return np.ndarray(self.shape, self.dtype, block, self.offset, self.strides)

    def stacked(self, blocks: Array) -> Array:
        """The value in several iterations, from their blocks, which are the rows."""
        rows = (len(blocks), *self.shape)
        return np.ndarray(rows, self.dtype, blocks, self.offset, (blocks.strides[0], *self.strides))


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Plan:
    """The place of every value.

    rows:   of each number type, which numbers of its block all of its values are, one after the other, row after row.
    nbytes: of the blocks.
    """

    places: Mapping[str, Place]
    rows: Mapping[DType, Array]
    nbytes: int


def plan(values: Mapping[str, Array], blocks: Mapping[DType, Array]) -> Plan:
    """The plan of values that lie in blocks."""
    places = {name: _place(value, blocks[value.dtype]) for name, value in values.items()}
    rows = {dtype: _rows(places, dtype, block) for dtype, block in blocks.items()}
    return Plan(places, rows, sum(block.nbytes for block in blocks.values()))


def _place(value: Array, block: Array) -> Place:
    return Place(value.dtype, value.shape, value.ctypes.data - block.ctypes.data, value.strides)


def _rows(places: Mapping[str, Place], dtype: DType, block: Array) -> Array:
    """Numbers as wide as those of the block, each saying which it is: seen as the values, they tell their places."""
    wide = np.arange(block.size, dtype=f"i{dtype.itemsize}")
    numbers = (Place(wide.dtype, p.shape, p.offset, p.strides).view(wide) for p in places.values() if p.dtype == dtype)
    return np.concatenate([wide[:0], *(n.ravel() for n in numbers)]).astype(np.intp)


class Packed(Mapping[str, Array]):
    """Values by name, read-only, in the plan's order; those given as `others` come first."""

    def __init__(self, plan: Plan, blocks: Mapping[DType, Array], others: Mapping[str, Array]) -> None:
        self.plan, self.others = plan, others
        self._blocks = blocks

    def __getitem__(self, name: str) -> Array:
        place = self.plan.places.get(name)
        return self.others[name] if place is None else place.view(self._blocks[place.dtype])

    def __iter__(self) -> Iterator[str]:
        yield from self.others
        yield from self.plan.places

    def __len__(self) -> int:
        return len(self.others) + len(self.plan.places)

    def __contains__(self, name: object) -> bool:
        return name in self.plan.places or name in self.others

    def __or__(self, more: Mapping[str, Array]) -> dict[str, Array]:
        return {**self, **more}

    def block(self, dtype: DType) -> Array:
        """The memory of one number type."""
        return self._blocks[dtype]

    def rows(self) -> dict[DType, Array]:
        """The numbers of all values of each type as one vector, row after row; without the `others`."""
        return {dtype: self._blocks[dtype].take(rows) for dtype, rows in self.plan.rows.items()}
