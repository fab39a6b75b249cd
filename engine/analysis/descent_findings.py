"""What an iteration says where there are no layers: whether there is a way down from here, and whether it was taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.analysis.finding import LARGE_GRADIENT, Finding
from engine.analysis.layer_statistics import norm
from engine.foundation.numbers import number
from engine.ops.core.op import Array


def descent(gradients: Mapping[str, Array], losses: Array, rate: float) -> Iterator[Finding]:
    """The findings about a step on a few numbers, all finite.

    Args: gradients: of every trained input; losses: up to and with this iteration's; rate: the learning rate.
    """
    yield from _slope(gradients, rate)
    yield from _last_step(losses)


def _slope(gradients: Mapping[str, Array], rate: float) -> Iterator[Finding]:
    size, flat = norm(*gradients.values()), [name for name, gradient in gradients.items() if not gradient.any()]
    if not gradients:
        text = "There are gradients, but no number is trained, so nothing moves."
        yield Finding("warning", "Nothing is trained", text, "update")
    elif rate == 0:
        text = "The learning rate is 0, so the inputs stay as they are."
        yield Finding("warning", "Nothing moves", text, "update")
    elif len(flat) == len(gradients):
        text = "The gradient of every trained input is 0: this is a minimum, a maximum, a saddle or a flat place."
        yield Finding("warning", "Zero gradient", text, "backward")
    elif size > LARGE_GRADIENT:
        text = f"Its norm is {number(size, 3)}: one step may jump far past the minimum."
        yield Finding("warning", "The gradient is very large", text, "backward")
    else:
        yield from _way_down(flat, size, rate)


def _way_down(flat: list[str], size: float, rate: float) -> Iterator[Finding]:
    if flat:
        text = f"The gradient of {' and '.join(flat)} is 0: here the loss does not change with it."
        yield Finding("warning", "No gradient arrives", text, "backward")
    text = (
        f"The gradient's norm is {number(size, 3)}: to first order, a step of {number(rate, 3)} times it lowers the "
        f"loss by {number(rate * size * size, 3)}."
    )
    yield Finding("good", "Descent direction found", text, "backward")


def _last_step(losses: Array) -> Iterator[Finding]:
    if len(losses) < 2:
        return
    before, now = float(losses[-2]), float(losses[-1])
    if now > before:
        text = f"The last step raised the loss from {number(before)} to {number(now)}: it went too far, or uphill."
        yield Finding("warning", "The last step went up", text, "loss")
    elif now < before:
        text = f"The last step lowered the loss from {number(before)} to {number(now)}."
        yield Finding("good", "The last step went down", text, "loss")
