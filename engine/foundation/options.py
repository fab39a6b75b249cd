"""Declared settings: one `Option` says name, kind, default and range, and everything else is read off it.

The configuration parser, the catalog, the OpenAPI schema and the fields in the browser all come from these
declarations, so that a setting is written down once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from engine.foundation.errors import ConfigError, Facts, Together
from engine.foundation.meant import meant, unknown

LARGEST_INTEGER = 2**53 - 1  # from here on a reader whose numbers are all float64, as in a browser, would change them
WHOLE = f"a whole number up to {LARGEST_INTEGER}"
FINITE = "a finite number"

Kind = Literal["number", "integer", "boolean", "choice", "pair", "matrix", "vector", "integers", "names"]


@dataclass(frozen=True, slots=True)
class Option:
    """One setting of a dataset, layer, activation, loss, optimizer or initializer.

    length:  of `integers`, how many there are; then one number may be given for all of them.
    implied: not written where it has its default, so that configurations from before it was there keep their ids.
    """

    name: str
    kind: Kind
    default: Any
    description: str
    title: str = ""
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    exclusive_maximum: bool = False
    choices: tuple[str, ...] | None = None
    nullable: bool = False
    symbol: str = ""
    length: int | None = None
    implied: bool = False

    def parse(self, given: Any, path: str) -> Any:
        """The given value in its normal form (a float for a number, a tuple for a list).

        Raises: ConfigError naming the path, what was given and what is allowed.
        """
        if given is None and self.nullable:
            return None
        return _PARSERS[self.kind](self, given, path)

    @property
    def allowed(self) -> str:
        """What it takes, in words: `a number at least 0 and below 1`."""
        limits = "" if self.minimum is None and self.maximum is None else f" {allowed_range(self)}"
        names = f" {', '.join(self.choices)}" if self.choices and self.kind in ("choice", "names") else ""
        several = f", or a list of {self.length}" if self.length is not None else ""
        what = "a whole number" if several else _WHAT[self.kind]
        return f"{what}{names}{limits}{several}"

    @property
    def example(self) -> str:
        """How it is written, of what is more than one number or name."""
        return "" if self.length is not None else _EXAMPLES.get(self.kind, "")


def parse_options(options: Sequence[Option], given: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Every option's value, defaults filled in; unknown fields are refused by name."""
    known = {option.name: option for option in options}
    together = Together()
    for name in given:
        if name not in known:
            text = unknown(f"unknown field {name!r}", name, known, "allowed here:")
            together.add(ConfigError(text, join(path, name)))
    found = {
        name: together.attempt(partial(option.parse, given[name], join(path, name)))
        if name in given
        else option.default
        for name, option in known.items()
    }
    together.settle()
    return found


