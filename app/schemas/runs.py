"""Runs, their layers and parameters, and their programs."""

from __future__ import annotations

from typing import Literal

from app.schemas.common import Config, Latex, Phase, Value, Wire


class LayerInfo(Wire):
    """A layer and the names of its values.

    units: of the last axis, or the channels of images; shape: of its output for one sample; inputs: the values that it
    takes; z: what its activation takes, null if it has none.
    """

    name: str
    type: str
    title: str
    units: int
    fan_in: int
    shape: list[int]
    activation: str
    input: str
    inputs: list[str]
    z: str | None
    a: str
    parameters: list[str]


class ParameterInfo(Wire):
    """A parameter of the model."""

    name: str
    shape: list[int]
    trainable: bool


class Samples(Wire):
    """How many rows to train and to test on."""

    train: int
    test: int


class LossInfo(Wire):
    """The loss."""

    name: str
    title: str
    formula: Latex


class ExpressionInfo(Wire):
    """An expression: its statements as formulas, and what is worth knowing of its inputs."""

    statements: list[Latex]
    notes: list[str]


class RunInfo(Wire):
    """A run: everything about it that holds at every iteration.

    kind: `layers` on data, or an `expression`. The latter has no layers and no task; its inputs are its parameters, all
    shown, some trained, and count as the one sample of every iteration and epoch.
    tokens: the names of token 0, 1, ..., null where inputs are no tokens or have no names; positions: how many targets
    a row has, one at each position, null for one target a row; image: channels, height and width where a row of inputs
    is an image.
    """

    id: str
    kind: Literal["layers", "expression"]
    config: Config
    title: str
    layers: list[LayerInfo]
    parameters: list[ParameterInfo]
    parameter_count: int
    samples: Samples
    iterations_per_epoch: int
    task: Literal["classification", "regression"] | None
    features: list[str]
    classes: list[str]
    tokens: list[str] | None
    positions: int | None
    image: list[int] | None
    output_kind: Literal["plane", "curve", "classes", "none"]
    parent: str | None
    loss: LossInfo
    expression: ExpressionInfo | None


class Step(Wire):
    """One entry of the program."""

    index: int
    phase: Phase
    layer: str
    op: str
    inputs: list[str]
    output: str
    argument: str | None
    shape: list[int]
    formula: Latex
    code: str
    description: str


class Symbol(Wire):
    """How a value is written."""

    latex: Latex
    code: str


class Moment(Wire):
    """A place in a sequence, counted from one; 0 is before all.

    piece: of truncated backpropagation, if the value is computed once more for it; held: whether no gradient goes back
    from here.
    """

    number: int
    piece: int | None
    held: bool


class ValueName(Wire):
    """A value's name, parsed.

    subject:  the value that it is about: of a weight's gradient or slot the weight.
    layer:    the layer, or the section of the update; empty for a value without one.
    key:      what the value is called there, without its moment.
    derived:  what the update makes of a parameter: a slot, `update`, `clipped_grad`; empty for anything else.
    gradient: whether it is a gradient, or what a variant of backpropagation puts in its place.
    part:     which contribution to a gradient, where several add up.
    next:     whether it is what the value becomes in this iteration.
    """

    subject: str
    layer: str
    key: str
    moment: Moment | None
    derived: str
    gradient: Literal["", "grad", "feedback"]
    part: int | None
    next: bool


class Block(Wire):
    """Steps that belong together, from `first` to `last`."""

    index: int
    phase: Phase
    layer: str
    label: str
    first: int
    last: int


class Program(Wire):
    """What one iteration computes, step by step."""

    steps: list[Step]
    symbols: dict[str, Symbol]
    names: dict[str, ValueName]
    blocks: list[Block]


class SampleRows(Wire):
    """The data in model units; training rows first, in the numbering of `batch.indices`.

    labels: the class of each row, or of each position of each row, row after row.
    """

    inputs: Value
    targets: Value
    labels: list[int] | None
    split: list[Literal["train", "test"]]
