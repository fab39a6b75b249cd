"""The catalog is read off the registries: what is registered is in it, with every setting that it has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from engine.catalog import catalog
from engine.data.datasets import DATASETS
from engine.model.activations import ACTIVATIONS
from engine.model.initializers import INITIALIZERS
from engine.model.layers import LAYERS
from engine.model.losses import LOSSES
from engine.update.optimizers import OPTIMIZERS
from engine.update.schedules import SCHEDULES

REGISTRIES: dict[str, Mapping[str, Any]] = {
    "datasets": DATASETS,
    "layers": LAYERS,
    "activations": ACTIVATIONS,
    "losses": LOSSES,
    "optimizers": OPTIMIZERS,
    "initializers": INITIALIZERS,
    "schedules": SCHEDULES,
}


@pytest.mark.parametrize("kind", REGISTRIES)
def test_every_registered_name_is_there_with_its_title_and_settings(kind: str) -> None:
    found = {e.name: (e.title, e.description, e.options) for e in getattr(catalog(), kind)}
    assert found == {name: (k.title, k.description, k.options) for name, k in REGISTRIES[kind].items()}


@pytest.mark.parametrize("kind", REGISTRIES)
def test_every_entry_has_a_formula_and_every_text_ends_as_a_sentence(kind: str) -> None:
    entries = getattr(catalog(), kind)
    bare = [e.name for e in entries if not e.description.endswith(".") or not (e.formula or kind == "datasets")]
    assert bare == []
