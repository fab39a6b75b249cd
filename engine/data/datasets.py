"""The registry of data sets: name -> DatasetKind, drawn points first, then real tables, then sequences."""

from __future__ import annotations

from engine.data.dataset_kind import DatasetKind
from engine.data.generators import GENERATORS
from engine.data.sequences import SEQUENCES
from engine.data.tables import TABLES

DATASETS: dict[str, DatasetKind] = {kind.name: kind for kind in (*GENERATORS, *TABLES, *SEQUENCES)}
