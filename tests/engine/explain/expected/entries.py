"""What the catalog says of every dataset, layer, activation, loss, optimizer and so on: one line a text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from engine.catalog import catalog

SAID = ("title", "description", "formula", "equations", "symbol")


def catalog_text() -> str:
    """Every text of the catalog, under the place where it stands."""
    return "".join(f"{place}: {text}\n" for place, text in _texts("", asdict(catalog())))


def _texts(place: str, found: Any) -> Iterator[tuple[str, str]]:
    if isinstance(found, str):
        if found and place.rstrip(".0123456789").rpartition(".")[2] in SAID:
            yield place, found
    elif isinstance(found, dict):
        for name, part in found.items():
            yield from _texts(f"{place}.{name}".lstrip("."), part)
    elif isinstance(found, (list, tuple)):
        for i, part in enumerate(found):
            name = part.get("name", i) if isinstance(part, dict) else i
            yield from _texts(f"{place}.{name}", part)
