"""A model: layers over data of known shapes, wired into a graph of ops that ends in the loss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from engine.foundation.errors import ConfigError, ShapeError
from engine.foundation.meant import unknown
from engine.foundation.options import join
from engine.foundation.random_streams import Noise, NoiseKind
from engine.foundation.value_name import LayerName, member_name
from engine.model.graph import Graph, Memory, Node, Phase, Rows, leading_to
from engine.model.initializers import InitializerSpec
from engine.model.layers import Layer, ParameterSpec, times
from engine.model.layers.base import Letters
from engine.model.losses import LossSpec
from engine.ops import OPS
from engine.ops.core.op import Array, Op, Shape
from engine.ops.dense.features import features

FEATURES = "features"
MOST_NODES = 20_000  # of a model: more would take minutes to compile, and nobody would find a step among them


@dataclass(frozen=True, slots=True)
class Model:
    """Layers over data of known shapes; a `Computation`.

    features: made of the raw inputs before the first layer, by name; sample: the shape of a row of inputs;
    target:   the shape of the whole training set's targets, and their type.
    """

    layers: tuple[Layer, ...]
    loss: LossSpec
    sample: Shape
    target: Shape
    target_dtype: np.dtype[Any]
    dtype: np.dtype[Any]
    features: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Of the layers."""
        return layer_names(self.layers)

    @property
    def input_dtype(self) -> np.dtype[Any]:
        """Whole numbers where inputs are tokens, which only an embedding takes."""
        return np.dtype(np.int64) if takes_tokens(self.layers) else self.dtype

    def graph(self, batch: int, training: bool = True) -> Graph:
        """The graph for a batch of this many samples, the loss included.

        Raises: ConfigError with the path of the layer that does not fit.
        """
        wiring = _wired(self.layers, self.sample, batch, self.dtype, training, self.features)
        prediction = wiring.last
        wiring.shapes["target"] = (batch, *self.target[1:])
        _add_loss(wiring, self.loss, prediction)
        return wiring.graph(prediction, self._rows(batch))

    def _rows(self, batch: int) -> tuple[Rows, ...]:
        return (
            Rows("x", "data.inputs", (batch, *self.sample), self.input_dtype),
            Rows("target", "data.targets", (batch, *self.target[1:]), self.target_dtype),
        )


def layer_names(layers: Sequence[Layer]) -> tuple[str, ...]:
    """Type and count: dense1, dense2, dropout1, ..."""
    seen: Counter[str] = Counter()
    names = []
    for layer in layers:
        seen[layer.type] += 1
        names.append(str(LayerName(layer.type, seen[layer.type])))
    return tuple(names)


def takes_tokens(layers: Sequence[Layer]) -> bool:
    """Whether rows of inputs are read as tokens: the first layer is an embedding."""
    return layers[0].type == "embedding"


def outline(
    layers: Sequence[Layer], sample: Shape, dtype: np.dtype[Any] | str = "float64", terms: Sequence[str] = ()
) -> Graph:
    """What the layers come to, whatever the loss and the batch: parameters, and shapes of samples after a first axis.

    Args:   sample: the shape of a row of inputs; terms: features made of it.
    Raises: ConfigError with the path of the layer that does not fit.
    """
    wiring = _wired(layers, sample, 2, np.dtype(dtype), True, terms)
    _check_used(wiring, layers)
    return wiring.graph(wiring.last)


def shapes_of(layers: Sequence[Layer], sample: Shape, terms: Sequence[str] = ()) -> dict[str, Shape]:
    """What each layer gives for one sample, by name, up to the first one that does not fit."""
    wiring = _Wiring(np.dtype(np.float64), True, {"x": (2, *sample)}, takes_tokens(layers))
    with suppress(ConfigError):
        _fill(wiring, layers, sample, terms)
    return {name: wiring.shapes[output][1:] for name, output in wiring.outputs.items()}


def _check_used(wiring: _Wiring, layers: Sequence[Layer]) -> None:
    """Every layer has a part in the output, else its parameters would have no gradient."""
    used = leading_to(wiring.last, wiring.nodes)
    for i, name in enumerate(layer_names(layers)):
        if wiring.outputs[name] not in used:
            raise ConfigError(f"nothing takes the output of {name}; take it out, or name it in inputs", f"layers[{i}]")


