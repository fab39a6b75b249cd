"""Pasted code over the wire: the configuration that it becomes, and a note on every line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

from engine.foundation.errors import ConfigError
from engine.pasted import Default, Dialect, Note, convert


@dataclass(frozen=True, slots=True)
class PastedCode:
    """Code that makes and trains a network."""

    source: str
    dialect: Dialect


@dataclass(frozen=True, slots=True)
class ConvertedCode:
    """`config` is null where no run can be made of it; the notes that were refused say why. `defaults`: settings of the
    run beside the defaults of the other library."""

    config: dict[str, Any] | None
    notes: tuple[Note, ...]
    defaults: tuple[Default, ...]


def converted(given: dict[str, Any]) -> ConvertedCode:
    """Reads the code; nothing of it is run.

    Raises: EngineError if it is no text, no Python, or too long.
    """
    source, dialect = given["source"], given["dialect"]
    if not isinstance(source, str):
        raise ConfigError("source is the code as text", "source")
    if dialect not in get_args(Dialect):
        raise ConfigError(f"dialect is {' or '.join(get_args(Dialect))}; given {str(dialect)[:40]!r}", "dialect")
    found = convert(source, dialect)
    return ConvertedCode(found.config, found.notes, found.defaults)
