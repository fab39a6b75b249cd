"""Pieces taken of one value, seen from behind: what comes back to it is put together in one step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from engine.foundation.value_name import gradient_name
from engine.model.graph import Node
from engine.ops.core.op import Shape


def gathered(nodes: Sequence[Node], active: set[str], shapes: Mapping[str, Shape]) -> tuple[Node, ...]:
    """The nodes as a backward pass walks them: those that take pieces of one value are one node, where the first was.

    It takes the gradients of all pieces that have one; when the walk comes to it, they are all there.

    Args: active: the values that have a gradient; shapes: of all values.
    """
    groups: dict[tuple[str, str], list[Node]] = {}
    for node in nodes:
        if node.op.gather is not None and node.output in active:
            groups.setdefault((node.op.name, node.inputs[0]), []).append(node)
    found = {group[0].output: _together(group, shapes) for group in groups.values() if len(group) > 1}
    together = {first: node for first, node in found.items() if node is not None}
    later = {node.output for group in groups.values() if group[0].output in together for node in group[1:]}
    return tuple(together.get(node.output, node) for node in nodes if node.output not in later)


def _together(group: Sequence[Node], shapes: Mapping[str, Shape]) -> Node | None:
    """One node for all; none if the pieces overlap."""
    first = group[0]
    assert first.op.gather is not None
    function = first.op.gather([node.params for node in group], shapes[first.inputs[0]])
    if function is None:
        return None
    (argument,) = first.op.args
    op = replace(first.op, args=(argument, *function.operands), vjps={argument: function})
    inputs = (first.inputs[0], *(gradient_name(node.output) for node in group))
    return Node(op, inputs, first.output, first.layer, MappingProxyType({}))