def _wired(
    layers: Sequence[Layer], sample: Shape, batch: int, dtype: np.dtype[Any], training: bool, terms: Sequence[str]
) -> _Wiring:
    wiring = _Wiring(dtype, training, {"x": (batch, *sample)}, takes_tokens(layers))
    _fill(wiring, layers, sample, terms)
    return wiring


def _fill(wiring: _Wiring, layers: Sequence[Layer], sample: Shape, terms: Sequence[str]) -> None:
    if terms and wiring.tokens:
        raise ConfigError("features are made of numbers, and this model takes tokens; leave one of them out", FEATURES)
    if terms:
        _add_features(wiring, tuple(terms), sample)
    names = layer_names(layers)
    for i, (layer, name) in enumerate(zip(layers, names, strict=True)):
        _check_order(layer, name, names[i + 1 :], f"layers[{i}]")
        _add_layer(wiring, layer, name, f"layers[{i}]")


def _check_order(layer: Layer, name: str, later: Sequence[str], path: str) -> None:
    """What a layer names and is there comes before it; what is not there at all is said with what is."""
    taken = next((given for given in layer.inputs if given in later), None)
    if taken is not None:
        raise ConfigError(f"{name} takes {taken}, which has to come before it", join(path, "inputs"))
    if layer.share in later and LayerName.parse(layer.share or "").type == layer.type:
        text = f"{name} shares the parameters of {layer.share}, which has to come before it"
        raise ConfigError(text, join(path, "share"))


def _add_features(wiring: _Wiring, terms: tuple[str, ...], sample: Shape) -> None:
    scope = _LayerScope(wiring, FEATURES, FEATURES, None)
    with _blamed_on(scope):
        wiring.outputs[FEATURES] = scope.emit(features(terms, sample[0]), ("x",), "a")


def _add_layer(wiring: _Wiring, layer: Layer, name: str, path: str) -> None:
    scope = _LayerScope(wiring, name, path, _shared(wiring, layer, path))
    sources = tuple(_source(wiring, given, path) for given in layer.inputs) or (wiring.last,)
    _check_tokens(wiring, layer, scope, sources)
    wiring.letters[name] = layer.letters
    with _blamed_on(scope):
        wiring.inputs[name], wiring.outputs[name] = sources, layer.build(scope, *sources)


def _source(wiring: _Wiring, given: str, path: str) -> str:
    if given == "x":
        return given
    if given not in wiring.outputs:
        text = unknown(f"{given!r} is no layer before this one", given, ("x", *wiring.outputs))
        raise ConfigError(text, join(path, "inputs"))
    return wiring.outputs[given]


def _check_tokens(wiring: _Wiring, layer: Layer, scope: _LayerScope, sources: Sequence[str]) -> None:
    """Tokens go into embeddings, and nothing else does."""
    if layer.type == "embedding" and not (wiring.tokens and sources == ("x",)):
        raise scope.error(
            f"{scope.name} takes the tokens of the data; begin with an embedding layer, others can share x"
        )
    if layer.type != "embedding" and wiring.tokens and "x" in sources:
        raise scope.error(f"{scope.name} cannot take x: the model takes tokens, which only an embedding does", "inputs")


def _shared(wiring: _Wiring, layer: Layer, path: str) -> str | None:
    """The layer whose parameters are taken: one of the same type, before this one."""
    if layer.share is None:
        return None
    known = [name for name in wiring.outputs if LayerName.parse(name).type == layer.type]
    if layer.share not in known:
        there = ", ".join(known) or "none"
        raise ConfigError(
            f"share is the name of an earlier {layer.type} layer ({there}); given {layer.share!r}", join(path, "share")
        )
    return layer.share


@contextmanager
def _blamed_on(scope: _LayerScope) -> Iterator[None]:
    """Shapes that do not fit are the layer's, in its words."""
    try:
        yield
    except ShapeError as error:
        raise scope.error(f"{scope.name}: {error.message}") from None


def _add_loss(wiring: _Wiring, loss: LossSpec, prediction: str) -> None:
    """The loss of the outputs; of sequences, that of all their positions as if each were a sample."""
    target = "target"
    if len(wiring.shapes[prediction]) == 3 and len(wiring.shapes[target]) > 1:
        prediction = wiring.add(OPS["merge_positions"], (prediction,), "loss.outputs", "loss", {})
        target = wiring.add(OPS["merge_positions"], (target,), "loss.targets", "loss", {})
    wiring.add(loss.op(wiring.shapes[target]), (prediction, target), "loss", "loss", loss.params)


