"""What an optimizer is made of: equations, the memory that they renew, and settings that several share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal

from engine.foundation.options import Option
from engine.foundation.symbols import Symbol, letters, plain
from engine.foundation.value_name import ValueName, member_name
from engine.ops.update.optimizers import update_function

Settings = Mapping[str, Any]
SECTIONS = ("optimizer", "schedule", "clip")  # of the update, each with scalars of its own
RATE, BASE_RATE, STEP = "optimizer.learning_rate", "optimizer.base_rate", "optimizer.step"


@dataclass(frozen=True, slots=True)
class Slot:
    """Memory of a parameter's size, or one number of the iteration; an equation renews it by writing ``<name>.next``.

    start: what it starts at; latex: how it is written, with ``$p`` for the parameter; code: the same in code, its name
    if not given.
    """

    name: str
    start: float = 0.0
    latex: str = ""
    code: str = ""

    @property
    def symbol(self) -> Symbol:
        """How it is written."""
        return _written(self.name, self.latex, self.code)


@dataclass(frozen=True, slots=True)
class Equation:
    """One line of an optimizer: ``output = op(*inputs, **params)``.

    Names that begin with a section (`optimizer.step`, `schedule.position`, `clip.norm`) are scalars of the iteration;
    `p`, `grad`, slots and `slot.next` belong to a parameter; ``*squares`` stands for `squares` of every parameter.

    latex:   how the output is written, with ``$p`` for the parameter; a slot's next value is written like the slot.
    code:    the same in code, the last part of its name if not given.
    says:    what the line does in a sentence, where its op does not say it.
    letters: of the params that are settings (see `lettered`); the params themselves are plain numbers.
    """

    output: str
    op: str
    inputs: tuple[str, ...]
    params: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    latex: str = ""
    code: str = ""
    says: str = ""
    letters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        """Takes the letters off the settings among its params."""
        object.__setattr__(self, "letters", {**self.letters, **letters(self.params)})
        object.__setattr__(self, "params", plain(self.params))

    @property
    def symbol(self) -> Symbol:
        """How its output is written."""
        return _written(self.output, self.latex, self.code)


def _written(name: str, latex: str, code: str) -> Symbol:
    """A symbol; what no letter was given to is written as a word."""
    parsed = ValueName.parse(name)
    word = rf"\mathrm{{{parsed.key.replace('_', ' ')}}}"
    return Symbol(latex or (word if parsed.layer else f"{word}_{{$p}}"), code or parsed.key)


COMMON: Mapping[str, Symbol] = MappingProxyType(
    {
        RATE: Symbol(r"\eta", "learning_rate"),
        BASE_RATE: Symbol(r"\eta_0", "base_rate"),
        STEP: Symbol("t", "step"),
        "update": Symbol(r"\Delta $p", "update"),
        "next": Symbol(r"{$p}_{\,\mathrm{next}}", "next"),
    }
)
"""How the values are written that every optimizer has, whatever its equations."""

SAID: Mapping[str, str] = MappingProxyType(
    {
        RATE: "The learning rate of this iteration, as the schedule has it.",
        BASE_RATE: "The learning rate of the optimizer, before its schedule changes it.",
        "next": "Renews $p: what it was plus its update.",
    }
)
"""What the lines do that write these values."""


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

    slots: memory of a parameter's size.
    """

    slots: tuple[Slot, ...]
    scalars: tuple[Equation, ...]
    equations: tuple[Equation, ...]

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The same as stages of the update phase."""
        return (Stage("once", self.scalars), Stage("all", self.equations))


@dataclass(frozen=True, slots=True)
class UpdateRules:
    """The whole update phase: stages in order, and all that is carried from iteration to iteration.

    slots:   memory of a parameter's size, memory: scalars, each with the number that it starts at, and each renewed by
             an equation that writes ``<name>.next``.
    symbols: how all of them and what the equations write are written; ``$p`` stands for the parameter.
    """

    slots: Mapping[str, float]
    memory: Mapping[str, float]
    stages: tuple[Stage, ...]
    symbols: Mapping[str, Symbol] = field(default_factory=lambda: COMMON)

    @property
    def scheduled(self) -> bool:
        """Whether an equation computes the learning rate from the base rate."""
        return any(equation.output == RATE for stage in self.stages for equation in stage.equations)


def update_rules(slots: Iterable[Slot], memory: Iterable[Slot], stages: tuple[Stage, ...]) -> UpdateRules:
    """The update phase of these slots, scalars and stages."""
    kept, carried = tuple(slots), tuple(memory)
    equations = [equation for stage in stages for equation in stage.equations]
    made = {equation.output: equation.symbol for equation in equations if not ValueName.parse(equation.output).next}
    known = {slot.name: slot.symbol for slot in (*kept, *carried)}
    return UpdateRules(
        {slot.name: float(slot.start) for slot in kept},
        {slot.name: float(slot.start) for slot in carried},
        stages,
        MappingProxyType({**made, **known, **COMMON}),
    )


def accept(settings: Settings, path: str) -> None:
    """The default check: accepts any combination of settings."""


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
    rules: Callable[[Settings], Rules]
    check: Callable[[Settings, str], None] = accept


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


MAXIMIZE = Option(
    "maximize",
    "boolean",
    False,
    "Make the loss large instead of small: every step takes the gradient reversed.",
    implied=True,
)


# --- rules -----------------------------------------------------------------------------------------------------------

NEXT = Equation("next", "sum", ("p", "update"))


def maximizing(rules: Rules) -> Rules:
    """The same rules for a loss that is to grow: their gradient is reversed before anything else takes it."""
    reverse = Equation("reversed_grad", "negative", ("grad",), latex=r"\check g_{$p}")
    return replace(rules, equations=(reverse, *map(_of_reversed, rules.equations)))


def _of_reversed(equation: Equation) -> Equation:
    inputs = tuple("reversed_grad" if name == "grad" else name for name in equation.inputs)
    said = equation.says or (update_function(equation.op, len(inputs)).says if inputs != equation.inputs else "")
    return replace(equation, inputs=inputs, says=said.replace(" gradient", " reversed gradient"))


def with_decay(settings: Settings) -> tuple[str, tuple[Equation, ...]]:
    """The name of the gradient that the rest works on, and the equation that makes it if there is weight decay."""
    if not settings["weight_decay"]:
        return "grad", ()
    params = {"weight_decay": settings["weight_decay"]}
    return "decayed_grad", (Equation("decayed_grad", "weight_decay", ("grad", "p"), params, r"\tilde g_{$p}"),)


def decayed_step(settings: Settings, op: str, *direction: str, says: str = "") -> tuple[Equation, ...]:
    """The update in two parts, if there is weight decay apart from the gradient: the parameter's own, and the step."""
    if not settings["weight_decay"]:
        return (Equation("update", op, (RATE, *direction), says=says),)
    params = {"weight_decay": settings["weight_decay"]}
    return (
        Equation("decay", "decoupled_decay", (RATE, "p"), params, r"\Delta^{\lambda}_{$p}"),
        Equation("adaptive", op, (RATE, *direction), latex=r"\Delta^{\eta}_{$p}", says=says),
        Equation("update", "sum", ("decay", "adaptive"), says="How far $p moves: by its decay and its step together."),
    )


