"""Presets of sequences: characters, a memory with and without gates, and one block of a transformer."""

from __future__ import annotations

from typing import Any

from engine.data.sequences import characters
from engine.presets.shorthand import Described, adam, dense


def _embedding(tokens: int, units: int) -> dict[str, Any]:
    return {"type": "embedding", "tokens": tokens, "units": units}


def _chances(classes: int) -> list[dict[str, Any]]:
    return dense((classes, "identity"), initializer="torch_default")


def _remembering(kind: str) -> dict[str, Any]:
    """The same task and network but for the recurrent layer."""
    return {
        "data": {"name": "first_token", "length": 20, "samples": 500},
        "batch_size": 20,
        "layers": [_embedding(4, 4), {"type": kind, "units": 8, "return_sequence": False}, *_chances(4)],
        "loss": "cross_entropy",
        "optimizer": adam(0.01),
    }


def _block(heads: int, **positions: Any) -> list[dict[str, Any]]:
    """Attention, then two dense layers at each position; a way around both, and a layer norm after each."""
    return [
        {"type": "positional_encoding", **positions},
        {"type": "attention", "heads": heads},
        {"type": "add", "inputs": ["positional_encoding1", "attention1"]},
        {"type": "layer_norm"},
        *dense((32, "relu"), (16, "identity"), initializer="torch_default"),
        {"type": "add", "inputs": ["layer_norm1", "dense2"]},
        {"type": "layer_norm"},
    ]


def _of_eight_letters(task: str, block: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "data": {"name": task, "samples": 300},
        "batch_size": 20,
        "layers": [_embedding(4, 16), *block, *_chances(4)],
        "loss": "cross_entropy",
        "optimizer": adam(0.01),
    }


_KNOWN = len(characters())

SEQUENCE_PRESETS: tuple[Described, ...] = (
    (
        "characters",
        "character RNN",
        "The next character of a short text: common ones and their followers come first, then it learns its lines by "
        "heart, while of those it has not seen it goes on guessing less than half.",
        {
            "data": {"name": "text"},
            "batch_size": 17,
            "layers": [_embedding(_KNOWN, 8), {"type": "rnn", "units": 48}, *_chances(_KNOWN)],
            "loss": "cross_entropy",
            "optimizer": adam(0.005),
            "clip": {"norm": 1.0},
        },
    ),
    (
        "forgetting",
        "a memory that fades",
        "Only the first of twenty tokens counts: on the way back to it each time takes some of the gradient, until "
        "next to nothing arrives, and the test accuracy stays at chance.",
        _remembering("rnn"),
    ),
    (
        "remembering",
        "a memory with gates",
        "The network that forgets, with a GRU in place of its RNN: more than a hundred times as much of the gradient "
        "reaches the first token, the gates learn to keep it, and by iteration 600 every answer is right.",
        _remembering("gru"),
    ),
    (
        "transformer",
        "one transformer block",
        "Sorts eight letters, all but a few in a hundred right after 100 iterations: attention stays spread over all "
        "positions, because to sort them it is enough to count them.",
        _of_eight_letters("sort", _block(2)),
    ),
    (
        "reversing",
        "attention to one place",
        "The same block turns eight letters around, which needs a certain one at each position: the attention weights "
        "gather on the diagonal from the lower left to the upper right.",
        _of_eight_letters("reverse", _block(1, kind="learned", initializer="normal")),
    ),
)
