"""Runs to practise on: presets with batches and layers so small that a person can work with their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from engine.presets import presets
from engine.presets.shorthand import dense
from engine.run.task import parse_config

Changes = Mapping[str, Any]
_SMALL_BATCH: Changes = {"batch_size": 4}
_KERNELS = {"type": "conv2d", "units": 2, "kernel": 3, "stride": 3, "activation": "relu"}
_IMAGES: Changes = {
    "batch_size": 2,
    "layers": [
        {"type": "reshape", "shape": [1, 8, 8]},
        _KERNELS,
        {"type": "max_pool2d", "kernel": 2},
        {"type": "flatten"},
        *dense((10, "identity"), initializer="torch_default"),
    ],
}
_SEQUENCES: Changes = {
    "batch_size": 2,
    "data": {"name": "reverse", "samples": 300, "length": 4, "tokens": 4},
    "layers": [
        {"type": "embedding", "tokens": 4, "units": 4},
        {"type": "positional_encoding", "kind": "learned"},
        {"type": "attention", "heads": 1},
        *dense((4, "identity"), initializer="torch_default"),
    ],
}
NETS: Mapping[str, tuple[str, Changes]] = {
    "circle": ("circle", _SMALL_BATCH),
    "iris": ("iris", {"batch_size": 3}),
    "moons": ("moons", _SMALL_BATCH),
    "one_neuron": ("one_neuron", {"batch_size": 2}),
    "label_smoothing": ("iris", {"batch_size": 3}),
    "digits_conv": ("digits_conv", _IMAGES),
    "batch_norm": ("batch_norm", _SMALL_BATCH),
    "dropout": ("dropout", _SMALL_BATCH),
    "forgetting": ("forgetting", {"batch_size": 2}),
    "reversing": ("reversing", _SEQUENCES),
    "micrograd": ("micrograd", {}),
    "chain_rule": ("chain_rule", {}),
    "vanishing": ("vanishing", _SMALL_BATCH),
    "diverging": ("diverging", {"batch_size": 4, "optimizer": {"type": "sgd", "learning_rate": 0.5}}),
    "range_test": ("range_test", {}),
    "valley": ("valley", {}),
    "weight_penalty": ("weight_penalty", _SMALL_BATCH),
    "clipping": ("clipping", _SMALL_BATCH),
}
"""By name: the preset, and what is changed in it."""


@lru_cache
def net(name: str) -> dict[str, Any]:
    """The configuration of a run to practise on, in normal form."""
    preset, changes = NETS[name]
    config = next(p.config for p in presets() if p.name == preset)
    return parse_config({**config, **changes}).to_dict()
