"""What an optimizer is made of: equations, the memory that they renew, and settings that several share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from engine.foundation.options import Option
from engine.foundation.value_name import ValueName, member_name

SECTIONS = ("optimizer", "schedule", "clip")  # of the update, each with scalars of its own
RATE, BASE_RATE, STEP = "optimizer.learning_rate", "optimizer.base_rate", "optimizer.step"


@dataclass(frozen=True, slots=True)
class Equation:
    """One line of an optimizer: ``output = op(*inputs, **params)``.

    Names that begin with a section (`optimizer.step`, `schedule.position`, `clip.norm`) are scalars of the iteration;
    `p`, `grad`, slots and `slot.next` belong to a parameter; ``*squares`` stands for `squares` of every parameter.
    """

    output: str
    op: str
    inputs: tuple[str, ...]
    params: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


def value_name(name: str, parameter: str) -> str:
    """The program's name for a name in an equation: ``p`` is the parameter; a section's scalar has its own name."""
    if not parameter or is_scalar(name):
        return name
    return parameter if name == "p" else member_name(parameter, name)


def is_scalar(name: str) -> bool:
    """Whether a name in an equation is a scalar of the iteration: it begins with a section, or is the loss."""
    return name == "loss" or ValueName.parse(name).layer in SECTIONS


Scope = Literal["once", "each", "all"]


@dataclass(frozen=True, slots=True)
class Stage:
    """Equations of the update phase that belong together.

    scope:    `once`, on scalars; `each`, parameter by parameter, because numbers depend on where a parameter ends (a
              norm) or only some are concerned; `all`, cell by cell, so that the fast path takes all parameters at once.
    gradient: what the stages after this one take for `grad`, if it makes a new one.
    only:     the parameters concerned: those whose last name begins with one of these; all without. For the others
              `grad` stays what it was.
    """

    scope: Scope
    equations: tuple[Equation, ...]
    gradient: str = "grad"
    only: tuple[str, ...] = ()

    def concerns(self, parameter: str) -> bool:
        """Whether a parameter is meant: `weight` stands for `dense1.weight` and for `lstm1.weight_hh`.

        One that belongs to no layer, as an input of an expression, is always meant.
        """
        name = ValueName.parse(parameter)
        return not self.only or not name.layer or name.key.startswith(self.only)


@dataclass(frozen=True, slots=True)
class Rules:
    """What an optimizer does with its settings: scalars first, then the equations of each parameter.

    slots: memory of a parameter's size, with the number that it starts at.
    """

    slots: Mapping[str, float]
    scalars: tuple[Equation, ...]
    equations: tuple[Equation, ...]

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The same as stages of the update phase."""
        return (Stage("once", self.scalars), Stage("all", self.equations))


@dataclass(frozen=True, slots=True)
class UpdateRules:
    """The whole update phase: stages in order, and all that is carried from iteration to iteration.

    slots:  memory of a parameter's size; memory: scalars, each renewed by an equation that writes ``<name>.next``.
    """

    slots: Mapping[str, float]
    memory: Mapping[str, float]
    stages: tuple[Stage, ...]

    @property
    def scheduled(self) -> bool:
        """Whether an equation computes the learning rate from the base rate."""
        return any(equation.output == RATE for stage in self.stages for equation in stage.equations)


def accept(settings: Mapping[str, Any], path: str) -> None:
    """Every setting within its range goes together with every other."""


@dataclass(frozen=True, slots=True)
class OptimizerKind:
    """An entry of the catalog, and the rules made from its settings.

    check: raises ConfigError for settings that do not go together, given their path.
    """

    name: str
    title: str
    description: str
    options: tuple[Option, ...]
    formulas: tuple[str, ...]
    source: str
    rules: Callable[[Mapping[str, Any]], Rules]
    check: Callable[[Mapping[str, Any], str], None] = accept


# --- options ---------------------------------------------------------------------------------------------------------


def rate_option(default: float, text: str = "How far a step goes along the negative gradient.") -> Option:
    """The learning rate."""
    return Option(
        "learning_rate",
        "number",
        default,
        text,
        title="learning rate",
        minimum=0,
        symbol=r"\eta",
    )


def decay_option(default: float, text: str) -> Option:
    """Weight decay, of either kind."""
    return Option("weight_decay", "number", default, text, title="weight decay", minimum=0, symbol=r"\lambda")


L2 = "Adds this times the parameter to its gradient: an L2 penalty."
MOMENTUM = Option(
    "momentum",
    "number",
    0.0,
    "Share of the last step's direction that is kept.",
    minimum=0,
    symbol=r"\mu",
)
BETAS = Option(
    "betas",
    "pair",
    (0.9, 0.999),
    "Decay of the running means of the gradient and of its square.",
    minimum=0,
    maximum=1,
    exclusive_maximum=True,
    symbol=r"\beta_1, \beta_2",
)


def eps_option(default: float) -> Option:
    """The small number in a divisor."""
    return Option(
        "eps",
        "number",
        default,
        "Keeps the divisor away from zero.",
        title="epsilon",
        minimum=0,
        symbol=r"\epsilon",
    )


# --- rules -----------------------------------------------------------------------------------------------------------

NEXT = Equation("next", "sum", ("p", "update"))


def with_decay(settings: Mapping[str, Any]) -> tuple[str, tuple[Equation, ...]]:
    """The name of the gradient that the rest works on, and the equation that makes it if there is weight decay."""
    if not settings["weight_decay"]:
        return "grad", ()
    params = {"weight_decay": settings["weight_decay"]}
    return "decayed_grad", (Equation("decayed_grad", "weight_decay", ("grad", "p"), params),)
