"""The gradient on its way back, through the layers and through time, and what it makes of the weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.analysis.diagnosis.cures import (
    anew,
    from_now,
    held_back,
    kept_on,
    random_weights,
    rate_of,
    slower,
    without_given,
)
from engine.analysis.diagnosis.dead import nothing_arrives
from engine.analysis.diagnosis.finding import Check, Cure, Finding, Place, Result, Severity
from engine.analysis.diagnosis.look import FADED, Look, Weights, falling, of_layers
from engine.analysis.diagnosis.words import places, span, times
from engine.analysis.layer_statistics import norm
from engine.explain.blocks import layer_title
from engine.foundation.numbers import number
from engine.foundation.value_name import gradient_name, member_name, next_name, update_name
from engine.run.trace import Trace

LOST = 1e-5  # the same as FADED of eight sigmoids in a row
DROWNED = 1e-2  # over time: all moments share their weights, so the last ones drown what is a hundred times smaller
LARGE_GRADIENT = 1e3  # a growth on the way back, and a norm, that no usual rate bears


# --- along the layers --------------------------------------------------------------------------------------------


def _depth(look: Look) -> Result:
    first, last = look.weights[0], look.weights[-1]
    text = f"{number(first.gradient, 3)} in {first.title}, {number(last.gradient, 3)} in {last.title}"
    norms = [weights.gradient for weights in look.weights]
    path = f"from {number(last.gradient, 3)} in {last.title} to {number(first.gradient, 3)} in {first.title}"
    at = look.at(gradient_name(first.names[0]))
    found: tuple[Finding, ...] = ()
    if not first.gradient:
        found = nothing_arrives(look)
    elif first.gradient < FADED * last.gradient:
        severity: Severity = "bad" if first.gradient < LOST * last.gradient else "warning"
        words = f"Its norm falls {path}, so the first layers hardly learn."
        found = (Finding("vanishes", severity, "The gradient vanishes", words, "backward", at, kept_on(look)),)
    elif first.gradient > LARGE_GRADIENT * last.gradient > 0:
        words = f"Its norm grows {path} on the way back: one rate cannot suit both ends."
        found = (Finding("explodes", "warning", "The gradient explodes", words, "backward", at, held_back(look)),)
    return Result(text, tuple(w.layer for w in look.weights), min(norms), max(norms), found)


def without_depth(look: Look) -> str | None:
    """Where a gradient has no way through layers, or there is none."""
    if reason := of_layers(look):
        return reason
    if len(look.weights) < 2:
        return "there is one layer with parameters" if look.weights else "no layer has parameters"
    return None if look.weights[-1].gradient else f"the gradient in {look.weights[-1].title} is 0, and 0 has no ratio"


# --- along time --------------------------------------------------------------------------------------------------

RECURRENT = ("rnn", "lstm", "gru")


def _time(look: Look) -> Result:
    """The state's gradient at the first moment beside that at the last: Bengio et al. 1994, section III."""
    norms = {name: _by_moment(look, name) for name in _judged_over_time(look)}
    every = [value for moments in norms.values() for value in moments]
    first = {name: moments[0] / moments[-1] for name, moments in norms.items()}
    worst = min(first, key=lambda name: first[name])
    moments = norms[worst]
    text = f"{span(moments[0], moments[-1])} over {len(moments)} times"
    found = _over_time(look, worst, moments) if first[worst] < DROWNED else _growing(look, norms, first)
    return Result(text, tuple(norms), min(every), max(every), found)


def _over_time(look: Look, name: str, moments: list[float]) -> tuple[Finding, ...]:
    smaller = f"{times(moments[-1] / moments[0])} smaller" if moments[0] else "nothing of it is left"
    words = (
        f"In {layer_title(name)} the state's gradient falls from {number(moments[-1], 3)} at time {len(moments)} to "
        f"{number(moments[0], 3)} at time 1, {smaller}: what came first is hardly learned from."
    )
    severity: Severity = "bad" if moments[0] < LOST * moments[-1] else "warning"
    at = look.at(gradient_name(member_name(name, "h1")))
    cures = _remembering(look, name)
    return (Finding("vanishes_over_time", severity, "The gradient vanishes over time", words, "backward", at, cures),)