MOMENTUM_SLOT = Slot("momentum", latex="m_{$p}")
SQUARE_AVERAGE = Slot("square_avg", latex="v_{$p}")
FIRST_MOMENT, SECOND_MOMENT = Slot("exp_avg", latex="m_{$p}"), Slot("exp_avg_sq", latex="v_{$p}")
SCALE, LOOKAHEAD = "d_{$p}", r"\bar g_{$p}"  # what the step is divided by, and a direction that looks ahead
BY_GRADIENT = "How far $p moves: against its gradient, by the learning rate."
BY_MOMENTUM = "How far $p moves: against its momentum, by the learning rate."
BY_SCALED_GRADIENT = "How far $p moves: against its gradient, by the learning rate, divided by its scale."
BY_SCALED_AVERAGE = "How far $p moves: against the average of its gradient, by the learning rate, divided by its scale."
AHEAD = "How far $p moves: against the direction that looks ahead, by the learning rate"
CORRECTION1, CORRECTION2 = "optimizer.bias_correction1", "optimizer.bias_correction2"


def bias_correction(moment: int, beta: float) -> Equation:
    """How much of its full weight the first or second moment has."""
    name = CORRECTION1 if moment == 1 else CORRECTION2
    return Equation(name, "bias_correction", (STEP,), {"beta": beta}, f"c_{moment}", f"correction{moment}")
