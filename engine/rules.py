"""What an optimizer is made of: equations, the memory that they renew, and settings that several share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from engine.options import Option

RATE, STEP = "optimizer.learning_rate", "optimizer.step"


@dataclass(frozen=True, slots=True)
class Equation:
    """One line of an optimizer: ``output = op(*inputs, **params)``.

    Names with a dot in front (`optimizer.step`) are scalars; `p`, `grad`, slots and `slot.next` belong to a parameter.
    """

    output: str
    op: str
    inputs: tuple[str, ...]
    params: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Rules:
    """What an optimizer does with its settings: scalars first, then the equations of each parameter.

    slots: memory of a parameter's size, with the number that it starts at.
    """

    slots: Mapping[str, float]
    scalars: tuple[Equation, ...]
    equations: tuple[Equation, ...]


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

NEXT = Equation("next", "add_update", ("p", "update"))


def with_decay(settings: Mapping[str, Any]) -> tuple[str, tuple[Equation, ...]]:
    """The name of the gradient that the rest works on, and the equation that makes it if there is weight decay."""
    if not settings["weight_decay"]:
        return "grad", ()
    params = {"weight_decay": settings["weight_decay"]}
    return "decayed_grad", (Equation("decayed_grad", "weight_decay", ("grad", "p"), params),)