def _growing(look: Look, norms: Mapping[str, list[float]], first: Mapping[str, float]) -> tuple[Finding, ...]:
    most = max(first, key=lambda name: first[name])
    moments = norms[most]
    if first[most] < LARGE_GRADIENT:
        return ()
    words = (
        f"In {layer_title(most)} the state's gradient grows from {number(moments[-1], 3)} at time {len(moments)} to "
        f"{number(moments[0], 3)} at time 1."
    )
    at = look.at(gradient_name(member_name(most, "h1")))
    return (Finding("explodes", "warning", "The gradient explodes over time", words, "backward", at, held_back(look)),)


def _remembering(look: Look, name: str) -> tuple[Cure, ...]:
    """For a plain recurrent layer: what helps one that has gates already is not known."""
    config = look.config.to_dict()["layers"]
    at = look.run.names.index(name)
    if config[at]["type"] != "rnn":
        return ()
    free = without_given(config[at])
    kept = {key: value for key, value in free.items() if key not in ("activation", "share")}
    gated = [*config[:at], {**kept, "type": "gru"}, *config[at + 1 :]]
    gru = anew(look, "GRU", "Its gates can pass a state, and its gradient, on as it is.", layers=gated)
    turned = [*config[:at], {**free, "recurrent_initializer": "orthogonal"}, *config[at + 1 :]]
    why = "An orthogonal map changes no length, so only the activations shrink what goes back."
    return (gru, anew(look, "Orthogonal recurrent weights", why, layers=turned))


def _by_moment(look: Look, name: str) -> list[float]:
    """The norm of the state's gradient at each moment, from the first to the last."""
    states = [step.output for step in look.forward if step.layer == name]
    names = [state for state in states if (parsed := look.traced.program.name(state)).key == "h" and parsed.moment]
    return [norm(look.traced[gradient_name(state)]) for state in names if gradient_name(state) in look.traced.table]


def _judged_over_time(look: Look) -> list[str]:
    """Recurrent layers whose last state alone goes on: where every moment has a loss, each has its own gradient."""
    named = zip(look.run.names, look.config.layers, strict=True)
    names = [name for name, layer in named if layer.type in RECURRENT and not layer.return_sequence and not layer.k2]
    moments = {name: _by_moment(look, name) for name in names}
    return [name for name in names if len(moments[name]) > 1 and moments[name][-1] > 0]


def without_time(look: Look) -> str | None:
    """Where no gradient goes back through time alone."""
    if reason := of_layers(look):
        return reason
    recurrent = [layer for layer in look.config.layers if layer.type in RECURRENT]
    if not recurrent:
        return "there is no recurrent layer"
    return None if _judged_over_time(look) else "every moment has a loss of its own, or the gradient is cut"


# --- no gradient at all ------------------------------------------------------------------------------------------


def _zero(look: Look) -> Result:
    total = norm(*(np.array([g]) for g in look.gradients.values()))
    text = f"norm {number(total, 3)}"
    names = tuple(look.gradients)
    if total and _at_rest(look):
        return Result(text, names, total, total, (_flat(look, names, total),))
    if total:
        return Result(text, names, total, total, _large(look, total))
    at = look.at(gradient_name(names[0]))
    if not look.run.has_data:
        return Result(text, names, 0.0, 0.0, (_flat(look, names, total),))
    if look.perfect:
        return Result(text, names, 0.0, 0.0)
    if look.noisy or any(look.over_rows.values()):
        return Result(f"{text} in this batch", names, 0.0, 0.0, (_batch_alone(look, at),))
    words = (
        f"The gradient of every trained parameter is 0, for this batch and for {look.asked}: no step is taken, "
        "whatever the rate."
    )
    cure = random_weights(look, look.run.names, "Weights that are not all alike pass a gradient on.")
    cures = () if any(curve.is_flat for curve in look.curves) else (cure,)
    return Result(
        text, names, 0.0, 0.0, (Finding("zero_gradient", "bad", "Zero gradient", words, "backward", at, cures),)
    )


