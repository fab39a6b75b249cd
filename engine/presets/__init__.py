"""Presets: small runs chosen so that each shows one thing clearly within a few hundred iterations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine.presets.basics import BASICS
from engine.presets.expressions import FORMULAS
from engine.presets.looks import LOOKS, Look
from engine.presets.overfitting import REMEDIES
from engine.presets.sequences import SEQUENCE_PRESETS
from engine.presets.shorthand import Described
from engine.run.task import parse_config

GROUPS: dict[str, tuple[str, ...]] = {
    "Start here": ("chain_rule", "one_neuron", "circle"),
    "Classification": ("xor", "moons", "spiral", "features", "iris", "feedback"),
    "Regression": ("sine", "pytorch"),
    "What goes wrong": ("vanishing", "diverging", "range_test", "overfitting"),
    "What helps": (
        *("kaiming", "batch_norm", "residual", "clipping", "label_smoothing"),
        *("weight_penalty", "dropout", "early_stopping"),
    ),
    "Images": ("digits", "digits_conv"),
    "Sequences": ("characters", "forgetting", "remembering", "transformer", "reversing"),
    "Formulas": ("micrograd", "valley", "rosenbrock", "saddle"),
}


@dataclass(frozen=True, slots=True)
class Preset:
    """A run to start from, one sentence on what to look at in it, and a telling place; a group stands together."""

    name: str
    title: str
    group: str
    summary: str
    config: dict[str, Any]
    look: Look


@lru_cache(maxsize=1)
def presets() -> tuple[Preset, ...]:
    """All presets, their configurations in normal form, group by group."""
    described = {preset[0]: preset for preset in (*BASICS, *REMEDIES, *SEQUENCE_PRESETS, *FORMULAS)}
    return tuple(_preset(group, described[name]) for group, names in GROUPS.items() for name in names)


def _preset(group: str, described: Described) -> Preset:
    name, title, summary, config = described
    return Preset(name, title, group, summary, parse_config(config).to_dict(), LOOKS[name].look)
