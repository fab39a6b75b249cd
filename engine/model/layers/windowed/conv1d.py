"""The convolutional layer of sequences: the same weights at every stretch of positions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from engine.foundation.errors import ConfigError
from engine.foundation.meant import unknown
from engine.foundation.options import Option, join, parse_options, shown
from engine.model.activations import ActivationSpec
from engine.model.initializers import InitializerSpec
from engine.model.layers.base import Layer, LayerKind, Scope, Shape, check_sequence, check_shape
from engine.model.layers.dense import (
    bias_option,
    bias_values_option,
    check_bias,
    frozen_option,
    units_option,
    weight_and_bias,
)
from engine.model.layers.windowed.conv_settings import WORDS, listed
from engine.ops import OPS
from engine.ops.core.op import Array
from engine.ops.image.windows import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Conv1D(Layer):
    """A convolutional layer of sequences: each unit slides a kernel along the positions.

    Formula: z_nio = sum_ca w_oca x_n,p(i,a),c + b_o with p(i, a) = stride i + dilation a - padding; a = f(z).
             The kernel is not turned around.
    Args:    x (N, T, C): positions, then channels, as all sequences here, where PyTorch has (N, C, T). weight
             (units, C, K), as PyTorch's, and bias (units) are drawn, with fan_in C K and fan_out units K, or given,
             each kernel as a row.
    Source:  Waibel et al. 1989; matches torch.nn.Conv1d on x with its last two axes exchanged.
    """

    type: ClassVar[str] = "conv1d"

    units: int
    kernel: int
    stride: int
    padding: int
    dilation: int
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
        """Adds `z` and `a`, both (N, windows, units).

        Raises: ConfigError if it is given no sequences, its kernel does not fit, or given numbers have another shape.
        """
        (source,) = sources
        _, length, channels = check_sequence(scope, source)
        self._check_fit(scope, length)
        op = OPS["conv1d" if self.bias else "conv1d_without_bias"]
        sliding: dict[str, Any] = {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}
        z = scope.emit(op, (source, *self._parameters(scope, channels)), "z", **sliding)
        return scope.emit(self.activation.op, (z,), "a", **self.activation.op_params)

    def _check_fit(self, scope: Scope, length: int) -> None:
        """Whether at least one window fits, and the padding makes no sequence of its own."""
        if self.padding > length:
            text = f"padding is at most the sequence's own length, here {length}; given {self.padding}"
            raise scope.error(text, "padding")
        line = Line(length, self.kernel, self.stride, self.padding, self.dilation)
        if line.count < 1:
            over = f", with dilation {self.dilation} over {line.span} positions" if line.span != self.kernel else ""
            padded = f", with padding {length + 2 * self.padding}" if self.padding else ""
            raise scope.error(
                f"the kernel of {scope.name} is {self.kernel}{over}, longer than its sequences of {length}{padded}; "
                "give it a smaller kernel or more padding",
                "kernel",
            )

    def _parameters(self, scope: Scope, channels: int) -> list[str]:
        shape = (self.units, channels, self.kernel)
        return weight_and_bias(
            scope,
            {"weight": shape, "bias": (self.units,)},
            (channels * self.kernel, self.units * self.kernel),
            drawn={"weight": self.initializer, "bias": self.bias_initializer},
            given={"weight": self._kernels(scope, shape), "bias": self.bias_values},
            without=() if self.bias else ("bias",),
            frozen=self.frozen,
        )

    def _kernels(self, scope: Scope, shape: Shape) -> Array | None:
        """The given rows as kernels."""
        check_shape(scope, "weight", (shape[0], shape[1] * shape[2]), self.weight, "weight")
        return None if self.weight is None else np.array(self.weight).reshape(shape)


# --- settings in PyTorch's words ----------------------------------------------------------------------------------


def _in_our_words(given: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The settings with padding as a number, and each kernel as one row: channel after channel.

    Raises: ConfigError if there is no such padding, or kernels are not (units, channels, positions).
    """
    found = dict(given)
    sliding = {name: value for name, value in given.items() if name in ("kernel", "stride", "dilation")}
    settings = parse_options(_SLIDING, sliding, path)
    if isinstance(given.get("padding"), str):
        found["padding"] = _padding(given["padding"], settings, join(path, "padding"))
    if _is_nested(given.get("weight")):
        where = join(path, "weight")
        found["weight"] = [_row(u, settings["kernel"], f"{where}[{i}]") for i, u in enumerate(given["weight"])]
    return found


def _padding(word: str, settings: Mapping[str, Any], where: str) -> int:
    """As many zeros at both ends as keep the length."""
    if word not in WORDS:
        text = unknown(f"padding is a number, or a word; given {shown(word)}", word, WORDS, "the words are")
        raise ConfigError(text, where)
    spread: int = settings["dilation"] * (settings["kernel"] - 1)
    if word == "same" and settings["stride"] != 1:
        raise ConfigError('padding "same" goes with a stride of 1; give a number instead', where)
    if word == "same" and spread % 2:
        text = 'padding "same" needs as many zeros at both ends, so an odd kernel'
        raise ConfigError(f"{text}; given {settings['kernel']}", where)
    return spread // 2 if word == "same" else 0


def _is_nested(weight: Any) -> bool:
    """Whether it has lists in its first list."""
    inner = weight[0] if isinstance(weight, (list, tuple)) and weight else None
    return isinstance(inner, (list, tuple)) and bool(inner) and isinstance(inner[0], (list, tuple))


def _row(unit: Any, kernel: int, where: str) -> list[Any]:
    """The numbers of one kernel, channel after channel."""
    shape = "nested kernels are (units, channels, positions)"
    channels = listed(unit, "channels", where, shape=shape)
    lines = (listed(c, "numbers", f"{where}[{i}]", kernel, shape) for i, c in enumerate(channels))
    return [number for line in lines for number in line]


_SLIDING = (
    Option("kernel", "integer", 3, "How many positions the kernel covers.", minimum=1),
    Option("stride", "integer", 1, "How far the kernel moves from place to place.", minimum=1),
    Option("dilation", "integer", 1, "How far the kernel's weights are apart.", minimum=1),
)

CONV1D = LayerKind(
    Conv1D,
    "convolution of sequences",
    "Each unit slides one small kernel of weights along the sequence, so that a pattern is found wherever it stands.",
    (
        units_option("How many kernels, hence features at each position of its output, the layer has."),
        *_SLIDING[:2],
        Option(
            "padding",
            "integer",
            0,
            'How many zeros are put at each end of the sequence; "same" for as many as keep its length.',
            minimum=0,
        ),
        _SLIDING[2],
        bias_option("Whether each unit adds a number of its own at every place."),
        frozen_option("weight", "bias"),
        Option(
            "weight",
            "matrix",
            None,
            "Explicit kernels to start from: a row of C K numbers per unit, channel after channel; or nested as in "
            "PyTorch, (units, C, K).",
            nullable=True,
        ),
        bias_values_option(),
    ),
    r"z_{nio} = \sum_{c,a} w_{oca}\, x_{n,p(i,a),c} + b_o, \qquad a_{nio} = f(z_{nio})",
    "Waibel et al. 1989, Phoneme recognition using time-delay neural networks; matches torch.nn.Conv1d.",
    activation="identity",
    initializers=("initializer", "bias_initializer"),
    parameters=("weight", "bias"),
    required={"units": 4},
    check=check_bias,
    prepare=_in_our_words,
)
