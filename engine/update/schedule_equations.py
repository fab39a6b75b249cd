"""The courses of the learning-rate schedules, as equations: where in the course, how high there, and the rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.foundation.errors import ConfigError
from engine.foundation.options import join
from engine.update.equations import BASE_RATE, RATE, STEP, Equation

Settings = Mapping[str, Any]
Equations = tuple[Equation, ...]

POSITION, PROGRESS, SHARE = "schedule.position", "schedule.progress", "schedule.share"


def constant(s: Settings, per_epoch: int) -> Equations:
    """The rate of the optimizer, as it is."""
    return ()


def _position(s: Settings, per_epoch: int) -> Equation:
    if s["per"] == "epoch":
        return Equation(POSITION, "epoch", (STEP,), {"per_epoch": per_epoch})
    return Equation(POSITION, "position", (STEP,))


def _progress(name: str, start: float, length: float) -> Equation:
    return Equation(name, "progress", (POSITION,), {"start": start, "length": length})


def _between(name: str, shape: str, progress: str, first: float, last: float) -> Equation:
    return Equation(name, f"{shape}_between", (progress,), {"first": first, "last": last})


def _rate(share: str) -> Equation:
    return Equation(RATE, "scaled", (BASE_RATE, share))


def _down(output: str, share: str, minimum: float) -> Equation:
    """From the base rate down to the smallest one."""
    if not minimum:
        return Equation(output, "scaled", (BASE_RATE, share))
    return Equation(output, "down_to", (BASE_RATE, share), {"minimum": minimum})


def step(s: Settings, per_epoch: int) -> Equations:
    """A power of gamma that changes once in a while."""
    params = {"gamma": s["gamma"], "step_size": s["step_size"]}
    return _position(s, per_epoch), Equation(SHARE, "step_power", (POSITION,), params), _rate(SHARE)


def exponential(s: Settings, per_epoch: int) -> Equations:
    """A power of gamma."""
    return _position(s, per_epoch), Equation(SHARE, "power", (POSITION,), {"gamma": s["gamma"]}), _rate(SHARE)


def cosine(s: Settings, per_epoch: int) -> Equations:
    """Half a wave a length, without end."""
    return (
        _position(s, per_epoch),
        Equation(PROGRESS, "turns", (POSITION,), {"length": s["iterations"]}),
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
        _progress("schedule.warm_up_progress", 0, s["warmup"]),
        _between("schedule.warm_up", "linear", "schedule.warm_up_progress", s["start_factor"], 1.0),
        *falling,
        _down("schedule.cosine_rate", SHARE, s["minimum"]),
        Equation(RATE, "scaled", ("schedule.cosine_rate", "schedule.warm_up")),
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
    rise, fall = "schedule.rise", "schedule.fall"
    lowest = 1 / (s["div_factor"] * s["final_div_factor"])
    courses = (
        _position(s, per_epoch),
        _progress("schedule.rise_progress", 0, top),
        _between(rise, "cosine", "schedule.rise_progress", highest / s["div_factor"], highest),
        _progress("schedule.fall_progress", top, s["iterations"] - 1 - top),
        _between(fall, "cosine", "schedule.fall_progress", 1.0, lowest),
    )
    if s["maximum"] is not None:
        return *courses, Equation(RATE, "scaled", (rise, fall))
    return *courses, Equation(SHARE, "scaled", (rise, fall)), _rate(SHARE)


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
    cycle, height, fade = "schedule.cycle", "schedule.height", "schedule.fade"
    courses: Equations = (
        _position(s, per_epoch),
        Equation(cycle, "cycle", (POSITION,), {"period": up + down}),
        Equation(height, "triangle", (POSITION, cycle), {"up": up, "down": down}),
    )
    fading = {
        "triangular2": Equation(fade, "power", (cycle,), {"gamma": 0.5}),
        "exp_range": Equation(fade, "power", (POSITION,), {"gamma": s["gamma"]}),
    }.get(s["mode"])
    limit = {"maximum": s["maximum"]}
    if fading is None:
        return *courses, Equation(RATE, "up_to", (BASE_RATE, height), limit)
    return (
        *courses,
        fading,
        Equation(SHARE, "scaled", (height, fade)),
        Equation(RATE, "up_to", (BASE_RATE, SHARE), limit),
    )


def range_test(s: Settings, per_epoch: int) -> Equations:
    """From one rate to another, whatever the base rate is."""
    return (
        _position(s, per_epoch),
        _progress(PROGRESS, 0, s["iterations"] - 1),
        _between(RATE, s["mode"], PROGRESS, s["start"], s["end"]),
    )
