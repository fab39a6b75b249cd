"""The catalog and the presets."""

from __future__ import annotations

from typing import Any, Literal

from app.schemas.common import Latex, Number, Wire


class Parameter(Wire):
    """A setting: its kind, default and range."""

    name: str
    title: str
    kind: Literal["number", "integer", "boolean", "choice", "pair", "matrix", "vector", "integers", "names"]
    default: Any
    minimum: float | None
    maximum: float | None
    exclusive_minimum: bool
    exclusive_maximum: bool
    choices: list[str] | None
    nullable: bool
    symbol: Latex
    description: str


class Entry(Wire):
    """Something to choose by name."""

    name: str
    title: str
    description: str
    parameters: list[Parameter]
    formula: Latex
    source: str


class DatasetEntry(Entry):
    """A data set, with its default options: those of a sequence set say how many inputs, tokens and positions it has.

    tokens: the names of token 0, 1, ..., null where inputs are no tokens; positions: how many targets a row has, one at
    each position, null for one target a row; image: channels, height and width where a row of inputs is an image.
    """

    task: Literal["classification", "regression"]
    features: list[str]
    classes: list[str]
    samples_maximum: int | None
    inputs: int
    tokens: list[str] | None
    positions: int | None
    image: list[int] | None


class ActivationEntry(Entry):
    """An activation: slope and range."""

    derivative: Latex
    minimum: Number
    maximum: Number


class LayerEntry(Entry):
    """A type of layer, and what it can be given besides settings.

    activation: the one it has by default, null for none; initializers: settings that say how a parameter starts, and
    starts: what each is by default; required: settings without a default; several: whether it takes two or more
    inputs; second: whether it can take two; shares: whether it can share the parameters of another.
    """

    activation: str | None
    initializers: list[str]
    starts: dict[str, Any]
    required: list[str]
    several: bool
    second: bool
    shares: bool


class OptimizerEntry(Entry):
    """An optimizer: its equations, one line each."""

    equations: list[Latex]


class TopLevel(Wire):
    """Settings of the run itself, and the objects that it may have."""

    parameters: list[Parameter]
    regularization: Entry
    clip: Entry
    early_stopping: Entry


class Catalog(Wire):
    """All that a configuration can name."""

    datasets: list[DatasetEntry]
    layers: list[LayerEntry]
    activations: list[ActivationEntry]
    losses: list[Entry]
    optimizers: list[OptimizerEntry]
    initializers: list[Entry]
    schedules: list[Entry]
    backward: list[Entry]
    estimates: list[Entry]
    features: list[Entry]
    functions: list[Entry]
    run: TopLevel


class Preset(Wire):
    """A run worth looking at."""

    name: str
    title: str
    summary: str
    config: dict[str, Any]
