"""What training carries from one iteration to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.model.layers import ParameterSpec
from engine.ops.core.op import Array, Shape
from engine.program.program import default_order


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each parameter lies in the flat vectors: trained ones first, then frozen ones."""

    slices: Mapping[str, tuple[int, int, Shape]]
    size: int
    trained: int

    def view(self, vector: Array, name: str) -> Array:
        """The parameter's part of a flat vector, in its shape, without copying: a matrix column after column."""
        start, stop, shape = self.slices[name]
        return vector[start:stop].reshape(shape, order=default_order(shape))

    def joined(self, vector: Array, weight: str, bias: str) -> Array | None:
        """A weight's part of a flat vector with the bias as one more column, if that lies right behind it."""
        start, end, (units, fan_in) = self.slices[weight]
        behind, stop, _ = self.slices[bias]
        return vector[start:stop].reshape((units, fan_in + 1), order="F") if behind == end else None


def layout_of(parameters: Sequence[ParameterSpec]) -> Layout:
    """One after the other, so that an optimizer's equation is one call over all that is trained."""
    slices: dict[str, tuple[int, int, Shape]] = {}
    end = trained = 0
    for p in sorted(parameters, key=lambda p: not p.trainable):
        start, end = end, end + int(np.prod(p.shape))
        slices[p.name] = (start, end, p.shape)
        trained = end if p.trainable else trained
    return Layout(slices, end, trained)


@dataclass(frozen=True, slots=True)
class State:
    """All that training carries along to an iteration: parameters and slots, each one flat vector, and memory."""

    parameters: Array
    slots: Mapping[str, Array]
    memory: Mapping[str, Array] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        """What keeping it takes."""
        return sum(array.nbytes for array in self.arrays)

    @property
    def arrays(self) -> tuple[Array, ...]:
        """Everything that it holds."""
        return (self.parameters, *self.slots.values(), *self.memory.values())


def frozen(array: Array) -> Array:
    """A copy that cannot be written to."""
    copy = array.copy()
    copy.flags.writeable = False
    return copy
