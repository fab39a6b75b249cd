"""What a configuration holds of an expression: its text, the numbers it starts from, and which of them are trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.expressions.names import check_names, input_problem, inputs_of, with_constants
from engine.expressions.ops_of import Graph, build
from engine.expressions.parse import Expression, parse
from engine.foundation.errors import ConfigError
from engine.foundation.options import Option, join, shown

MOST_INPUTS = 100
_NOTES = {"e": "e is Euler's number, 2.718; for an input take another name"}


@dataclass(frozen=True, slots=True)
class ExpressionSpec:
    """An expression with its inputs. Equal ones are the same program on the same numbers.

    inputs: name and number, in the order of first use, then those that are not used.
    train:  the names of the trained ones, in the same order.
    """

    text: str
    inputs: tuple[tuple[str, float], ...]
    train: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, normalized: equal specs give equal dicts."""
        return {"expression": self.text, "inputs": dict(self.inputs), "train": list(self.train)}

    @property
    def expression(self) -> Expression:
        """The statements of the text."""
        return with_constants(parse(self.text), dict(self.inputs))

    @property
    def graph(self) -> Graph:
        """The ops that run, and what they start from."""
        return build(self.expression, dict(self.inputs), self.train)

    @property
    def unused(self) -> tuple[str, ...]:
        """The inputs that the text does not use."""
        used = inputs_of(self.expression)
        return tuple(name for name, _ in self.inputs if name not in used)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know and need not change: a sentence for each unused input."""
        idle = tuple(f"{name} is not in the expression, so its gradient is 0" for name in self.unused)
        return idle + tuple(_NOTES[name] for name in self.constants if name in _NOTES)

    @property
    def constants(self) -> tuple[str, ...]:
        """The names in the text that are numbers."""
        return tuple(name for name in inputs_of(parse(self.text)) if name not in dict(self.inputs))


def parse_expression(expression: Any, inputs: Any, train: Any = None) -> ExpressionSpec:
    """The spec from its three fields in JSON.

    Args:   inputs: an object, name to finite number; train: a list of names; without it all used inputs are trained.
    Raises: ConfigError with the path `expression`, `inputs`, `inputs.a`, `train` or `train[0]`.
    """
    parsed, numbers = parse(expression), _numbers(inputs)
    statements = with_constants(parsed, numbers)
    check_names(statements, numbers)
    used = inputs_of(statements)
    ordered = (*used, *sorted(name for name in numbers if name not in used))
    trained = used if train is None else _trained(train, numbers, used)
    return ExpressionSpec(statements.text, tuple((name, numbers[name]) for name in ordered), trained)


def _numbers(given: Any) -> dict[str, float]:
    if not isinstance(given, Mapping):
        raise ConfigError(f'inputs is an object of names and numbers, {{"a": 2}}; given {shown(given)}', "inputs")
    if len(given) > MOST_INPUTS:
        raise ConfigError(f"an expression has up to {MOST_INPUTS} inputs; given {len(given)}", "inputs")
    for name in given:
        problem = input_problem(name) if isinstance(name, str) else "a name is a text"
        if problem:
            raise ConfigError(f"{shown(name)} cannot be the name of an input: {problem}", "inputs")
    return {name: _number(name, number) for name, number in given.items()}


def _number(name: str, given: Any) -> float:
    return float(Option(name, "number", None, "").parse(given, join("inputs", name)))


def _trained(given: Any, inputs: Mapping[str, float], used: tuple[str, ...]) -> tuple[str, ...]:
    if not isinstance(given, (list, tuple)):
        raise ConfigError(f'train is a list of names of inputs, ["a"]; given {shown(given)}', "train")
    for i, name in enumerate(given):
        if not isinstance(name, str) or name not in inputs:
            there = f"the inputs are {', '.join(inputs)}"
            raise ConfigError(f"{shown(name)} is no input; {there}", f"train[{i}]")
        if name not in used:
            what = f"{name} is not in the expression, so its gradient is 0 and nothing can train it: leave it out here"
            raise ConfigError(what, f"train[{i}]")
    return tuple(name for name in used if name in given)
