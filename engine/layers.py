"""Layers: each declares its parameters and emits its forward steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from engine.activations import ActivationSpec, parse_activation
from engine.errors import ConfigError
from engine.initializers import InitializerSpec, parse_initializer
from engine.ops import OPS
from engine.options import Option, join, parse_options, shown

Shape = tuple[int, ...]
Emit = Callable[..., None]


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
    values: Any
    trainable: bool


class Layer(Protocol):
    """What the compiler asks of a layer."""

    @property
    def type(self) -> str: ...

    @property
    def units(self) -> int: ...

    @property
    def activation(self) -> ActivationSpec: ...

    def parameters(self, name: str, fan_in: int, path: str) -> tuple[ParameterSpec, ...]: ...

    def emit(self, name: str, source: str, emit: Emit) -> str: ...

    def to_dict(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Dense:
    """A fully connected layer: ``z = x Wᵀ + b``, ``a = f(z)``.

    Formula: z_nj = sum_k x_nk w_jk + b_j;  a_nj = f(z_nj)
    Args:    units; activation; weight (units, fan_in) and bias (units) are drawn or given.
    Source:  Goodfellow et al. 2016, section 6; matches torch.nn.Linear.
    """

    units: int
    activation: ActivationSpec
    initializer: InitializerSpec
    bias_initializer: InitializerSpec
    bias: bool = True
    weight: tuple[tuple[float, ...], ...] | None = None
    bias_values: tuple[float, ...] | None = None
    frozen: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """Its name in a configuration."""
        return "dense"

    def parameters(self, name: str, fan_in: int, path: str) -> tuple[ParameterSpec, ...]:
        """`weight`, and `bias` unless there is none.

        Raises: ConfigError if given numbers do not have the parameter's shape.
        """
        given = {"weight": self.weight, "bias": self.bias_values}
        drawn = {"weight": self.initializer, "bias": self.bias_initializer}
        shapes: dict[str, Shape] = {"weight": (self.units, fan_in)} | ({"bias": (self.units,)} if self.bias else {})
        fields = {"weight": "weight", "bias": "bias_values"}
        for key, shape in shapes.items():
            check_shape(f"{name}.{key}", shape, given[key], join(path, fields[key]))
        return tuple(
            ParameterSpec(f"{name}.{key}", shape, fan_in, self.units, drawn[key], given[key], key not in self.frozen)
            for key, shape in shapes.items()
        )

    def emit(self, name: str, source: str, emit: Emit) -> str:
        """Adds `z` and `a` to the graph and returns the name of what the next layer takes."""
        z, a = f"{name}.z", f"{name}.a"
        if self.bias:
            emit(OPS["linear"], (source, f"{name}.weight", f"{name}.bias"), z, name)
        else:
            emit(OPS["linear_without_bias"], (source, f"{name}.weight"), z, name)
        emit(self.activation.op, (z,), a, name, **self.activation.op_params)
        return a

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, defaults filled in; numbers only if they were given."""
        numbers: dict[str, Any] = {}
        if self.weight is not None:
            numbers["weight"] = [list(row) for row in self.weight]
        if self.bias_values is not None:
            numbers["bias_values"] = list(self.bias_values)
        return {
            "type": "dense",
            "units": self.units,
            "activation": self.activation.to_dict(),
            "bias": self.bias,
            "initializer": self.initializer.to_dict(),
            "bias_initializer": self.bias_initializer.to_dict(),
            "frozen": list(self.frozen),
        } | numbers


def check_shape(name: str, shape: Shape, given: Any, path: str) -> None:
    """Raises ConfigError if numbers were given for a parameter and do not have its shape."""
    if given is None:
        return
    found = (len(given), len(given[0])) if len(shape) == 2 else (len(given),)
    if found != shape:
        raise ConfigError(f"{name} is {times(shape)} here, given {times(found)}", path)


def times(shape: Shape) -> str:
    """`(3, 4)` as it is said: 3x4."""
    return "x".join(str(n) for n in shape)


DENSE_OPTIONS = (
    Option("units", "integer", 4, "How many units, hence outputs, the layer has.", minimum=1),
    Option("bias", "boolean", True, "Whether each unit adds a number of its own to its weighted sum."),
    Option(
        "frozen",
        "names",
        (),
        "Parameters that are not trained: their gradient is computed, their update is not.",
        choices=("weight", "bias"),
    ),
    Option(
        "weight",
        "matrix",
        None,
        "Explicit weights (units, fan_in) to start from, instead of an initializer.",
        nullable=True,
    ),
    Option(
        "bias_values",
        "vector",
        None,
        "Explicit biases (units) to start from.",
        title="bias values",
        nullable=True,
    ),
)


def parse_layer(given: Any, path: str) -> Layer:
    """A layer from its configuration, defaults filled in.

    Raises: ConfigError for an unknown type or field, or a value out of its range.
    """
    if not isinstance(given, Mapping):
        raise ConfigError(f"a layer is an object with a type; given {shown(given)}", path)
    name = given.get("type", "dense")
    if not isinstance(name, str) or name not in LAYERS:
        raise ConfigError(f"unknown layer type {shown(name)}; there are {', '.join(LAYERS)}", join(path, "type"))
    return LAYERS[name].parse(given, path)


def _parse_dense(given: Mapping[str, Any], path: str) -> Dense:
    own = ("type", "activation", "initializer", "bias_initializer")
    if "units" not in given:
        raise ConfigError("a dense layer needs units, for example 4", join(path, "units"))
    settings = parse_options(DENSE_OPTIONS, {k: v for k, v in given.items() if k not in own}, path)
    if settings["bias_values"] is not None and not settings["bias"]:
        raise ConfigError("bias_values are given but bias is false; leave one of them out", join(path, "bias_values"))
    return Dense(
        activation=parse_activation(given.get("activation", "identity"), join(path, "activation")),
        initializer=parse_initializer(given.get("initializer", "torch_default"), join(path, "initializer")),
        bias_initializer=parse_initializer(
            given.get("bias_initializer", "torch_default"), join(path, "bias_initializer")
        ),
        **settings,
    )


@dataclass(frozen=True, slots=True)
class LayerKind:
    """An entry of the catalog."""

    name: str
    title: str
    description: str
    options: tuple[Option, ...]
    formula: str
    source: str
    parse: Callable[[Mapping[str, Any], str], Layer]


LAYERS: dict[str, LayerKind] = {
    "dense": LayerKind(
        "dense",
        "dense",
        "Every unit takes a weighted sum of all inputs, adds its bias, and passes it through the activation.",
        DENSE_OPTIONS,
        r"z_{nj} = \sum_k x_{nk}\, w_{jk} + b_j, \qquad a_{nj} = f(z_{nj})",
        "Goodfellow et al. 2016, section 6; matches torch.nn.Linear.",
        _parse_dense,
    )
}
