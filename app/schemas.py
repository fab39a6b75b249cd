"""The wire models: what the API's answers look like, for OpenAPI and for the tests that hold the answers to it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Word = Literal["Infinity", "-Infinity", "NaN"]
Number = Annotated[
    float | Word,
    Field(description='A number; JSON has no infinities or nan, so they are "Infinity", "-Infinity", "NaN".'),
]
Latex = Annotated[str, Field(description="LaTeX.")]
Index = Annotated[list[int], Field(description="Position of a cell, counted from 0; empty for a scalar.")]
Phase = Literal["batch", "forward", "loss", "backward", "update"]
Config = Annotated[dict[str, Any], Field(description="A RunConfig or an ExpressionConfig, normalized.")]


class Wire(BaseModel):
    """Fields beyond these do not occur."""

    model_config = ConfigDict(extra="forbid")


class Value(Wire):
    """An array: `data` is flat, row-major; a scalar has the shape [] and one number."""

    shape: list[int]
    data: list[Number | bool]


class NamedValue(Value):
    """A value with its name."""

    name: str


class FieldError(Wire):
    """One mistake and its place, like `layers[1].units` or `query.resolution`."""

    path: str
    message: str


class LimitInfo(Wire):
    """The limit that was passed."""

    name: str
    value: float


class ProblemDocument(Wire):
    """An error, as RFC 9457 problem+json."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] = []
    limit: LimitInfo | None = None


class Health(Wire):
    """The server answers."""

    status: Literal["ok"]
    version: str


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
    blocks: list[Block]


class Batch(Wire):
    """Which rows of the training set an iteration trains on."""

    indices: list[int]
    size: int


class LayerHealth(Wire):
    """One layer in one iteration. `penalty_norm`: of what L1 and L2 add to its gradient, null where they add nothing;
    `clipped_norm`: of its gradient, penalty included, after clipping, null without."""

    gradient_norm: Number
    update_ratio: Number
    dead: Number
    saturated: Number
    penalty_norm: Number | None
    clipped_norm: Number | None


class Nonfinite(Wire):
    """The first value that is not finite; its step is null if it was lost before this iteration."""

    step: int | None
    value: str
    phase: Phase
    layer: str
    kind: Literal["inf", "nan"]
    explanation: str
    iteration: int | None = None


class Finding(Wire):
    """What a look at the numbers says, and the phase with whose end those numbers are all there."""

    severity: Literal["good", "warning", "bad"]
    title: str
    text: str
    phase: Phase


class IterationInfo(Wire):
    """One iteration in figures."""

    iteration: int
    epoch: float
    batch: Batch
    loss: Number
    gradient_norms: dict[str, Number]
    update_ratios: dict[str, Number]
    angles: Annotated[
        dict[str, Number] | None,
        Field(description="Degrees between what the update takes and the true gradient; null if it takes that."),
    ]
    slopes: Annotated[
        dict[str, Number],
        Field(description="Local derivatives of an expression, by the gradient that comes back along each edge."),
    ]
    layers: dict[str, LayerHealth]
    first_nonfinite: Nonfinite | None
    diagnosis: list[Finding]


class Trace(Wire):
    """Values of one iteration by name."""

    iteration: int
    values: dict[str, Value]


class StepDetail(Wire):
    """One step with its numbers."""

    index: int
    phase: Phase
    layer: str
    op: str
    argument: str | None
    formula: Latex
    numbers: Latex
    code: str
    inputs: list[NamedValue]
    output: NamedValue
    description: str


class Cell(Wire):
    """One element of a value."""

    value: str
    index: Index


class Factor(Wire):
    """A cell, a function of a cell, or (without a value) a constant; `number` enters the product."""

    value: str | None
    index: Index
    number: Number
    symbol: Latex
    cell: Number | None


class Term(Wire):
    """One addend: the product of its factors. `rest` says how many small terms a last one stands for."""

    factors: list[Factor]
    product: Number
    rest: int | None = None


class Chain(Wire):
    """One sample's gradient by the chain rule."""

    sample: int
    latex: Latex
    numbers: Latex
    factors: list[Factor]
    product: Number


class Check(Wire):
    """The gradient beside a central difference."""

    central_difference: Number
    difference: Number
    agrees: bool
    kink: bool


