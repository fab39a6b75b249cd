"""The catalog and the presets over the wire: the engine's own, as they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from app.http.responses import Answer
from app.wire.forms import Array
from engine import presets as known
from engine.catalog import Catalog, catalog
from engine.presets.comparisons import comparisons
from engine.presets.looks import Look
from engine.presets.thumbnails import Kind, thumbnail
from engine.run.task import parse_config

__all__ = [
    "Catalog",
    "Preset",
    "ReadyComparison",
    "Thumbnail",
    "catalog",
    "preset_names",
    "presets",
    "ready_comparisons",
    "thumbnail_answer",
]


@dataclass(frozen=True, slots=True)
class Preset:
    """A run to start from. `look`: a telling place in it, and what is to be seen there; `thumbnail`: where its small
    picture is."""

    name: str
    title: str
    group: str
    summary: str
    config: dict[str, Any]
    look: Look
    thumbnail: str


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """One of the runs side by side, with the name that sets it apart."""

    name: str
    config: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReadyComparison:
    """Runs worth seeing side by side, where in them, and one sentence on what to look at."""

    name: str
    title: str
    sentence: str
    iteration: int
    to: int
    runs: list[ComparedRun]


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """The numbers of a small picture; what `values` and `points` are depends on the kind: see the description."""

    kind: Kind
    iteration: int
    caption: str
    values: Array
    points: Array
    names: list[str]


def presets() -> list[Preset]:
    """All presets, group by group."""
    return [
        Preset(p.name, p.title, p.group, p.summary, p.config, p.look, f"/api/presets/{p.name}/thumbnail")
        for p in known.presets()
    ]


def ready_comparisons() -> list[ReadyComparison]:
    """The comparisons, without what holds their sentences."""
    return [
        ReadyComparison(c.name, c.title, c.sentence, c.iteration, c.to, [ComparedRun(r.name, r.config) for r in c.runs])
        for c in comparisons()
    ]


@cache
def preset_ids() -> frozenset[str]:
    """The runs that presets are, by their ids."""
    return frozenset(parse_config(preset.config).id for preset in known.presets())


def preset_names() -> list[str]:
    """The names by which presets are asked for."""
    return [preset.name for preset in known.presets()]


@cache
def thumbnail_answer(name: str) -> Answer:
    """The small picture of a preset; once drawn it never changes."""
    drawn = thumbnail(name)
    return Answer(Thumbnail(drawn.kind, drawn.iteration, drawn.caption, drawn.values, drawn.points, list(drawn.names)))
