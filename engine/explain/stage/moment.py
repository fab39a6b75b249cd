"""How a recurrent layer's state came about at one time: its own steps, read back to the gates and the time before."""

from __future__ import annotations

from engine.explain.stage.place import Place
from engine.foundation.numbers import number
from engine.foundation.value_name import Moment, ValueName
from engine.ops.core.op import Index
from engine.program.program import Step

_SIGNS = {"add": " + ", "subtract": " − ", "multiply": "·"}


def state_lines(place: Place, time: int, index: Index, gates: tuple[str, ...]) -> tuple[str, ...]:
    """The state at a time in letters and in numbers; what else is carried along, such as a cell, in a line before it.

    Args: time: counted from 1; gates: where reading back ends, with what is of the time before.
    """
    carried = [key for key in ("c", "h") if place.has(str(ValueName(place.layer, key, Moment(time))))]
    return tuple(_line(place, ValueName(place.layer, key, Moment(time)), index, gates) for key in carried)


def _line(place: Place, value: ValueName, index: Index, gates: tuple[str, ...]) -> str:
    step = _step(place, value)
    letters, numbers = (_written(place, step, index, gates, in_numbers) for in_numbers in (False, True))
    return f"{value.key}{index[-1] + 1} = {letters} = {numbers} = {number(float(place.array(str(value))[index]), 3)}"


def _step(place: Place, value: ValueName) -> Step:
    program = place.traced.program
    return program.steps[program.producer[str(value)]]


def _written(place: Place, step: Step, index: Index, gates: tuple[str, ...], in_numbers: bool) -> str:
    """A step's formula, that of what it takes in it: `n + z·(h before − n)`."""
    parts = [_operand(place, value, step, index, gates, in_numbers) for value in step.inputs]
    if step.op not in _SIGNS:
        return f"{step.op}({', '.join(parts)})"
    return _SIGNS[step.op].join([parts[0], *(f"({part})" if part.startswith("−") else part for part in parts[1:])])


def _operand(place: Place, taken: str, user: Step, index: Index, gates: tuple[str, ...], in_numbers: bool) -> str:
    value = place.traced.program.name(taken)
    before = value.moment != place.traced.program.name(user.output).moment
    if not before and value.key not in gates:
        inner = _step(place, value)
        text = _written(place, inner, index, gates, in_numbers)
        return f"({text})" if _binds_less(inner.op, user.op) else text
    if in_numbers:
        return number(float(place.array(taken)[index]), 3)
    return f"{value.key} before" if before else value.key


def _binds_less(inner: str, outer: str) -> bool:
    return outer in _SIGNS and inner in ("add", "subtract") and outer != "add"
