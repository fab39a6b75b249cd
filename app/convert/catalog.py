"""The catalog and the presets over the wire: the engine's own, as they are."""

from __future__ import annotations

from engine.catalog import Catalog, catalog
from engine.presets import Preset, presets

__all__ = ["Catalog", "Preset", "catalog", "presets"]