class Derivation(Wire):
    """How a cell came about: the products of its terms sum to `result`."""

    value: str
    index: Index
    result: Number
    formula: Latex
    numbers: Latex
    explanation: str
    step: int | None
    terms: list[Term]
    terms_total: int
    used_by: list[Cell]
    chain: Chain | None = None
    check: Check | None = None


class Path(Wire):
    """A way from a parameter to the loss."""

    factors: list[Factor]
    cells: list[Cell]
    product: Number


class Rest(Wire):
    """The paths that are not listed, as one number; how many, rounded from 2^53 on."""

    count: float
    product: Number


class Paths(Wire):
    """All ways of one sample from a parameter cell to the loss, largest first."""

    parameter: str
    index: Index
    sample: int
    paths: list[Path]
    rest: Rest
    sum: Number


class ParameterCheck(Wire):
    """One parameter's gradient beside central differences."""

    name: str
    largest_absolute: Number
    largest_relative: Number
    cells: int
    checked: int
    kinks: list[Index]
    agrees: bool


class GradientCheck(Wire):
    """All gradients beside central differences."""

    parameters: list[ParameterCheck]
    agrees: bool
    step_size: float


class VariantParameter(Wire):
    """What a variant gives for one parameter, beside the true gradient, over the cells tried."""

    name: str
    angle: Number
    cosine: Number
    ratio: Number
    cells: int
    checked: int


class Variant(Wire):
    """One variant of backpropagation. `angle` in degrees, `ratio` of its norm to the true one, over all parameters.

    misfit: why it has no meaning for this model, else null; then there are no figures. The passes are those that all
    cells of all parameters take.
    """

    name: str
    misfit: str | None
    angle: Number
    cosine: Number
    ratio: Number
    forward_passes: int
    backward_passes: int
    step_size: float | None
    parameters: list[VariantParameter]


class Variants(Wire):
    """Every variant beside the true gradient; `used` is the one that the update takes."""

    iteration: int
    used: str
    variants: list[Variant]


class Parameters(Wire):
    """The parameters before an iteration."""

    iteration: int
    values: dict[str, Value]


class Boundary(Wire):
    """The model's output over its input, rows by ascending y."""

    resolution: int
    x: list[Number]
    y: list[Number] | None
    outputs: Value


class Maps(Wire):
    """What every unit computes over the input."""

    resolution: int
    x: list[Number]
    y: list[Number] | None
    maps: dict[str, Value]


class SampleRows(Wire):
    """The data in model units; training rows first, in the numbering of `batch.indices`.

    labels: the class of each row, or of each position of each row, row after row.
    """

    inputs: Value
    targets: Value
    labels: list[int] | None
    split: list[Literal["train", "test"]]


class Score(Wire):
    """How good the model is on a set. `outputs`: of each row, in the order of the samples; null for a classification,
    whose `confusion` tells it, and for more than 2000 rows."""

    loss: Number
    accuracy: Number | None
    confusion: list[list[int]] | None
    r2: Number | None
    outputs: Value | None


class BatchScore(Wire):
    """What the model says about the samples of the batch. `losses`: of each one alone; their mean, weighted if classes
    have weights, is the batch's loss. Null for more than 2000."""

    losses: list[Number] | None
    labels: list[int] | None
    predicted: list[int] | None
    probabilities: Value | None


class Evaluation(Wire):
    """The model before an iteration on the training set, the test set and the batch."""

    iteration: int
    train: Score
    test: Score | None
    batch: BatchScore


class Point(Wire):
    """A number at an iteration."""

    iteration: int
    value: Number


class Series(Wire):
    """Series over the iterations from `from` up to, but without, `to`."""

    model_config = ConfigDict(extra="forbid", validate_by_name=True, serialize_by_alias=True)

    from_: Annotated[int, Field(alias="from")]
    to: int
    loss: list[Number]
    train_loss: list[Point]
    test_loss: list[Point]
    accuracy: list[Point]
    learning_rate: list[Number]
    clipped: list[int]


class Stop(Wire):
    """Where early stopping ends training (null if not yet), and the best iteration until then."""

    iteration: int | None
    best: int | None


class History(Series):
    """The series, where the run stopped being finite, and where early stopping ends it; null without."""

    first_nonfinite: Nonfinite | None
    early_stopping: Stop | None


class Predictions(Wire):
    """The model's outputs, one row a row of inputs."""

    iteration: int
    outputs: Value


class PredictBody(Wire):
    """Rows to predict, in model input units."""

    inputs: list[list[float]]
