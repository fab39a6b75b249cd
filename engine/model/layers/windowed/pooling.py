"""Pooling layers: an image becomes smaller, each window of a channel one number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.model.layers.base import Layer, LayerKind, Picture, Scope, times
from engine.model.layers.windowed.images import check_fit, image_of, pair_option
from engine.ops import OPS
from engine.ops.image.windows import Pair


def _pooled(scope: Scope, source: str, op: str, kernel: Pair, stride: Pair | None, padding: Pair) -> str:
    step = stride or kernel
    check_fit(scope, image_of(scope, source), kernel, step, padding)
    if any(2 * p > k for p, k in zip(padding, kernel, strict=True)):
        text = f"padding is at most half of the kernel, here {times(kernel)}; given {times(padding)}"
        raise scope.error(text, "padding")
    return scope.emit(OPS[op], (source,), "a", kernel=kernel, stride=step, padding=padding)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxPool2D(Layer):
    """The largest number of each window; the gradient goes to the cell that it came from, of equal ones the first.

    Formula: a_ncij = max_ab x_n,c,h(i,a),w(j,b) with h(i, a) = stride i + a - padding, and w(j, b) alike
    Args:    x (N, C, H, W); stride is the kernel if not given.
    Source:  Jarrett et al. 2009, section 2.1; matches torch.nn.MaxPool2d.
    """

    type: ClassVar[str] = "max_pool2d"

    kernel: Pair
    padding: Pair
    stride: Pair | None = None

    def build(self, scope: Scope, *sources: str) -> str:
        """Adds `a` (N, C, OH, OW)."""
        return _pooled(scope, sources[0], "max_pool2d", self.kernel, self.stride, self.padding)


@dataclass(frozen=True, slots=True, kw_only=True)
class AvgPool2D(Layer):
    """The mean of each window, cells of the padding included as 0.

    Formula: a_ncij = 1/(KH KW) sum_ab x_n,c,h(i,a),w(j,b) with h(i, a) = stride i + a - padding, and w(j, b) alike
    Args:    x (N, C, H, W); stride is the kernel if not given.
    Source:  LeCun et al. 1998, section II.B; matches torch.nn.AvgPool2d.
    """

    type: ClassVar[str] = "avg_pool2d"

    kernel: Pair
    padding: Pair
    stride: Pair | None = None

    def build(self, scope: Scope, *sources: str) -> str:
        """Adds `a` (N, C, OH, OW)."""
        return _pooled(scope, sources[0], "avg_pool2d", self.kernel, self.stride, self.padding)


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalAvgPool(Layer):
    """The mean of each whole channel: images become rows.

    Formula: a_nc = 1/(H W) sum_hw x_nchw
    Args:    x (N, C, H, W).
    Source:  Lin, Chen and Yan 2014, section 3.2; matches torch.nn.AdaptiveAvgPool2d(1) and a flatten.
    """

    type: ClassVar[str] = "global_avg_pool"

    def build(self, scope: Scope, *sources: str) -> str:
        """Adds `a` (N, C)."""
        image_of(scope, sources[0])
        return scope.emit(OPS["global_avg_pool"], sources, "a")


_WINDOWS = (
    pair_option("kernel", (2, 2), "The sides of the window."),
    pair_option("stride", None, "How far the window moves; if not given, by its own sides."),
    pair_option("padding", (0, 0), "How many cells are put at each side of the image.", minimum=0),
)

POOLING_LAYERS = (
    LayerKind(
        MaxPool2D,
        "max pooling",
        "Keeps the largest number of each window, and sends the whole gradient back to where it stood.",
        _WINDOWS,
        r"a_{ncij} = \max_{a,b} x_{n,c,h(i,a),w(j,b)}",
        "Jarrett et al. 2009, What is the best multi-stage architecture, section 2.1; matches torch.nn.MaxPool2d.",
        picture=Picture(pools=True),
        short="max pool",
    ),
    LayerKind(
        AvgPool2D,
        "average pooling",
        "Takes the mean of each window, and spreads the gradient over it.",
        _WINDOWS,
        r"a_{ncij} = \tfrac{1}{K_H K_W} \sum_{a,b} x_{n,c,h(i,a),w(j,b)}",
        "LeCun et al. 1998, section II.B; matches torch.nn.AvgPool2d, count_include_pad=True.",
        picture=Picture(pools=True),
        short="avg pool",
    ),
    LayerKind(
        GlobalAvgPool,
        "global average pooling",
        "Takes the mean of each whole channel: whatever the channel looks for, it says how much of it there is.",
        (),
        r"a_{nc} = \tfrac{1}{HW} \sum_{h,w} x_{nchw}",
        "Lin, Chen and Yan 2014, Network in network, section 3.2; matches torch.nn.AdaptiveAvgPool2d(1).",
        picture=Picture(pools=True),
        short="global pool",
    ),
)
