"""Normalization layers, each as the plain parts that it is made of, so that its gradient can be followed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from engine.foundation.errors import ConfigError
from engine.foundation.options import Option, join
from engine.model.initializers import parse_initializer
from engine.model.layers.base import (
    LETTERS,
    Layer,
    LayerKind,
    Letter,
    Letters,
    Picture,
    Scope,
    Shape,
    alike,
    check_shape,
    given_option,
)
from engine.ops import OPS

ONES, ZEROS = parse_initializer({"type": "constant", "val": 1.0}), parse_initializer("zeros")


_LETTERS = (
    LETTERS
    | {"weight": Letter(r"\gamma", r"\gamma", "W"), "bias": Letter(r"\beta", r"\beta", "b")}
    | alike(
        mean=r"\mu",
        centered=r"\tilde x",
        variance=r"\sigma^{2}",
        mean_square=r"\overline{x^{2}}",
        factor=r"\tfrac{1}{\sigma}",
        normalized=r"\hat x",
        scaled=r"\hat x_{\gamma}",
        running_mean=r"\mu_{\mathrm{run}}",
        running_variance=r"\sigma^{2}_{\mathrm{run}}",
    )
)


Learned = dict[str, tuple[float, ...] | None]  # the parameters of a layer, and the numbers given for each
_FIELDS = {"weight": "weight", "bias": "bias_values"}


def _scaled(scope: Scope, normalized: str, axis: int, learned: Learned) -> str:
    """The learned numbers of every place along an axis: a scale, and a shift; the last step writes `a`."""
    size = scope.shape(normalized)[axis]
    for key, values in learned.items():
        start, op, output = (ONES, "scale", "scaled") if key == "weight" else (ZEROS, "shift", "shifted")
        check_shape(scope, key, (size,), values, _FIELDS[key])
        numbers = scope.parameter(key, (size,), start, fans=(size, size), values=values)
        last = key == next(reversed(learned))
        normalized = scope.emit(OPS[op], (normalized, numbers), "a" if last else output, axis=axis)
    return normalized


def _normalized(scope: Scope, x: str, factor: str, axes: tuple[int, ...], axis: int, learned: Learned) -> str:
    """x times the factor, then what is learned; without anything learned that is the output already."""
    value = scope.emit(OPS["rescale"], (x, factor), "normalized" if learned else "a", axes=axes)
    return _scaled(scope, value, axis, learned)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchNorm(Layer):
    """Gives each unit, or channel of images, mean 0 and variance 1 over the batch; then scales and shifts it.

    Formula: a = gamma (x - mean) / sqrt(variance + eps) + beta; at evaluation with running statistics
    Args:    x (N, D) or (N, C, H, W); weight is gamma, bias is beta, both (D) or (C).
    Source:  Ioffe and Szegedy 2015; matches torch.nn.BatchNorm1d and BatchNorm2d.
    """

    type: ClassVar[str] = "batch_norm"
    letters: ClassVar[Letters] = _LETTERS

    eps: float = 1e-5
    momentum: float = 0.1
    affine: bool = True
    weight: tuple[float, ...] | None = None
    bias_values: tuple[float, ...] | None = None

    def build(self, scope: Scope, *sources: str) -> str:
        """Adds mean, variance and the running ones, then `normalized` and `a`.

        Raises: ConfigError if it is given sequences, or in training a single number a channel.
        """
        (source,) = sources
        shape = scope.shape(source)
        if len(shape) not in (2, 4):
            raise scope.error(
                f"{scope.name} takes rows (N, D) or images (N, C, H, W), and is given {shape[1:]} a sample; "
                "for sequences there is layer_norm"
            )
        axes = (0, *range(2, len(shape)))
        variance, centered = self._statistics(scope, source, axes)
        factor = scope.emit(OPS["inverse_root"], (variance,), "factor", eps=self.eps)
        return _normalized(scope, centered, factor, axes, 1, _learned(self))

    def _statistics(self, scope: Scope, x: str, axes: tuple[int, ...]) -> tuple[str, str]:
        """The variance, and x less the mean."""
        shape = scope.shape(x)
        running_mean = scope.memory("running_mean", (shape[1],), 0.0)
        running_variance = scope.memory("running_variance", (shape[1],), 1.0)
        if not scope.training:
            centered = scope.emit(OPS["center"], (x, running_mean), "centered", axes=axes)
            return running_variance, centered
        mean = scope.emit(OPS["batch_mean"], (x,), "mean", axes=axes)
        centered = scope.emit(OPS["center"], (x, mean), "centered", axes=axes)
        variance = scope.emit(OPS["batch_mean_square"], (centered,), "variance", axes=axes)
        self._renew(scope, (running_mean, mean), (running_variance, variance), _count(shape))
        return variance, centered

    def _renew(self, scope: Scope, mean: tuple[str, str], variance: tuple[str, str], count: int) -> None:
        scope.emit(OPS["running_mean"], mean, "running_mean.next", momentum=self.momentum)
        scope.emit(OPS["running_variance"], variance, "running_variance.next", momentum=self.momentum, count=count)


def _count(shape: Shape) -> int:
    """How many numbers a channel has in a batch."""
    return shape[0] * math.prod(shape[2:])


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerNorm(Layer):
    """Gives the units of each sample, or of each position of a sequence, mean 0 and variance 1; then scales and shifts.

    Formula: a = gamma (x - mean) / sqrt(variance + eps) + beta
    Args:    x (N, D) or (N, T, D); weight is gamma, bias is beta, both (D).
    Source:  Ba, Kiros and Hinton 2016; matches torch.nn.LayerNorm(D).
    """

    type: ClassVar[str] = "layer_norm"
    letters: ClassVar[Letters] = _LETTERS

    eps: float = 1e-5
    affine: bool = True
    weight: tuple[float, ...] | None = None
    bias_values: tuple[float, ...] | None = None

    def build(self, scope: Scope, *sources: str) -> str:
        """Adds mean, variance, `normalized` and `a`."""
        (source,) = sources
        last = _last_axis(scope, source)
        mean = scope.emit(OPS["sample_mean"], (source,), "mean", axes=(last,))
        centered = scope.emit(OPS["center"], (source, mean), "centered", axes=(last,))
        variance = scope.emit(OPS["sample_mean_square"], (centered,), "variance", axes=(last,))
        factor = scope.emit(OPS["inverse_root"], (variance,), "factor", eps=self.eps)
        return _normalized(scope, centered, factor, (last,), last, _learned(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class RMSNorm(Layer):
    """Divides the units of each sample, or of each position, by their root mean square; then scales them.

    Formula: a = gamma x / sqrt(mean(x^2) + eps); eps is the number type's epsilon if not given
    Args:    x (N, D) or (N, T, D); weight is gamma (D).
    Source:  Zhang and Sennrich 2019; matches torch.nn.RMSNorm(D).
    """

    type: ClassVar[str] = "rms_norm"
    letters: ClassVar[Letters] = _LETTERS

    eps: float | None = None
    affine: bool = True
    weight: tuple[float, ...] | None = None

    def build(self, scope: Scope, *sources: str) -> str:
        """Adds the mean square, `normalized` and `a`."""
        (source,) = sources
        last = _last_axis(scope, source)
        eps = float(np.finfo(scope.dtype).eps) if self.eps is None else self.eps
        mean_square = scope.emit(OPS["sample_mean_square"], (source,), "mean_square", axes=(last,))
        factor = scope.emit(OPS["inverse_root"], (mean_square,), "factor", eps=eps)
        return _normalized(scope, source, factor, (last,), last, {"weight": self.weight} if self.affine else {})


def _learned(layer: BatchNorm | LayerNorm) -> Learned:
    return {"weight": layer.weight, "bias": layer.bias_values} if layer.affine else {}


def _check_affine(settings: Mapping[str, Any], path: str) -> None:
    for name in ("weight", "bias_values"):
        if settings.get(name) is not None and not settings["affine"]:
            raise ConfigError(f"{name} is given but affine is false; leave one of them out", join(path, name))


def _last_axis(scope: Scope, source: str) -> int:
    shape = scope.shape(source)
    if len(shape) not in (2, 3):
        raise scope.error(
            f"{scope.name} takes rows (N, D) or sequences (N, T, D), and is given {shape[1:]} a sample; "
            "for images there is batch_norm"
        )
    return len(shape) - 1


_EPS = Option(
    "eps", "number", 1e-5, "Keeps the divisor away from zero.", title="epsilon", minimum=0, symbol=r"\epsilon"
)
_WEIGHT = given_option("weight", "vector", "scales (units or channels)")
_BIAS = given_option("bias_values", "vector", "shifts (units or channels)")
_AFFINE = Option("affine", "boolean", True, "Whether each unit is then scaled, and shifted, by learned numbers.")

NORMALIZATION_LAYERS = (
    LayerKind(
        BatchNorm,
        "batch norm",
        "Gives every unit mean 0 and variance 1 over the batch, then a learned scale and shift. At evaluation running "
        "statistics take the batch's place.",
        (
            _EPS,
            Option(
                "momentum",
                "number",
                0.1,
                "The share of the batch's statistics in the running ones.",
                minimum=0,
                maximum=1,
                symbol="m",
            ),
            _AFFINE,
            _WEIGHT,
            _BIAS,
        ),
        r"a = \gamma\, \frac{x - \mu_B}{\sqrt{\sigma_B^2 + \epsilon}} + \beta",
        "Ioffe and Szegedy 2015; matches torch.nn.BatchNorm1d and BatchNorm2d.",
        parameters=("weight", "bias"),
        picture=Picture(unitwise=True, norm="batch"),
        check=_check_affine,
    ),
    LayerKind(
        LayerNorm,
        "layer norm",
        "Gives the units of every single sample mean 0 and variance 1, then a learned scale and shift: no sample "
        "depends on another.",
        (_EPS, _AFFINE, _WEIGHT, _BIAS),
        r"a = \gamma\, \frac{x - \mu_n}{\sqrt{\sigma_n^2 + \epsilon}} + \beta",
        "Ba, Kiros and Hinton 2016; matches torch.nn.LayerNorm.",
        parameters=("weight", "bias"),
        picture=Picture(unitwise=True, norm="sample"),
        check=_check_affine,
    ),
    LayerKind(
        RMSNorm,
        "RMS norm",
        "Divides the units of every sample by their root mean square, then a learned scale: layer norm without the "
        "centering.",
        (
            Option(
                "eps",
                "number",
                None,
                "Keeps the divisor away from zero; without a number, the number type's epsilon.",
                title="epsilon",
                minimum=0,
                nullable=True,
                symbol=r"\epsilon",
            ),
            _AFFINE,
            _WEIGHT,
        ),
        r"a = \gamma\, \frac{x}{\sqrt{\tfrac{1}{D} \sum_d x_d^2 + \epsilon}}",
        "Zhang and Sennrich 2019; matches torch.nn.RMSNorm.",
        parameters=("weight",),
        picture=Picture(unitwise=True, norm="sample"),
        check=_check_affine,
    ),
)
