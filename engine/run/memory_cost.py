"""How much memory a run takes: what it keeps, and what one iteration needs."""

from __future__ import annotations

import math
from collections import Counter

from engine.config.run_config import RunConfig
from engine.execution.fast_tracer import LARGEST
from engine.model.graph import Graph, Node
from engine.run.run import Run

CALL = 100  # the room of a call that is bound to its buffers, in numbers
OVERHEAD = 300_000  # of a compiled program's Python objects, in bytes
STEPS = 6_000  # the same for each step forward, with what follows from it


def parameter_count(graph: Graph) -> int:
    """How many parameters there are."""
    return sum(math.prod(p.shape) for p in graph.parameters)


def numbers_in_iteration(config: RunConfig, rows: int, graph: Graph) -> int:
    """About how many numbers one iteration has: values and their gradients; gradients, slots and updates."""
    batch = min(config.batch_size or rows, rows)
    each = math.prod(graph.shapes["x"][1:]) + sum(math.prod(graph.shapes[node.output][1:]) for node in graph.nodes)
    besides = sum(_sliding(graph, node, batch) + _looked_up(graph, node, batch) for node in graph.nodes)
    return 2 * batch * each + 8 * parameter_count(graph) + _parts(graph) + besides


def _parts(graph: Graph) -> int:
    """What adding up gradients takes: of a parameter used at every moment, as many as there are moments."""
    uses = Counter(name for node in graph.nodes for name in node.inputs)
    return sum(uses[p.name] * math.prod(p.shape) for p in graph.parameters if uses[p.name] > 1)


def _looked_up(graph: Graph, node: Node, batch: int) -> int:
    """What the gradient of an embedding's table takes besides: a mark for every position and token."""
    if node.op.name != "embedding":
        return 0
    tokens, table = (graph.shapes[name] for name in node.inputs)
    return batch * tokens[1] * table[0]


def _sliding(graph: Graph, node: Node, batch: int) -> int:
    """What windows over images take besides: copies of all that a row of them covers, and a call for each tap."""
    shapes = [graph.shapes[name] for name in node.inputs]
    if node.op.windowed:
        rows, columns = graph.shapes[node.output][2:]
        return math.prod(shapes[1][1:]) * columns * batch + CALL * math.prod(shapes[1][2:]) * rows
    return CALL * math.prod(node.params["kernel"]) if "kernel" in node.params else 0


def footprint(run: Run) -> int:
    """About how many bytes a run holds beside what is in the store: its data, buffers for one iteration, and if it is
    small others to trace it, with the places of its values in memory and on the wire.
    """
    if not run.has_data:
        return OVERHEAD
    arrays = [run.inputs, run.targets, run.test_inputs, run.test_targets]
    numbers = numbers_in_iteration(run.fitting.config, len(run.inputs), run.outline)
    buffers = 8 * numbers + 24 * min(numbers, LARGEST)
    wide = int(run.inputs.nbytes) + 8 * len(run.inputs)  # the inputs once more, with a column of ones
    return 2 * sum(int(a.nbytes) for a in arrays) + wide + buffers + OVERHEAD + STEPS * len(run.outline.nodes)
