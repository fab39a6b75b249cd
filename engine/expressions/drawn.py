"""Points drawn and told apart by a rule that is typed, `y > sin(x)`: data of which the right answer is known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from engine.expressions.functions import CONSTANTS, settings
from engine.expressions.parse import Expr, Expression, Name, Number, parse
from engine.expressions.text import PATH, tidy, typed, within, wrong
from engine.foundation.errors import ConfigError
from engine.foundation.options import Option, parse_options
from engine.foundation.random_streams import generator
from engine.ops import OPS
from engine.ops.core.op import Array

MOST_INPUTS = 8
DECIMALS = 4  # of the inputs: what is written is what the rule was asked about
EXAMPLE = "y > sin(x)"
OPTIONS = (
    Option("rows", "integer", 200, "How many points.", minimum=2, maximum=5000),
    Option("low", "number", -3.0, "Where each input begins.", minimum=-1e6, maximum=1e6),
    Option("high", "number", 3.0, "Where it ends.", minimum=-1e6, maximum=1e6),
    Option("noise", "number", 0.0, "Deviation of what is added to the value of the rule.", minimum=0, maximum=1e3),
    Option("seed", "integer", 0, "Which draw.", minimum=0),
)
_COMPARISON = re.compile(r"[<>]=?")


@dataclass(frozen=True, slots=True)
class _Rule:
    """Its parts: what is left of the comparison and what is right of it; without one, a number."""

    left: Expression
    right: Expression | None
    above: bool
    inputs: tuple[str, ...]


def drawn_table(given: Mapping[str, object]) -> str:
    """A table, as CSV, of points drawn evenly and what a rule says of each.

    Formula: with `left > right`, true where left - right + noise > 0; without a comparison, the value + noise
    Args:    given: `{"rule": "y > sin(x)", "rows": 200, "low": -3, "high": 3, "noise": 0, "seed": 0}`.
    Returns: a line of names and one of numbers for each point; where the rule has no value, the last cell is `nan`.
    Raises:  ConfigError naming the place in the rule, or the setting, that is wrong.
    """
    options = parse_options(OPTIONS, {name: item for name, item in given.items() if name != "rule"}, "")
    if options["low"] >= options["high"]:
        raise ConfigError(f"low is below high; given {options['low']:g} and {options['high']:g}", "low")
    rule = _rule(given.get("rule"))
    rng = generator(options["seed"], "data")
    points = rng.uniform(options["low"], options["high"], (len(rule.inputs), options["rows"])).round(DECIMALS)
    value = _value(rule, dict(zip(rule.inputs, points, strict=True))) + options["noise"] * rng.standard_normal(
        options["rows"]
    )
    return "\n".join(_lines(rule, points, value)) + "\n"


def _rule(given: object) -> _Rule:
    tidy(given)  # refuses what is no text
    text = typed(str(given))
    signs = list(_COMPARISON.finditer(text))
    if len(signs) > 1:
        raise wrong(text, signs[1].start(), f"a rule has one comparison, as in {EXAMPLE}")
    parts = {0: text[: signs[0].start()], signs[0].end(): text[signs[0].end() :]} if signs else {0: text}
    for part, side in zip(parts.values(), ("left", "right"), strict=False):
        if signs and not part.strip():
            raise ConfigError(f"nothing stands {side} of {signs[0][0]}; write a rule like {EXAMPLE}", PATH)
    left, *right = [_part(text, begin, part) for begin, part in parts.items()]
    inputs = _inputs((left, *right))
    if not 1 <= len(inputs) <= MOST_INPUTS:
        raise ConfigError(f"a rule has 1 to {MOST_INPUTS} inputs, as x and y; this one has {len(inputs)}", PATH)
    return _Rule(left, right[0] if right else None, bool(signs) and signs[0][0][0] == ">", inputs)


def _part(text: str, begin: int, part: str) -> Expression:
    with within(text, begin):
        return parse(part)


def _inputs(parts: tuple[Expression, ...]) -> tuple[str, ...]:
    """Names that are used and are no result and no constant, in the order of the alphabet."""
    statements = [statement for part in parts for statement in part.statements]
    used = {name for statement in statements for name in _names(statement.value)}
    return tuple(sorted(used - {str(statement.name) for statement in statements} - CONSTANTS.keys()))


def _names(value: Expr) -> Iterator[str]:
    if isinstance(value, Name):
        yield value.name
    elif not isinstance(value, Number):
        for argument in value.args:
            yield from _names(argument)


def _value(rule: _Rule, points: Mapping[str, Array]) -> Array:
    with np.errstate(all="ignore"):  # where a rule has no value, the row is left out by name
        known: dict[str, Array] = {name: np.array(number) for name, number in CONSTANTS.items()} | dict(points)
        left = _last(rule.left, known)
        if rule.right is None:
            return left + np.zeros(len(next(iter(points.values()))))
        difference = left - _last(rule.right, known)
        return difference if rule.above else -difference


def _last(part: Expression, known: dict[str, Array]) -> Array:
    """The value of the last statement; the results of all stay known."""
    found = np.array(0.0)
    for statement in part.statements:
        found = _evaluated(statement.value, known)
        if statement.name:
            known[statement.name] = found
    return found


def _evaluated(value: Expr, known: Mapping[str, Array]) -> Array:
    if isinstance(value, Number):
        return np.array(value.value)
    if isinstance(value, Name):
        if value.name not in known:
            raise ConfigError(f"{value.name} is used before it has a value", PATH)
        return known[value.name]
    arguments = np.broadcast_arrays(*(_evaluated(argument, known) for argument in value.args))
    return np.asarray(OPS[value.op].forward(*arguments, **settings(value.op)))


def _lines(rule: _Rule, points: Array, value: Array) -> Iterator[str]:
    last = rule.left.statements[-1].name if rule.right is None else None
    name = last if last and last not in rule.inputs else "value" if rule.right is None else "rule"
    yield ",".join((*rule.inputs, name))
    for row, found in zip(points.T, value, strict=True):
        said = f"{found:.6g}" if rule.right is None else "nan" if np.isnan(found) else str(bool(found > 0)).lower()
        yield ",".join((*(f"{number:g}" for number in row.tolist()), said if said not in ("inf", "-inf") else "nan"))
