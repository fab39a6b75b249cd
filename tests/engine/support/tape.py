"""A few ops in a row, forward and backward, for tests of what they are together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from engine.ops.core.op import Array, Op

Lay = Callable[[Array], Array]


def columns(array: Array) -> Array:
    """The same numbers with the first axis last in memory."""
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(array, 0, -1)), -1, 0) if array.ndim else array


def rows(array: Array) -> Array:
    """The same numbers row after row."""
    return np.ascontiguousarray(array)


@st.composite
def laid_out(draw: st.DrawFn, shape: tuple[int, ...]) -> Array:
    """Random numbers of this shape whose axes lie in memory in any order."""
    order = draw(st.permutations(range(len(shape))))
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    memory = rng.normal(size=[shape[i] for i in order])
    return memory.transpose(np.argsort(order))


class Tape:
    """Runs ops on named values, each laid out in memory as `lay` says, and walks back over them."""

    def __init__(self, lay: Lay, **values: Array) -> None:
        self.lay = lay
        self.values = {name: lay(value) for name, value in values.items()}
        self.nodes: list[tuple[Op, tuple[str, ...], str, dict[str, Any]]] = []

    def emit(self, op: Op, inputs: tuple[str, ...], output: str, **params: Any) -> str:
        """Runs an op and keeps its result."""
        args = [self.values[name] for name in inputs]
        shape = op.shape(*(a.shape for a in args), **params)
        out = self.lay(np.empty(shape, args[-1].dtype))  # not of the first one's type: that may be tokens
        self.values[output] = op.forward(*args, out=out, **params)
        self.nodes.append((op, inputs, output, params))
        return output

    def gradients(self, output: str, grad: Array) -> dict[str, Array]:
        """The gradient of every value, contributions added up."""
        grads = {output: self.lay(grad)}
        for op, inputs, name, params in reversed(self.nodes):
            args = [self.values[i] for i in inputs]
            for argument in op.vjps if name in grads else ():
                part = op.vjp(argument, grads[name], *args, output=self.values[name], **params)
                source = inputs[op.args.index(argument)]
                grads[source] = grads[source] + part if source in grads else part
        return grads
