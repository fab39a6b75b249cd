"""A program in blocks: consecutive steps of one op and layer, as the transport bar shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from string import Template

from engine.foundation.value_name import LayerName, ValueName
from engine.model.activations import ACTIVATIONS
from engine.model.graph import Phase
from engine.model.layers import LAYERS
from engine.model.losses import LOSSES
from engine.ops import OPS
from engine.program.program import Program, Step
from engine.update.equations import RATE

_ABOVE = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_PENALTY = ("l1_grad", "l2_grad", "total_grad")
_CLIPPING = ("square_norm", "norm", "largest", "factor", "clipped_grad")
_LETTERS = {"weight": "W", "bias": "b"}
# between single numbers, ops are written as signs
_SIGNS = {"add": "+", "subtract": "−", "multiply": "×", "divide": "÷", "power": "aᵇ", "square": "( )²", "sqrt": "√"}
_SIGNS |= {"negative": "−( )", "absolute": "|( )|", "maximum": "max", "minimum": "min", "identity": "="}
_SIGNS |= {"scale_by": "× $factor", "add_constant": "+ $offset", "raise_to": "^ $exponent"}

_ACTIVATIONS = {kind.op.name: kind.title for kind in ACTIVATIONS.values()}
_LOSSES = {kind.op.name: kind.title for kind in LOSSES.values()}


@dataclass(frozen=True, slots=True)
class Block:
    """Steps `first` to `last` (included) of a program under one label."""

    index: int
    phase: Phase
    layer: str
    label: str
    first: int
    last: int


def blocks(program: Program, layers: Sequence[str]) -> tuple[Block, ...]:
    """The blocks of a program: one a phase, layer and op; of layers unrolled in time one a layer.

    Of the update one a layer too, after one each for schedule, penalties and clipping, which concern all layers.
    """
    groups = [list(steps) for _, steps in groupby(program.steps, key=_key)]
    return tuple(
        Block(i, steps[0].phase, _key(steps[0])[1], _label(steps, layers), steps[0].index, steps[-1].index)
        for i, steps in enumerate(groups)
    )


def _key(step: Step) -> tuple[str, str, str]:
    together = step.phase in ("batch", "update") or step.layer == "loss" or _unrolled(step.layer)
    return step.phase, _stage(step) or step.layer, "" if together else step.op


def _stage(step: Step) -> str:
    """What comes before the optimizer's own equations: the schedule, the penalties, the clipping; else nothing."""
    if step.phase != "update":
        return ""
    name = ValueName.parse(step.output).now
    if name.layer == "schedule" or str(name) == RATE:
        return "schedule"
    last = name.derived or name.key
    if last in _PENALTY:
        return "penalty"
    return "clipping" if name.layer == "clip" or last in _CLIPPING else ""


def _unrolled(layer: str) -> bool:
    kind = LAYERS.get(LayerName.parse(layer).type)
    return kind is not None and kind.unrolled


def _is_weighted(step: Step) -> bool:
    """Whether its op puts a layer's weights to its inputs: the layer says more than the op."""
    op = OPS.get(step.op)
    return op is not None and (op.affine or op.windowed)


def _label(steps: Sequence[Step], layers: Sequence[str]) -> str:
    first = steps[-1]
    if first.phase == "batch":
        return "batch"
    if stage := _stage(first):
        return stage
    if first.layer == "optimizer":
        return "step size"
    if first.phase == "update":
        return _update_label(steps, layers)
    weighs = _is_weighted(first) or _unrolled(first.layer)
    op = next(step.op for step in reversed(steps) if step.op != "merge_positions")
    sign = _op_title(first, op) if first.shape or op not in _SIGNS else _sign(first)
    label = layer_title(first.layer) if weighs else sign
    return f"{label}, feedback" if ValueName.parse(first.output).gradient == "feedback" else label


def _op_title(step: Step, op: str) -> str:
    """What the settings call it too: an activation, a loss by its kind; any other op by its name."""
    if op in _ACTIVATIONS:
        return _ACTIVATIONS[op]
    plain = op.removeprefix("weighted_")
    return _LOSSES.get(plain, op.replace("_", " ")) if step.layer == "loss" else op.replace("_", " ")


def _sign(step: Step) -> str:
    """`×`, or with the op's number `+ 2`."""
    numbers = {name: f"{value:g}" for name, value in step.params.items()}
    return Template(_SIGNS[step.op]).substitute(numbers).replace("+ -", "− ").replace("-", "−")


def _update_label(steps: Sequence[Step], layers: Sequence[str]) -> str:
    """`W² b²`, among layers of several types `dense 2: W b`: the parameters that the block renews."""
    first = steps[0]
    if first.layer not in layers:  # a parameter without a layer
        return first.layer
    outputs = [ValueName.parse(step.output) for step in steps]
    letters = dict.fromkeys(_LETTERS.get(name.key, name.key) for name in outputs if name.next)
    if not is_numbered(layers):
        return f"{layer_title(first.layer)}: {' '.join(letters)}"
    number = str(layers.index(first.layer) + 1).translate(_ABOVE)
    return " ".join(letter + number for letter in letters)


def short_title(name: str) -> str:
    """`conv2d2` in few letters: conv 2."""
    parsed = LayerName.parse(name)
    kind = LAYERS.get(parsed.type)
    return parsed.title if kind is None or not kind.short else f"{kind.short} {parsed.number or ''}".rstrip()


def is_numbered(layers: Sequence[str]) -> bool:
    """Whether a number alone says which layer is meant: all are of one type."""
    return len({LayerName.parse(name).type for name in layers}) < 2


def layer_title(name: str) -> str:
    """`dense2` as it is said: dense 2."""
    return LayerName.parse(name).title
