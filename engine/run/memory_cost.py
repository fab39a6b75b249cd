"""What is held in memory at a time, in numbers: known before anything is computed, and it bounds all that is computed.

- An iteration, and its trace: `numbers_in_iteration`. A derivation reads a trace and keeps a few hundred terms. The
  check of gradients and the variants compute parts of an iteration again, one at a time: a few times as much.
- Whole sets, predictions and pictures go through the model in chunks of `rows_at_once`, so a chunk's values are
  bounded by `AT_ONCE`; what is kept of all chunks is `numbers_in_outputs` for each row, or `numbers_in_maps`.
- Paths keep the connections that they go through, `engine.explain.paths.MOST_WAYS` at the most.
"""

from __future__ import annotations

import math
from collections import Counter

from engine.config.run_config import RunConfig
from engine.model.graph import Graph, Node
from engine.ops.core.op import Function, Shape

AT_ONCE = 2**23  # numbers of forward values that a chunk of rows may have: 64 MiB of doubles


def parameter_count(graph: Graph) -> int:
    """How many parameters there are."""
    return sum(math.prod(p.shape) for p in graph.parameters)


def numbers_in_iteration(config: RunConfig, rows: int, graph: Graph) -> int:
    """About how many numbers one iteration has: values and their gradients; gradients, slots and updates."""
    batch = min(config.batch_size or rows, rows)
    scratch = sum(_forward_scratch(graph, node, batch) + _backward_scratch(graph, node, batch) for node in graph.nodes)
    return 2 * batch * _values_of_row(graph) + 8 * parameter_count(graph) + _parts(graph) + scratch


def numbers_in_row(graph: Graph) -> int:
    """About how many numbers go through the model forward for one row, scratch included."""
    return _values_of_row(graph) + sum(_forward_scratch(graph, node, 1) for node in graph.nodes)


def rows_at_once(graph: Graph) -> int:
    """Rows that may go through the model together: as many as `AT_ONCE` has room for, and at least one."""
    return max(1, AT_ONCE // numbers_in_row(graph))


def numbers_in_outputs(graph: Graph, rows: int) -> int:
    """The numbers that a model gives for rows of inputs."""
    return rows * math.prod(graph.shapes[graph.prediction][1:])


def numbers_in_boundary(graph: Graph, resolution: int) -> int:
    """The numbers of the output over a line or a plane of inputs."""
    return numbers_in_outputs(graph, _points(graph, resolution))


def numbers_in_maps(graph: Graph, resolution: int) -> int:
    """The numbers of the maps of all units and inputs, over a line or a plane of inputs."""
    drawn = (graph.shapes[value] for value in ("x", *graph.outputs.values()))
    return _points(graph, resolution) * sum(shape[1] for shape in drawn if len(shape) == 2)


def _points(graph: Graph, resolution: int) -> int:
    """Of a line or a plane; models with more inputs have no picture."""
    inputs = math.prod(graph.shapes["x"][1:])
    return int(resolution**inputs) if inputs <= 2 else 0


def _values_of_row(graph: Graph) -> int:
    inputs = math.prod(graph.shapes["x"][1:])
    return inputs + sum(math.prod(graph.shapes[node.output][1:]) for node in graph.nodes)


def _parts(graph: Graph) -> int:
    """What adding up gradients takes: of a parameter used at every moment, as many as there are moments."""
    uses = Counter(name for node in graph.nodes for name in node.inputs)
    return sum(uses[p.name] * math.prod(p.shape) for p in graph.parameters if uses[p.name] > 1)


def _forward_scratch(graph: Graph, node: Node, batch: int) -> int:
    return _scratch(graph, node, node.op.function, node.output, batch)


def _backward_scratch(graph: Graph, node: Node, batch: int) -> int:
    vjps = node.op.vjps.items()
    return sum(_scratch(graph, node, f, node.inputs[node.op.args.index(argument)], batch) for argument, f in vjps)


def _scratch(graph: Graph, node: Node, function: Function, result: str, batch: int) -> int:
    """What a kernel keeps besides, for a batch: the op itself says it."""
    if function.scratch is None:
        return 0
    names = dict(zip(node.op.args, node.inputs, strict=True)) | {"grad": node.output, "output": node.output}
    shapes = [_shape(graph, names[operand], batch) for operand in function.operands]
    return function.scratch(shapes, _shape(graph, result, batch), node.params)


def _shape(graph: Graph, name: str, batch: int) -> Shape:
    """A value's shape: the outline of a graph has it for any batch, parameters have none."""
    shape = graph.shapes[name]
    of_batch = shape and name not in {p.name for p in graph.parameters}
    return (batch, *shape[1:]) if of_batch else shape
