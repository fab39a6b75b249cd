"""The engine's errors on the wire: the sentence for whoever calls the API, a hint for whoever fills in a form."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from app.http.problems import LONGEST_PATH, FieldError, Params, shortened
from engine.catalog import Entry, Parameter, catalog
from engine.expressions.text import PATH as EXPRESSION
from engine.foundation.errors import (
    ConditionError,
    ConfigError,
    EngineError,
    Facts,
    NoDataError,
    RangeError,
    ShapeError,
    UnknownValueError,
)
from engine.foundation.meant import meant, unknown
from engine.foundation.value_name import LayerName
from engine.model.layers import LAYERS

KINDS: dict[type[EngineError], tuple[str, str]] = {
    ConfigError: ("config", "This configuration cannot be run"),
    ConditionError: ("condition", "This is no condition or measure of the run"),
    ShapeError: ("shape", "Shapes do not fit together"),
    RangeError: ("range", "Out of range"),
    UnknownValueError: ("unknown-value", "Unknown value"),
    NoDataError: ("no-data", "This run has no data"),
}
OTHER = ("engine", "The engine refused this")
LONGEST_NAME = 60
SETTING = "setting"  # the code of a value that its setting does not take
_MINUS = re.compile(r"(?<![\w.)\-])-(?=\d)")
_WHOLE = re.compile(r"(?<=\d)\.0(?!\d)")
_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_TYPED = re.compile(r"""(`[^`]*`|'[^']*'|"[^"]*"|\b(?:did you mean|[Aa]llowed here:|there are|known:) .*)""")
_LAYER = re.compile(rf"\b(?:{'|'.join(LAYERS)})\d+\b(?!\.\w)")  # with more behind it, it is part of a value's name


def field_errors(error: EngineError) -> tuple[FieldError, ...]:
    """Everything that was found wrong, each with its place; none for what concerns no place."""
    return tuple(_field_error(item) for item in error.all if item.path)


def _field_error(error: EngineError) -> FieldError:
    facts = error.facts
    return FieldError(
        shortened(error.path, LONGEST_PATH),
        shortened(error.message),
        SETTING if facts else KINDS.get(type(error), OTHER)[0],
        shortened(hint(error)),
        Params(facts.given, facts.allowed, facts.remedy) if facts else None,
    )


def hint(error: EngineError) -> str:
    """What a form says beside the field; empty where that is what the API says, as of a formula, which is typed."""
    if error.path == EXPRESSION:
        return ""
    said = _needs(error.facts) if error.facts else in_words(error.message)
    return "" if said == error.message else said


def _needs(facts: Facts) -> str:
    given = facts.given.strip("'")
    example = f" For example {facts.remedy}." if facts.remedy else ""
    return as_written(f"Needs {facts.allowed}{f', not {given}' if given else ''}.") + example


def in_words(message: str) -> str:
    """A message with what the menus call things, and with numbers as people write them.

    `code` stays as it is, and so does what is typed: names in quotes and the list of those that would do.
    """
    parts = _TYPED.split(message)
    return "".join(part if i % 2 else _said(part) for i, part in enumerate(parts))


def _said(text: str) -> str:
    titled = _LAYER.sub(lambda found: LayerName.parse(found[0]).title, text)
    return as_written(_NAME.sub(lambda found: _titles().get(found[0], found[0]), titled))


def as_written(text: str) -> str:
    """With real minus signs, and whole numbers without a point."""
    return _WHOLE.sub("", _MINUS.sub("\N{MINUS SIGN}", text))


@lru_cache(maxsize=1)
def _titles() -> dict[str, str]:
    """What the menus call a name; one without an underscore is a word, except where it stands for a loss."""
    found = catalog()
    sections = (found.run.regularization, found.run.clip, found.run.early_stopping)
    families: tuple[Iterable[Entry], ...] = (
        *(found.datasets, found.layers, found.activations, found.losses, found.optimizers, found.initializers),
        *(found.schedules, sections),
    )
    entries = [entry for family in families for entry in family]
    named: list[Entry | Parameter] = [*entries, *(p for entry in entries for p in entry.parameters)]
    named += found.run.parameters
    return {item.name: item.title for item in [*(n for n in named if "_" in n.name), *found.losses]}


def unknown_parameter(given: str, known: tuple[str, ...]) -> FieldError:
    """What is said of a query parameter that an operation does not know."""
    name = shortened(given, LONGEST_NAME)
    message = unknown(f"unknown query parameter {name!r}", name, known, there="allowed here:")
    found = meant(name, known)
    remedy = f"write {found}" if found else "leave it out"
    return FieldError(f"query.{name}", message, "unknown-parameter", params=Params(name, ", ".join(known), remedy))
