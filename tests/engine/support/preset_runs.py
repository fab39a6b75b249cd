"""Presets as runs."""

from __future__ import annotations

from typing import Any

from engine.presets import presets
from engine.run.run import Run
from engine.run.task import parse_config

BY_NAME = {preset.name: preset for preset in presets()}


def started(name: str, **changes: Any) -> Run:
    """The run of a preset, with some fields of its configuration changed."""
    return Run(parse_config({**BY_NAME[name].config, **changes}))
