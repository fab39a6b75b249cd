"""Runs to practise on: presets with batches and layers so small that a person can work with their numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from engine.foundation.random_streams import generator
from engine.practice.question import NoQuestionError
from engine.practice.skills import Skill
from engine.presets import presets
from engine.presets.shorthand import dense
from engine.run.run import Run
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
_UNLEARNED: Changes = {
    "batch_size": 2,
    "layers": dense((4, "relu"), (4, "relu"), (4, "relu"), (1, "sigmoid"), initializer="kaiming_normal"),
}
_EQUAL: Changes = {
    "batch_size": 2,
    "layers": [
        *dense((3, "tanh"), initializer={"type": "constant", "val": 0.5}),
        *dense((1, "tanh"), initializer={"type": "constant", "val": 0.5}),
    ],
}
_BY_HEART: Changes = {"batch_size": 4, "layers": dense((6, "tanh"), (1, "identity"), initializer="torch_default")}
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
    "kaiming": ("kaiming", _UNLEARNED),
    "equal_start": ("circle", _EQUAL),
    "overfitting": ("overfitting", _BY_HEART),
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


# --- friendly numbers -------------------------------------------------------------------------------------------------

FRIENDLY_WEIGHTS = (-2.0, -1.0, -0.5, 0.5, 1.0, 2.0)
FRIENDLY_NETS = 3  # for each skill; a seed takes one
_PLAIN: Changes = {"type": "sgd", "learning_rate": 0.5}
FRIENDLY: Mapping[str, tuple[int, Changes]] = {
    **dict.fromkeys(("forward_cell", "activation", "initialization", "last_delta"), (0, _PLAIN)),
    **dict.fromkeys(("through_weights", "gate", "weight_gradient", "sum_over_batch", "exploding"), (0, _PLAIN)),
    **dict.fromkeys(("update", "renewed"), (0, _PLAIN)),
    "momentum": (1, {**_PLAIN, "momentum": 0.5}),
    "decay": (0, {**_PLAIN, "weight_decay": 0.5}),
}
"""By skill that has questions with friendly numbers: the iteration, and the optimizer."""


def practice_run(skill: Skill, seed: int, friendly: bool = False) -> tuple[dict[str, Any], int]:
    """What a question on a skill is asked on: the configuration and the iteration; a seed takes one of the nets.

    Raises: NoQuestionError where friendly numbers are wanted of a skill that has none.
    """
    if not friendly:
        return net(skill.net), skill.iteration
    if skill.name not in FRIENDLY:
        raise NoQuestionError(f"{skill.title} has no friendly numbers; there are for {', '.join(FRIENDLY)}")
    return friendly_net(skill.name, seed % FRIENDLY_NETS), FRIENDLY[skill.name][0]


@lru_cache
def friendly_net(skill: str, number: int) -> dict[str, Any]:
    """A net of whole inputs and short weights, ReLU and squared error: its numbers can be worked out by hand."""
    rng = generator(number, "friendly net")
    layers = [
        {"type": "dense", "units": units, "activation": "relu" if units > 1 else "identity"}
        | {"weight": rng.choice(FRIENDLY_WEIGHTS, (units, fan_in)).tolist()}
        | {"bias_values": rng.choice(FRIENDLY_WEIGHTS, units).tolist()}
        for fan_in, units in ((2, 3), (3, 2), (2, 1))
    ]
    inputs, targets = rng.choice([-2, -1, 1, 2, 3], (4, 2)), rng.choice([-1, 0, 1, 2], (4, 1))
    given = {
        "data": {"inputs": inputs.tolist(), "targets": targets.tolist()},
        "batch_size": 2,
        "shuffle": False,
        "layers": layers,
        "loss": "mse",
        "optimizer": FRIENDLY[skill][1],
    }
    return parse_config(given).to_dict()


def run_of(config: Mapping[str, Any]) -> Run:
    """The run of a configuration: of one that was asked for not long ago, the same."""
    return _run(json.dumps(config))


@lru_cache(maxsize=32)
def _run(config: str) -> Run:
    return Run(parse_config(json.loads(config)))
