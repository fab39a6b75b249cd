"""What a layer is: settings that build their part of a model, given what a layer is built with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, ClassVar, Literal, NamedTuple, Protocol

import numpy as np

from engine.foundation.errors import ConfigError
from engine.foundation.options import Kind, Option
from engine.foundation.random_streams import NoiseKind
from engine.foundation.value_name import ValueName
from engine.model.activations import ActivationSpec, parse_activation
from engine.model.initializers import InitializerSpec
from engine.ops.core.op import Array, Op

Shape = tuple[int, ...]
IDENTITY = parse_activation("identity")
INITIALIZER = "torch_default"


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """A parameter before it has numbers: its name, shape, and how it starts.

    values: given numbers (nested tuples), which win over the initializer.
    """

    name: str
    shape: Shape
    fan_in: int
    fan_out: int
    initializer: InitializerSpec
    values: Any = None
    trainable: bool = True

    @property
    def layer(self) -> str:
        """The layer that it belongs to; one that belongs to none stands for itself."""
        return ValueName.parse(self.name).layer or self.name


class Letter(NamedTuple):
    """How a value of a layer is written in LaTeX: as a whole and one of its cells; `code` where it is not its key."""

    whole: str
    cell: str
    code: str = ""


Letters = dict[str, Letter]


def alike(**letters: str) -> Letters:
    """Values whose cells are written with the letter of the whole."""
    return {key: Letter(letter, letter) for key, letter in letters.items()}


LETTERS: Letters = {"weight": Letter("W", "w", "W"), "bias": Letter("b", "b", "b"), **alike(z="z", a="a")}
"""The values that most layers have."""


class Scope(Protocol):
    """What a layer is built with: it names values after the layer, and knows the shapes of all that there is so far.

    training: false where the model is only evaluated: no dropout, running statistics instead of those of the batch.
    path:     of the layer in the configuration, for messages.
    """

    @property
    def name(self) -> str: ...

    @property
    def path(self) -> str: ...

    @property
    def training(self) -> bool: ...

    @property
    def dtype(self) -> np.dtype[Any]: ...

    def shape(self, value: str) -> Shape:
        """The shape of a value, samples first."""

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
        """A parameter of this layer, or of the layer whose parameters it shares; `fans` are fan_in and fan_out."""

    def emit(self, op: Op, inputs: tuple[str, ...], key: str, says: str = "", **params: Any) -> str:
        """Adds a step that writes ``<layer>.<key>``; `says` what it does, where its op alone does not say it well."""

    def memory(self, key: str, shape: Shape, start: float) -> str:
        """Numbers carried from iteration to iteration; while training a step has to write ``<key>.next``."""

    def noise(self, key: str, shape: Shape, kind: NoiseKind) -> str:
        """Random numbers, others in each iteration."""

    def constant(self, key: str, shape: Shape, make: Callable[[], Array]) -> str:
        """Numbers that never change; made when a program needs them, not to learn its shapes."""

    def error(self, message: str, field: str = "") -> ConfigError:
        """What to raise where the layer does not fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """The common part of all layers.

    inputs: names of the layers whose outputs it takes, `x` for those of the model; none for the layer before.
    share:  the name of an earlier layer of the same type whose parameters it takes instead of its own.
    letters: how its values are written, by their keys.
    """

    type: ClassVar[str]
    letters: ClassVar[Letters] = LETTERS

    inputs: tuple[str, ...] = ()
    share: str | None = None

    @property
    def output_activation(self) -> ActivationSpec:
        """What its output went through last."""
        return IDENTITY

    def build(self, scope: Scope, *sources: str) -> str:
        """Adds its steps and parameters to the model; returns the name of its output.

        Raises: ConfigError if it cannot take what it is given.
        """
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, defaults filled in; what is not given and has no default is left out."""
        settings = {f.name: getattr(self, f.name) for f in fields(self)}
        own = {name: value for name, value in settings.items() if value is not None and name != "inputs"}
        placed = {"inputs": list(self.inputs)} if self.inputs else {}
        return {"type": self.type, **{name: plain(value) for name, value in own.items()}, **placed}


def plain(value: Any) -> Any:
    """A setting in its JSON form."""
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value.to_dict() if hasattr(value, "to_dict") else value


@dataclass(frozen=True, slots=True)
class Picture:
    """How a layer is drawn, as far as the shapes of its values and parameters do not say it.

    unitwise:     whether each unit takes the unit of the same position: lines lead straight across.
    gate:         whether it lets the gradient of each unit through as a whole, in part or not at all.
    stacks:       whether its inputs stand one after the other.
    undiminished: whether every input gets the gradient back as large as it came, so that a way around is worth naming.
    sign:         what is done to its inputs cell by cell, as a sign in front of its units.
    table:        what its matrix has a row for, which is looked up instead of multiplied.
    norm:         what it takes its statistics over; its weight and bias are then a scale and a shift.
    pools:        whether its window moves by its own sides if nothing else is said.
    moments:      what a recurrent layer computes at each moment beside its state, by the letters of its values.
    """

    unitwise: bool = False
    gate: bool = False
    stacks: bool = False
    undiminished: bool = False
    sign: str = ""
    table: Literal["", "tokens", "positions"] = ""
    norm: Literal["", "batch", "sample"] = ""
    pools: bool = False
    moments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LayerKind:
    """An entry of the catalog.

    activation:   the activation that it has by default; None for a layer without one.
    initializers: the names of its settings that say how a parameter starts.
    starts:       what those are by default, where it is not PyTorch's default of a dense layer.
    required:     settings that have to be given, each with an example.
    several:      whether it takes the outputs of two or more layers.
    second:       whether it can take the output of a second layer.
    short:        its title in a few letters, where the title is long: no other type has the same.
    unrolled:     whether it makes the same steps for every moment of a sequence, so that they are very many.
    parameters:   the last names of its parameters, which another layer of the type can share.
    picture:      how it is drawn; a layer without one is drawn by the shapes of its values and parameters alone.
    check:        raises ConfigError for settings that do not go together, given their path.
    prepare:      makes what is given in other words into the settings that there are, before they are read.
    """

    layer: type[Layer]
    title: str
    description: str
    options: tuple[Option, ...]
    formula: str
    source: str
    activation: str | None = None
    initializers: tuple[str, ...] = ()
    starts: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    required: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    parameters: tuple[str, ...] = ()
    several: bool = False
    second: bool = False
    short: str = ""
    unrolled: bool = False
    picture: Picture = Picture()
    check: Callable[[Mapping[str, Any], str], None] | None = None
    prepare: Callable[[Mapping[str, Any], str], Mapping[str, Any]] | None = None

    @property
    def name(self) -> str:
        """Its type in a configuration."""
        return self.layer.type

    @property
    def defaults(self) -> dict[str, Any]:
        """How its parameters start, by the names of the settings that say so."""
        return {name: self.starts.get(name, INITIALIZER) for name in self.initializers}


def check_shape(scope: Scope, key: str, shape: Shape, given: Any, field: str) -> None:
    """Raises ConfigError if numbers were given for a parameter, in a field, and do not have its shape."""
    if given is not None and (found := np.shape(given)) != shape:
        raise scope.error(f"{scope.name}.{key} is {times(shape)} here, given {times(found)}", field)


def given_option(name: str, kind: Kind, text: str) -> Option:
    """Numbers that a parameter starts from."""
    return Option(name, kind, None, f"Explicit {text} to start from, instead of drawn ones.", nullable=True)


def check_sequence(scope: Scope, source: str) -> Shape:
    """The shape (N, T, D) of what a layer is given.

    Raises: ConfigError if it is not a sequence.
    """
    shape = scope.shape(source)
    if len(shape) != 3:
        raise scope.error(
            f"{scope.name} takes sequences (N, T, D), and is given {shape[1:]} a sample; "
            "begin with an embedding layer, or reshape each sample to positions and features"
        )
    return shape


def times(shape: Shape) -> str:
    """`(3, 4)` as it is said: 3x4."""
    return "x".join(str(n) for n in shape)
