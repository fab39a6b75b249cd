"""Data sets: drawn, read from bundled tables or given inline, then split and standardized."""

from engine.data.dataset import Dataset, DataSpec, load, parse_data
from engine.data.dataset_kind import DatasetKind, Meaning, Raw
from engine.data.datasets import DATASETS

__all__ = ["DATASETS", "DataSpec", "Dataset", "DatasetKind", "Meaning", "Raw", "load", "parse_data"]
