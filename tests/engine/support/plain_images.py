"""Convolution and pooling written down once more in their plainest form, for autograd: one window after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd.numpy as anp
import numpy as np


def over_windows(function, x, kernel, stride, padding, dilation=(1, 1), fill=0.0):
    """(N, C, H, W) to (N, K, OH, OW): what a function makes of each window (N, C, KH, KW), put in its place."""
    sides = [(0, 0), (0, 0), *((p, p) for p in padding)]
    padded = anp.pad(x, sides, mode="constant", constant_values=fill)
    spans = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    corners = [range(0, n - span + 1, s) for n, span, s in zip(padded.shape[2:], spans, stride, strict=True)]

    def at(i, j):
        return function(padded[:, :, i : i + spans[0] : dilation[0], j : j + spans[1] : dilation[1]])

    rows = [anp.stack([at(i, j) for j in corners[1]], axis=2) for i in corners[0]]
    return anp.stack(rows, axis=2)


def convolved(x, weight, **settings):
    return over_windows(lambda w: anp.einsum("ncab,ocab->no", w, weight), x, weight.shape[2:], **settings)


PLAIN_IMAGES: dict[str, Callable[..., Any]] = {
    "conv2d": lambda x, weight, bias, **settings: convolved(x, weight, **settings) + bias[:, None, None],
    "conv2d_without_bias": convolved,
    "max_pool2d": lambda x, **settings: over_windows(lambda w: anp.max(w, axis=(2, 3)), x, fill=-np.inf, **settings),
    "avg_pool2d": lambda x, **settings: over_windows(lambda w: anp.mean(w, axis=(2, 3)), x, **settings),
    "global_avg_pool": lambda x: anp.mean(x, axis=(2, 3)),
}
