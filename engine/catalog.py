"""The catalog: everything that a configuration can name, with settings, defaults, ranges, formulas and sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from engine.activations import ACTIVATIONS, ActivationKind
from engine.config import RUN_OPTIONS
from engine.data import DATASETS, DatasetKind
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


class Described(Protocol):
    """What every registry's entries have."""

    @property
    def title(self) -> str: ...

    @property
    def description(self) -> str: ...

    @property
    def options(self) -> tuple[Option, ...]: ...


def _entry(name: str, kind: Described, formula: str, source: str, **extras: Any) -> Entry:
    return Entry(name, kind.title, kind.description, kind.options, formula, source, extras)


def catalog() -> Catalog:
    """The catalog, read off the registries."""
    return Catalog(
        datasets=tuple(_dataset(name, kind) for name, kind in DATASETS.items()),
        layers=tuple(_entry(name, kind, kind.formula, kind.source) for name, kind in LAYERS.items()),
        activations=tuple(_activation(name, kind) for name, kind in ACTIVATIONS.items()),
        losses=tuple(_entry(name, kind, kind.formula, kind.op.source) for name, kind in LOSSES.items()),
        optimizers=tuple(
            _entry(name, kind, kind.formulas[-1], kind.source, equations=list(kind.formulas))
            for name, kind in OPTIMIZERS.items()
        ),
        initializers=tuple(_entry(name, kind, kind.formula, kind.source) for name, kind in INITIALIZERS.items()),
        schedules=(),
        run=RUN_OPTIONS,
    )


def _dataset(name: str, kind: DatasetKind) -> Entry:
    return _entry(
        name,
        kind,
        kind.formula,
        kind.source,
        task=kind.task,
        features=list(kind.features),
        classes=list(kind.classes),
        samples_maximum=kind.samples_maximum,
        inputs=len(kind.features),
    )


def _activation(name: str, kind: ActivationKind) -> Entry:
    extras = {"derivative": kind.derivative, "minimum": kind.minimum, "maximum": kind.maximum}
    return _entry(name, kind, kind.formula, kind.op.source, **extras)
