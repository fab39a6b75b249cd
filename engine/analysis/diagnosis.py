"""What an iteration says about how training goes: short findings, the worst first.

The thresholds are rules of thumb. Every finding states the number that it rests on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from engine.analysis.descent_findings import descent
from engine.analysis.divergence import NonFinite, first_nonfinite
from engine.analysis.finding import LARGE_GRADIENT, Finding, Severity
from engine.analysis.layer_statistics import LayerHealth, layer_figures, own_parameters
from engine.explain.blocks import layer_title
from engine.foundation.numbers import number
from engine.foundation.value_name import gradient_name
from engine.ops.core.op import Array
from engine.run.run import Run
from engine.run.trace import Trace
from engine.update.optimizers import RATE

WINDOW = 50  # iterations whose loss is looked at
FADED, LOST = 1e-3, 1e-5  # the first layer's gradient over the last one's
TINY_STEP, SMALL_STEP, BRISK_STEP, LARGE_STEP = 1e-5, 1e-4, 1e-2, 1e-1  # update over weight; about 1e-3 is healthy
MOSTLY = 0.5  # share of cells from which on a layer counts as saturated
_ORDER: tuple[Severity, ...] = ("bad", "warning", "good")


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer as it is judged. `trained` is false where all parameters are frozen."""

    title: str
    units: int
    activation: str
    trained: bool
    figures: LayerHealth


def diagnose(run: Run, traced: Trace) -> list[Finding]:
    """The findings about one iteration of a run, looking back at the losses that led there.

    Args: traced: of the iteration, as `run.trace_at` gives it.
    """
    rate = float(traced[RATE])
    if found := first_nonfinite(run, traced.iteration + 1):
        return [diverged(found, recent_losses(run, found.iteration), rate)]
    layers, losses = _layers(run, traced), recent_losses(run, traced.iteration)
    if layers:
        return findings(layers, losses, traced.program.batch, rate)
    gradients = {p.name: traced[gradient_name(p.name)] for p in run.parameters if p.trainable}
    return _sorted([*_rising(losses, rate)] or [*descent(gradients, losses, rate), *_falling(losses)])


def findings(layers: Sequence[Layer], losses: Array, batch: int, rate: float) -> list[Finding]:
    """The findings about an iteration in which all numbers are finite, the worst first.

    Args: layers: from first to last; losses: batch losses up to and with this iteration's; batch: its size;
          rate: the learning rate.
    """
    rising = list(_rising(losses, rate))
    if rising:
        return rising  # what else there is to see follows from it
    found = [*_dead(layers, batch), *_saturated(layers), *_gradient(layers), *_steps(layers, rate)]
    return _sorted([*(found or _healthy(layers)), *_falling(losses)])


def _sorted(found: Sequence[Finding]) -> list[Finding]:
    return sorted(found, key=lambda finding: _ORDER.index(finding.severity))


def diverged(found: NonFinite, losses: Array, rate: float) -> Finding:
    """The end of training: the first number that was not finite, and how the loss had grown before.

    Args: losses: batch losses up to and with the iteration of `found`.
    """
    when = f" in the {found.step.phase} phase" if found.step else ""
    text = f"The first number that is not finite is in {found.value},{when} of iteration {found.iteration}. "
    text += found.explanation
    rise = _rise(losses[np.isfinite(losses)])
    if len(rise) > 1:
        text += f" {_growth(rise)} before: the learning rate of {number(rate)} is too large."
    return Finding("bad", "It diverged", text, found.step.phase if found.step else "batch")


def recent_losses(run: Run, iteration: int) -> Array:
    """The batch losses of the last iterations, this one's included."""
    return run.losses(max(0, iteration - WINDOW + 1), iteration + 1)


def _layers(run: Run, traced: Trace) -> list[Layer]:
    figures = layer_figures(run, traced)
    trained = {p.layer for p in run.parameters if p.trainable}
    return [
        Layer(
            layer_title(name),
            _units(run.outline.shapes[run.outline.outputs[name]]),
            layer.output_activation.type,
            name in trained,
            figures[name],
        )
        for name, layer in zip(run.names, run.config.layers, strict=True)
        if own_parameters(run, name)
    ]


def _units(shape: tuple[int, ...]) -> int:
    """How many units an output has: channels of images, else numbers of a row or of a position."""
    return shape[1] if len(shape) == 4 else shape[-1]


# --- the loss ----------------------------------------------------------------------------------------------------


def _rise(losses: Array) -> Array:
    """The end of a series from where on every number is larger than the one before."""
    start = len(losses) - 1
    while start > 0 and losses[start] > losses[start - 1]:
        start -= 1
    return losses[max(start, 0) :]


def _growth(rise: Array) -> str:
    with np.errstate(over="ignore", divide="ignore"):
        least = min(after / before for before, after in pairwise(rise))
    steps = f"{len(rise) - 1} iterations" if len(rise) > 2 else "iteration"
    each = f", each time by a factor of {number(least, 3)} or more," if len(rise) > 2 else ""
    return f"The loss grew from {number(rise[0], 3)} to {number(rise[-1], 3)}{each} over the {steps}"


def _rising(losses: Array, rate: float) -> Iterator[Finding]:
    """A loss that climbs step after step, past all that it was before."""
    rise = _rise(losses)
    if len(rise) < 4 or rise[-1] < 10 * rise[0] or rise[-1] < 10 * losses[: -len(rise)].max(initial=0.0):
        return
    severity: Severity = "bad" if rise[-1] > 1e3 * rise[0] else "warning"
    text = f"{_growth(rise)} up to here. The learning rate of {number(rate)} is too large."
    yield Finding(severity, "The loss explodes", text, "loss")


