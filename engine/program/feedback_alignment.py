"""Variants of backpropagation to train with: what the gradient goes through on its way back, in place of W transposed.

The forward pass and the true gradient stay as they are. A variant adds steps of its own to the backward phase, and the
update takes their results. The last layer always learns from its true gradient: nothing lies between it and the loss.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from engine.foundation.errors import ConfigError
from engine.foundation.options import Option
from engine.foundation.random_streams import generator
from engine.foundation.registry import parse_named
from engine.foundation.value_name import gradient_name, member_name
from engine.model.graph import Graph, Node
from engine.model.layers import Layer
from engine.model.layers.base import Letter
from engine.model.network import layer_names
from engine.ops.core.op import Array, Shape
from engine.ops.dense.feedback_weights import SIGNS
from engine.program.backward import Detour, GradientStep, Place, passed

Settings = Mapping[str, Any]
NAME = "backward"  # of the field in a configuration
TRUE = "backpropagation"
FEEDBACK_WEIGHT, SIGN_WEIGHT = "feedback_weight", "sign_weight"  # what stands in for a weight
JOINS = ("add", "subtract", "multiply", "maximum", "concat")
CHAIN = (
    *("dense", "activation", "dropout", "gaussian_noise", "flatten", "reshape"),
    *("batch_norm", "layer_norm", "rms_norm"),
)


_LETTERS = {FEEDBACK_WEIGHT: Letter("B", "B", "B"), SIGN_WEIGHT: Letter("V", "V", "V")}
"""Lillicrap et al. 2016, Liao et al. 2016."""


@dataclass(frozen=True, slots=True)
class BackwardKind:
    """An entry of the catalog.

    layers:   the types of layers that it has a meaning for. Without those that join several outputs a model is a chain.
    rows:     whether it has a meaning for rows only, not for sequences.
    matrix:   the shape of the fixed random matrix of an affine map that the gradient goes through, given the map and
              the last one; none for a variant without such matrices.
    detour:   what the map takes on the way back; none for backpropagation itself.
    """

    name: str
    title: str
    description: str
    options: tuple[Option, ...]
    formula: str
    source: str
    layers: tuple[str, ...] = ()
    matrix: Callable[[Graph, Node, Node], Shape] | None = None
    detour: Callable[[Node, Node, Settings], Detour] | None = None
    rows: bool = False


@dataclass(frozen=True, slots=True)
class BackwardSpec:
    """A variant with its settings, as a run is configured with."""

    type: str
    settings: Settings

    @property
    def kind(self) -> BackwardKind:
        """Its entry in the registry."""
        return BACKWARD[self.type]

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, every setting named."""
        return {"type": self.type, **self.settings}


@dataclass(frozen=True, slots=True)
class Feedback:
    """A variant with the seed of the run, from which its fixed matrices are drawn."""

    spec: BackwardSpec
    seed: int

    def extended(self, graph: Graph) -> Graph:
        """The graph with the fixed matrices among its constants."""
        shapes, matrix = {}, self.spec.kind.matrix
        for node in _passed(graph) if matrix else ():
            shapes[_matrix(node)] = matrix(graph, node, _last(graph)) if matrix else ()
        constants = {name: partial(self._drawn, name, shape) for name, shape in shapes.items()}
        return replace(
            graph,
            letters=MappingProxyType({layer: {**known, **_LETTERS} for layer, known in graph.letters.items()}),
            shapes=MappingProxyType({**graph.shapes, **shapes}),
            constants=MappingProxyType({**graph.constants, **constants}),
        )

    def detours(self, graph: Graph) -> dict[Place, Detour]:
        """What each affine map on the way back takes in place of its weight, and of the gradient at its output."""
        detour, settings = self.spec.kind.detour, self.spec.settings
        assert detour is not None, "backpropagation itself makes none"
        return {(node.output, "x"): detour(node, _last(graph), settings) for node in _passed(graph)}

    def _drawn(self, name: str, shape: Shape) -> Array:
        """B ~ N(0, (scale / sqrt(fan_in))^2): of the size that initializers give to weights."""
        spread = self.spec.settings["scale"] / np.sqrt(shape[1])
        return generator(self.seed, name).normal(0.0, spread, shape)


def _passed(graph: Graph) -> list[Node]:
    """The affine maps that the gradient of some parameter goes through."""
    return passed(graph.nodes, {p.name for p in graph.parameters})


def _affine(graph: Graph) -> list[Node]:
    return [node for node in graph.nodes if node.op.affine]


def _last(graph: Graph) -> Node:
    """The affine map that gives the outputs."""
    return _affine(graph)[-1]


def _matrix(node: Node) -> str:
    return member_name(node.layer, FEEDBACK_WEIGHT)


# --- configuration ---------------------------------------------------------------------------------------------------


