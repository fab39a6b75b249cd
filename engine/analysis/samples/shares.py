"""What each sample of a batch brings to a gradient: a unit's δ, or a parameter's, taken apart."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import accumulate

import numpy as np

from engine.analysis.evaluation import LISTED
from engine.analysis.samples.losses import sample_losses
from engine.execution.cancellation import Wanted, check
from engine.explain.blocks import layer_title
from engine.explain.derivation import is_parameter_gradient, locate
from engine.explain.notation import Symbols
from engine.explain.sums import LARGEST, addends, carrier, of_samples, producer, size, tied_by
from engine.foundation.errors import RangeError
from engine.foundation.numbers import number, total
from engine.model.losses import OF_COUNTS, OF_NUMBERS, estimates
from engine.ops.core.op import Array, Index
from engine.program.program import Step
from engine.run.run import Run
from engine.run.trace import Trace

_DIGITS = 4  # of the largest share, before more are looked for with which the rounded ones add up
_MORE = 10  # digits that may be added for that
_PLAIN = range(-3, 6)  # sizes, as powers of ten, that are written without one


@dataclass(frozen=True, slots=True)
class Share:
    """What one sample brings; ``so_far``: the sum of those up to it and with it.

    loss:     the sample's own; none for batches too large to list it.
    residual: its output less its target, of a loss of numbers with one output a sample; else none.
    """

    sample: int
    share: float
    so_far: float
    loss: float | None = None
    residual: float | None = None


@dataclass(frozen=True, slots=True)
class Shares:
    """A gradient over the batch as the sum of what its samples bring, the largest first.

    Formula: of a unit sum_n delta_n, of a parameter dL/dw = sum_n delta_n dz_n/dw; everything in it holds the 1/N of
             a mean already
    index:   of a parameter's cell, or of a unit in its sample.
    rest:    what those that are not listed bring together, and how many they are.
    up, down, still: how many are above 0, below 0 and 0; raised, lowered: what the first two bring.
    decimals, exponent: places behind the point, in units of ten to ``exponent``, with which the rounded shares add up
                        to the rounded total; ``adds_up`` is false if there are none so few.
    """

    value: str
    index: Index
    symbol: str
    total: float
    listed: tuple[Share, ...]
    rest: float
    rest_count: int
    up: int
    down: int
    still: int
    raised: float
    lowered: float
    decimals: int
    exponent: int
    adds_up: bool
    sentence: str


def shares(
    run: Run, traced: Trace, value: str, index: Index, limit: int = LARGEST, cancelled: Wanted | None = None
) -> Shares:
    """What each sample of the batch brings to the gradient of a unit or of a parameter.

    Args:    value: a parameter's gradient, `dense1.weight.grad`, with its cell; or one of what is computed,
             `dense1.z.grad`, with the unit's place in a sample.
    Raises:  UnknownValueError, RangeError, CancelledWorkError.
    """
    value = traced.program.meant(value)
    brought = _brought(traced, value, index, cancelled)
    every = brought.tolist()
    order = sorted(range(len(every)), key=lambda sample: (-size(every[sample]), sample))
    kept, left = order[:limit], order[limit:]
    sums = accumulate((every[sample] for sample in kept), initial=0.0)
    listed = tuple(Share(n, every[n], so_far) for n, so_far in zip(kept, list(sums)[1:], strict=True))
    whole = total(every)
    if listed and not left:
        listed = (*listed[:-1], replace(listed[-1], so_far=whole))  # each partial sum is rounded, the last one once
    exponent, decimals, adds_up = _rounded(every, whole)
    up, down = [share for share in every if share > 0], [share for share in every if share < 0]
    parameter = is_parameter_gradient(traced.program, value)
    found = Shares(
        value,
        index,
        _symbol(run, traced, value, index, parameter),
        whole,
        _with_losses(run, traced, listed),
        total(every[sample] for sample in left),
        len(left),
        len(up),
        len(down),
        sum(share == 0 for share in every),
        total(up),
        total(down),
        decimals,
        exponent,
        adds_up,
        "",
    )
    return replace(found, sentence=_sentence(traced, found))


def _brought(traced: Trace, value: str, index: Index, cancelled: Wanted | None) -> Array:
    """Each sample's share (N)."""
    program = traced.program
    if is_parameter_gradient(program, value) and not program.symbols:
        locate(traced, value, index)
        step = producer(program, value)
        assert step is not None, "a gradient is computed"
        gathered: list[list[float]] = [[] for _ in range(program.batch)]
        _gather(step, index, traced, gathered, cancelled)
        return np.array([total(terms) for terms in gathered])
    array = traced.table.get(value)
    if array is not None and program.name(value).gradient and not program.symbols and of_samples(value, program):
        locate(traced, value, (0, *index))
        return np.asarray(np.moveaxis(array, 0, -1)[index], np.float64)
    locate(traced, value, index if array is None else (0,) * array.ndim)
    raise RangeError(
        f"samples bring shares to a gradient, as dense1.weight.grad or dense1.z.grad; {value} is none", "query.value"
    )