def written(options: Sequence[Option], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as a normalized configuration has them: all but the implied ones that have their default."""
    implied = {option.name: option.default for option in options if option.implied}
    return {name: value for name, value in settings.items() if name not in implied or value != implied[name]}


def join(path: str, name: str) -> str:
    """`data` and `noise` make `data.noise`; at the top level the name alone."""
    return f"{path}.{name}" if path else name


def shown(value: Any) -> str:
    """What was given, cut to a length that fits a message."""
    try:
        text = repr(value)
    except ValueError:  # an integer of more digits than Python writes out
        return f"a {type(value).__name__} too long to write out"
    return text if len(text) <= 60 else text[:57] + "..."


def _wrong(option: Option, allowed: str, given: Any, path: str, within: str = "") -> ConfigError:
    """The one sentence on a value that a setting does not take, and the same as data.

    allowed: what is wrong with it, positively; within: all that the setting takes, if the setting itself does not say.
    """
    message = f"{option.name} is {allowed}; given {shown(given)}"
    return ConfigError(message, path, Facts(shown(given), within or option.allowed, option.example))


def _number(option: Option, given: Any, path: str) -> float:
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        raise _wrong(option, "a number", given, path)
    try:
        value = float(given)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise _wrong(option, FINITE, given, path, FINITE)
    _check_range(option, value, path)
    return value + 0.0  # -0.0 becomes 0.0, so that equal settings have equal ids


def _integer(option: Option, given: Any, path: str) -> int:
    whole = isinstance(given, float) and given.is_integer()
    if isinstance(given, bool) or not (isinstance(given, int) or whole):
        raise _wrong(option, "a whole number", given, path)
    if abs(given) > LARGEST_INTEGER:
        raise _wrong(option, WHOLE, given, path, WHOLE)
    _check_range(option, given, path)
    return int(given)


def _check_range(option: Option, value: float, path: str) -> None:
    low, high = option.minimum, option.maximum
    too_low = low is not None and (value < low or (option.exclusive_minimum and value == low))
    too_high = high is not None and (value > high or (option.exclusive_maximum and value == high))
    if too_low or too_high:
        raise _wrong(option, allowed_range(option), value, path)


def allowed_range(option: Option) -> str:
    """The range in words: `at least 0 and below 1`."""
    parts = []
    if option.minimum is not None:
        parts.append(f"{'above' if option.exclusive_minimum else 'at least'} {option.minimum:g}")
    if option.maximum is not None:
        parts.append(f"{'below' if option.exclusive_maximum else 'at most'} {option.maximum:g}")
    return " and ".join(parts) or "any number"


def _boolean(option: Option, given: Any, path: str) -> bool:
    if not isinstance(given, bool):
        raise _wrong(option, "true or false", given, path)
    return given


def _choice(option: Option, given: Any, path: str) -> str:
    choices = option.choices or ()
    if given not in choices:
        found = meant(given, choices)
        guess = f" (did you mean {found}?)" if found else ""
        raise _wrong(option, f"one of {', '.join(choices)}{guess}", given, path)
    return str(given)


def _numbers(option: Option, given: Any, path: str) -> tuple[float, ...]:
    if not isinstance(given, (list, tuple)):
        raise _wrong(option, "a list of numbers", given, path)
    return tuple(_number(option, item, f"{path}[{i}]") for i, item in enumerate(given))


def _integers(option: Option, given: Any, path: str) -> tuple[int, ...]:
    if option.length is not None:
        return _integers_of_length(option, option.length, given, path)
    if not isinstance(given, (list, tuple)) or not given:
        raise _wrong(option, "a list of whole numbers", given, path)
    return tuple(_integer(option, item, f"{path}[{i}]") for i, item in enumerate(given))


def _integers_of_length(option: Option, length: int, given: Any, path: str) -> tuple[int, ...]:
    if isinstance(given, (int, float)):
        return (_integer(option, given, path),) * length
    if not isinstance(given, (list, tuple)) or len(given) != length:
        raise _wrong(option, f"a whole number, or a list of {length}", given, path)
    return tuple(_integer(option, item, f"{path}[{i}]") for i, item in enumerate(given))


def _pair(option: Option, given: Any, path: str) -> tuple[float, ...]:
    numbers = _numbers(option, given, path)
    if len(numbers) != 2:
        raise _wrong(option, "two numbers", given, path)
    return numbers


def _matrix(option: Option, given: Any, path: str) -> tuple[tuple[float, ...], ...]:
    if not isinstance(given, (list, tuple)) or not given:
        raise _wrong(option, "a list of rows of numbers", given, path)
    rows = tuple(_numbers(option, row, f"{path}[{i}]") for i, row in enumerate(given))
    for i, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise ConfigError(
                f"{option.name} has rows of equal length; row 0 has {len(rows[0])} numbers, row {i} has {len(row)}",
                f"{path}[{i}]",
            )
    return rows


def _names(option: Option, given: Any, path: str) -> tuple[str, ...]:
    if not isinstance(given, (list, tuple)):
        raise _wrong(option, "a list of names", given, path)
    return tuple(sorted({_choice(option, item, f"{path}[{i}]") for i, item in enumerate(given)}))


_WHAT: dict[str, str] = {
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "choice": "one of",
    "pair": "two numbers",
    "matrix": "rows of numbers",
    "vector": "a list of numbers",
    "integers": "whole numbers",
    "names": "names out of",
}
_EXAMPLES: dict[str, str] = {
    "pair": "0.9, 0.999",
    "vector": "0.1, 0.2",
    "matrix": "[[1, 2], [3, 4]]",
    "integers": "1, 8, 8",
}
_PARSERS: dict[str, Callable[[Option, Any, str], Any]] = {
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "choice": _choice,
    "pair": _pair,
    "matrix": _matrix,
    "vector": _numbers,
    "integers": _integers,
    "names": _names,
}
