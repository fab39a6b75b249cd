"""What a program is compiled from: a graph of ops that ends in the loss, and all the values that it starts from.

Layers over data make one (`model`), and so does an expression (`expressions.model`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, Protocol

import numpy as np

from engine.foundation.random_streams import Noise
from engine.foundation.symbols import Symbol
from engine.model.layers import ParameterSpec
from engine.model.layers.base import Letters
from engine.ops.core.op import Array, Op, Shape

Phase = Literal["batch", "forward", "loss", "backward", "update"]


@dataclass(frozen=True, slots=True)
class Node:
    """One op of the graph; the backward pass is derived from the list of them.

    phase: `forward`, or `loss` for what comes after the model's output.
    words: what its steps do, in a sentence each, where the op alone does not say it well: of the forward step under
           an empty name, of a gradient under the argument's.
    """

    op: Op
    inputs: tuple[str, ...]
    output: str
    layer: str
    params: Mapping[str, Any]
    phase: Phase = "forward"
    words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def differentiable(self) -> list[str]:
        """The inputs that a gradient goes back to."""
        return [self.inputs[self.op.args.index(argument)] for argument in self.op.vjps]


def leading_to(value: str, nodes: Sequence[Node]) -> set[str]:
    """The values that a value depends on through gradients, and itself."""
    found = {value}
    for node in reversed(nodes):
        if node.output in found:
            found.update(node.differentiable)
    return found


@dataclass(frozen=True, slots=True)
class Memory:
    """Numbers carried from iteration to iteration beside the parameters: their shape, and what each starts at."""

    shape: Shape
    start: float


@dataclass(frozen=True, slots=True)
class Rows:
    """A value that is taken from data, batch by batch: its source, its shape for the whole batch, its number type."""

    output: str
    source: str
    shape: Shape
    dtype: np.dtype[Any]


@dataclass(frozen=True, slots=True)
class Graph:
    """The forward part of a program: nodes in order, and all that they start from.

    rows:            what each batch takes from the data, if there is any.
    inputs, outputs: the values that each layer takes, and the one it gives.
    prediction:      the value that the loss compares with the targets.
    symbols:         of values whose names do not say how they are written.
    letters:         of the values of each layer, by their keys.
    """

    nodes: tuple[Node, ...]
    shapes: Mapping[str, Shape]
    parameters: tuple[ParameterSpec, ...]
    memory: Mapping[str, Memory]
    noise: tuple[Noise, ...]
    constants: Mapping[str, Callable[[], Array]]
    inputs: Mapping[str, tuple[str, ...]]
    outputs: Mapping[str, str]
    prediction: str
    rows: tuple[Rows, ...] = ()
    symbols: Mapping[str, Symbol] = field(default_factory=lambda: MappingProxyType({}))
    letters: Mapping[str, Letters] = field(default_factory=lambda: MappingProxyType({}))


class Computation(Protocol):
    """What programs are compiled from: a graph for every size of a batch."""

    @property
    def dtype(self) -> np.dtype[Any]: ...

    def graph(self, batch: int, training: bool = True) -> Graph:
        """The graph for a batch of this many samples, the loss included.

        Args: training: whether dropout and the like are at work.
        """
