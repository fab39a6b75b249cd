"""Layers that put the outputs of several layers together: what makes a model a graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.foundation.options import Option
from engine.model.layers.base import LETTERS, Layer, LayerKind, Letters, Picture, Scope, alike, times
from engine.ops import OPS
from engine.ops.core.op import Op
from engine.ops.elementwise.concat import concat

_LETTERS = LETTERS | alike(part=r"\check a")  # of several inputs, what the first ones come to


def _one_by_one(scope: Scope, sources: tuple[str, ...], op: Op) -> str:
    """The op on the first two inputs, then on what they gave and the third, and so on: the last step writes `a`."""
    shapes = {source: scope.shape(source)[1:] for source in sources}
    if len(set(shapes.values())) > 1:
        given = ", ".join(f"{source} is {times(shape)}" for source, shape in shapes.items())
        raise scope.error(f"{scope.name} takes values of one shape; {given} a sample", "inputs")
    value = sources[0]
    for i, source in enumerate(sources[1:], 2):
        value = scope.emit(op, (value, source), "a" if i == len(sources) else f"part{i}")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Add(Layer):
    """The sum of its inputs: a residual connection, if one of them is what the others were made of.

    Formula: a = x_1 + x_2 + ...
    Source:  He et al. 2016, Deep residual learning, equation 1.
    """

    type: ClassVar[str] = "add"
    letters: ClassVar[Letters] = _LETTERS

    def build(self, scope: Scope, *sources: str) -> str:
        """Adds `a`."""
        return _one_by_one(scope, sources, OPS["add"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Subtract(Layer):
    """The first input minus the others.

    Formula: a = x_1 - x_2 - ...
    Source:  Goodfellow et al. 2016, section 6.5.2.
    """

    type: ClassVar[str] = "subtract"
    letters: ClassVar[Letters] = _LETTERS

    def build(self, scope: Scope, *sources: str) -> str:
        """Adds `a`."""
        return _one_by_one(scope, sources, OPS["subtract"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Multiply(Layer):
    """The product of its inputs, cell by cell: a gate.

    Formula: a = x_1 * x_2 * ...
    Source:  Hochreiter and Schmidhuber 1997, section 4.
    """

    type: ClassVar[str] = "multiply"
    letters: ClassVar[Letters] = _LETTERS

    def build(self, scope: Scope, *sources: str) -> str:
        """Adds `a`."""
        return _one_by_one(scope, sources, OPS["multiply"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Maximum(Layer):
    """The largest of its inputs, cell by cell: maxout, if they are affine maps of one input.

    Formula: a = max(x_1, x_2, ...)
    Source:  Goodfellow et al. 2013, Maxout networks.
    """

    type: ClassVar[str] = "maximum"
    letters: ClassVar[Letters] = _LETTERS

    def build(self, scope: Scope, *sources: str) -> str:
        """Adds `a`."""
        return _one_by_one(scope, sources, OPS["maximum"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Concat(Layer):
    """Its inputs one after the other, along one axis of a sample.

    Formula: a = [x_1, x_2, ...]
    Source:  Huang et al. 2017, Densely connected convolutional networks, equation 2; matches torch.cat.
    """

    type: ClassVar[str] = "concat"

    axis: int = 1

    def build(self, scope: Scope, *sources: str) -> str:
        """Adds `a`."""
        shapes = [scope.shape(source) for source in sources]
        if any(self.axis >= len(shape) for shape in shapes):
            raise scope.error(f"axis {self.axis} is not an axis of all that {scope.name} is given: {shapes}", "axis")
        sizes = tuple(shape[self.axis] for shape in shapes)
        return scope.emit(concat(len(sources)), sources, "a", axis=self.axis, sizes=sizes)


def _kind(
    layer: type[Layer], title: str, description: str, formula: str, source: str, sign: str, undiminished: bool = False
) -> LayerKind:
    picture = Picture(unitwise=True, sign=sign, undiminished=undiminished)
    return LayerKind(layer, title, description, (), formula, source, several=True, picture=picture)


JOIN_LAYERS = (
    _kind(
        Add,
        "add",
        "Adds its inputs up. With one of them the input of the others it is a residual connection: the gradient "
        "has a way around.",
        r"a = x_1 + x_2 + \dots",
        "He et al. 2016, Deep residual learning, equation 1.",
        "+",
        undiminished=True,
    ),
    _kind(
        Subtract,
        "subtract",
        "Takes the other inputs from the first.",
        r"a = x_1 - x_2 - \dots",
        "Goodfellow et al. 2016, section 6.5.2.",
        "−",
        undiminished=True,
    ),
    _kind(
        Multiply,
        "multiply",
        "Multiplies its inputs cell by cell: one of them can close the way of another, as a gate does.",
        r"a = x_1 \odot x_2 \odot \dots",
        "Hochreiter and Schmidhuber 1997, section 4.",
        "×",
    ),
    _kind(
        Maximum,
        "maximum",
        "Takes the largest of its inputs cell by cell; only that one gets the gradient.",
        r"a = \max(x_1, x_2, \dots)",
        "Goodfellow et al. 2013, Maxout networks.",
        "max",
    ),
    LayerKind(
        Concat,
        "concatenate",
        "Puts its inputs one after the other; each gets its own piece of the gradient back.",
        (Option("axis", "integer", 1, "The axis along which they are joined; 0 are the samples.", minimum=1),),
        r"a = \left[x_1,\, x_2,\, \dots\right]",
        "Huang et al. 2017, Densely connected convolutional networks, equation 2; matches torch.cat.",
        several=True,
        picture=Picture(unitwise=True, stacks=True, undiminished=True),
    ),
)
