"""The fully connected layer, on rows and on every position of a sequence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from engine.foundation.errors import ConfigError
from engine.foundation.options import Option, join
from engine.model.activations import ActivationSpec
from engine.model.initializers import InitializerSpec
from engine.model.layers.base import Layer, LayerKind, Scope, Shape, check_shape
from engine.ops import OPS


@dataclass(frozen=True, slots=True, kw_only=True)
class Dense(Layer):
    """A fully connected layer: ``z = x Wᵀ + b``, ``a = f(z)``.

    Formula: z_nj = sum_k x_nk w_jk + b_j;  a_nj = f(z_nj)
    Args:    units; activation; weight (units, fan_in) and bias (units) are drawn or given.
    Source:  Goodfellow et al. 2016, section 6; matches torch.nn.Linear.
    """

    type: ClassVar[str] = "dense"

    units: int
    activation: ActivationSpec
    initializer: InitializerSpec
    bias_initializer: InitializerSpec
    bias: bool = True
    weight: tuple[tuple[float, ...], ...] | None = None
    bias_values: tuple[float, ...] | None = None
    frozen: tuple[str, ...] = ()

    @property
    def output_activation(self) -> ActivationSpec:
        """The layer's activation."""
        return self.activation

    def build(self, scope: Scope, *sources: str) -> str:
        """Adds `z` and `a`; on a sequence (N, T, D) the same map works at every position.

        Raises: ConfigError if it is given neither rows nor sequences, or numbers that do not have a parameter's shape.
        """
        (source,) = sources
        shape = scope.shape(source)
        if len(shape) not in (2, 3):
            raise scope.error(
                f"{scope.name} takes rows (N, D) or sequences (N, T, D), and is given {shape[1:]} a sample; "
                "put a flatten layer before it"
            )
        parameters = self._parameters(scope, shape[-1])
        op = "linear" + "_sequence" * (len(shape) == 3) + "_without_bias" * (not self.bias)
        z = scope.emit(OPS[op], (source, *parameters), "z")
        return scope.emit(self.activation.op, (z,), "a", **self.activation.op_params)

    def _parameters(self, scope: Scope, fan_in: int) -> list[str]:
        return weight_and_bias(
            scope,
            {"weight": (self.units, fan_in), "bias": (self.units,)},
            (fan_in, self.units),
            drawn={"weight": self.initializer, "bias": self.bias_initializer},
            given={"weight": self.weight, "bias": self.bias_values},
            without=() if self.bias else ("bias",),
            frozen=self.frozen,
        )


def weight_and_bias(
    scope: Scope,
    shapes: Mapping[str, Shape],
    fans: tuple[int, int],
    *,
    drawn: Mapping[str, InitializerSpec],
    given: Mapping[str, Any],
    without: Sequence[str],
    frozen: Sequence[str],
) -> list[str]:
    """The parameters `weight` and `bias` of a layer, as far as it has them.

    Args:   fans: fan_in and fan_out; drawn, given: how each starts, and its numbers if there are any.
    Raises: ConfigError if numbers are given that do not have a parameter's shape.
    """
    fields = {"weight": "weight", "bias": "bias_values"}
    kept = {key: shape for key, shape in shapes.items() if key not in without}
    for key, shape in kept.items():
        check_shape(scope, key, shape, given[key], fields[key])
    return [
        scope.parameter(key, shape, drawn[key], fans=fans, values=given[key], trainable=key not in frozen)
        for key, shape in kept.items()
    ]


def check_bias(settings: Mapping[str, Any], path: str) -> None:
    """Raises: ConfigError if there are numbers for a bias, and none is wanted."""
    if settings["bias_values"] is not None and not settings["bias"]:
        raise ConfigError("bias_values are given but bias is false; leave one of them out", join(path, "bias_values"))


def units_option(text: str = "How many units, hence outputs, the layer has.", default: int = 4) -> Option:
    """The width of a layer."""
    return Option("units", "integer", default, text, minimum=1)


def bias_option(text: str = "Whether each unit adds a number of its own to its weighted sum.") -> Option:
    """Whether there is a bias."""
    return Option("bias", "boolean", True, text)


def bias_values_option() -> Option:
    """Given biases."""
    text = "Explicit biases (units) to start from."
    return Option("bias_values", "vector", None, text, title="bias values", nullable=True)


def frozen_option(*parameters: str) -> Option:
    """Which parameters are not trained."""
    text = "Parameters that are not trained: their gradient is computed, their update is not."
    return Option("frozen", "names", (), text, choices=parameters)


DENSE = LayerKind(
    Dense,
    "dense",
    "Every unit takes a weighted sum of all inputs, adds its bias, and passes it through the activation.",
    (
        units_option(),
        bias_option(),
        frozen_option("weight", "bias"),
        Option(
            "weight",
            "matrix",
            None,
            "Explicit weights (units, fan_in) to start from, instead of an initializer.",
            nullable=True,
        ),
        bias_values_option(),
    ),
    r"z_{nj} = \sum_k x_{nk}\, w_{jk} + b_j, \qquad a_{nj} = f(z_{nj})",
    "Goodfellow et al. 2016, section 6; matches torch.nn.Linear.",
    activation="identity",
    initializers=("initializer", "bias_initializer"),
    parameters=("weight", "bias"),
    required={"units": 4},
    check=check_bias,
)
