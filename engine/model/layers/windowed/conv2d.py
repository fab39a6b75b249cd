"""The convolutional layer: the same weights at every place of an image."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from engine.foundation.options import Option
from engine.model.activations import ActivationSpec
from engine.model.initializers import InitializerSpec
from engine.model.layers.base import Layer, LayerKind, Scope, Shape, check_shape
from engine.model.layers.dense import (
    bias_option,
    bias_values_option,
    check_bias,
    frozen_option,
    units_option,
    weight_and_bias,
)
from engine.model.layers.windowed.conv_settings import in_our_words
from engine.model.layers.windowed.images import check_fit, image_of, pair_option
from engine.ops import OPS
from engine.ops.core.op import Array
from engine.ops.image.windows import Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Conv2D(Layer):
    """A convolutional layer: each unit slides a kernel over the image, and gives a channel of the result.

    Formula: z_noij = sum_cab w_ocab x_n,c,h(i,a),w(j,b) + b_o with h(i, a) = stride i + dilation a - padding, and
             w(j, b) alike; a = f(z). The kernel is not turned around: a cross-correlation, as in all libraries.
    Args:    x (N, C, H, W); weight (units, C, KH, KW) and bias (units) are drawn, with fan_in C KH KW and fan_out
             units KH KW, or given, each kernel as a row.
    Source:  LeCun et al. 1998, section II.A; matches torch.nn.Conv2d.
    """

    type: ClassVar[str] = "conv2d"

    units: int
    kernel: Pair
    stride: Pair
    padding: Pair
    dilation: Pair
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
        """Adds `z` and `a`, both (N, units, OH, OW).

        Raises: ConfigError if it is given no images, its kernel does not fit, or given numbers have another shape.
        """
        (source,) = sources
        image = image_of(scope, source)
        sliding: dict[str, Any] = {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}
        check_fit(scope, image, self.kernel, **sliding)
        op = OPS["conv2d" if self.bias else "conv2d_without_bias"]
        z = scope.emit(op, (source, *self._parameters(scope, image[1])), "z", **sliding)
        return scope.emit(self.activation.op, (z,), "a", **self.activation.op_params)

    def _parameters(self, scope: Scope, channels: int) -> list[str]:
        shape, taps = (self.units, channels, *self.kernel), math.prod(self.kernel)
        return weight_and_bias(
            scope,
            {"weight": shape, "bias": (self.units,)},
            (channels * taps, self.units * taps),
            drawn={"weight": self.initializer, "bias": self.bias_initializer},
            given={"weight": self._kernels(scope, shape), "bias": self.bias_values},
            without=() if self.bias else ("bias",),
            frozen=self.frozen,
        )

    def _kernels(self, scope: Scope, shape: Shape) -> Array | None:
        """The given rows as kernels."""
        check_shape(scope, "weight", (shape[0], math.prod(shape[1:])), self.weight, "weight")
        return None if self.weight is None else np.array(self.weight).reshape(shape)


CONV2D = LayerKind(
    Conv2D,
    "convolution",
    "Each unit slides one small kernel of weights over the whole image, so that a stroke is found wherever it lies.",
    (
        units_option("How many kernels, hence channels of its output, the layer has."),
        pair_option("kernel", (3, 3), "The sides of the kernel."),
        pair_option("stride", (1, 1), "How far the kernel moves from place to place."),
        pair_option(
            "padding",
            (0, 0),
            'How many zeros are put at each side of the image; "same" for as many as keep its size.',
            minimum=0,
        ),
        pair_option("dilation", (1, 1), "How far the kernel's weights are apart."),
        bias_option("Whether each unit adds a number of its own at every place."),
        frozen_option("weight", "bias"),
        Option(
            "weight",
            "matrix",
            None,
            "Explicit kernels to start from: a row of C KH KW numbers per unit, row after row, channel after channel; "
            "or nested as in PyTorch, (units, C, KH, KW).",
            nullable=True,
        ),
        bias_values_option(),
    ),
    r"z_{noij} = \sum_{c,a,b} w_{ocab}\, x_{n,c,h(i,a),w(j,b)} + b_o, \qquad a_{noij} = f(z_{noij})",
    "LeCun et al. 1998, section II.A; Dumoulin and Visin 2016; matches torch.nn.Conv2d.",
    activation="identity",
    initializers=("initializer", "bias_initializer"),
    parameters=("weight", "bias"),
    required={"units": 4},
    check=check_bias,
    prepare=in_our_words,
    short="conv",
)
