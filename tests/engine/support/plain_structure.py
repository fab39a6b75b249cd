"""Normalization, structure, noise and features written down once more in their plainest form, for autograd."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd.numpy as anp
import numpy as np


def along(learned, x, axis):
    return anp.reshape(learned, [-1 if i == axis else 1 for i in range(x.ndim)])


def spread(statistic, axes):
    for axis in axes:
        statistic = anp.expand_dims(statistic, axis)
    return statistic


def plain_features(x):
    a, b = x[:, 0], x[:, 1]
    return anp.stack([a, b, a * a, a * b, anp.sin(a), anp.cos(b), b * b * b, a * a * anp.sin(a)], axis=1)


PLAIN_STRUCTURE: dict[str, Callable[..., Any]] = {
    "batch_mean": lambda x, axes: anp.mean(x, axis=axes),
    "sample_mean": lambda x, axes: anp.mean(x, axis=axes),
    "batch_mean_square": lambda x, axes: anp.mean(x**2, axis=axes),
    "sample_mean_square": lambda x, axes: anp.mean(x**2, axis=axes),
    "inverse_root": lambda square, eps: (square + eps) ** -0.5,
    "center": lambda x, mean, axes: x - spread(mean, axes),
    "rescale": lambda x, factor, axes: x * spread(factor, axes),
    "scale": lambda x, gamma, axis: x * along(gamma, x, axis),
    "shift": lambda x, beta, axis: x + along(beta, x, axis),
    "running_mean": lambda running, mean, momentum: running + momentum * (mean - running),
    "running_variance": lambda running, variance, momentum, count: (
        running + momentum * (variance * count / (count - 1) - running)
    ),
    "reshape": lambda x, shape: anp.reshape(x, (len(x), *shape)),
    "reshape_rows": lambda x, shape: anp.reshape(x, (len(x), *shape)),
    "flatten": lambda x: anp.reshape(x, (len(x), -1)),
    "merge_positions": lambda x: anp.reshape(x, (x.shape[0] * x.shape[1], *x.shape[2:])),
    "concat": lambda *parts, axis, sizes: anp.concatenate(parts, axis=axis),
    "concat3": lambda *parts, axis, sizes: anp.concatenate(parts, axis=axis),
    "stop_gradient": lambda x: x * 1.0,
    "bernoulli_mask": lambda u, p: np.where(u < p, 0, 1 / (1 - p)),
    "apply_mask": lambda x, mask: x * mask,
    "add_noise": lambda x, noise, sigma: x + noise * sigma,
    "features": plain_features,
}
