"""A run over the wire: what holds at every iteration."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import numpy as np

from app.convert.expressions import ExpressionInfo, LossInfo, Samples, expression_fields
from app.convert.watched.rederive import RecordingInfo
from app.http.responses import Answer
from app.wire.forms import OPTIONAL, Array, Integers, Series
from engine.analysis.evaluation import merged_targets
from engine.analysis.layer_statistics import own_parameters
from engine.explain.blocks import layer_title, short_title
from engine.foundation.value_name import ValueName, member_name
from engine.model.activations import ACTIVATIONS
from engine.model.layers import LAYERS, Layer, ParameterSpec, Picture
from engine.model.losses import of_logarithms
from engine.run.recorded import RecordedRun
from engine.run.run import Run
from engine.run.supervised_task import Fitting
from engine.run.task import Config

Split = Literal["train", "test"]
OutputKind = Literal["plane", "curve", "classes", "none"]


@dataclass(frozen=True, slots=True)
class LayerInfo:
    """A layer and the names of its values.

    short: its title in few letters; units: of the last axis, or the channels of images; shape: of its output for one
    sample; inputs: the values that it takes; z: what its activation takes, null if it has none; picture: how it is
    drawn.
    """

    name: str
    type: str
    title: str
    short: str
    units: int
    fan_in: int
    shape: tuple[int, ...]
    activation: str
    activation_title: str
    input: str
    inputs: tuple[str, ...]
    z: str | None
    a: str
    parameters: list[str]
    picture: Picture


@dataclass(frozen=True, slots=True)
class ParameterInfo:
    """A parameter of the model: its name, whole and taken apart; the layer of an expression's input is empty."""

    name: str
    layer: str
    key: str
    shape: tuple[int, ...]
    trainable: bool


@dataclass(frozen=True, slots=True)
class OwnUnits:
    """From the model's units to the data's: own = model * deviation + mean; of each input, and of the targets."""

    mean: Series
    deviation: Series
    target_name: str
    target_mean: float
    target_deviation: float


@dataclass(frozen=True, slots=True)
class RunInfo:
    """A run: everything about it that holds at every iteration.

    kind: `layers` on data, or an `expression`. The latter has no layers and no task; its inputs are its parameters, all
    shown, some trained, and count as the one sample of every iteration and epoch.
    batch_size: of every batch but the last of an epoch, which may be smaller: what a sample is counted in. At most the
    training rows, also where the configuration asks for more.
    tokens: the names of token 0, 1, ..., null where inputs are no tokens or have no names; positions: how many targets
    a row has, one at each position, null for one target a row; image: channels, height and width where a row of inputs
    is an image.
    saved: false, with the reason in unsaved, after a POST of a run that could not be written: a restarted server will
    not know it.
    own_units: null where the model sees the data in their own units.
    recording: of a loop that was watched elsewhere: its iterations are the recordings, counted from 0.
    """

    id: str
    config: Annotated[dict[str, Any], "A RunConfig or an ExpressionConfig, normalized."]
    layers: list[LayerInfo]
    parameters: list[ParameterInfo]
    parameter_count: int
    batch_size: int
    iterations_per_epoch: int
    parent: str | None
    kind: Literal["layers", "expression"]
    title: str
    samples: Samples
    task: Literal["classification", "regression"] | None
    features: tuple[str, ...]
    classes: tuple[str, ...]
    tokens: tuple[str, ...] | None
    positions: int | None
    image: tuple[int, ...] | None
    output_kind: OutputKind
    loss: LossInfo
    expression: ExpressionInfo | None
    own_units: OwnUnits | None
    saved: bool = field(default=True, metadata=OPTIONAL)
    unsaved: str = field(default="", metadata=OPTIONAL)
    recording: RecordingInfo | None = field(default=None, metadata=OPTIONAL)


@dataclass(frozen=True, slots=True)
class SampleRows:
    """The data in model units; training rows first, in the numbering of `batch.indices`.

    labels: the class of each row, or of each position of each row, row after row; table_rows: the number of each row in
    the table that it was read from, from 1 under the line of names.
    """

    inputs: Array
    targets: Array
    labels: Integers | None
    split: list[Split]
    table_rows: Integers | None


def run_answer(run: Run, unsaved: str = "") -> Answer:
    """Everything about a run that holds at every iteration, and why it is not saved, if it should be and is not."""
    config = run.config
    return Answer(
        RunInfo(
            id=config.id,
            config=config.to_dict(),
            layers=[_layer(run, name, layer) for name, layer in zip(run.names, config.layers, strict=True)],
            parameters=[_parameter(p) for p in run.parameters],
            parameter_count=sum(math.prod(p.shape) for p in run.parameters),
            batch_size=run.batches.size,
            iterations_per_epoch=run.batches.per_epoch,
            parent=parent(config),
            **(_fitted(run.fitting) if run.has_data else expression_fields(run)),
            saved=not unsaved,
            unsaved=unsaved,
            recording=run.about if isinstance(run, RecordedRun) else None,
        )
    )


