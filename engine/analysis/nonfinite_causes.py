"""Why a step made an inf or nan: outside its domain, no slope at 0, too large a number, or division by 0."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from engine.foundation.numbers import number
from engine.ops.core.op import Array
from engine.program.program import Step

Cause = Literal["input", "domain", "slope", "overflow", "division"]
Values = Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class Reason:
    """What kind of cause it is, and the words for it, as they follow a colon."""

    cause: Cause
    text: str


def reason(step: Step, values: Values) -> Reason:
    """Why a step whose output is not finite made it so.

    Args: values: the step's inputs and output, by name.
    """
    for name in step.inputs:
        if not np.isfinite(values[name]).all():
            return Reason("input", f"its input {name} already was")
    return _outside(step, values) or _overflow(step, values) or _division(step, values) or _too_much(step, values)


# --- outside of the domain ---------------------------------------------------------------------------------------

Check = Callable[[Step, Values], Reason | None]


def _outside(step: Step, values: Values) -> Reason | None:
    check = _DOMAINS.get((step.op, step.argument))
    return check(step, values) if check else None


def _logarithm(step: Step, values: Values) -> Reason | None:
    name, z = step.inputs[0], values[step.inputs[0]]
    if (z < 0).any():
        return Reason("domain", f"{_held(name, z, z < 0)}, and only numbers above 0 have a logarithm")
    return Reason("domain", f"{_held(name, z, z == 0)}, and the logarithm of 0 is −∞") if (z == 0).any() else None


def _root(step: Step, values: Values) -> Reason | None:
    name, z = step.inputs[0], values[step.inputs[0]]
    text = f"{_held(name, z, z < 0)}, and only numbers from 0 on have a square root"
    return Reason("domain", text) if (z < 0).any() else None


def _root_slope(step: Step, values: Values) -> Reason | None:
    name, root = step.inputs[1], values[step.inputs[1]]
    return _steep(step, name, root == 0, "the square root") if (root == 0).any() else None


def _powers(step: Step, values: Values) -> tuple[str, Array, Array]:
    """The base's name, the base and the exponent of a power, whether a fixed one or a value."""
    at = 0 if step.argument is None else 1
    base = step.inputs[at]
    exponent = step.params["exponent"] if "exponent" in step.params else values[step.inputs[at + 1]]
    return base, values[base], np.asarray(exponent)


def _power(step: Step, values: Values) -> Reason | None:
    name, base, exponent = _powers(step, values)
    lost = (base < 0) & (exponent != np.floor(exponent))
    if lost.any():
        power = number(float(np.broadcast_to(exponent, lost.shape)[lost][0]))
        return Reason("domain", f"{_held(name, base, lost)}, and a negative number has no power of {power}")
    zero = (base == 0) & (exponent < 0)
    text = f"{_held(name, base, zero)}, and 0 to a power below 0 divides by 0"
    return Reason("division", text) if zero.any() else None


def _power_slope(step: Step, values: Values) -> Reason | None:
    name, base, exponent = _powers(step, values)
    zero = (base == 0) & (exponent < 1)
    return _steep(step, name, zero, f"a power of {number(float(exponent.flat[0]))}") if zero.any() else None


def _exponent_slope(step: Step, values: Values) -> Reason | None:
    name, base, _ = _powers(step, values)
    lost = base < 0
    text = (
        f"the slope is the power times the logarithm of {name}, {_held(name, base, lost)}, and only numbers above 0 "
        "have a logarithm"
    )
    return Reason("slope", text) if lost.any() else None


def _steep(step: Step, name: str, where: Array, what: str) -> Reason:
    verb = "is" if where.ndim == 0 else "holds"
    return Reason("slope", f"{name} {verb} 0, and there {what} has no finite slope")


_DOMAINS: Mapping[tuple[str, str | None], Check] = {
    ("log", None): _logarithm,
    ("sqrt", None): _root,
    ("sqrt", "z"): _root_slope,
    ("raise_to", None): _power,
    ("raise_to", "z"): _power_slope,
    ("power", None): _power,
    ("power", "a"): _power_slope,
    ("power", "b"): _exponent_slope,
}


def _held(name: str, array: Array, where: Array) -> str:
    """`x is −1`, or of an array the first such number that it holds."""
    verb = "is" if array.ndim == 0 else "holds"
    return f"{name} {verb} {number(float(np.broadcast_to(array, where.shape)[where][0]))}" if where.any() else ""


# --- too large, or divided by 0 ----------------------------------------------------------------------------------


def _operands(step: Step, values: Values) -> list[str]:
    return [name for name in step.inputs if values[name].dtype.kind == "f"]


def _undefined(step: Step, values: Values) -> bool:
    return bool(np.isnan(values[step.output]).any())


def _limit(step: Step) -> float:
    return float(np.finfo(step.dtype).max)


def _overflow(step: Step, values: Values) -> Reason | None:
    """The one or two inputs that are so large that a product of two passes the limit, and what becomes of it."""
    reach = {name: float(np.abs(values[name]).max(initial=0.0)) for name in _operands(step, values)}
    if max(reach.values(), default=0.0) <= _limit(step) ** 0.5 / 1e6:
        return None
    names = sorted(reach, key=lambda name: -reach[name])[:2]
    inputs = " and ".join(f"{name} reaches {number(reach[name], 2)}" for name in names if reach[name] > 1e6)
    limit = f"the largest {step.dtype}, {number(_limit(step), 2)}"
    if _undefined(step, values):
        both = f"{inputs}, so partial sums pass {limit}, on both sides, and inf − inf has no value"
        return Reason("overflow", both)
    return Reason("overflow", f"{inputs}, so the result passes {limit}")


def _division(step: Step, values: Values) -> Reason | None:
    for name in reversed(_operands(step, values)):
        if (values[name] == 0).any():
            if _undefined(step, values):
                return Reason("division", f"0 / 0 has no value, and {name} {_verb(values[name])} 0")
            return Reason("division", f"it divides by {name}, which {_verb(values[name])} 0")
    return None


def _verb(array: Array) -> str:
    return "holds" if array.ndim else "is"


def _too_much(step: Step, values: Values) -> Reason:
    inputs = _range([values[name] for name in _operands(step, values)])
    if _undefined(step, values):
        return Reason("domain", f"the result has no value for {inputs}")
    limit = f"the largest {step.dtype}, {number(_limit(step), 2)},"
    return Reason("overflow", f"the result passes {limit} for {inputs}")


def _range(arrays: Sequence[Array]) -> str:
    """`an input of 1000`, or `inputs from −1 to 3`."""
    low = min((float(a.min()) for a in arrays), default=0.0)
    high = max((float(a.max()) for a in arrays), default=0.0)
    return f"an input of {number(low)}" if low == high else f"inputs from {number(low)} to {number(high)}"