def _batch_alone(look: Look, at: Place) -> Finding:
    """A batch that asks for nothing, as hinge does within its margin, while the data do."""
    if look.noisy:
        words = "The gradient of this batch is 0: what is drawn at random has cut it off this once."
    else:
        words = f"The gradient of this batch is 0, as its rows ask for no change. Over {look.asked} it is not 0."
    return Finding("zero_gradient", "good", "This batch asks for nothing", words, "backward", at)


def _at_rest(look: Look) -> bool:
    """Whether the steps of an expression are smaller than the last digit of each of its inputs."""
    if look.run.has_data or not look.rate:
        return False
    return all(look.traced[name] == look.traced[next_name(name)] for name in look.gradients)


def _flat(look: Look, names: tuple[str, ...], size: float) -> Finding:
    """An expression at rest: at its end if the loss is higher on both sides of every input, or lower if it climbs.

    Args: size: the norm of its gradient, which no step shows.
    """
    here, beside = float(look.traced["loss"]), dict[float, dict[str, Any]]()
    for name in names:
        for way in (1, -1):
            value = float(look.traced[name])
            to = value + way * 0.1 * max(1.0, abs(value))
            edit: dict[str, Any] = {"iteration": look.t, "parameter": name, "index": [], "value": to}
            beside[float(look.run.branch([edit]).losses(look.t, look.t + 1)[0])] = edit
    at, best = look.at(gradient_name(names[0])), (max if look.climbs else min)(beside)
    worse, end, other = ("lower", "maximum", "minimum") if look.climbs else ("higher", "minimum", "maximum")
    if best < here if look.climbs else best > here:
        rest = f"The gradient's norm is {number(size, 3)}: no step changes a digit" if size else "The gradient is 0"
        words = f"{rest}, and beside it the loss is {worse}: {number(here)} is a {end}."
        return Finding("finished", "good", "At a maximum" if look.climbs else "At a minimum", words, "backward", at)
    if size:
        return _motionless(look, size, at)
    words = f"The gradient of every trained input is 0: this is a {other}, a saddle or a flat place."
    edit = beside[best]
    helps = best > here if look.climbs else best < here
    title = f"Start at {edit['parameter']} = {number(edit['value'])}"
    cure = Cure(title, f"There the loss is {number(best)} and has a slope again.", edits=(edit,))
    return Finding("zero_gradient", "warning", "Zero gradient", words, "backward", at, (cure,) if helps else ())


def _motionless(look: Look, size: float, at: Place) -> Finding:
    """An expression that stands still though it need not: its rate is too small for its gradient."""
    words = (
        f"The gradient's norm is {number(size, 3)}, and a rate of {number(look.rate)} makes of it less than the last "
        "digit of every input: none changes."
    )
    return Finding("tiny_steps", "warning", "Nothing moves", words, "update", at, _longer(look, size))


def _longer(look: Look, size: float) -> tuple[Cure, ...]:
    if look.update.schedule:
        return ()
    rate = float(f"{1e-2 / size:.1g}")
    title, why = f"Learning rate {number(rate)}", "The first step is then about 0.01 long."
    return (from_now(look, title, why, {"optimizer.learning_rate": rate}, look.t),)


def _large(look: Look, total: float) -> tuple[Finding, ...]:
    """A gradient that is large, in a step that is large for its weights."""
    ratios = [w.ratio for w in look.weights if w.ratio is not None] if look.run.has_data else [np.inf]
    if total <= LARGE_GRADIENT or max(ratios, default=0.0) <= LARGE_STEP:
        return ()
    most = max(look.gradients, key=lambda name: look.gradients[name])
    end = "maximum" if look.climbs else "minimum"
    words = f"Its norm is {number(total, 3)}, most of it in {most}: one step may jump far past the {end}."
    cures = (slower(look, look.t, "Shorter steps do not jump past it.", _factor(max(ratios))),)
    at = look.at(gradient_name(most))
    return (Finding("explodes", "warning", "The gradient is very large", words, "backward", at, cures),)


