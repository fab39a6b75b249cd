r"""The equations of reduce on plateau: the one schedule that looks at the loss, and so the one with a memory.

It adds up the batch losses of an epoch. When their mean has not fallen for too many epochs, it lowers the rate. Flags
are the numbers 0 and 1. A memory's next number may be written over its present one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from engine.ops.core.op import Array, Factor, Function, Index, Operands, Term, cell
from engine.ops.core.terms import Part, products
from engine.ops.update.double_precision import in_double

# --- the epoch's mean loss -------------------------------------------------------------------------------------------


@in_double
def _total(xp: Any, out: Array, total: Array, step: Array, loss: Array, per_epoch: int) -> None:
    place, first = np.empty(()), np.empty((), bool)
    xp.subtract(step, 1.0, place)
    xp.remainder(place, float(per_epoch), place)
    xp.equal(place, 0.0, first)
    xp.copyto(out, total)
    xp.copyto(out, 0.0, where=first)
    xp.add(out, loss, out)


@in_double
def _mean(xp: Any, out: Array, total: Array, step: Array, per_epoch: int) -> None:
    count = np.empty(())
    xp.subtract(step, 1.0, count)
    xp.remainder(count, float(per_epoch), count)
    xp.add(count, 1.0, count)
    xp.divide(total, count, out)


@in_double
def _ends(xp: Any, out: Array, step: Array, per_epoch: int) -> None:
    place = np.empty(())
    xp.remainder(step, float(per_epoch), place)
    xp.equal(place, 0.0, out)


# --- is it better ----------------------------------------------------------------------------------------------------


@in_double
def _better(xp: Any, out: Array, ends: Array, mean: Array, best: Array, threshold: float) -> None:
    bound, below = np.empty(()), np.empty(())
    xp.multiply(best, 1 - threshold, bound)
    xp.less(mean, bound, below)
    xp.multiply(ends, below, out)


@in_double
def _best(xp: Any, out: Array, best: Array, mean: Array, better: Array) -> None:
    _choose(xp, out, best, mean, better)


def _choose(xp: Any, out: Array, usual: Array, other: Any, flag: Array) -> None:
    """The other number where the flag is 1."""
    chosen = np.empty((), bool)
    xp.greater(flag, 0.0, chosen)
    xp.copyto(out, usual)
    xp.copyto(out, other, where=chosen)


@in_double
def _excused(xp: Any, out: Array, better: Array, cooldown: Array) -> None:
    cooling = np.empty(())
    xp.greater(cooldown, 0.0, cooling)
    xp.maximum(better, cooling, out=out)


# --- lower the rate --------------------------------------------------------------------------------------------------


@in_double
def _waited(xp: Any, out: Array, bad: Array, ends: Array, excused: Array) -> None:
    counts = np.empty(())
    xp.subtract(1.0, excused, counts)
    xp.add(bad, ends, out)
    xp.multiply(out, counts, out)


@in_double
def _exceeds(xp: Any, out: Array, waited: Array, patience: int) -> None:
    xp.greater(waited, float(patience), out)


@in_double
def _restart(xp: Any, out: Array, waited: Array, lower: Array) -> None:
    kept = np.empty(())
    xp.subtract(1.0, lower, kept)
    xp.multiply(waited, kept, out)


@in_double
def _cool_down(xp: Any, out: Array, cooldown: Array, ends: Array, lower: Array, rest: int) -> None:
    left = np.empty(())
    xp.subtract(cooldown, ends, left)
    xp.maximum(left, 0.0, out=left)
    _choose(xp, out, left, float(rest), lower)


@in_double
def _lowered(xp: Any, out: Array, rate: Array, shrink: float, minimum: float) -> None:
    xp.multiply(rate, shrink, out)
    xp.maximum(out, minimum, out=out)


@in_double
def _renewed(
    xp: Any, out: Array, factor: Array, base: Array, rate: Array, lowered: Array, lower: Array, eps: float
) -> None:
    change, quotient = np.empty(()), np.empty(())
    xp.subtract(rate, lowered, change)
    xp.greater(change, eps, quotient)
    xp.multiply(quotient, lower, change)
    xp.divide(lowered, base, quotient)
    _choose(xp, out, factor, quotient, change)


# --- terms -----------------------------------------------------------------------------------------------------------

_WITHIN: Part = (
    "step",
    r"\left[($step - 1) \bmod $per_epoch \neq 0\right]",
    lambda t, per_epoch: float((t - 1) % per_epoch != 0),
)
_ONE_OVER_COUNT: Part = (
    "step",
    r"\tfrac{1}{($step - 1) \bmod $per_epoch + 1}",
    lambda t, per_epoch: 1 / ((t - 1) % per_epoch + 1),
)


def _not(name: str) -> Part:
    return (name, rf"\left(1 - ${name}\right)", lambda flag, **_: 1 - flag)


def _better_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    mean, best = float(operands["mean"]), float(operands["best"])
    symbol = r"\left[$mean < (1 - $threshold)\, $best\right]"
    yield cell(operands, "ends", ()), Factor(float(mean < best * (1 - params["threshold"])), "mean", (), symbol, mean)


def _best_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    yield (cell(operands, "mean" if operands["better"] > 0 else "best", ()),)


def _excused_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    cooldown = float(operands["cooldown"])
    cooling = Factor(float(cooldown > 0), "cooldown", (), r"\left[$cooldown > 0\right]", cooldown)
    better = cell(operands, "better", ())
    yield (max(better, cooling, key=lambda factor: factor.number),)


def _cool_down_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    cooldown, ends = (cell(operands, name, ()) for name in ("cooldown", "ends"))
    if operands["lower"] > 0:
        yield (Factor(float(params["rest"]), symbol="$rest"),)
    elif cooldown.number - ends.number < 0:
        yield (Factor(0.0, symbol="0"),)
    else:
        yield (cooldown,)
        yield Factor(-1.0, symbol="-1"), ends


def _lowered_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    rate = cell(operands, "rate", ())
    if rate.number * params["shrink"] < params["minimum"]:
        yield (Factor(params["minimum"], symbol="$minimum"),)
    else:
        yield Factor(params["shrink"], symbol="$shrink"), rate


def _renewed_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    base, rate, lowered, lower = (float(operands[name]) for name in ("base", "rate", "lowered", "lower"))
    if rate - lowered > params["eps"] and lower:
        yield cell(operands, "lowered", ()), Factor(1 / base, "base", (), r"\tfrac{1}{$base}", base)
    else:
        yield (cell(operands, "factor", ()),)


PLATEAU_OPS: dict[str, Function] = {
    "epoch_total": Function(
        _total,
        ("total", "step", "loss"),
        ",,->",
        r"$out = \left[($step - 1) \bmod $per_epoch \neq 0\right] $total + $loss",
        "np.where(($step - 1) % $per_epoch == 0, 0, $total) + $loss",
        products((_WITHIN, "total"), ("loss",)),
        says="Adds this batch's loss to those of the epoch so far.",
    ),
    "epoch_mean": Function(
        _mean,
        ("total", "step"),
        ",->",
        r"$out = \frac{$total}{($step - 1) \bmod $per_epoch + 1}",
        "$total / (($step - 1) % $per_epoch + 1)",
        products(("total", _ONE_OVER_COUNT)),
        says="The mean of the batch losses of this epoch so far.",
    ),
    "epoch_ends": Function(
        _ends,
        ("step",),
        "->",
        r"$out = \left[$step \bmod $per_epoch = 0\right]",
        "1.0 * ($step % $per_epoch == 0)",
        products(
            (("step", r"\left[$step \bmod $per_epoch = 0\right]", lambda t, per_epoch: float(t % per_epoch == 0)),)
        ),
        says="1 in the last iteration of an epoch, else 0.",
    ),
    "better": Function(
        _better,
        ("ends", "mean", "best"),
        ",,->",
        r"$out = $ends \left[$mean < (1 - $threshold)\, $best\right]",
        "$ends * ($mean < $best * (1 - $threshold))",
        _better_terms,
        says="1 if an epoch ends here and was better than the best one, else 0.",
    ),
    "best": Function(
        _best,
        ("best", "mean", "better"),
        ",,->",
        r"$out = \begin{cases} $mean & $better = 1 \\ $best & \text{else} \end{cases}",
        "np.where($better > 0, $mean, $best)",
        _best_terms,
        says="Keeps the lowest mean loss of an epoch.",
    ),
    "excused": Function(
        _excused,
        ("better", "cooldown"),
        ",->",
        r"$out = \max\left($better,\; \left[$cooldown > 0\right]\right)",
        "np.maximum($better, $cooldown > 0)",
        _excused_terms,
        says="1 if this epoch does not count: it was better, or the rate is new.",
    ),
    "waited": Function(
        _waited,
        ("bad", "ends", "excused"),
        ",,->",
        r"$out = \left($bad + $ends\right) \left(1 - $excused\right)",
        "($bad + $ends) * (1 - $excused)",
        products(("bad", _not("excused")), ("ends", _not("excused"))),
        says="How many epochs in a row were no better.",
    ),
    "exceeds_patience": Function(
        _exceeds,
        ("waited",),
        "->",
        r"$out = \left[$waited > $patience\right]",
        "1.0 * ($waited > $patience)",
        products((("waited", r"\left[$waited > $patience\right]", lambda n, patience: float(n > patience)),)),
        says="1 if the rate is to be lowered now, else 0.",
    ),
    "restart": Function(
        _restart,
        ("waited", "lower"),
        ",->",
        r"$out = $waited \left(1 - $lower\right)",
        "$waited * (1 - $lower)",
        products(("waited", _not("lower"))),
        says="Keeps the number of epochs that were no better; a new rate restarts the count.",
    ),
    "cool_down": Function(
        _cool_down,
        ("cooldown", "ends", "lower"),
        ",,->",
        r"$out = \begin{cases} $rest & $lower = 1 \\ \max\left($cooldown - $ends,\; 0\right) & \text{else} \end{cases}",
        "np.where($lower > 0, $rest, np.maximum($cooldown - $ends, 0))",
        _cool_down_terms,
        says="How many more epochs do not count after the rate changed.",
    ),
    "lowered": Function(
        _lowered,
        ("rate",),
        "->",
        r"$out = \max\left($shrink\, $rate,\; $minimum\right)",
        "np.maximum($shrink * $rate, $minimum)",
        _lowered_terms,
        says="The rate that would come next, were it lowered.",
    ),
    "renewed_factor": Function(
        _renewed,
        ("factor", "base", "rate", "lowered", "lower"),
        ",,,,->",
        r"$out = \begin{cases} \frac{$lowered}{$base} & $lower = 1,\; $rate - $lowered > $eps \\"
        r" $factor & \text{else} \end{cases}",
        "np.where(($lower > 0) & ($rate - $lowered > $eps), $lowered / $base, $factor)",
        _renewed_terms,
        says="Keeps the share of the learning rate that is left.",
    ),
}
