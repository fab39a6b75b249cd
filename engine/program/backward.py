"""The backward pass, derived from a model's graph by walking it from its end: one step a VJP.

Where a value was used more than once, an explicit `accumulate` adds up the contributions. A variant of backpropagation
is the same walk with detours: at some VJPs another matrix, or another gradient, stands in for the true one. It writes
values of its own beside the true gradients, and takes these wherever no detour lies behind it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from engine.foundation.value_name import ValueName, gradient_name
from engine.model.graph import Node, leading_to
from engine.ops.core.op import Function, Shape
from engine.ops.core.structure import accumulate
from engine.program.gather_slices import gathered

Place = tuple[str, str]
"""A VJP: the output of its node, and the argument that the gradient goes to."""


@dataclass(frozen=True, slots=True)
class GradientStep:
    """One step of a backward pass.

    like:   the value whose shape and order of memory the output has.
    beside: what else the function's kernel takes.
    """

    layer: str
    op: str
    function: Function
    inputs: tuple[str, ...]
    output: str
    like: str
    argument: str
    title: str
    params: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    words: str = ""
    letters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Detour:
    """What a VJP takes in place of its operands, and the steps that make it."""

    operands: Mapping[str, str]
    before: tuple[GradientStep, ...] = ()


def true_pass(nodes: Sequence[Node], wanted: set[str], shapes: Mapping[str, Shape] | None = None) -> list[GradientStep]:
    """The steps from the loss back to everything in `wanted`; each gradient is named ``<value>.grad``.

    Args:   shapes: of all values, for pieces of one value to go back in one step; none, and each goes back by itself.
    Source: Rumelhart, Hinton and Williams 1986; Baydin et al. 2018, section 3.2 (reverse mode).
    """
    return list(_Walk(nodes, wanted, None, shapes).steps())


def feedback_pass(
    nodes: Sequence[Node], wanted: set[str], detours: Mapping[Place, Detour]
) -> tuple[list[GradientStep], dict[str, str]]:
    """The steps of a variant, and the name of what it takes for the gradient of each value that a detour changes.

    That is ``<value>.feedback``; where nothing changes, the true gradient is taken and no step is made.
    """
    walk = _Walk(nodes, wanted, detours)
    return list(walk.steps()), walk.renamed


def passed(nodes: Sequence[Node], wanted: set[str]) -> list[Node]:
    """The affine maps that a gradient goes through on its way to something wanted."""
    active = reached_back(nodes, wanted)
    return [node for node in nodes if node.op.affine and node.inputs[0] in active]


def reached_back(nodes: Sequence[Node], wanted: set[str]) -> set[str]:
    """The values that depend on something wanted, and that the loss depends on: only their gradients are needed."""
    active = set(wanted)
    for node in nodes:
        if any(name in active for name in node.differentiable):
            active.add(node.output)
    return active & leading_to("loss", nodes)


class _Walk:
    """One walk from the loss back. Without detours (None) it is the true one; with them, only what they change."""

    def __init__(
        self,
        nodes: Sequence[Node],
        wanted: set[str],
        detours: Mapping[Place, Detour] | None,
        shapes: Mapping[str, Shape] | None = None,
    ) -> None:
        self._detours = detours
        self._active = reached_back(nodes, wanted)
        self._nodes = nodes if shapes is None else gathered(nodes, self._active, shapes)
        used = (name for node in self._nodes if node.output in self._active for name in node.differentiable)
        self._uses = Counter(name for name in used if name in self._active)
        self._parts: dict[str, list[ValueName]] = {}
        self.renamed: dict[str, str] = {}

    def steps(self) -> Iterator[GradientStep]:
        """One step a VJP, and one more after the last of several contributions."""
        for node in reversed(self._nodes):
            for argument in node.op.vjps if node.output in self._active else ():
                name = node.inputs[node.op.args.index(argument)]
                if name in self._active:
                    yield from self._contribution(node, argument, name)
                    yield from self._total(node, argument, name)

    def _contribution(self, node: Node, argument: str, name: str) -> Iterator[GradientStep]:
        parts = self._parts.setdefault(name, [])
        detour = (self._detours or {}).get((node.output, argument), Detour({}))
        changed = bool(detour.operands) or node.output in self.renamed
        part = len(parts) + 1 if self._uses[name] > 1 else None
        parts.append(replace(_gradient(name, changed), part=part))
        if changed or self._detours is None:
            yield from detour.before
            grad = self.renamed.get(node.output, gradient_name(node.output))
            yield _vjp_step(node, argument, name, str(parts[-1]), {"grad": grad, **detour.operands})

    def _total(self, node: Node, argument: str, name: str) -> Iterator[GradientStep]:
        """Once all contributions are there: what they are together."""
        parts = self._parts[name]
        if len(parts) < self._uses[name]:
            return
        changed = any(part.gradient == "feedback" for part in parts)
        total = str(_gradient(name, changed))
        if changed:
            self.renamed[name] = total
        if len(parts) > 1 and (changed or self._detours is None):
            function, added = accumulate(len(parts)), tuple(map(str, parts))
            yield GradientStep(node.layer, "accumulate", function, added, total, name, argument, "gradients add")


def _gradient(value: str, changed: bool) -> ValueName:
    """The gradient of a value, or where a detour has changed it what stands in for that."""
    return replace(ValueName.parse(value), gradient="feedback" if changed else "grad")


def _vjp_step(node: Node, argument: str, name: str, output: str, given: Mapping[str, str]) -> GradientStep:
    known = dict(zip(node.op.args, node.inputs, strict=True)) | {"output": node.output} | dict(given)
    function = node.op.vjps[argument]
    inputs, beside = (tuple(known[o] for o in names) for names in (function.operands, function.all_beside))
    title = f"gradient through {node.op.title}"
    words = node.words.get(argument, "")
    return GradientStep(
        *(node.layer, node.op.name, function, inputs, output, name, argument, title, node.params, words),
        *(node.op.letters, beside),
    )
