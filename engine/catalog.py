"""The catalog: everything that a configuration can name, with settings, defaults, ranges, formulas and sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from string import Template
from typing import Any, Literal, Protocol, TypeVar

from engine.checks.gradient_estimates import ESTIMATES
from engine.config.run_config import RUN_OPTIONS
from engine.data import DATASETS, DatasetKind
from engine.expressions.functions import BASES, FUNCTIONS, settings
from engine.foundation.numbers import Finite, Latex
from engine.foundation.options import Kind, Option
from engine.model.activations import ACTIVATIONS, ActivationKind
from engine.model.initializers import INITIALIZERS
from engine.model.layers import LAYERS, LayerKind, Picture
from engine.model.losses import LOSSES
from engine.ops import OPS
from engine.ops.dense.feature_names import POWER
from engine.program.feedback_alignment import BACKWARD
from engine.update.clipping import CLIP_OPTIONS
from engine.update.early_stopping import STOPPING_OPTIONS
from engine.update.optimizers import OPTIMIZERS
from engine.update.penalties import REGULARIZATION_OPTIONS
from engine.update.schedules import SCHEDULES
from engine.update.update_spec import SECTIONS


@dataclass(frozen=True, slots=True)
class Parameter:
    """A setting: its kind, default and range.

    length: of a list of whole numbers, how many it must have; allowed, example: what it takes, in words, and how more
    than one number is written.
    """

    name: str
    title: str
    kind: Kind
    default: Any
    minimum: Finite | None
    maximum: Finite | None
    exclusive_minimum: bool
    exclusive_maximum: bool
    choices: tuple[str, ...] | None
    nullable: bool
    symbol: Latex
    description: str
    length: int | None
    allowed: str
    example: str


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to choose by name."""

    name: str
    title: str
    description: str
    parameters: tuple[Parameter, ...]
    formula: Latex
    source: str


@dataclass(frozen=True, slots=True)
class DatasetEntry(Entry):
    """A data set, with its default options: those of a sequence set say how many inputs, tokens and positions it has.

    tokens: the names of token 0, 1, ..., null where inputs are no tokens; positions: how many targets a row has, one at
    each position, null for one target a row; image: channels, height and width where a row of inputs is an image.
    """

    task: Literal["classification", "regression"]
    features: tuple[str, ...]
    classes: tuple[str, ...]
    samples_maximum: int | None
    inputs: int
    tokens: tuple[str, ...] | None
    positions: int | None
    image: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class ActivationEntry(Entry):
    """An activation: slope and range."""

    derivative: Latex
    minimum: float
    maximum: float


@dataclass(frozen=True, slots=True)
class LayerEntry(Entry):
    """A type of layer, and what it can be given besides settings.

    activation: the one it has by default, null for none; initializers: settings that say how a parameter starts, and
    starts: what each is by default; required: settings without a default; several: whether it takes two or more
    inputs; second: whether it can take two; shares: whether it can share the parameters of another; picture: how it is
    drawn.
    """

    activation: str | None
    initializers: tuple[str, ...]
    starts: Mapping[str, Any]
    required: tuple[str, ...]
    several: bool
    second: bool
    shares: bool
    picture: Picture


@dataclass(frozen=True, slots=True)
class OptimizerEntry(Entry):
    """An optimizer: its equations, one line each."""

    equations: tuple[Latex, ...]


@dataclass(frozen=True, slots=True)
class TopLevel:
    """Settings of the run itself, and its sections: the objects that it may have."""

    parameters: tuple[Parameter, ...]
    regularization: Entry
    clip: Entry
    early_stopping: Entry


@dataclass(frozen=True, slots=True)
class Catalog:
    """All that a configuration can name.

    backward: what the gradient goes through on its way back; estimates: gradients without a backward pass, which none
    can train with, only compare; features: the kinds of what can be made of raw inputs; functions: of expressions.
    settable: the sections of a configuration whose settings may change in the middle of a run, where a branch begins;
    highest_power: of an input, among the features.
    """

    datasets: tuple[DatasetEntry, ...]
    layers: tuple[LayerEntry, ...]
    activations: tuple[ActivationEntry, ...]
    losses: tuple[Entry, ...]
    optimizers: tuple[OptimizerEntry, ...]
    initializers: tuple[Entry, ...]
    schedules: tuple[Entry, ...]
    backward: tuple[Entry, ...]
    estimates: tuple[Entry, ...]
    features: tuple[Entry, ...]
    functions: tuple[Entry, ...]
    run: TopLevel
    settable: tuple[str, ...]
    highest_power: int


class Described(Protocol):
    """What every registry's entries have."""

    @property
    def title(self) -> str: ...

    @property
    def description(self) -> str: ...

    @property
    def options(self) -> tuple[Option, ...]: ...


E = TypeVar("E", bound=Entry)


def _entry(make: type[E], name: str, kind: Described, formula: str, source: str, **more: Any) -> E:
    """An entry of a registry. `more`: what only its kind has."""
    return make(name, kind.title, kind.description, _parameters(kind.options), formula, source, **more)


def _parameters(options: Iterable[Option]) -> tuple[Parameter, ...]:
    return tuple(map(_parameter, options))


def _parameter(option: Option) -> Parameter:
    given = {field.name: getattr(option, field.name) for field in fields(Parameter)}
    return Parameter(**given | {"title": option.title or option.name.replace("_", " ")})


