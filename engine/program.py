"""The program of one iteration: a Wengert list, compiled before any number exists.

Forward steps come from the layers; the backward pass is derived from them by walking the list from its end, with one
step a VJP and an explicit `accumulate` where a value was used more than once; the optimizer's equations follow, one
step an equation and parameter. Every step writes one named value, once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from engine.errors import ShapeError
from engine.layers import Layer, ParameterSpec
from engine.losses import LossSpec
from engine.ops.base import Function, Op, Shape
from engine.ops.structure import SEED, TAKE, accumulate
from engine.ops.update import UPDATE_OPS
from engine.optimizers import RATE, STEP, Equation, Rules

PHASES = ("batch", "forward", "loss", "backward", "update")


@dataclass(frozen=True, slots=True)
class Step:
    """One function applied, one named value written.

    argument: of a backward step, the op's argument whose gradient this is.
    title:    of the op, in words.
    """

    index: int
    phase: str
    layer: str
    op: str
    title: str
    argument: str | None
    inputs: tuple[str, ...]
    output: str
    shape: Shape
    dtype: np.dtype[Any]
    function: Function
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Program:
    """The steps of one iteration for one batch size, and the sources that they start from."""

    steps: tuple[Step, ...]
    sources: Mapping[str, Shape]
    parameters: tuple[ParameterSpec, ...]
    prediction: str
    rules: Rules
    batch: int
    producer: Mapping[str, int]

    def shape(self, value: str) -> Shape:
        """The shape of any value, source or computed."""
        return self.sources[value] if value in self.sources else self.steps[self.producer[value]].shape


@dataclass(frozen=True, slots=True)
class Model:
    """What a program is compiled from: layers over data of known shapes, a loss, an optimizer's rules.

    target: shape of the whole training set's targets and their type.
    """

    layers: tuple[Layer, ...]
    loss: LossSpec
    features: int
    target: Shape
    target_dtype: np.dtype[Any]
    dtype: np.dtype[Any]


@dataclass(frozen=True, slots=True)
class _Node:
    """A forward step before it has an index: also what the backward pass is derived from."""

    op: Op
    inputs: tuple[str, ...]
    output: str
    layer: str
    params: Mapping[str, Any]


@dataclass(slots=True)
class _Builder:
    """Collects steps; checks single assignment, known names and shapes as it goes."""

    dtype: np.dtype[Any]
    shapes: dict[str, Shape]
    dtypes: dict[str, np.dtype[Any]]
    steps: list[Step] = field(default_factory=list)

    def add(
        self,
        phase: str,
        layer: str,
        op: str,
        function: Function,
        inputs: Sequence[str],
        output: str,
        shape: Shape,
        params: Mapping[str, Any],
        argument: str | None = None,
        title: str = "",
    ) -> None:
        unknown = [name for name in inputs if name not in self.shapes]
        if unknown or output in self.shapes:
            raise ShapeError(f"step {output}: unknown input {unknown}" if unknown else f"{output} is written twice")
        dtype = self.dtypes[inputs[0]] if phase == "batch" else self.dtype
        self.shapes[output], self.dtypes[output] = shape, dtype
        frozen = MappingProxyType(dict(params))
        self.steps.append(
            Step(
                len(self.steps),
                phase,
                layer,
                op,
                title or op.replace("_", " "),
                argument,
                tuple(inputs),
                output,
                shape,
                dtype,
                function,
                frozen,
            )
        )


def layer_names(layers: Sequence[Layer]) -> tuple[str, ...]:
    """Type and count: dense1, dense2, dropout1, ..."""
    seen: Counter[str] = Counter()
    names = []
    for layer in layers:
        seen[layer.type] += 1
        names.append(f"{layer.type}{seen[layer.type]}")
    return tuple(names)


def parameters_of(layers: Sequence[Layer], features: int) -> tuple[ParameterSpec, ...]:
    """All parameters in the order of the layers, each checked against what the layer before gives it."""
    found: list[ParameterSpec] = []
    for i, (layer, name) in enumerate(zip(layers, layer_names(layers), strict=True)):
        found += layer.parameters(name, features, f"layers[{i}]")
        features = layer.units
    return tuple(found)


def compile_program(model: Model, rules: Rules, batch: int) -> Program:
    """Batch, forward, loss, backward and update steps of one iteration of `batch` samples.

    Raises: ShapeError if shapes do not agree, a name is unknown, or a value is written twice.
    """
    parameters = parameters_of(model.layers, model.features)
    sources = _sources(model, parameters, rules, batch)
    integer = np.dtype(np.int64)
    dtypes = dict.fromkeys(sources, model.dtype)
    dtypes |= {"batch.indices": integer, "data.targets": model.target_dtype, STEP: np.dtype(np.float64)}
    builder = _Builder(model.dtype, dict(sources), dtypes)
    _batch_steps(builder, model, batch)
    nodes = _forward_steps(builder, model)
    _backward_steps(builder, nodes, {"x", *(p.name for p in parameters)})
    _update_steps(builder, parameters, rules)
    steps = tuple(builder.steps)
    producer = {step.output: step.index for step in steps}
    prediction = nodes[-2].output if len(nodes) > 1 else "x"
    return Program(steps, MappingProxyType(sources), parameters, prediction, rules, batch, producer)


def _sources(model: Model, parameters: Sequence[ParameterSpec], rules: Rules, batch: int) -> dict[str, Shape]:
    """Values that no step writes. The number of data rows does not matter to the program: it is given as 0."""
    sources: dict[str, Shape] = {
        "data.inputs": (0, model.features),
        "data.targets": (0, *model.target[1:]),
        "batch.indices": (batch,),
        RATE: (),
        STEP: (),
    }
    for p in parameters:
        sources[p.name] = p.shape
        if p.trainable:
            sources |= {f"{p.name}.{slot}": p.shape for slot in rules.slots}
    return sources


def _batch_steps(builder: _Builder, model: Model, batch: int) -> None:
    for output, source, shape in (
        ("x", "data.inputs", (batch, model.features)),
        ("target", "data.targets", (batch, *model.target[1:])),
    ):
        builder.add("batch", "batch", "take", TAKE, (source, "batch.indices"), output, shape, {})


def _forward_steps(builder: _Builder, model: Model) -> list[_Node]:
    nodes: list[_Node] = []

    def emit(op: Op, inputs: tuple[str, ...], output: str, layer: str, **params: Any) -> None:
        shape = op.shape(*(builder.shapes[name] for name in inputs), **params)
        phase = "loss" if layer == "loss" else "forward"
        builder.add(phase, layer, op.name, op.function, inputs, output, shape, params, title=op.title)
        nodes.append(_Node(op, inputs, output, layer, params))

    value = "x"
    for layer, name in zip(model.layers, layer_names(model.layers), strict=True):
        value = layer.emit(name, value, emit)
    emit(model.loss.op(builder.shapes["target"]), (value, "target"), "loss", "loss", **model.loss.params)
    return nodes


def _backward_steps(builder: _Builder, nodes: Sequence[_Node], wanted: set[str]) -> None:
    """VJP steps from the loss back to everything in `wanted`; contributions are added up where paths meet."""
    active = _active(nodes, wanted)
    uses = Counter(name for node in nodes for name in _differentiable(node) if name in active)
    parts: dict[str, list[str]] = {}
    builder.add("backward", "loss", "seed", SEED, ("loss",), "loss.grad", (), {}, "loss", "start of the backward pass")
    for node in reversed(nodes):
        for argument in node.op.vjps:
            name = node.inputs[node.op.args.index(argument)]
            if name in active:
                _vjp_step(builder, node, argument, name, uses[name], parts.setdefault(name, []))


def _active(nodes: Sequence[_Node], wanted: set[str]) -> set[str]:
    """The values that depend on something wanted: only their gradients are needed."""
    active = set(wanted)
    for node in nodes:
        if any(name in active for name in _differentiable(node)):
            active.add(node.output)
    return active


def _differentiable(node: _Node) -> list[str]:
    return [node.inputs[node.op.args.index(argument)] for argument in node.op.vjps]


def _vjp_step(builder: _Builder, node: _Node, argument: str, name: str, uses: int, parts: list[str]) -> None:
    """One contribution to `name.grad`; after the last one of several, the step that adds them up."""
    known = dict(zip(node.op.args, node.inputs, strict=True))
    known |= {"grad": f"{node.output}.grad", "output": node.output}
    function = node.op.vjps[argument]
    inputs = [known[operand] for operand in function.operands]
    output = f"{name}.grad" if uses == 1 else f"{name}.grad.{len(parts) + 1}"
    shape = builder.shapes[name]
    title = f"gradient through {node.op.title}"
    builder.add("backward", node.layer, node.op.name, function, inputs, output, shape, node.params, argument, title)
    parts.append(output)
    if uses > 1 and len(parts) == uses:
        op = accumulate(uses)
        total = f"{name}.grad"
        builder.add("backward", node.layer, "accumulate", op, parts, total, shape, {}, argument, "gradients add")


def _update_steps(builder: _Builder, parameters: Sequence[ParameterSpec], rules: Rules) -> None:
    trained = [p for p in parameters if p.trainable]
    if not trained:
        return
    for equation in rules.scalars:
        _equation_step(builder, equation, "optimizer", "", ())
    for p in trained:
        for equation in rules.equations:
            _equation_step(builder, equation, p.name.rpartition(".")[0], p.name, p.shape)


def _equation_step(builder: _Builder, equation: Equation, layer: str, parameter: str, shape: Shape) -> None:
    names = [value_name(name, parameter) for name in equation.inputs]
    output = value_name(equation.output, parameter)
    builder.add("update", layer, equation.op, UPDATE_OPS[equation.op], names, output, shape, equation.params)


def value_name(name: str, parameter: str) -> str:
    """The program's name for a name in an equation: ``p`` is the parameter, ``grad`` its gradient."""
    if name.startswith("optimizer."):
        return name
    return parameter if name == "p" else f"{parameter}.{name}"