def _factor(ratio: float) -> float:
    return float(np.clip(1e-3 / ratio, 1e-6, 0.1)) if np.isfinite(ratio) else 1e-3


def without_trained(look: Look) -> str | None:
    """Where nothing is trained."""
    return None if look.gradients else "nothing is trained"


# --- steps -------------------------------------------------------------------------------------------------------

TINY_STEP, SMALL_STEP, BRISK_STEP, LARGE_STEP = 1e-5, 1e-4, 1e-2, 1e-1  # update over weight; about 1e-3 is usual
FASTER = 10.0  # times the rate at the most: what a longer step does is known only close by
DONE_R2 = 0.99  # less than a hundredth of the variance is left
EARLY, VERY_LARGE = 10, 10.0  # iterations in which small weights are still on their way, and what is too far for them


def _steps(look: Look) -> Result:
    """Karpathy 2015, CS231n, "ratio of weights to updates": about 1e-3."""
    ratios = {w: w.ratio for w in look.weights if w.trained and w.ratio is not None}
    low, high = min(ratios.values()), max(ratios.values())
    text, rests_on = span(low, high), tuple(w.layer for w in ratios)
    large = _lasting(look, {w: r for w, r in ratios.items() if r > LARGE_STEP and not w.small})
    if large:
        return Result(text, rests_on, low, high, (_overshooting(look, large),))
    if high < TINY_STEP and not _done(look):
        return Result(text, rests_on, low, high, (_creeping(look, ratios),))
    return Result(text, rests_on, low, high, good=f"update-to-weight ratio {_judged(low, high)}")


def _done(look: Look) -> bool:
    """Whether the answers are so good that small steps are what is wanted."""
    if look.t < look.settled or look.fit is None:
        return False
    return look.fit >= (1.0 if look.labels is not None else DONE_R2)


def creeping(look: Look) -> bool:
    """Whether the steps are tiny because of the rate: a gradient is there, which a usual rate of 0.01 would follow."""
    judged = [w for w in look.weights if w.trained and w.ratio is not None]
    alive = any(0.01 * w.gradient > TINY_STEP * w.size for w in judged)
    return bool(judged) and alive and max(w.ratio or 0.0 for w in judged) < TINY_STEP


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
        cures = (slower(look, look.t, why, min(0.1, 0.01 / max(large.values()))),)
    else:
        words += " So far the loss falls." if look.t >= EARLY else " In the first iterations that may pass."
    return Finding("large_steps", "warning", "Large steps", words, "update", at, cures)


def _creeping(look: Look, ratios: Mapping[Weights, float]) -> Finding:
    high = max(ratios.values())
    each = places({w.title: number(r, 3) for w, r in ratios.items()})
    words = f"Update-to-weight ratio {each}; about 0.001 is usual. The weights hardly move."
    at = look.at(update_name(next(iter(ratios)).trained[0]))
    cures: tuple[Cure, ...] = ()
    if high and look.update.schedule is None:
        rate = rate_of(look, min(1e-3 / high, FASTER))
        title = f"Learning rate {number(rate)}"
        why = f"Steps are then about {number(high * rate / look.rate, 2)} of the weights."
        cures = (from_now(look, title, why, {"optimizer.learning_rate": rate}),)
    return Finding("tiny_steps", "warning", "Tiny steps", words, "update", at, cures)


def _judged(low: float, high: float) -> str:
    same = f"{number(high, 3)} in every layer" if high < 1.5 * low else span(low, high)
    if low < SMALL_STEP:
        return f"{same}: the steps have become small"
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


FLOW = (
    Check("a gradient arrives", ("zero_gradient", "explodes", "finished", "tiny_steps"), _zero, without_trained),
    Check("gradient along the layers", ("vanishes", "zero_gradient", "explodes"), _depth, without_depth),
    Check("gradient over time", ("vanishes_over_time", "explodes"), _time, without_time),
    Check("steps to weights, per layer", ("large_steps", "tiny_steps"), _steps, without_steps),
)
