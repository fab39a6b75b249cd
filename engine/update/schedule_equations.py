"""The courses of the learning-rate schedules, as equations: where in the course, how high there, and the rate."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from engine.foundation.errors import ConfigError
from engine.foundation.options import join
from engine.update.equations import BASE_RATE, RATE, STEP, Equation

Settings = Mapping[str, Any]
Equations = tuple[Equation, ...]

POSITION, PROGRESS, SHARE = "schedule.position", "schedule.progress", "schedule.share"
WARM_UP_PROGRESS, WARM_UP, COSINE_RATE = "schedule.warm_up_progress", "schedule.warm_up", "schedule.cosine_rate"
RISE_PROGRESS, RISE = "schedule.rise_progress", "schedule.rise"
FALL_PROGRESS, FALL = "schedule.fall_progress", "schedule.fall"
CYCLE, HEIGHT, FADE, FADED = "schedule.cycle", "schedule.height", "schedule.fade", "schedule.faded"


_WORDS: Mapping[str, tuple[str, str]] = {
    PROGRESS: ("p", "How much of its course the schedule has completed, between 0 and 1."),
    WARM_UP_PROGRESS: ("p_w", "The share of the warm-up that is over."),
    WARM_UP: ("w", "The share of the rate that the warm-up allows so far."),
    COSINE_RATE: (r"\eta_{\cos}", "The rate on the cosine wave, without the warm-up."),
    RISE_PROGRESS: (r"p_\uparrow", "The share of the rise that is over."),
    RISE: (r"r_\uparrow", "How far the rise has come; once it is over, it stays at its end."),
    FALL_PROGRESS: (r"p_\downarrow", "The share of the fall that is over."),
    FALL: (r"r_\downarrow", "The share that the fall leaves; 1 before it begins."),
    SHARE: ("s", "The share of the learning rate that the schedule leaves here."),
    FADED: (r"h_f", "How high the rate is between its two ends, with what is left of the height."),
    FADE: ("f", "The share that is left of the height of a cycle."),
}
"""How the scalars are written that an op makes for several ends, and what each is there."""


def _line(output: str, op: str, inputs: tuple[str, ...], params: Mapping[str, Any] = MappingProxyType({})) -> Equation:
    latex, says = _WORDS.get(output, ("", ""))
    return Equation(output, op, inputs, params, latex, says=says)


def constant(s: Settings, per_epoch: int) -> Equations:
    """The rate of the optimizer, as it is."""
    return ()


def _position(s: Settings, per_epoch: int) -> Equation:
    if s["per"] == "epoch":
        return Equation(POSITION, "epoch", (STEP,), {"per_epoch": per_epoch}, "n")
    return Equation(POSITION, "position", (STEP,), latex="n")


def _progress(name: str, start: float, length: float) -> Equation:
    return _line(name, "progress", (POSITION,), {"start": start, "length": length})


def _between(name: str, shape: str, progress: str, first: float, last: float) -> Equation:
    return _line(name, f"{shape}_between", (progress,), {"first": first, "last": last})


def _rate(share: str) -> Equation:
    return Equation(RATE, "scaled", (BASE_RATE, share))


def _down(output: str, share: str, minimum: float) -> Equation:
    """From the base rate down to the smallest one."""
    if not minimum:
        return _line(output, "scaled", (BASE_RATE, share))
    return _line(output, "down_to", (BASE_RATE, share), {"minimum": minimum})


def step(s: Settings, per_epoch: int) -> Equations:
    """A power of gamma that changes once in a while."""
    params = {"gamma": s["gamma"], "step_size": s["step_size"]}
    return _position(s, per_epoch), _line(SHARE, "step_power", (POSITION,), params), _rate(SHARE)


def exponential(s: Settings, per_epoch: int) -> Equations:
    """A power of gamma."""
    return _position(s, per_epoch), _line(SHARE, "power", (POSITION,), {"gamma": s["gamma"]}), _rate(SHARE)


def multi_step(s: Settings, per_epoch: int) -> Equations:
    """A power of gamma that changes at each milestone."""
    params = {"gamma": s["gamma"], "milestones": s["milestones"]}
    return _position(s, per_epoch), _line(SHARE, "milestone_power", (POSITION,), params), _rate(SHARE)


def linear(s: Settings, per_epoch: int) -> Equations:
    """A straight line between two shares of the rate, which then stays at the second."""
    return (
        _position(s, per_epoch),
        _progress(PROGRESS, 0, s["total_iters"]),
        _between(SHARE, "linear", PROGRESS, s["start_factor"], s["end_factor"]),
        _rate(SHARE),
    )


def inverse_time(s: Settings, per_epoch: int) -> Equations:
    """One over the time that has gone."""
    return _position(s, per_epoch), _line(SHARE, "inverse_time", (POSITION,), {"decay": s["decay"]}), _rate(SHARE)


def cosine(s: Settings, per_epoch: int) -> Equations:
    """Half a wave a length, without end."""
    return (
        _position(s, per_epoch),
        _line(PROGRESS, "turns", (POSITION,), {"length": s["iterations"]}),
        _between(SHARE, "cosine", PROGRESS, 1.0, 0.0),
        _down(RATE, SHARE, s["minimum"]),
    )


def warmup_cosine(s: Settings, per_epoch: int) -> Equations:
    """Two courses one after the other: each stays at its end, 1 for the rise, so that the rate is their product."""
    falling = (
        _progress(PROGRESS, s["warmup"], s["iterations"] - s["warmup"]),
        _between(SHARE, "cosine", PROGRESS, 1.0, 0.0),
    )
    if not s["warmup"]:
        return _position(s, per_epoch), *falling, _down(RATE, SHARE, s["minimum"])
    return (
        _position(s, per_epoch),
        _progress(WARM_UP_PROGRESS, 0, s["warmup"]),
        _between(WARM_UP, "linear", WARM_UP_PROGRESS, s["start_factor"], 1.0),
        *falling,
        _down(COSINE_RATE, SHARE, s["minimum"]),
        Equation(RATE, "scaled", (COSINE_RATE, WARM_UP)),
    )


def check_warmup(s: Settings, path: str) -> None:
    """The cosine has some iterations to itself."""
    if s["warmup"] >= s["iterations"]:
        text = f"the warm-up is shorter than the whole course of {s['iterations']}; given {s['warmup']}"
        raise ConfigError(text, join(path, "warmup"))


def one_cycle(s: Settings, per_epoch: int) -> Equations:
    """The rise and the fall each stay at their end, so that the rate is always the product of both."""
    top = s["pct_start"] * s["iterations"] - 1
    highest = 1.0 if s["maximum"] is None else s["maximum"]
    lowest = 1 / (s["div_factor"] * s["final_div_factor"])
    courses = (
        _position(s, per_epoch),
        _progress(RISE_PROGRESS, 0, top),
        _between(RISE, "cosine", RISE_PROGRESS, highest / s["div_factor"], highest),
        _progress(FALL_PROGRESS, top, s["iterations"] - 1 - top),
        _between(FALL, "cosine", FALL_PROGRESS, 1.0, lowest),
    )
    if s["maximum"] is not None:
        return *courses, Equation(RATE, "scaled", (RISE, FALL))
    return *courses, _line(SHARE, "scaled", (RISE, FALL)), _rate(SHARE)


def check_one_cycle(s: Settings, path: str) -> None:
    """The rise is more than one iteration."""
    if s["pct_start"] * s["iterations"] <= 1:
        rise = s["pct_start"] * s["iterations"]
        text = f"the rise, pct_start times iterations, is longer than one iteration; given {rise:g}"
        raise ConfigError(text, join(path, "pct_start"))


def cyclical(s: Settings, per_epoch: int) -> Equations:
    """A triangle over and over, lower each time if its height fades."""
    up = s["step_size_up"]
    down = s["step_size_down"] or up
    courses: Equations = (
        _position(s, per_epoch),
        Equation(CYCLE, "cycle", (POSITION,), {"period": up + down}, "k"),
        Equation(HEIGHT, "triangle", (POSITION, CYCLE), {"up": up, "down": down}, "h"),
    )
    fading = {
        "triangular2": _line(FADE, "power", (CYCLE,), {"gamma": 0.5}),
        "exp_range": _line(FADE, "power", (POSITION,), {"gamma": s["gamma"]}),
    }.get(s["mode"])
    limit = {"maximum": s["maximum"]}
    if fading is None:
        return *courses, Equation(RATE, "up_to", (BASE_RATE, HEIGHT), limit)
    return (
        *courses,
        fading,
        _line(FADED, "scaled", (HEIGHT, FADE)),
        Equation(RATE, "up_to", (BASE_RATE, FADED), limit),
    )


def range_test(s: Settings, per_epoch: int) -> Equations:
    """From one rate to another, whatever the base rate is."""
    return (
        _position(s, per_epoch),
        _progress(PROGRESS, 0, s["iterations"] - 1),
        _between(RATE, s["mode"], PROGRESS, s["start"], s["end"]),
    )
