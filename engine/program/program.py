"""The program of one iteration: a Wengert list, compiled before any number exists.

Forward steps come from the model's graph; the backward pass is derived from it by walking the list from its end, with
one step a VJP and an explicit `accumulate` where a value was used more than once (see `backward`); the equations of
penalties, clipping, schedule and optimizer follow, one step an equation and parameter. Every step writes one named
value, once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from engine.foundation.cached import cached_property
from engine.foundation.random_streams import Noise
from engine.foundation.symbols import Symbol
from engine.foundation.value_name import ValueName, gradient_name
from engine.model.graph import Memory, Phase
from engine.model.layers import ParameterSpec
from engine.model.layers.base import Letters
from engine.ops.core.op import Array, Function, Shape
from engine.program.update_plan import UpdatePlan

PHASES = ("batch", "forward", "loss", "backward", "update")
Layout = Literal["F", "C"]


@dataclass(frozen=True, slots=True)
class Step:
    """One function applied, one named value written.

    argument:  of a backward step, the op's argument whose gradient this is.
    title:     of the op, in words.
    order:     how the value lies in memory: F for its first axis last, C for row after row.
    words:     what it does, where its function does not say it.
    letters:   LaTeX of those params that are written as a letter, not as their number.
    parameter: of an update step, whose.
    beside:    what else its quick kernel takes (see `Function`), first what the plain one takes too.
    """

    index: int
    phase: Phase
    layer: str
    op: str
    title: str
    argument: str | None
    inputs: tuple[str, ...]
    output: str
    shape: Shape
    dtype: np.dtype[Any]
    function: Function
    params: Mapping[str, Any]
    order: Layout = "F"
    words: str = ""
    parameter: str = ""
    letters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    beside: tuple[str, ...] = ()

    @property
    def taken(self) -> tuple[str, ...]:
        """All that its quick kernel takes."""
        return (*self.inputs, *self.beside)

    @property
    def plainly_taken(self) -> tuple[str, ...]:
        """All that its plain kernel takes."""
        return (*self.inputs, *self.beside[: len(self.function.beside)])


@dataclass(frozen=True)
class Program:
    """The steps of one iteration for one batch size, and the sources that they start from.

    memory: what is carried to the next iteration: of every name, a step writes ``<name>.next``.
    noise, constants: random and fixed numbers among the sources.
    outputs: of each layer.
    gradients: the value that the update takes for each parameter's gradient: ``<name>.grad``, unless a variant of
               backpropagation makes another one.
    symbols: of values whose names do not say how they are written; letters: of the values of each layer, by their keys.
    alone:  parameters that belong to no layer.
    """

    steps: tuple[Step, ...]
    sources: Mapping[str, Shape]
    parameters: tuple[ParameterSpec, ...]
    prediction: str
    update: UpdatePlan
    batch: int
    dtype: np.dtype[Any]
    producer: Mapping[str, int]
    memory: Mapping[str, Memory]
    noise: tuple[Noise, ...]
    constants: Mapping[str, Array]
    outputs: Mapping[str, str]
    gradients: Mapping[str, str]
    symbols: Mapping[str, Symbol]

    @cached_property
    def numbers(self) -> int:
        """How many numbers its steps write."""
        return sum(math.prod(step.shape) for step in self.steps)

    letters: Mapping[str, Letters]
    alone: frozenset[str]

    def shape(self, value: str) -> Shape:
        """The shape of any value, source or computed."""
        return self.sources[value] if value in self.sources else self.steps[self.producer[value]].shape

    def meant(self, value: str) -> str:
        """The program's name of a value: the loss of an expression is also known by the name that the text gives it."""
        own = self.symbols.get("loss")
        names = {} if own is None else {own.code: "loss", gradient_name(own.code): gradient_name("loss")}
        return names.get(value, value)

    def name(self, value: str) -> ValueName:
        """A value's name, parsed."""
        return ValueName.parse(value, self.alone)


def default_order(shape: Shape) -> Layout:
    """A matrix lies column after column, so that samples are last in memory (`numpy_calls.blank`); others by rows."""
    return "F" if len(shape) == 2 else "C"
