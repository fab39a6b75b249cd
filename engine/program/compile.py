"""Compile a model, its loss and its update into a program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from engine.foundation.errors import ShapeError
from engine.foundation.value_name import gradient_name, member_name
from engine.model.graph import Computation, Graph, Memory, Node, Phase
from engine.ops.core.op import Array, Function, Op, Shape
from engine.ops.core.structure import SEED, TAKE
from engine.program.backward import Detour, GradientStep, Place, feedback_pass, true_pass
from engine.program.feedback_alignment import Feedback
from engine.program.program import Layout, Program, Step, default_order
from engine.program.update_plan import UpdatePlan, plan_update
from engine.update.equations import BASE_RATE, RATE, SAID, STEP, UpdateRules, value_name


@dataclass(frozen=True, slots=True)
class _Draft:
    """A step before the builder has given it its place, its number type and its order of memory; see `Step`."""

    phase: Phase
    layer: str
    op: str
    function: Function
    inputs: tuple[str, ...]
    output: str
    shape: Shape
    params: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    argument: str | None = None
    title: str = ""
    order: Layout | None = None
    words: str = ""
    parameter: str = ""
    letters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    beside: tuple[str, ...] = ()


@dataclass(slots=True)
class _Builder:
    """Collects steps; checks single assignment, known names and shapes as it goes."""

    dtype: np.dtype[Any]
    shapes: dict[str, Shape]
    dtypes: dict[str, np.dtype[Any]]
    orders: dict[str, Layout]
    steps: list[Step] = field(default_factory=list)

    def add(self, draft: _Draft) -> None:
        inputs, output = draft.inputs, draft.output
        unknown = [name for name in (*inputs, *draft.beside) if name not in self.shapes]
        if unknown or output in self.shapes:
            raise ShapeError(f"step {output}: unknown input {unknown}" if unknown else f"{output} is written twice")
        self.shapes[output], self.dtypes[output] = draft.shape, self._dtype(draft.phase, inputs)
        self.orders[output] = draft.order or default_order(draft.shape)
        self.steps.append(self._step(draft))

    def _step(self, draft: _Draft) -> Step:
        return Step(
            index=len(self.steps),
            phase=draft.phase,
            layer=draft.layer,
            op=draft.op,
            title=draft.title or draft.op.replace("_", " "),
            argument=draft.argument,
            inputs=draft.inputs,
            output=draft.output,
            shape=draft.shape,
            dtype=self.dtypes[draft.output],
            function=draft.function,
            params=MappingProxyType(dict(draft.params)),
            order=self.orders[draft.output],
            words=draft.words,
            parameter=draft.parameter,
            letters=draft.letters,
            beside=draft.beside,
        )

    def _dtype(self, phase: Phase, inputs: Sequence[str]) -> np.dtype[Any]:
        """Rows are what the data is; what is made of whole numbers alone, as targets laid out anew, is whole too."""
        if phase == "batch":
            return self.dtypes[inputs[0]]
        whole = all(self.dtypes[name].kind == "i" for name in inputs)
        return self.dtypes[inputs[0]] if whole else self.dtype

    def order_of(self, op: Op, inputs: Sequence[str], shape: Shape) -> Layout:
        """How the result of a forward op lies in memory."""
        if op.order != "same":
            return "F" if op.order == "columns" else "C"
        alike = self.shapes[inputs[0]] == shape and inputs[0] not in ("x", "target")
        return self.orders[inputs[0]] if alike else default_order(shape)


def compile_program(model: Computation, rules: UpdateRules, batch: int, feedback: Feedback | None = None) -> Program:
    """Batch, forward, loss, backward and update steps of one iteration of `batch` samples.

    Args:   feedback: a variant of backpropagation, whose results the update takes; none for the true gradient.
    Raises: ShapeError if a name is unknown, or a value is written twice; ConfigError if a layer does not fit.
    """
    graph = feedback.extended(model.graph(batch)) if feedback else model.graph(batch)
    memory = {**graph.memory, **{name: Memory((), start) for name, start in rules.memory.items()}}
    builder = _started(graph, rules, memory, batch, model.dtype)
    sources = MappingProxyType(dict(builder.shapes))
    _batch_steps(builder, graph)
    _forward_steps(builder, graph.nodes)
    gradients = _backward_steps(builder, graph, feedback.detours(graph) if feedback else {})
    plan = plan_update(rules, graph.parameters, gradients)
    _update_steps(builder, plan)
    return _program(builder, graph, sources, plan, memory, batch, gradients)


def compile_evaluation(model: Computation, batch: int) -> Program:
    """The forward steps alone, as a model is evaluated: no dropout, running statistics."""
    graph, rules = model.graph(batch, training=False), UpdateRules({}, {}, ())
    builder = _started(graph, rules, graph.memory, batch, model.dtype)
    sources = MappingProxyType(dict(builder.shapes))
    _batch_steps(builder, graph)
    _forward_steps(builder, graph.nodes)
    return _program(builder, graph, sources, plan_update(rules, (), {}), graph.memory, batch)


def _program(
    builder: _Builder,
    graph: Graph,
    sources: Mapping[str, Shape],
    plan: UpdatePlan,
    memory: Mapping[str, Memory],
    batch: int,
    gradients: Mapping[str, str] = MappingProxyType({}),
) -> Program:
    return Program(
        tuple(builder.steps),
        sources,
        graph.parameters,
        graph.prediction,
        plan,
        batch,
        builder.dtype,
        MappingProxyType({step.output: step.index for step in builder.steps}),
        MappingProxyType(dict(memory)),
        graph.noise,
        MappingProxyType({name: _constant(make(), builder.dtype) for name, make in graph.constants.items()}),
        graph.outputs,
        MappingProxyType(dict(gradients)),
        graph.symbols,
        graph.letters,
        frozenset(p.name for p in graph.parameters if p.layer == p.name),
    )


@np.errstate(over="ignore")  # a number past the number type's largest is infinite: shown, not warned of
def _constant(value: Array, dtype: np.dtype[Any]) -> Array:
    fixed = value.astype(dtype)
    fixed.flags.writeable = False
    return fixed


# --- sources ---------------------------------------------------------------------------------------------------------


def _started(
    graph: Graph, rules: UpdateRules, memory: Mapping[str, Memory], batch: int, dtype: np.dtype[Any]
) -> _Builder:
    """A builder that knows the values that no step writes."""
    shapes = _sources(graph, rules, memory, batch)
    dtypes = dict.fromkeys(shapes, dtype)
    dtypes |= {"batch.indices": np.dtype(np.int64), STEP: np.dtype(np.float64)}
    dtypes |= {rows.source: rows.dtype for rows in graph.rows}
    orders = {name: default_order(shape) for name, shape in shapes.items()}
    in_rows = (*(rows.source for rows in graph.rows), *graph.constants, *(n.name for n in graph.noise))
    orders |= dict.fromkeys(in_rows, "C")
    return _Builder(dtype, shapes, dtypes, orders)


def _sources(graph: Graph, rules: UpdateRules, memory: Mapping[str, Memory], batch: int) -> dict[str, Shape]:
    """Values that no step writes. The number of data rows does not matter to the program: it is given as 0."""
    sources: dict[str, Shape] = {rows.source: (0, *rows.shape[1:]) for rows in graph.rows}
    if graph.rows:
        sources["batch.indices"] = (batch,)
    sources |= {BASE_RATE if rules.scheduled else RATE: (), STEP: ()}
    for p in graph.parameters:
        sources[p.name] = p.shape
        if p.trainable:
            sources |= {member_name(p.name, slot): p.shape for slot in rules.slots}
    sources |= {name: kept.shape for name, kept in memory.items()}
    sources |= {noise.name: noise.shape for noise in graph.noise}
    return sources | {name: graph.shapes[name] for name in graph.constants}


# --- forward and backward ---------------------------------------------------------------------------------------------


def _batch_steps(builder: _Builder, graph: Graph) -> None:
    for rows in graph.rows:
        # the batch stays as the data lies, row after row: a product takes it either way
        order: Layout | None = "C" if rows.output == "x" else None
        inputs = (rows.source, "batch.indices")
        builder.add(_Draft("batch", "batch", "take", TAKE, inputs, rows.output, rows.shape, order=order))


def _forward_steps(builder: _Builder, nodes: Iterable[Node]) -> None:
    for node in nodes:
        builder.add(_forward_step(builder, node))


def _forward_step(builder: _Builder, node: Node) -> _Draft:
    op, inputs = node.op, node.inputs
    shape = op.shape(*(builder.shapes[name] for name in inputs), **node.params)
    return _Draft(
        node.phase,
        node.layer,
        op.name,
        op.function,
        inputs,
        node.output,
        shape,
        node.params,
        title=op.title,
        order=builder.order_of(op, inputs, shape),
        words=node.words.get("", ""),
        letters=op.letters,
    )


def _backward_steps(builder: _Builder, graph: Graph, detours: Mapping[Place, Detour]) -> dict[str, str]:
    """The true backward pass, then what a variant does differently; says what the update takes for each gradient."""
    parameters = [p.name for p in graph.parameters]
    title, start = "start of the backward pass", gradient_name("loss")
    builder.add(_Draft("backward", "loss", "seed", SEED, ("loss",), start, (), argument="loss", title=title))
    # a detour may lead through a single piece of a value, so with detours pieces stay apart
    for step in true_pass(
        graph.nodes, {*(rows.output for rows in graph.rows), *parameters}, None if detours else builder.shapes
    ):
        builder.add(_gradient_step(builder, step))
    steps, renamed = feedback_pass(graph.nodes, set(parameters), detours)
    for step in steps:
        builder.add(_gradient_step(builder, step))
    return {name: renamed.get(name, gradient_name(name)) for name in parameters}


def _gradient_step(builder: _Builder, step: GradientStep) -> _Draft:
    return _Draft(
        "backward",
        step.layer,
        step.op,
        step.function,
        step.inputs,
        step.output,
        builder.shapes[step.like],
        step.params,
        step.argument,
        step.title,
        builder.orders[step.like],
        step.words,
        letters=step.letters,
        beside=step.beside,
    )


def _update_steps(builder: _Builder, plan: UpdatePlan) -> None:
    """The plan of the update written out: a step for each equation and parameter."""
    for stage in plan.stages:
        for about, planned in stage.in_order():
            equation, name = planned.equation, about.name if about else ""
            builder.add(
                _Draft(
                    "update",
                    about.layer if about else "optimizer",
                    equation.op,
                    planned.function,
                    tuple(stage.inputs(planned, about)),
                    value_name(equation.output, name),
                    planned.shape(about),
                    equation.params,
                    words=equation.says or SAID.get(equation.output, ""),
                    parameter=name,
                    letters=equation.letters,
                )
            )
