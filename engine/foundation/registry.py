"""A choice by name: ``"tanh"``, or with settings ``{"type": "leaky_relu", "negative_slope": 0.2}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from engine.foundation.errors import ConfigError
from engine.foundation.meant import unknown
from engine.foundation.options import Option, join, parse_options, shown, written


class HasOptions(Protocol):
    """What a registry holds: anything with declared settings."""

    @property
    def options(self) -> tuple[Option, ...]: ...


def parse_named(given: Any, kinds: Mapping[str, HasOptions], noun: str, path: str) -> tuple[str, dict[str, Any]]:
    """The chosen name and all its settings, defaults filled in.

    Args:    given: a name, or an object with `type` and settings; kinds: what there is; noun: its word.
    Raises:  ConfigError for an unknown name (with those that there are), field or value.
    """
    if isinstance(given, str):
        return _known(given, kinds, noun, path), parse_options(kinds[given].options, {}, path)
    if not isinstance(given, Mapping) or "type" not in given:
        raise ConfigError(f"{noun} is a name, or an object with a type; given {shown(given)}", path)
    name = _known(given["type"], kinds, noun, join(path, "type"))
    settings = {field: value for field, value in given.items() if field != "type"}
    return name, parse_options(kinds[name].options, settings, path)


def _known(name: Any, kinds: Mapping[str, HasOptions], noun: str, path: str) -> str:
    if not isinstance(name, str) or name not in kinds:
        raise ConfigError(unknown(f"unknown {noun} {shown(name)}", name, kinds), path)
    return name


def wire_form(name: str, params: Mapping[str, Any], kind: HasOptions) -> str | dict[str, Any]:
    """The bare name if every setting has its default, else the object with them."""
    if all(params[option.name] == option.default for option in kind.options):
        return name
    return {"type": name, **written(kind.options, params)}
