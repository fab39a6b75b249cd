"""Ops for sequences and attention written down once more in their plainest form, for autograd."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd.numpy as anp
import numpy as np


def split_heads(x, heads):
    return anp.transpose(anp.reshape(x, (*x.shape[:2], heads, x.shape[2] // heads)), (0, 2, 1, 3))


def merge_heads(x, heads):
    return anp.concatenate([x[:, h] for h in range(heads)], axis=2)


def attention_weights(scores, causal):
    seen = np.tril(np.ones(scores.shape[-2:])) if causal else np.ones(scores.shape[-2:])
    powers = anp.exp(scores) * seen
    return powers / anp.sum(powers, axis=-1, keepdims=True)


def convolved(x, weight, stride, padding, dilation):
    """One window after the other."""
    padded = anp.pad(x, [(0, 0), (padding, padding), (0, 0)], mode="constant")
    span = dilation * (weight.shape[2] - 1) + 1
    starts = range(0, padded.shape[1] - span + 1, stride)
    return anp.stack([anp.einsum("nac,oca->no", padded[:, i : i + span : dilation], weight) for i in starts], axis=1)


PLAIN_SEQUENCE: dict[str, Callable[..., Any]] = {
    "embedding": lambda x, weight: weight[x],
    "add_positions": lambda x, position: x + position,
    "linear_sequence": lambda x, weight, bias: anp.einsum("ntk,jk->ntj", x, weight) + bias,
    "linear_sequence_without_bias": lambda x, weight: anp.einsum("ntk,jk->ntj", x, weight),
    "conv1d": lambda x, weight, bias, **settings: convolved(x, weight, **settings) + bias,
    "conv1d_without_bias": convolved,
    "at_time": lambda x, t: x[:, t],
    "stack_time_2": lambda *parts: anp.stack(parts, axis=1),
    "stack_time_3": lambda *parts: anp.stack(parts, axis=1),
    "mean_time": lambda x: anp.mean(x, axis=1),
    "slice_units": lambda z, start, stop: z[:, start:stop],
    "split_heads": split_heads,
    "merge_heads": merge_heads,
    "scaled_scores": lambda query, key: anp.einsum("nhtk,nhsk->nhts", query, key) / np.sqrt(key.shape[-1]),
    "attention_weights": attention_weights,
    "attend": lambda weights, value: anp.einsum("nhts,nhsk->nhtk", weights, value),
    "pairwise_add": lambda query, key: query[:, :, None] + key[:, None],
    "dot_vector": lambda x, vector: anp.sum(x * vector, axis=-1),
}
