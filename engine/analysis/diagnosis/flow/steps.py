"""The steps that are made of a gradient, beside the weights that they change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.analysis.diagnosis.cures import anew, from_now, rate_of, slower
from engine.analysis.diagnosis.explosion import PERSISTENT, momentum
from engine.analysis.diagnosis.finding import Check, Cure, Finding, Result
from engine.analysis.diagnosis.look import Look, Weights, falling, of_layers
from engine.analysis.diagnosis.words import places, span
from engine.analysis.layer_statistics import norm
from engine.foundation.numbers import number
from engine.foundation.value_name import gradient_name, member_name, update_name
from engine.run.trace import Trace

TINY_STEP, SMALL_STEP, BRISK_STEP, LARGE_STEP = 1e-5, 1e-4, 1e-2, 1e-1  # update over weight; about 1e-3 is usual
TRIED = 20  # iterations that a longer step is tried for before it is offered
CLIPPED_STEP, LEFT = 1e-3, 0.05  # a step that clipping may have made short, and what is left of a gradient then
FASTER = 10.0  # times the rate, where a larger factor does harm: what a longer step does is known only close by
EARLY, VERY_LARGE = 10, 10.0  # iterations in which small weights are still on their way, and what is too far for them


def _steps(look: Look) -> Result:
    """Karpathy 2015, CS231n, "ratio of weights to updates": about 1e-3."""
    ratios = {w: w.ratio for w in look.weights if w.trained and w.ratio is not None}
    low, high = min(ratios.values()), max(ratios.values())
    text, rests_on = span(low, high), tuple(w.layer for w in ratios)
    large = _lasting(look, {w: r for w, r in ratios.items() if r > LARGE_STEP and not w.small})
    if large:
        return Result(text, rests_on, low, high, (_overshooting(look, large),))
    cut = _cut(look) if high < CLIPPED_STEP and falling(look.losses) is None else None
    if (high < TINY_STEP or cut) and not look.answers_well:
        return Result(text, rests_on, low, high, (_creeping(look, ratios, cut),))
    return Result(text, rests_on, low, high, good=f"update-to-weight ratio {_judged(look, low, high)}")


def creeping(look: Look) -> bool:
    """Whether the steps are tiny though there is a gradient, which a usual rate of 0.01 would follow."""
    judged = [w for w in look.weights if w.trained and w.ratio is not None]
    alive = any(0.01 * w.gradient > TINY_STEP * w.size for w in judged)
    high = max((w.ratio or 0.0 for w in judged), default=np.inf)
    return (alive and high < TINY_STEP) or (high < CLIPPED_STEP and _cut(look) is not None)


def _bound(look: Look) -> float:
    """Large steps are a fault if the loss does not fall with them; steps longer than the weights are always one."""
    falls = falling(look.losses) is not None
    if look.t < EARLY:
        return VERY_LARGE
    return LONGER if falls else LARGE_STEP


LONGER = 1.0  # steps as long as the weights themselves
STEPS = 5  # whose ratios are compared: one alone may be a batch that is unlike the others


def _lasting(look: Look, large: Mapping[Weights, float]) -> dict[Weights, float]:
    """Of layers with a large ratio the median over the last iterations, where that is large as well."""
    if not large:
        return {}
    before = [look.run.trace_at(t, look.cancelled) for t in range(max(0, look.t - STEPS + 1), look.t)]
    medians = {w: float(np.median([r, *(_ratio(w, traced) for traced in before)])) for w, r in large.items()}
    bound = LONGER if look.t < EARLY else LARGE_STEP
    return {w: ratio for w, ratio in medians.items() if ratio > bound}


def _ratio(weights: Weights, traced: Trace) -> float:
    size = norm(*(traced[name] for name in weights.trained))
    return norm(*(traced[update_name(name)] for name in weights.trained)) / size if size else 0.0


def _overshooting(look: Look, large: Mapping[Weights, float]) -> Finding:
    each = places({w.title: number(r, 3) for w, r in large.items()})
    words = f"Update-to-weight ratio {each}; about 0.001 is usual. Steps this large can overshoot."
    at = look.at(update_name(next(iter(large)).trained[0]))
    cures: tuple[Cure, ...] = ()
    if max(large.values()) > _bound(look):
        why = "Shorter steps go down where these jump across."
        cures = (*_brief(look), slower(look, look.t, why, min(0.1, 0.01 / max(large.values()))))
    else:
        words += " So far the loss falls." if look.t >= EARLY else " In the first iterations that may pass."
    return Finding("large_steps", "warning", "Large steps", words, "update", at, cures)


def _brief(look: Look) -> tuple[Cure, ...]:
    """Where a momentum adds up a hundred gradients: the steps are long by it, not by the rate."""
    if momentum(look) < PERSISTENT:
        return ()
    why = "A step then adds up to ten gradients at the most."
    return (from_now(look, "Momentum 0.9", why, {"optimizer.momentum": 0.9}),)


def _creeping(look: Look, ratios: Mapping[Weights, float], cut: _Cut | None) -> Finding:
    high = max(ratios.values())
    each = places({w.title: number(r, 3) for w, r in ratios.items()})
    decayed = _decayed(look)
    words = f"Update-to-weight ratio {each}; about 0.001 is usual. {cut.words if cut else decayed or HARDLY}"
    at = look.at(update_name(next(iter(ratios)).trained[0]))
    if cut:
        cures = cut.cures(look)
    elif decayed:
        cures = (anew(look, "No schedule", "The rate then stays what it is set to.", schedule=None),)
    else:
        cures = _faster(look, high)
    return Finding("tiny_steps", "warning", "Tiny steps", words, "update", at, cures)


HARDLY = "The weights hardly move."


def _faster(look: Look, high: float) -> tuple[Cure, ...]:
    """The rate that makes steps usual, if some iterations with it do no harm; else ten times the present one."""
    if not high or look.update.schedule is not None:
        return ()
    rates = [rate_of(look, factor) for factor in (1e-3 / high, min(1e-3 / high, FASTER))]
    rate = next((rate for rate in rates[:1] if _bears(look, rate)), rates[1])
    why = f"Steps are then about {number(high * rate / look.rate, 2)} of the weights."
    return (from_now(look, f"Learning rate {number(rate)}", why, {"optimizer.learning_rate": rate}),)


def _bears(look: Look, rate: float) -> bool:
    """Whether the loss does not rise over some iterations with another rate, beside those before."""
    branch = look.run.branch([{"iteration": look.t, "set": {"optimizer.learning_rate": rate}}])
    losses = branch.losses(look.t, look.t + TRIED)
    before = float(look.losses.max())
    return bool(np.isfinite(losses).all() and losses.max() <= before + 0.1 * abs(before))


# --- what cuts steps short ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Cut:
    """What clipping leaves of a gradient: its kind, its bound, the share that is left, and the norm that there was."""

    kind: str
    bound: float
    share: float
    norm: float

    @property
    def words(self) -> str:
        """How little is left."""
        return f"Clipping leaves {number(100 * self.share, 2)}% of the gradient, whose norm is {number(self.norm, 3)}."

    def cures(self, look: Look) -> tuple[Cure, ...]:
        """A bound that only longer gradients than these come to, and none."""
        bound = float(f"{2 * self.norm:.1g}")
        why = "Only a gradient of twice this length is then shortened."
        title = f"Clip the norm at {number(bound)}"
        by_norm = self.kind == "norm"
        wider = (
            from_now(look, title, why, {"clip.norm": bound})
            if by_norm
            else anew(look, title, why, clip={"norm": bound})
        )
        return (wider, anew(look, "No clipping", "The gradient is then taken as long as it is.", clip=None))


def _cut(look: Look) -> _Cut | None:
    """A bound so low that nearly nothing is left of a gradient, and its steps are short by that."""
    clip = look.update.clip
    if clip is None:
        return None
    names = [name for name in look.gradients if member_name(name, "clipped_grad") in look.traced.table]
    before = norm(*(look.traced[gradient_name(name)] for name in names))
    after = norm(*(look.traced[member_name(name, "clipped_grad")] for name in names))
    ((kind, bound),) = clip.to_dict().items()
    return _Cut(kind, bound, after / before, before) if 0 < after < LEFT * before else None


def _decayed(look: Look) -> str:
    """How far a schedule has brought the rate down, in words; empty where that is not why steps are short."""
    first = look.at_start.rate
    if look.update.schedule is None or look.rate > LEFT * first:
        return ""
    return f"The schedule has brought the rate from {number(first)} down to {number(look.rate, 3)}."


def _judged(look: Look, low: float, high: float) -> str:
    same = f"{number(high, 3)} in every layer" if high < 1.5 * low else span(low, high)
    if low < SMALL_STEP:
        return f"{same}: the steps {'have become' if look.t else 'are'} small"
    if high > LARGE_STEP:
        return f"{same}: large, as it may be for a few steps"
    return f"{same}, which is usual" if high <= BRISK_STEP else f"{same}: brisk, about 0.001 is usual"


def without_steps(look: Look) -> str | None:
    """Where no update has weights to be compared with."""
    if reason := of_layers(look) or without_trained(look):
        return reason
    if not look.rate:
        return "the learning rate is 0"
    if not any(look.gradients.values()):
        return "the gradient of this batch is 0"
    judged = [w for w in look.weights if w.trained and w.ratio is not None]
    return None if judged else "the weights are nearly 0, and nothing compares to 0"


def without_trained(look: Look) -> str | None:
    """Where nothing is trained."""
    return None if look.gradients else "nothing is trained"


STEPS_TO_WEIGHTS = Check("steps to weights, per layer", ("large_steps", "tiny_steps"), _steps, without_steps)
