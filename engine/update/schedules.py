"""Learning-rate schedules: the equations that take the number of an iteration to its learning rate.

A schedule is data, like an optimizer: equations over scalars, which run before those of the optimizer. Its position in
its course is counted in iterations or in whole epochs, from 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from engine.foundation.options import Option
from engine.foundation.registry import parse_named
from engine.foundation.symbols import lettered
from engine.update.equations import Slot, accept
from engine.update.plateau_schedule import PLATEAU_OPTIONS, plateau, plateau_memory
from engine.update.schedule_equations import (
    Equations,
    Settings,
    check_one_cycle,
    check_warmup,
    constant,
    cosine,
    cyclical,
    exponential,
    inverse_time,
    linear,
    multi_step,
    one_cycle,
    range_test,
    step,
    warmup_cosine,
)


def no_memory(settings: Settings) -> tuple[Slot, ...]:
    """A schedule that is a function of the iteration alone."""
    return ()


@dataclass(frozen=True, slots=True)
class ScheduleKind:
    """An entry of the catalog, and the equations made from its settings and the iterations of an epoch.

    memory: scalars that it carries from iteration to iteration.
    check:  raises ConfigError for settings that do not go together, given their path.
    """

    name: str
    title: str
    description: str
    options: tuple[Option, ...]
    formula: str
    source: str
    equations: Callable[[Settings, int], Equations]
    memory: Callable[[Settings], tuple[Slot, ...]] = no_memory
    check: Callable[[Settings, str], None] = accept


@dataclass(frozen=True, slots=True)
class ScheduleSpec:
    """A schedule with its settings, as a run is configured with."""

    type: str
    settings: Settings

    def equations(self, per_epoch: int) -> Equations:
        """Scalars that end in the learning rate, from the base rate, the step and, on a plateau, the loss."""
        kind = SCHEDULES[self.type]
        return kind.equations(lettered(kind.options, self.settings), per_epoch)

    @property
    def memory(self) -> tuple[Slot, ...]:
        """What it carries from iteration to iteration: an equation writes each one's ``.next`` every time."""
        return SCHEDULES[self.type].memory(self.settings)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, every setting named."""
        return {"type": self.type, **self.settings}


def parse_schedule(given: Any, path: str = "schedule") -> ScheduleSpec | None:
    """A `ScheduleSpec` from `"cosine"` or `{"type": "cosine", "iterations": 500}`; None for a constant rate.

    Raises: ConfigError for an unknown type, an unknown setting, a value out of its range, or values that do not go
            together.
    """
    if given is None:
        return None
    name, settings = parse_named(given, SCHEDULES, "schedule", path)
    SCHEDULES[name].check(settings, path)
    return None if name == "constant" else ScheduleSpec(name, MappingProxyType(settings))


# --- options ---------------------------------------------------------------------------------------------------------

PER = Option(
    "per",
    "choice",
    "iteration",
    "What its course is counted in: iterations, or whole epochs, so that the rate changes only between epochs.",
    title="counted in",
    choices=("iteration", "epoch"),
)
MINIMUM = Option("minimum", "number", 0.0, "The rate that it comes down to.", minimum=0, symbol=r"\eta_{\min}")


def _length(default: int, text: str, minimum: int = 1) -> Option:
    return Option("iterations", "integer", default, text, title="length", minimum=minimum, symbol="T")


def _gamma(default: float, text: str) -> Option:
    return Option("gamma", "number", default, text, title="gamma", minimum=0, exclusive_minimum=True, symbol=r"\gamma")


SCHEDULES: dict[str, ScheduleKind] = {
    kind.name: kind
    for kind in (
        ScheduleKind(
            "constant",
            "constant",
            "The learning rate of the optimizer throughout.",
            (),
            r"\eta_t = \eta",
            "Robbins and Monro 1951.",
            constant,
        ),
        ScheduleKind(
            "step",
            "step decay",
            "Multiplies the rate by gamma after every so many iterations or epochs.",
            (
                Option("step_size", "integer", 1000, "How long the rate stays.", title="step size", minimum=1),
                _gamma(0.1, "What is left of the rate after each step."),
                PER,
            ),
            r"\eta_t = \eta\, \gamma^{\lfloor n / s \rfloor}",
            "Goodfellow et al. 2016, section 8.3.1; matches torch.optim.lr_scheduler.StepLR.",
            step,
        ),
        ScheduleKind(
            "exponential",
            "exponential decay",
            "Multiplies the rate by gamma every iteration or epoch.",
            (_gamma(0.999, "What is left of the rate each time."), PER),
            r"\eta_t = \eta\, \gamma^n",
            "Goodfellow et al. 2016, section 8.3.1; matches torch.optim.lr_scheduler.ExponentialLR.",
            exponential,
        ),
        ScheduleKind(
            "multi_step",
            "multi-step decay",
            "Multiplies the rate by gamma at each milestone.",
            (
                Option(
                    "milestones",
                    "integers",
                    (1000, 2000),
                    "The iterations or epochs, counted from 0, at which the rate falls.",
                    minimum=0,
                ),
                _gamma(0.1, "What is left of the rate after each milestone."),
                PER,
            ),
            r"\eta_t = \eta\, \gamma^{\#\{m : m \le n\}}",
            "Goodfellow et al. 2016, section 8.3.1; matches torch.optim.lr_scheduler.MultiStepLR.",
            multi_step,
        ),
        ScheduleKind(
            "linear",
            "linear",
            "Goes in a straight line from one share of the learning rate to another, and stays there: a warm-up, or a "
            "decay to nothing.",
            (
                Option(
                    "start_factor",
                    "number",
                    1 / 3,
                    "The share of the learning rate that it begins with.",
                    title="start factor",
                    minimum=0,
                    maximum=1,
                    exclusive_minimum=True,
                    symbol=r"\alpha",
                ),
                Option(
                    "end_factor",
                    "number",
                    1.0,
                    "The share of the learning rate that it ends with.",
                    title="end factor",
                    minimum=0,
                    maximum=1,
                    symbol=r"\omega",
                ),
                Option("total_iters", "integer", 5, "How long the way is.", title="length", minimum=1, symbol="T"),
                PER,
            ),
            r"\eta_t = \eta \left(\alpha + (\omega - \alpha) \min\left(\tfrac{n}{T}, 1\right)\right)",
            "Goyal et al. 2017, section 2.2; matches torch.optim.lr_scheduler.LinearLR.",
            linear,
        ),
        ScheduleKind(
            "inverse_time",
            "inverse time decay",
            "Divides the rate by a number that grows with time: fast at first, then ever more slowly, and never to 0.",
            (
                Option(
                    "decay",
                    "number",
                    0.001,
                    "How much the divisor grows each time; after 1 over this, half of the rate is left.",
                    minimum=0,
                    symbol=r"\kappa",
                ),
                PER,
            ),
            r"\eta_t = \frac{\eta}{1 + \kappa\, n}",
            "Robbins and Monro 1951; Bottou 2012, Stochastic gradient descent tricks, section 5.2.",
            inverse_time,
        ),
        ScheduleKind(
            "cosine",
            "cosine annealing",
            "Follows half a cosine wave from the learning rate down to the smallest one; past its end the wave goes on "
            "and comes up again.",
            (_length(1000, "How long the way down is."), MINIMUM, PER),
            r"\eta_t = \eta_{\min} + (\eta - \eta_{\min})\, \frac{1 + \cos(\pi n / T)}{2}",
            "Loshchilov and Hutter 2017; matches torch.optim.lr_scheduler.CosineAnnealingLR.",
            cosine,
        ),
        ScheduleKind(
            "warmup_cosine",
            "warm-up and cosine",
            "Rises in a straight line while the first gradients are still wild, then follows half a cosine wave down, "
            "and stays there.",
            (
                _length(1000, "How long both take together."),
                Option("warmup", "integer", 100, "How long the rise is.", title="warm-up", minimum=0, symbol="W"),
                Option(
                    "start_factor",
                    "number",
                    0.1,
                    "The share of the learning rate that the rise begins with.",
                    title="start factor",
                    minimum=0,
                    maximum=1,
                    symbol=r"\alpha",
                ),
                MINIMUM,
                PER,
            ),
            r"\eta_t = \left(\alpha + (1 - \alpha) \min\left(\tfrac{n}{W}, 1\right)\right) \left(\eta_{\min} +"
            r" (\eta - \eta_{\min})\, \tfrac{1 + \cos \pi p}{2}\right), \quad"
            r" p = \operatorname{clip}\left(\tfrac{n - W}{T - W}, 0, 1\right)",
            "Goyal et al. 2017 for the warm-up, Loshchilov and Hutter 2017 for the cosine; matches LinearLR and then "
            "CosineAnnealingLR in torch.optim.lr_scheduler.SequentialLR.",
            warmup_cosine,
            check=check_warmup,
        ),
        ScheduleKind(
            "one_cycle",
            "one cycle",
            "Rises to the largest rate that training bears, then falls far below where it began; each along half a "
            "cosine wave. The momentum stays as it is.",
            (
                _length(1000, "How long the cycle takes; the rate then stays.", minimum=2),
                Option(
                    "maximum",
                    "number",
                    None,
                    "The largest rate; without a number, the learning rate of the optimizer.",
                    minimum=0,
                    nullable=True,
                    symbol=r"\eta_{\max}",
                ),
                Option(
                    "pct_start",
                    "number",
                    0.3,
                    "The share of the cycle in which the rate rises.",
                    title="rising share",
                    minimum=0,
                    maximum=1,
                    exclusive_minimum=True,
                    exclusive_maximum=True,
                    symbol=r"\rho",
                ),
                Option(
                    "div_factor",
                    "number",
                    25.0,
                    "How many times smaller than the largest rate the first one is.",
                    title="first divisor",
                    minimum=0,
                    exclusive_minimum=True,
                    symbol="d",
                ),
                Option(
                    "final_div_factor",
                    "number",
                    1e4,
                    "How many times smaller than the first rate the last one is.",
                    title="final divisor",
                    minimum=0,
                    exclusive_minimum=True,
                    symbol="f",
                ),
                PER,
            ),
            r"\tfrac{\eta}{d} \to \eta \to \tfrac{\eta}{d f}, \quad"
            r" \eta_{a \to b}(p) = b + (a - b)\, \tfrac{1 + \cos \pi p}{2}",
            "Smith and Topin 2019, Super-convergence; matches torch.optim.lr_scheduler.OneCycleLR(cycle_momentum="
            "False).",
            one_cycle,
            check=check_one_cycle,
        ),
        ScheduleKind(
            "cyclical",
            "cyclical",
            "Goes up and down in straight lines between the learning rate and a larger one, over and over.",
            (
                Option(
                    "maximum",
                    "number",
                    0.1,
                    "The rate at the top of the first cycle.",
                    minimum=0,
                    symbol=r"\eta_{\max}",
                ),
                Option(
                    "step_size_up", "integer", 2000, "How long the way up is.", title="way up", minimum=1, symbol="u"
                ),
                Option(
                    "step_size_down",
                    "integer",
                    None,
                    "How long the way down is; without a number, as long as the way up.",
                    title="way down",
                    minimum=1,
                    nullable=True,
                    symbol="d",
                ),
                Option(
                    "mode",
                    "choice",
                    "triangular",
                    "Cycles of one height (triangular), half as high each time (triangular2), or lower by the factor "
                    "gamma every iteration or epoch (exp_range).",
                    choices=("triangular", "triangular2", "exp_range"),
                ),
                _gamma(1.0, "Of exp_range: what is left of the height each time."),
                PER,
            ),
            r"\eta_t = \eta + (\eta_{\max} - \eta)\, h\, s, \quad"
            r" h = \min\left(\tfrac{m}{u}, \tfrac{u + d - m}{d}\right), \quad m = n \bmod (u + d)",
            "Smith 2017, Cyclical learning rates; matches torch.optim.lr_scheduler.CyclicLR(cycle_momentum=False).",
            cyclical,
        ),
        ScheduleKind(
            "plateau",
            "reduce on plateau",
            "Lowers the rate when the mean batch loss of an epoch has not fallen for several epochs.",
            PLATEAU_OPTIONS,
            r"\eta_{t+1} = \max(\gamma\, \eta_t,\, \eta_{\min}) \text{ after } P \text{ epochs without } \bar L <"
            r" (1 - \theta)\, \bar L_{\mathrm{best}}",
            "Goodfellow et al. 2016, section 8.3.1; matches torch.optim.lr_scheduler.ReduceLROnPlateau, given the mean "
            "batch loss after every epoch.",
            plateau,
            plateau_memory,
        ),
        ScheduleKind(
            "range_test",
            "learning-rate range test",
            "Raises the rate from a tiny to a huge one, whatever that of the optimizer is: where the loss falls "
            "fastest is a good rate, and where it explodes is too much.",
            (
                Option("start", "number", 1e-6, "The first rate.", minimum=0, exclusive_minimum=True, symbol="a"),
                Option("end", "number", 10.0, "The last rate.", minimum=0, exclusive_minimum=True, symbol="b"),
                _length(200, "How long it takes from the first rate to the last.", minimum=2),
                Option(
                    "mode",
                    "choice",
                    "exponential",
                    "By the same factor every time, or by the same amount.",
                    choices=("exponential", "linear"),
                ),
                PER,
            ),
            r"\eta_t = a \left(\frac{b}{a}\right)^{n / (T - 1)}",
            "Smith 2017, Cyclical learning rates, section 3.3.",
            range_test,
        ),
    )
}