def parse_backward(given: Any, layers: Sequence[Layer], graph: Graph, path: str = NAME) -> BackwardSpec | None:
    """A `BackwardSpec` from `"feedback_alignment"` or an object with a type; None for backpropagation itself.

    Args:   layers, graph: of the model that it is to work in.
    Raises: ConfigError for an unknown type or setting, or a layer for which the variant has no meaning.
    """
    if given is None:
        return None
    name, settings = parse_named(given, BACKWARD, "backward pass", path)
    if name == TRUE:
        return None
    if problem := misfit(BACKWARD[name], layers, graph):
        raise ConfigError(problem, path)
    return BackwardSpec(name, MappingProxyType(settings))


def misfit(kind: BackwardKind, layers: Sequence[Layer], graph: Graph) -> str:
    """Why a variant has no meaning for a model, in a sentence; nothing if it has."""
    if not layers:
        return f"{kind.title} has no meaning for an expression, which has no layers with weights to go around"
    for layer, name in zip(layers, layer_names(layers), strict=True):
        if kind.layers and layer.type not in kind.layers:
            return f"{kind.title} has no meaning for {name}; it works with {', '.join(kind.layers)} layers"
    for node in _affine(graph):
        if kind.rows and len(graph.shapes[node.inputs[0]]) != 2:
            return f"{kind.title} sends errors to rows of units; {node.layer} takes sequences"
    return ""


# --- the registry ----------------------------------------------------------------------------------------------------


def _as_weight(graph: Graph, node: Node, last: Node) -> Shape:
    return graph.shapes[node.inputs[1]]


def _from_error(graph: Graph, node: Node, last: Node) -> Shape:
    return (graph.shapes[last.output][-1], graph.shapes[node.inputs[0]][-1])


def _through_matrix(node: Node, last: Node, settings: Settings) -> Detour:
    return Detour({"weight": _matrix(node)})


def _straight(node: Node, last: Node, settings: Settings) -> Detour:
    return Detour({"grad": gradient_name(last.output), "weight": _matrix(node)})


def _through_signs(node: Node, last: Node, settings: Settings) -> Detour:
    weight, signs = node.inputs[1], member_name(node.layer, SIGN_WEIGHT)
    made = GradientStep(
        *(node.layer, "sign_weight", SIGNS, (weight,), signs, weight, "weight", "signs of the weights"),
        MappingProxyType({"scale": settings["scale"]}),
    )
    return Detour({"weight": signs}, (made,))


def _scale(default: float, text: str) -> tuple[Option, ...]:
    return (Option("scale", "number", default, text, minimum=0, exclusive_minimum=True, symbol="s"),)


_SPREAD = _scale(1.0, "The standard deviation of the feedback weights, times the root of the layer's fan-in.")

BACKWARD: dict[str, BackwardKind] = {
    kind.name: kind
    for kind in (
        BackwardKind(
            TRUE,
            "backpropagation",
            "The true gradient: each layer sends its errors back through its own weights, transposed.",
            (),
            r"\delta^{(l)} = \left(\delta^{(l+1)} W^{(l+1)}\right) \odot f'(z^{(l)})",
            "Rumelhart, Hinton and Williams 1986.",
        ),
        BackwardKind(
            "feedback_alignment",
            "feedback alignment",
            "Errors go back through fixed random weights. The forward weights come to agree with these, so that the "
            "angle to the true gradient shrinks while training.",
            _SPREAD,
            r"\tilde\delta^{(l)} = \left(\tilde\delta^{(l+1)} B^{(l+1)}\right) \odot f'(z^{(l)})",
            "Lillicrap et al. 2016, Random synaptic feedback weights support error backpropagation for deep learning.",
            (*CHAIN, *JOINS),
            _as_weight,
            _through_matrix,
        ),
        BackwardKind(
            "direct_feedback_alignment",
            "direct feedback alignment",
            "The error of the output layer goes straight to every layer, each time through a fixed random matrix: no "
            "layer waits for the one above it.",
            _SPREAD,
            r"\tilde\delta^{(l)} = \left(\delta^{(L)} B^{(l+1)}\right) \odot f'(z^{(l)})",
            "Nøkland 2016, Direct feedback alignment provides learning in deep neural networks.",
            CHAIN,
            _from_error,
            _straight,
            rows=True,
        ),
        BackwardKind(
            "sign_symmetry",
            "sign symmetry",
            "Errors go back through the signs of the weights, without their sizes: sign backprop.",
            _scale(0.2, "The size that every feedback weight has."),
            r"\tilde\delta^{(l)} = \left(\tilde\delta^{(l+1)}\, s \operatorname{sign}\left(W^{(l+1)}\right)\right) "
            r"\odot f'(z^{(l)})",
            "Liao, Leibo and Poggio 2016, How important is weight symmetry in backpropagation? (uniform "
            "sign-concordant feedback).",
            (*CHAIN, *JOINS),
            None,
            _through_signs,
        ),
    )
}