def _falling(losses: Array) -> Iterator[Finding]:
    """A loss that is on average lower in the last third of the window than in the first."""
    if len(losses) < WINDOW // 2:
        return
    third = len(losses) // 3
    before, now = float(losses[:third].mean()), float(losses[-third:].mean())
    if now < 0.9 * before:
        text = (
            f"Over the last {len(losses)} iterations the loss fell from about {number(before, 3)} to {number(now, 3)}."
        )
        yield Finding("good", "It learns", text, "loss")


# --- units -------------------------------------------------------------------------------------------------------


def _dead(layers: Sequence[Layer], batch: int) -> Iterator[Finding]:
    counts = {layer.title: round(layer.figures.dead * layer.units) for layer in layers if layer.figures.dead}
    total = sum(counts.values())
    if not total:
        return
    samples = "the one sample" if batch == 1 else f"all {batch} samples"
    verb, them = ("has", "it") if total == 1 else ("have", "them")
    text = (
        f"{total} of {sum(layer.units for layer in layers)} units {verb} slope 0 for {samples} of this batch, so no "
        f"gradient passes {them}: {_places({title: str(count) for title, count in counts.items()})}."
    )
    closed = [layer.title for layer in layers if layer.figures.dead == 1]
    if closed:
        text += f" Nothing at all passes {_listed(closed, 'layers')}."
    yield Finding("bad" if closed else "warning", "Dead units", text, "forward")


def _saturated(layers: Sequence[Layer]) -> Iterator[Finding]:
    """Hidden layers only: saturated outputs are often just confident."""
    flat = [layer for layer in layers[:-1] if layer.figures.saturated >= MOSTLY]
    if flat:
        shares = _listed([f"{layer.figures.saturated:.0%} of {layer.title}" for layer in flat], "layers")
        kinds = " or ".join(sorted({layer.activation for layer in flat}))
        lies = "lies" if len(flat) == 1 else "lie"
        text = f"{shares} {lies} where {kinds} is nearly flat, with a slope below 0.05: the gradient fades there."
        yield Finding("warning", "Saturated units", text, "forward")


# --- gradients and steps -----------------------------------------------------------------------------------------


def _gradient(layers: Sequence[Layer]) -> Iterator[Finding]:
    """How large the gradient is, and what is left of it at the first layer."""
    first, last = layers[0].figures.gradient_norm, layers[-1].figures.gradient_norm
    path = f"from {number(last, 3)} in {layers[-1].title} to {number(first, 3)} in {layers[0].title}"
    if first < FADED * last:
        severity: Severity = "bad" if first < LOST * last else "warning"
        text = f"Its norm falls {path}, so the first layers hardly learn."
        yield Finding(severity, "The gradient vanishes", text, "backward")
    elif first > LARGE_GRADIENT * last > 0:
        yield Finding("warning", "The gradient explodes", f"Its norm grows {path} on the way back.", "backward")
    else:
        yield from _large(layers)


def _large(layers: Sequence[Layer]) -> Iterator[Finding]:
    most = max(layers, key=lambda layer: layer.figures.gradient_norm)
    norm = most.figures.gradient_norm
    if norm > LARGE_GRADIENT:
        text = f"Its norm in {most.title} is {number(norm, 3)}: one step may jump far past the minimum."
        yield Finding("warning", "The gradient is very large", text, "backward")


def _steps(layers: Sequence[Layer], rate: float) -> Iterator[Finding]:
    """Layers whose parameters move far too much or too little for their size."""
    ratios = _finite_ratios(layers)
    if ratios and rate == 0:
        yield Finding("warning", "Nothing moves", "The learning rate is 0, so the weights stay as they are.", "update")
        return
    large = {title: number(r, 3) for title, r in ratios.items() if r > LARGE_STEP}
    tiny = {title: number(r, 3) for title, r in ratios.items() if r < TINY_STEP}
    if large:
        text = f"Update-to-weight ratio {_places(large)}; about 0.001 is usual. Steps this large can overshoot."
        yield Finding("warning", "Large steps", text, "update")
    if tiny:
        text = f"Update-to-weight ratio {_places(tiny)}; about 0.001 is usual. The weights hardly move."
        yield Finding("warning", "Tiny steps", text, "update")


def _healthy(layers: Sequence[Layer]) -> Iterator[Finding]:
    """Said only where nothing else was found."""
    kinds = "dead" if layers[-1].figures.saturated >= MOSTLY else "dead or saturated"
    text = f"No {kinds} units."
    if ratios := list(_finite_ratios(layers).values()):
        text += f" Update-to-weight ratio {_range(min(ratios), max(ratios))}."
    yield Finding("good", "Healthy", text, "update")


def _finite_ratios(layers: Sequence[Layer]) -> dict[str, float]:
    """Without what is frozen, and without weights of 0, to which nothing compares."""
    ratios = {layer.title: layer.figures.update_ratio for layer in layers if layer.trained}
    return {title: ratio for title, ratio in ratios.items() if np.isfinite(ratio)}


def _range(low: float, high: float) -> str:
    same = f"{number(high, 3)} in every layer" if high < 1.5 * low else f"{number(low, 3)} to {number(high, 3)}"
    if low < SMALL_STEP:
        return f"{same}: the steps have become small"
    return f"{same}, which is healthy" if high <= BRISK_STEP else f"{same}: brisk; about 0.001 is usual"


def _places(found: Mapping[str, str]) -> str:
    """`2 in dense 1 and 1 in dense 3`; of a long list the first three."""
    return _listed([f"{what} in {title}" for title, what in found.items()], "layers")


def _listed(items: Sequence[str], more: str = "") -> str:
    if len(items) > 4:
        items = [*items[:3], f"so on in {len(items) - 3} more {more}".rstrip()]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