@dataclass(slots=True)
class _Wiring:
    """A graph in the making."""

    dtype: np.dtype[Any]
    training: bool
    shapes: dict[str, Shape]
    tokens: bool = False
    nodes: list[Node] = field(default_factory=list)
    parameters: dict[str, ParameterSpec] = field(default_factory=dict)
    memory: dict[str, Memory] = field(default_factory=dict)
    noise: list[Noise] = field(default_factory=list)
    constants: dict[str, Callable[[], Array]] = field(default_factory=dict)
    inputs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    letters: dict[str, Letters] = field(default_factory=dict)

    @property
    def last(self) -> str:
        """What the next layer takes unless it says otherwise."""
        return next(reversed(self.outputs.values()), "x")

    def add(
        self, op: Op, inputs: tuple[str, ...], output: str, layer: str, params: Mapping[str, Any], says: str = ""
    ) -> str:
        self.shapes[output] = op.shape(*(self.shapes[name] for name in inputs), **params)
        if len(self.nodes) == MOST_NODES:
            raise ConfigError(
                f"the model has more than {MOST_NODES:,} steps forward by {layer}; make it smaller", "layers"
            )
        phase: Phase = "loss" if layer == "loss" else "forward"
        words = MappingProxyType({"": says} if says else {})
        self.nodes.append(Node(op, inputs, output, layer, MappingProxyType(dict(params)), phase, words))
        return output

    def graph(self, prediction: str, rows: tuple[Rows, ...] = ()) -> Graph:
        return Graph(
            tuple(self.nodes),
            MappingProxyType(self.shapes),
            tuple(self.parameters.values()),
            MappingProxyType(self.memory),
            tuple(self.noise),
            MappingProxyType(self.constants),
            MappingProxyType(self.inputs),
            MappingProxyType(self.outputs),
            prediction,
            rows,
            letters=MappingProxyType(self.letters),
        )


@dataclass(frozen=True, slots=True)
class _LayerScope:
    """What one layer is built with; see `engine.model.layers.base.Scope`."""

    wiring: _Wiring
    name: str
    path: str
    share: str | None

    @property
    def training(self) -> bool:
        return self.wiring.training

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.wiring.dtype

    def shape(self, value: str) -> Shape:
        return self.wiring.shapes[value]

    def parameter(
        self,
        key: str,
        shape: Shape,
        initializer: InitializerSpec,
        *,
        fans: tuple[int, int],
        values: Any = None,
        trainable: bool = True,
    ) -> str:
        name = member_name(self.share or self.name, key)
        if self.share is None:
            self.wiring.parameters[name] = ParameterSpec(name, shape, *fans, initializer, values, trainable)
            self.wiring.shapes[name] = shape
        elif self.wiring.shapes.get(name) != shape:
            known = self.wiring.shapes.get(name)
            there = f"is {times(known)}" if known else "is not there"
            raise self.error(f"{self.name} needs {key} {times(shape)}; {name}, which it would share, {there}", "share")
        return name

    def emit(self, op: Op, inputs: tuple[str, ...], key: str, says: str = "", **params: Any) -> str:
        return self.wiring.add(op, inputs, member_name(self.name, key), self.name, params, says)

    def memory(self, key: str, shape: Shape, start: float) -> str:
        name = member_name(self.name, key)
        self.wiring.memory[name] = Memory(shape, start)
        self.wiring.shapes[name] = shape
        return name

    def noise(self, key: str, shape: Shape, kind: NoiseKind) -> str:
        name = member_name(self.name, key)
        self.wiring.noise.append(Noise(name, shape, kind))
        self.wiring.shapes[name] = shape
        return name

    def constant(self, key: str, shape: Shape, make: Callable[[], Array]) -> str:
        name = member_name(self.name, key)
        self.wiring.constants[name] = make
        self.wiring.shapes[name] = shape
        return name

    def error(self, message: str, field: str = "") -> ConfigError:
        return ConfigError(message, join(self.path, field) if field else self.path)