def run_title(run: Run) -> str:
    """What to call a run: an expression by its text."""
    return title(run.fitting) if run.has_data else str(expression_fields(run)["title"])


def _parameter(parameter: ParameterSpec) -> ParameterInfo:
    name = ValueName.parse(parameter.name)
    return ParameterInfo(parameter.name, name.layer, name.key, parameter.shape, parameter.trainable)


def _fitted(fitting: Fitting) -> dict[str, Any]:
    """What only layers on data have."""
    return {
        "kind": "layers",
        "title": title(fitting),
        "samples": Samples(len(fitting.inputs), len(fitting.test_inputs)),
        "task": fitting.data.task,
        "features": fitting.data.features,
        "classes": fitting.classes,
        "tokens": fitting.data.meaning.tokens,
        "positions": fitting.data.meaning.positions,
        "image": fitting.data.meaning.image,
        "output_kind": _output_kind(fitting),
        "loss": _loss(fitting),
        "expression": None,
        "own_units": _own_units(fitting),
    }


def _own_units(fitting: Fitting) -> OwnUnits | None:
    given, data = fitting.config.data, fitting.data
    mean, deviation = given.target_scale
    if (mean, deviation) == (0.0, 1.0) and not np.any(data.mean) and np.all(data.std == 1):
        return None
    name = given.inline.origin.target if given.inline else ""
    return OwnUnits(Series(data.mean), Series(data.std), name, mean, deviation)


def title(fitting: Fitting) -> str:
    """What to call a run: its data, and the widths of its layers."""
    graph = fitting.outline
    changed = [units_of(graph.shapes[a]) for name, a in graph.outputs.items() if name in _widths(fitting)]
    return f"{fitting.config.data.title} {'-'.join(map(str, [fitting.inputs.shape[1], *changed]))}"


def _widths(fitting: Fitting) -> set[str]:
    """The layers that a title counts: those with units of their own."""
    return {name for name, layer in zip(fitting.names, fitting.config.layers, strict=True) if hasattr(layer, "units")}


def units_of(shape: tuple[int, ...]) -> int:
    """The last axis of rows and sequences, the channels of images."""
    return shape[1] if len(shape) == 4 else shape[-1]


def parent(config: Config) -> str | None:
    """The id of the run that this one branched off: the same without its last edits."""
    return config.before(config.edits[-1].iteration).id if config.edits else None


def _layer(run: Run, name: str, layer: Layer) -> LayerInfo:
    graph = run.outline
    inputs, a, z = graph.inputs[name], graph.outputs[name], member_name(name, "z")
    return LayerInfo(
        name=name,
        type=layer.type,
        title=layer_title(name),
        short=short_title(name),
        units=units_of(graph.shapes[a]),
        fan_in=units_of(graph.shapes[inputs[0]]),
        shape=graph.shapes[a][1:],
        activation=layer.output_activation.type,
        activation_title=ACTIVATIONS[layer.output_activation.type].title,
        input=inputs[0],
        inputs=inputs,
        z=z if z in graph.shapes else None,
        a=a,
        parameters=[p.name for p in own_parameters(run, name)],
        picture=LAYERS[layer.type].picture,
    )


def _loss(fitting: Fitting) -> LossInfo:
    loss = fitting.config.loss
    op = loss.op(merged_targets(fitting, fitting.targets).shape)
    return LossInfo(loss.type, op.title, loss.kind.formula_of(op), loss.reduction, of_logarithms(loss))


def _output_kind(fitting: Fitting) -> OutputKind:
    """Which picture shows the model's output best."""
    rows = fitting.inputs.dtype.kind == "f" and len(fitting.outline.shapes[fitting.outline.prediction]) == 2
    pictures: dict[int, OutputKind] = {1: "curve", 2: "plane"} if rows else {}
    return pictures.get(fitting.inputs.shape[1], "classes" if fitting.classes else "none")


def sample_rows(run: Run) -> Answer:
    """The data in model units, training rows first."""
    data = run.data
    inputs = np.concatenate([run.inputs, run.test_inputs])
    targets = np.concatenate([run.targets, run.test_targets])
    train, test = len(run.inputs), len(run.test_inputs)
    labelled = data.train_labels is not None and data.test_labels is not None
    labels = Integers(np.concatenate([data.train_labels, data.test_labels]).reshape(-1)) if labelled else None
    split: list[Split] = ["train"] * train
    split += ["test"] * test
    given = run.fitting.config.data.inline
    read = given is not None and given.origin.rows
    document = SampleRows(inputs, targets, labels, split, Integers(data.rows) if read else None)
    is_test = np.arange(train + test) >= train
    return Answer(document, {"inputs": inputs, "targets": targets, "is_test": is_test}, {"run": run.config.id})
