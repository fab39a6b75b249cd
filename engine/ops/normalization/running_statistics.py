"""Running statistics of batch norm: what evaluation uses instead of those of a batch. No gradient goes through them.

Each kernel may be given its first operand as `out`: the statistic is then renewed in place.
"""

from __future__ import annotations

from typing import Any

from engine.foundation.errors import ShapeError
from engine.ops.core.op import Array, Function, Op, Shape
from engine.ops.core.terms import one_minus, products, setting

_SOURCE = "Ioffe and Szegedy 2015, Batch normalization, section 3.1; matches {} of torch.nn.BatchNorm1d."


def _mean(xp: Any, out: Array, running: Array, mean: Array, momentum: float) -> None:
    _renew(xp, out, running, mean, momentum, momentum)


def _variance(xp: Any, out: Array, running: Array, variance: Array, momentum: float, count: int) -> None:
    _renew(xp, out, running, variance, momentum, momentum * count / (count - 1))


def _renew(xp: Any, out: Array, running: Array, statistic: Array, momentum: float, weight: float) -> None:
    part = xp.empty_like(out)
    xp.multiply(statistic, weight, part)
    xp.multiply(running, 1 - momentum, out)
    xp.add(out, part, out)


def _shape(running: Shape, statistic: Shape, momentum: float, count: int = 2) -> Shape:
    if running != statistic:
        raise ShapeError(f"a running statistic has the shape of what it follows; given {running} and {statistic}")
    if count < 2:
        raise ShapeError(
            "batch norm in training needs at least 2 numbers per channel, as one has no variance; here a batch gives "
            f"{count}: choose a batch size that leaves no single sample over"
        )
    return running


RUNNING_MEAN = Op(
    name="running_mean",
    title="running mean",
    args=("running", "mean"),
    function=Function(
        _mean,
        ("running", "mean"),
        "...,...->...",
        r"$out = \left(1 - $momentum\right) $running + $momentum\, $mean",
        "(1 - $momentum) * $running + $momentum * $mean",
        products((one_minus("momentum"), "running"), (setting("momentum"), "mean")),
        says="Moves the mean that evaluation will use a little towards that of this batch.",
    ),
    vjps={},
    shape=_shape,
    letters={"momentum": "m"},
    source=_SOURCE.format("running_mean"),
    example=lambda rng: ((rng.normal(size=3), rng.normal(size=3)), {"momentum": 0.1}),
)

RUNNING_VARIANCE = Op(
    name="running_variance",
    title="running variance",
    args=("running", "variance"),
    function=Function(
        _variance,
        ("running", "variance"),
        "...,...->...",
        r"$out = \left(1 - $momentum\right) $running + $momentum\, \tfrac{$count}{$count - 1}\, $variance",
        "(1 - $momentum) * $running + $momentum * $count / ($count - 1) * $variance",
        products(
            (one_minus("momentum"), "running"),
            (
                setting("momentum"),
                (r"\tfrac{$count}{$count - 1}", lambda count, **_: count / (count - 1)),
                "variance",
            ),
        ),
        says="Moves the variance that evaluation will use a little towards that of this batch.",
    ),
    vjps={},
    shape=_shape,
    letters={"momentum": "m"},
    source=_SOURCE.format("running_var"),
    example=lambda rng: ((rng.uniform(1, 2, 3), rng.uniform(1, 2, 3)), {"momentum": 0.1, "count": 5}),
)

RUNNING_OPS = (RUNNING_MEAN, RUNNING_VARIANCE)
