"""The equations of the learning-rate schedules: scalars that follow from the number of the iteration.

The kernels take arrays of any one shape, so that a whole course of rates is one evaluation.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from engine.ops.core.op import Array, Factor, Function, Index, Operands, Term, cell
from engine.ops.core.terms import MINUS, Part, products, setting
from engine.ops.update.double_precision import in_double

# --- where in the course ---------------------------------------------------------------------------------------------


@in_double
def _position(xp: Any, out: Array, step: Array) -> None:
    xp.subtract(step, 1.0, out)


@in_double
def _epoch(xp: Any, out: Array, step: Array, per_epoch: int) -> None:
    xp.subtract(step, 1.0, out)
    xp.floor_divide(out, float(per_epoch), out)


@in_double
def _progress(xp: Any, out: Array, position: Array, start: float, length: float) -> None:
    xp.subtract(position, float(start), out)
    xp.divide(out, float(length), out)
    xp.maximum(out, 0.0, out=out)
    xp.minimum(out, 1.0, out=out)


@in_double
def _turns(xp: Any, out: Array, position: Array, length: int) -> None:
    xp.divide(position, float(length), out)


# --- how high --------------------------------------------------------------------------------------------------------


@in_double
def _power(xp: Any, out: Array, exponent: Array, gamma: float) -> None:
    xp.power(gamma, exponent, out)


@in_double
def _step_power(xp: Any, out: Array, position: Array, gamma: float, step_size: int) -> None:
    xp.floor_divide(position, float(step_size), out)
    xp.power(gamma, out, out)


@in_double
def _milestone_power(xp: Any, out: Array, position: Array, gamma: float, milestones: tuple[int, ...]) -> None:
    passed = np.empty(out.shape, bool)
    xp.multiply(position, 0.0, out)
    for milestone in milestones:
        xp.greater_equal(position, float(milestone), passed)
        xp.add(out, passed, out)
    xp.power(gamma, out, out)


@in_double
def _inverse_time(xp: Any, out: Array, position: Array, decay: float) -> None:
    xp.multiply(position, decay, out)
    xp.add(out, 1.0, out)
    xp.reciprocal(out, out)


@in_double
def _cosine(xp: Any, out: Array, progress: Array, first: float, last: float) -> None:
    xp.multiply(progress, math.pi, out)
    xp.cos(out, out)
    xp.add(out, 1.0, out)
    xp.multiply(out, (first - last) / 2, out)
    xp.add(out, last, out)


@in_double
def _linear(xp: Any, out: Array, progress: Array, first: float, last: float) -> None:
    xp.multiply(progress, last - first, out)
    xp.add(out, first, out)


@in_double
def _exponential(xp: Any, out: Array, progress: Array, first: float, last: float) -> None:
    xp.power(last / first, progress, out)
    xp.multiply(out, first, out)


@in_double
def _cycle(xp: Any, out: Array, position: Array, period: int) -> None:
    xp.floor_divide(position, float(period), out)


@in_double
def _triangle(xp: Any, out: Array, position: Array, cycle: Array, up: int, down: int) -> None:
    fall = np.empty_like(out)
    xp.multiply(cycle, -float(up + down), out)
    xp.add(out, position, out)
    xp.subtract(float(up + down), out, fall)
    xp.divide(out, float(up), out)
    xp.divide(fall, float(down), fall)
    xp.minimum(out, fall, out=out)


# --- the rate --------------------------------------------------------------------------------------------------------


@in_double
def _scaled(xp: Any, out: Array, rate: Array, share: Array) -> None:
    xp.multiply(rate, share, out)


@in_double
def _down_to(xp: Any, out: Array, rate: Array, share: Array, minimum: float) -> None:
    xp.subtract(rate, minimum, out)
    xp.multiply(out, share, out)
    xp.add(out, minimum, out)


@in_double
def _up_to(xp: Any, out: Array, rate: Array, share: Array, maximum: float) -> None:
    rise = np.empty_like(out)
    xp.subtract(maximum, rate, rise)
    xp.multiply(rise, share, rise)
    xp.add(rate, rise, out)


# --- terms -----------------------------------------------------------------------------------------------------------

_REST: Part = ("share", r"\left(1 - $share\right)", lambda share, **_: 1 - share)
_WAVE: Part = ("progress", r"\tfrac{1 + \cos \pi $progress}{2}", lambda p, **_: (1 + math.cos(math.pi * p)) / 2)
_DROP: Part = (r"\left($first - $last\right)", lambda first, last: first - last)
_RISE: Part = (r"\left($last - $first\right)", lambda first, last: last - first)


def _progress_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    position, start, length = float(operands["position"][index]), params["start"], params["length"]
    symbol = r"\operatorname{clip}\left(\tfrac{$position - $start}{$length},\, 0,\, 1\right)"
    yield (Factor(min(max((position - start) / length, 0.0), 1.0), "position", index, symbol, position),)


def _triangle_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    """On the way up what has gone of the cycle, on the way down what is left of it."""
    up, down = params["up"], params["down"]
    position, cycle = (cell(operands, name, index) for name in ("position", "cycle"))
    within = position.number - cycle.number * (up + down)
    period = Factor(float(up + down), symbol=r"\left($up + $down\right)")
    if within / up <= (up + down - within) / down:
        share = Factor(1 / up, symbol=r"\tfrac{1}{$up}")
        yield position, share
        yield Factor(-1.0, symbol="-1"), cycle, period, share
    else:
        share = Factor(1 / down, symbol=r"\tfrac{1}{$down}")
        yield period, share
        yield Factor(-1.0, symbol="-1"), position, share
        yield cycle, period, share


def _floor(name: str, divisor: str) -> str:
    return rf"\left\lfloor \frac{{{name}}}{{{divisor}}} \right\rfloor"


_PASSED = r"\#\{m \in $milestones : m \le $position\}"


SCHEDULE_OPS: dict[str, Function] = {
    "position": Function(
        _position,
        ("step",),
        "->",
        r"$out = $step - 1",
        "$step - 1",
        products(("step",), (MINUS,)),
        says="How far the schedule has come, counted from 0.",
    ),
    "epoch": Function(
        _epoch,
        ("step",),
        "->",
        rf"$out = {_floor('$step - 1', '$per_epoch')}",
        "($step - 1) // $per_epoch",
        products((("step", _floor("$step - 1", "$per_epoch"), lambda t, per_epoch: (t - 1) // per_epoch),)),
        says="How far the schedule has come, counted from 0.",
    ),
    "progress": Function(
        _progress,
        ("position",),
        "->",
        r"$out = \operatorname{clip}\left(\frac{$position - $start}{$length},\; 0,\; 1\right)",
        "np.clip(($position - $start) / $length, 0, 1)",
        _progress_terms,
        says="How much of the way from its start to its end is over, between 0 and 1.",
    ),
    "turns": Function(
        _turns,
        ("position",),
        "->",
        r"$out = \frac{$position}{$length}",
        "$position / $length",
        products(("position", (r"\tfrac{1}{$length}", lambda length: 1 / length))),
        says="How many times its length has passed.",
    ),
    "power": Function(
        _power,
        ("exponent",),
        "->",
        r"$out = {$gamma}^{$exponent}",
        "$gamma**$exponent",
        products((("exponent", "{$gamma}^{$exponent}", lambda n, gamma: gamma**n),)),
        says="Shrinks by the same factor with every step.",
    ),
    "step_power": Function(
        _step_power,
        ("position",),
        "->",
        rf"$out = {{$gamma}}^{{{_floor('$position', '$step_size')}}}",
        "$gamma ** ($position // $step_size)",
        products(
            (
                (
                    "position",
                    rf"{{$gamma}}^{{{_floor('$position', '$step_size')}}}",
                    lambda n, gamma, step_size: gamma ** (n // step_size),
                ),
            )
        ),
        says="Shrinks by the same factor after every so many steps.",
    ),
    "milestone_power": Function(
        _milestone_power,
        ("position",),
        "->",
        rf"$out = {{$gamma}}^{{{_PASSED}}}",
        "$gamma ** np.sum(np.array($milestones) <= $position)",
        products(
            (
                (
                    "position",
                    rf"{{$gamma}}^{{{_PASSED}}}",
                    lambda n, gamma, milestones: gamma ** sum(m <= n for m in milestones),
                ),
            )
        ),
        says="Shrinks by the same factor at every milestone.",
    ),
    "inverse_time": Function(
        _inverse_time,
        ("position",),
        "->",
        r"$out = \frac{1}{1 + $decay\, $position}",
        "1 / (1 + $decay * $position)",
        products((("position", r"\tfrac{1}{1 + $decay\, $position}", lambda n, decay: 1 / (1 + decay * n)),)),
        says="Shrinks as one over the time that has gone: fast at first, then ever more slowly.",
    ),
    "cosine_between": Function(
        _cosine,
        ("progress",),
        "->",
        r"$out = $last + \left($first - $last\right) \frac{1 + \cos \pi $progress}{2}",
        "$last + ($first - $last) * (1 + np.cos(np.pi * $progress)) / 2",
        products((setting("last"),), (_DROP, _WAVE)),
        says="Goes from one number to another along half a cosine wave.",
    ),
    "linear_between": Function(
        _linear,
        ("progress",),
        "->",
        r"$out = $first + \left($last - $first\right) $progress",
        "$first + ($last - $first) * $progress",
        products((setting("first"),), (_RISE, "progress")),
        says="Goes from one number to another in a straight line.",
    ),
    "exponential_between": Function(
        _exponential,
        ("progress",),
        "->",
        r"$out = $first \left(\frac{$last}{$first}\right)^{$progress}",
        "$first * ($last / $first) ** $progress",
        products(
            (
                setting("first"),
                (
                    "progress",
                    r"\left(\tfrac{$last}{$first}\right)^{$progress}",
                    lambda p, first, last: (last / first) ** p,
                ),
            )
        ),
        says="Goes from one number to another by the same factor each step.",
    ),
    "cycle": Function(
        _cycle,
        ("position",),
        "->",
        rf"$out = {_floor('$position', '$period')}",
        "$position // $period",
        products((("position", _floor("$position", "$period"), lambda n, period: n // period),)),
        says="How many cycles are over.",
    ),
    "triangle": Function(
        _triangle,
        ("position", "cycle"),
        ",->",
        r"$out = \min\left(\frac{m}{$up},\; \frac{$up + $down - m}{$down}\right), \quad"
        r" m = $position - \left($up + $down\right) $cycle",
        "np.minimum(($position - ($up + $down) * $cycle) / $up, (($up + $down) * (1 + $cycle) - $position) / $down)",
        _triangle_terms,
        says="How high in its cycle the rate is, between 0 and 1.",
    ),
    "scaled": Function(
        _scaled,
        ("rate", "share"),
        ",->",
        r"$out = $rate\, $share",
        "$rate * $share",
        products(("rate", "share")),
        says="Multiplies the two.",
    ),
    "down_to": Function(
        _down_to,
        ("rate", "share"),
        ",->",
        r"$out = $minimum + $share \left($rate - $minimum\right)",
        "$minimum + $share * ($rate - $minimum)",
        products(("share", "rate"), (_REST, setting("minimum"))),
        says="Goes down to the smallest rate.",
    ),
    "up_to": Function(
        _up_to,
        ("rate", "share"),
        ",->",
        r"$out = $rate + $share \left($maximum - $rate\right)",
        "$rate + $share * ($maximum - $rate)",
        products((_REST, "rate"), ("share", setting("maximum"))),
        says="Goes up to the largest rate.",
    ),
}
