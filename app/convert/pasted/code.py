"""Pasted code over the wire: the configuration that it becomes, and a note on every line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.foundation.errors import ConfigError
from engine.pasted import Note, convert

DIALECTS = ("pytorch", "keras")


@dataclass(frozen=True, slots=True)
class PastedCode:
    """Code that makes and trains a network."""

    source: str
    dialect: str = "pytorch"


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of the run beside the default of the other library."""

    path: str
    yours: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class ConvertedCode:
    """`config` is null where no run can be made of it; the notes that were refused say why."""

    config: dict[str, Any] | None
    notes: list[Note]
    defaults: list[Setting]


def converted(given: dict[str, Any]) -> ConvertedCode:
    """Reads the code; nothing of it is run.

    Raises: EngineError if it is no text, no Python, or too long.
    """
    source, dialect = given["source"], given.get("dialect", "pytorch")
    if not isinstance(source, str):
        raise ConfigError("source is the code as text", "source")
    if dialect not in DIALECTS:
        raise ConfigError(f"dialect is pytorch or keras; given {str(dialect)[:40]!r}", "dialect")
    found = convert(source, dialect)
    settings = [Setting(default.path, default.yours, default.theirs) for default in found.defaults]
    return ConvertedCode(found.config, list(found.notes), settings)
