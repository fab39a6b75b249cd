"""The catalog: everything that a configuration can name, with settings, defaults, ranges, formulas and sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.activations import ACTIVATIONS
from engine.config import RUN_OPTIONS
from engine.data import DATASETS
from engine.initializers import INITIALIZERS
from engine.layers import LAYERS
from engine.losses import LOSSES
from engine.optimizers import OPTIMIZERS
from engine.options import Option


@dataclass(frozen=True, slots=True)
class Entry:
    """One name that a configuration can use. `extras` is what only its kind has."""

    name: str
    title: str
    description: str
    options: tuple[Option, ...]
    formula: str
    source: str
    extras: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Catalog:
    """All entries by kind, and the settings of a run itself."""

    datasets: tuple[Entry, ...]
    layers: tuple[Entry, ...]
    activations: tuple[Entry, ...]
    losses: tuple[Entry, ...]
    optimizers: tuple[Entry, ...]
    initializers: tuple[Entry, ...]
    schedules: tuple[Entry, ...]
    run: Sequence[Option]


def catalog() -> Catalog:
    """The catalog, read off the registries."""
    return Catalog(
        datasets=tuple(_datasets()),
        layers=tuple(Entry(k.name, k.title, k.description, k.options, k.formula, k.source) for k in LAYERS.values()),
        activations=tuple(_activations()),
        losses=tuple(
            Entry(name, k.title, k.description, k.options, k.formula, k.op.source) for name, k in LOSSES.items()
        ),
        optimizers=tuple(_optimizers()),
        initializers=tuple(
            Entry(name, k.title, k.description, k.options, k.formula, k.source) for name, k in INITIALIZERS.items()
        ),
        schedules=(),
        run=RUN_OPTIONS,
    )


def _datasets() -> list[Entry]:
    return [
        Entry(
            name,
            kind.title,
            kind.description,
            kind.options,
            kind.formula,
            kind.source,
            {
                "task": kind.task,
                "features": list(kind.features),
                "classes": list(kind.classes),
                "samples_maximum": kind.samples_maximum,
                "inputs": len(kind.features),
            },
        )
        for name, kind in DATASETS.items()
    ]


def _activations() -> list[Entry]:
    return [
        Entry(
            name,
            kind.title,
            kind.description,
            kind.options,
            kind.formula,
            kind.op.source,
            {"derivative": kind.derivative, "minimum": kind.minimum, "maximum": kind.maximum},
        )
        for name, kind in ACTIVATIONS.items()
    ]


def _optimizers() -> list[Entry]:
    return [
        Entry(
            name,
            kind.title,
            kind.description,
            kind.options,
            kind.formulas[-1],
            kind.source,
            {"equations": list(kind.formulas)},
        )
        for name, kind in OPTIMIZERS.items()
    ]
