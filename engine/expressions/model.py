"""An expression as what a run trains: every value a scalar, every input a parameter, the last value the loss.

Each op stands for itself where other models have layers, so its steps carry the name of its value. An iteration has no
batch: it counts as one sample, which is the numbers of the inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from string import Template
from types import MappingProxyType

import numpy as np

from engine.data.batches import Batches
from engine.expressions.config import ExpressionConfig
from engine.expressions.names import LOSS
from engine.expressions.notation import symbols
from engine.expressions.ops_of import Graph as Listing
from engine.expressions.ops_of import Node as Entry
from engine.expressions.spec import ExpressionSpec
from engine.foundation.cached import cached_property
from engine.model.graph import Graph, Node, Phase
from engine.model.initializers import parse_initializer
from engine.model.layers import ParameterSpec
from engine.ops.core.op import Array

_GIVEN = parse_initializer("zeros")  # never drawn: inputs have numbers


class ExpressionModel:
    """What a run of an expression trains; a `Subject`, and itself the `Computation` that programs are compiled from.

    Inputs that are not trained are parameters too, frozen ones: they have gradients, and edits can change them.
    """

    names: tuple[str, ...] = ()

    def __init__(self, config: ExpressionConfig) -> None:
        self.spec: ExpressionSpec = config.spec
        self.dtype = np.dtype(config.dtype)
        self.listing: Listing = config.spec.graph
        self.batches = Batches(1, 1, False, config.seed)
        self.arrays: dict[str, Array] = {}

    @property
    def model(self) -> ExpressionModel:
        """The same for every batch."""
        return self

    @cached_property
    def outline(self) -> Graph:
        """The graph of the ops."""
        listing = self.listing
        numbers = {**listing.parameters, **listing.fixed}
        parameters = [
            ParameterSpec(name, (), 1, 1, _GIVEN, numbers[name], name in listing.parameters)
            for name, _ in self.spec.inputs
            if name in numbers
        ]
        written = symbols(listing)
        values = (*numbers, *listing.constants, *(entry.output for entry in listing.nodes))
        called = {name: written[name].code.strip("()").replace("-", "−") for name in values}
        return Graph(
            nodes=tuple(_node(entry, called) for entry in listing.nodes),
            shapes=MappingProxyType(dict.fromkeys(values, ())),
            parameters=tuple(parameters),
            memory=MappingProxyType({}),
            noise=(),
            constants=MappingProxyType({name: _always(number) for name, number in listing.constants.items()}),
            inputs=MappingProxyType({}),
            outputs=MappingProxyType({}),
            prediction=LOSS,
            symbols=MappingProxyType(written),
        )

    def graph(self, batch: int, training: bool = True) -> Graph:
        """The graph, which does not depend on a batch."""
        return self.outline


def _node(entry: Entry, called: dict[str, str]) -> Node:
    phase: Phase = "loss" if entry.output == LOSS else "forward"
    sentences = MappingProxyType(_words(entry, called))
    return Node(entry.op, entry.inputs, entry.output, entry.output, entry.params, phase, sentences)


def _words(entry: Entry, called: Mapping[str, str]) -> dict[str, str]:
    """The sentence of a node's forward step under an empty name, those of its gradients under their arguments.

    Args: called: what a sentence calls each value.
    """
    op = entry.op
    names = dict(zip(op.args, (called[name] for name in entry.inputs), strict=True))
    known = names | {name: f"{value:g}".replace("-", "−") for name, value in entry.params.items()}
    through = f"The gradient goes back through {op.title} to $to, times the slope there."
    return {"": Template(op.function.tells or f"Passes $z through {op.title}.").substitute(known)} | {
        argument: Template(vjp.tells or through).substitute(known, to=names[argument])
        for argument, vjp in op.vjps.items()
    }


def _always(number: float) -> Callable[[], Array]:
    return lambda: np.array(number)