RUN = TopLevel(
    _parameters(RUN_OPTIONS),
    Entry(
        "regularization",
        "regularization",
        "A penalty on large weights; its gradient is added to that of the loss, in steps of its own.",
        _parameters(REGULARIZATION_OPTIONS),
        r"\tfrac{\lambda_2}{2} \sum_w w^2 + \lambda_1 \sum_w |w|",
        "Goodfellow et al. 2016, section 7.1.",
    ),
    Entry(
        "clip",
        "clipping",
        "A bound on the gradient, of exactly one kind.",
        _parameters(CLIP_OPTIONS),
        r"g \min\left(1,\, \frac{c}{\lVert g \rVert + 10^{-6}}\right)",
        "Pascanu, Mikolov and Bengio 2013; matches torch.nn.utils.clip_grad_norm_ and clip_grad_value_.",
    ),
    Entry(
        "early_stopping",
        "early stopping",
        "Marks the iteration at which training would have ended. The iterations after it can still be looked at.",
        _parameters(STOPPING_OPTIONS),
        r"L_{\mathrm{test}} \ge L_{\min} - \delta",
        "Goodfellow et al. 2016, section 7.8, algorithm 7.1.",
    ),
)

FEATURE_KINDS = tuple(
    Entry(name, title, description, (), formula, "Bishop 2006, Pattern Recognition and Machine Learning, section 3.1.")
    for name, title, description, formula in (
        ("x1", "input", "A raw input as it is.", r"\varphi = x_k"),
        (
            "x1^2",
            "power",
            f"A whole power of an input, up to {POWER}: a polynomial, for one input.",
            r"\varphi = x_k^p",
        ),
        ("x1*x2", "product", "A product of inputs, powers and waves.", r"\varphi = x_j\, x_k"),
        ("sin(x1)", "sine", "The sine of an input.", r"\varphi = \sin(x_k)"),
        ("cos(x1)", "cosine", "The cosine of an input.", r"\varphi = \cos(x_k)"),
    )
)


def _function(name: str, op: str) -> Entry:
    """A function of an expression, with the settings that it has there."""
    found = OPS[op]
    letters = dict(zip(found.args, "x" if len(found.args) == 1 else "ab", strict=True))
    numbers = {key: f"{value:g}" if isinstance(value, float) else str(value) for key, value in settings(op).items()}
    formula = Template(found.function.formula).safe_substitute(letters | numbers, out="y")
    count = "one value" if len(found.args) == 1 else "two values"
    return Entry(name, found.title, f"In an expression, of {count}.", (), formula, found.source)


def _logarithm(name: str) -> Entry:
    """A logarithm to another base."""
    title, formula = f"logarithm to base {BASES[name]}", rf"y = \frac{{\log x}}{{\log {BASES[name]}}}"
    return Entry(name, title, "In an expression, of one value.", (), formula, OPS["log"].source)


def catalog() -> Catalog:
    """The catalog, read off the registries."""
    return Catalog(
        datasets=tuple(_dataset(name, kind) for name, kind in DATASETS.items()),
        layers=tuple(_layer(name, kind) for name, kind in LAYERS.items()),
        activations=tuple(_activation(name, kind) for name, kind in ACTIVATIONS.items()),
        losses=tuple(_entry(Entry, name, kind, kind.formula, kind.op.source) for name, kind in LOSSES.items()),
        optimizers=tuple(
            _entry(OptimizerEntry, name, kind, kind.formulas[-1], kind.source, equations=kind.formulas)
            for name, kind in OPTIMIZERS.items()
        ),
        initializers=tuple(_entry(Entry, name, kind, kind.formula, kind.source) for name, kind in INITIALIZERS.items()),
        schedules=tuple(_entry(Entry, name, kind, kind.formula, kind.source) for name, kind in SCHEDULES.items()),
        backward=tuple(_entry(Entry, name, kind, kind.formula, kind.source) for name, kind in BACKWARD.items()),
        estimates=tuple(_entry(Entry, name, kind, kind.formula, kind.source) for name, kind in ESTIMATES.items()),
        features=FEATURE_KINDS,
        functions=(*(_function(name, op) for name, op in FUNCTIONS.items()), *map(_logarithm, BASES)),
        run=RUN,
        settable=SECTIONS,
        highest_power=POWER,
    )


def _dataset(name: str, kind: DatasetKind) -> DatasetEntry:
    """With what its numbers stand for, where its options are the default ones."""
    usual = kind.usual
    return _entry(
        DatasetEntry,
        name,
        kind,
        kind.formula,
        kind.source,
        task=kind.task,
        features=usual.features,
        classes=usual.classes,
        samples_maximum=kind.samples_maximum,
        inputs=len(usual.features),
        tokens=usual.tokens,
        positions=usual.positions,
        image=usual.image,
    )


def _activation(name: str, kind: ActivationKind) -> ActivationEntry:
    more = {"derivative": kind.derivative, "minimum": kind.minimum, "maximum": kind.maximum}
    return _entry(ActivationEntry, name, kind, kind.formula, kind.op.source, **more)


def _layer(name: str, kind: LayerKind) -> LayerEntry:
    """With what it can be given besides settings: an activation, initializers, several inputs, shared parameters."""
    return _entry(
        LayerEntry,
        name,
        kind,
        kind.formula,
        kind.source,
        activation=kind.activation,
        initializers=kind.initializers,
        starts=kind.defaults,
        required=tuple(kind.required),
        several=kind.several,
        second=kind.second,
        shares=bool(kind.parameters),
        picture=kind.picture,
    )