def _gather(step: Step, index: Index, traced: Trace, into: list[list[float]], cancelled: Wanted | None) -> None:
    """The terms of a parameter's cell by the samples that they are of, wherever and whenever it is used.

    Raises: RangeError if a term is of all samples at once.
    """
    if step.op == "accumulate":
        for part in step.inputs:
            made = producer(traced.program, part)
            if made:
                _gather(made, index, traced, into, cancelled)
        return
    for count, addend in enumerate(addends(step, index, traced)):
        if count % LARGEST == 0:
            check(cancelled)
        carried = carrier(addend)
        if carried is None or not carried[1]:
            raise RangeError(f"{step.output} is not a sum over samples: one number acts on all of them", "query.value")
        into[carried[1][0]].append(addend.product)


def _with_losses(run: Run, traced: Trace, listed: tuple[Share, ...]) -> tuple[Share, ...]:
    """The same, each with its sample's own loss, and its residual where there is one."""
    if traced.program.batch > LISTED:
        return listed
    losses, residuals = sample_losses(run, traced).losses.tolist(), _residuals(run, traced)
    return tuple(
        replace(share, loss=losses[share.sample], residual=None if residuals is None else residuals[share.sample])
        for share in listed
    )


def _residuals(run: Run, traced: Trace) -> list[float] | None:
    """What each output is above its target, where a sample has one output and the loss compares the two as numbers."""
    loss = run.fitting.config.loss
    prediction, target = traced[run.prediction], traced["target"]
    alike = prediction.shape == target.shape and prediction.size == len(prediction)
    if loss.type not in (*OF_NUMBERS, *OF_COUNTS) or not alike:
        return None
    found: list[float] = (estimates(loss, prediction) - target).reshape(-1).tolist()
    return found


def _rounded(every: list[float], whole: float) -> tuple[int, int, bool]:
    """A power of ten, and the fewest places with which the rounded shares add up to the rounded sum."""
    largest = max((abs(share) for share in every if math.isfinite(share)), default=0.0)
    if not largest or not all(map(math.isfinite, every)):
        return 0, _DIGITS - 1, True
    magnitude = math.floor(math.log10(largest))
    exponent = 0 if magnitude in _PLAIN else magnitude
    fewest = max(0, _DIGITS - 1 - (magnitude - exponent))
    for decimals in range(fewest, fewest + _MORE + 1):
        unit = Decimal(1).scaleb(exponent - decimals)
        ways = [total(share for share in every if share < 0), total(share for share in every if share > 0)]
        if all(sum(Decimal(x).quantize(unit) for x in xs) == Decimal(whole).quantize(unit) for xs in (every, ways)):
            return exponent, decimals, True
    return exponent, fewest, False


def _symbol(run: Run, traced: Trace, value: str, index: Index, of_parameter: bool) -> str:
    symbols = Symbols(traced.program, run.names)
    if of_parameter:
        return symbols.cell(value, index)
    return rf"\sum_n {symbols.of_samples(value, (0, *index))}"


def _sentence(traced: Trace, found: Shares) -> str:
    """`Of 10 samples, 3 pull it down by 0.0939559, 7 pull it up by 0.0282244: together −0.0657315.`"""
    count = traced.program.batch
    if count == 1:
        return f"One sample brings all of it, {number(found.total)}."
    text = f"Of {count} samples, {_pulls(found, count)}: together {_as_listed(found, found.total)}."
    layer = tied_by(traced.program, found.value)
    if not layer:
        return text
    ties = f"{layer_title(layer).capitalize()} ties the samples of a batch together"
    return f"{text} {ties}: a sample's part is also what its numbers do to the losses of the others."


def _pulls(found: Shares, count: int) -> str:
    told = [
        f"{'all' if many == count else many} pull{'s' * (many == 1)} it {way} by {_as_listed(found, abs(amount))}"
        for many, way, amount in ((found.down, "down", found.lowered), (found.up, "up", found.raised))
        if many
    ]
    if found.still:
        told.append(f"{'all' if found.still == count else found.still} bring{'s' * (found.still == 1)} nothing")
    unknown = count - found.down - found.up - found.still
    if unknown:
        told.append(f"{unknown} {'is' if unknown == 1 else 'are'} not a number")
    return ", ".join(told)


def _as_listed(found: Shares, value: float) -> str:
    """With as many places as the shares have, so that what is said adds up."""
    if not math.isfinite(value):
        return number(value)
    power = f"e{found.exponent:+03d}" if found.exponent else ""
    return f"{value / 10.0**found.exponent:.{found.decimals}f}{power}".replace("-", "−")
