"""Layers as they are called in a forward pass: a list, each with what it takes where that is not the one before."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

INPUT = -1
"""The place of the network's input among the layers."""
SAME_SIZE = ("flatten", "dropout", "activation", "batch_norm", "layer_norm", "prelu")


@dataclass(frozen=True, slots=True)
class Tensor:
    """What a name in a forward pass stands for: the output of a layer, by its place in the list."""

    place: int


@dataclass(frozen=True, slots=True)
class Said:
    """A size that the code says of what a layer takes, as `in_features`.

    place: of the layer; axis: which one of a sample that it is given, None for all its numbers; node: where it is said;
    title: what says it; unit: of what; instead: what to write, with a place for the size that is given.
    """

    place: int
    size: int
    axis: int | None
    node: ast.AST
    title: str
    unit: str
    instead: str

    def of(self, shape: tuple[int, ...]) -> int:
        """That size of a sample of this shape."""
        return math.prod(shape) if self.axis is None else shape[self.axis]


@dataclass(slots=True)
class Wiring:
    """The layers so far.

    sources: places that each takes; lines: where each stands in the code; inputs: numbers of a sample; channels: of an
    image that a first convolution takes; said: sizes, in the order of their layers.
    """

    layers: list[dict[str, Any]] = field(default_factory=list)
    sources: list[tuple[int, ...]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    inputs: int | None = None
    channels: int | None = None
    said: list[Said] = field(default_factory=list)

    def add(self, node: ast.AST, layer: Mapping[str, Any], *takes: Tensor) -> Tensor:
        """One more layer."""
        self.layers.append(dict(layer))
        self.sources.append(tuple(tensor.place for tensor in takes))
        self.lines.append(getattr(node, "lineno", 1))
        return Tensor(len(self.layers) - 1)

    def title(self, tensor: Tensor) -> str:
        """`dense 2`, also of its activation; `the input`."""
        place = tensor.place
        if place == INPUT:
            return "the input"
        kind = self.layers[place]["type"]
        if self._taken_over(place):
            return self.title(Tensor(self.sources[place][0]))
        count = sum(layer["type"] == kind for layer in self.layers[: place + 1])
        return f"{kind.replace('_', ' ')} {count}"

    def keeps_size(self) -> bool:
        """Whether every layer but the last gives as many numbers for a sample as it takes."""
        return all(layer["type"] in SAME_SIZE for layer in self.layers[:-1])

    def _left(self) -> list[int]:
        return [place for place in range(len(self.layers)) if not self._taken_over(place)]

    def _taken_over(self, place: int) -> bool:
        """Whether this is an activation, and that of the layer right before it, which nothing else takes."""
        if place == 0 or self.layers[place]["type"] != "activation" or self.sources[place] != (place - 1,):
            return False
        if self.layers[place - 1].get("activation") != "identity":
            return False
        return sum(place - 1 in sources for sources in self.sources) == 1

    def named(self) -> list[dict[str, Any]]:
        """The layers of a configuration: activations in their layers, `inputs` where one takes more than the last."""
        over = [self._taken_over(i) for i in range(len(self.layers))]
        left = self._left()
        layers = [dict(self.layers[i]) for i in left]
        for place, gone in enumerate(over):
            if gone:
                layers[left.index(place - 1)]["activation"] = self.layers[place]["activation"]
        stands = self.stands()
        names = layer_names(layers)
        for number, place in enumerate(left):
            takes = [stands[source] for source in self.sources[place]]
            if takes != [number - 1]:
                layers[number]["inputs"] = ["x" if take == INPUT else names[take] for take in takes]
        return layers

    def stands(self) -> dict[int, int]:
        """The layer of the configuration that gives what each one gives."""
        left, places = self._left(), range(len(self.layers))
        found = {place: left.index(place - self._taken_over(place)) for place in places}
        return {**found, INPUT: INPUT}

    def line(self, number: int) -> int:
        """The line of a layer of the configuration."""
        left = self._left()
        return self.lines[left[number]] if number < len(left) else 1


def layer_names(layers: list[dict[str, Any]]) -> list[str]:
    """What each is called in its run: its type and a number."""
    counts = dict[str, int]()
    names = []
    for layer in layers:
        counts[layer["type"]] = counts.get(layer["type"], 0) + 1
        names.append(f"{layer['type']}{counts[layer['type']]}")
    return names
