"""Presets: small runs chosen so that each shows one thing clearly within a few hundred iterations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine.presets.basics import BASICS
from engine.presets.expressions import FORMULAS
from engine.presets.overfitting import REMEDIES
from engine.presets.sequences import SEQUENCE_PRESETS
from engine.run.task import parse_config

GROUPS = {"Networks": BASICS, "What helps": REMEDIES, "Sequences": SEQUENCE_PRESETS, "Expressions": FORMULAS}


@dataclass(frozen=True, slots=True)
class Preset:
    """A run to start from, and one sentence on what to look at in it; those of a group stand together."""

    name: str
    title: str
    group: str
    summary: str
    config: dict[str, Any]


@lru_cache(maxsize=1)
def presets() -> tuple[Preset, ...]:
    """All presets, their configurations in normal form."""
    return tuple(
        Preset(name, title, group, summary, parse_config(config).to_dict())
        for group, described in GROUPS.items()
        for name, title, summary, config in described
    )
