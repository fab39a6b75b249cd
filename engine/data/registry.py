"""The registry of data sets: name -> DatasetKind, the plane first, real tables last."""

from __future__ import annotations

from engine.data.generators import GENERATORS
from engine.data.kinds import DatasetKind
from engine.data.tables import TABLES

DATASETS: dict[str, DatasetKind] = {kind.name: kind for kind in (*GENERATORS, *TABLES)}
