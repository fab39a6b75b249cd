"""What the names in a condition stand for in a run, and whether each part is a number, cells or neither.

A run has several programs: one a batch size, and others after an edit of its optimizer. A name has to stand for
something in one of them; where it stands for nothing, a measure has no number in that iteration.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from engine.analysis.layer_statistics import own_parameters
from engine.conditions.syntax import (
    CELLWISE,
    FIGURES,
    At,
    Binary,
    Call,
    Comparison,
    Condition,
    Crosses,
    Finite,
    Junction,
    Lasting,
    Measure,
    Negative,
    Node,
    Not,
    Number,
    Runs,
    Value,
    children,
)
from engine.conditions.text import Source
from engine.foundation.value_name import gradient_name, is_data, member_name, update_name
from engine.model.layers import times
from engine.ops.core.op import Shape
from engine.program.program import Program
from engine.run.run import Run
from engine.update.equations import RATE

EVALUATIONS = ("train_loss", "test_loss", "accuracy", "test_accuracy")
ALIASES = {"optimizer.rate": RATE}
WHOLE_ROWS = ("softmax", "log_softmax")  # activations whose outputs depend on a whole row
_SIGNS = ("<", "<=", ">", ">=", "==", "!=")


@dataclass(frozen=True, slots=True)
class Scope:
    """The programs of a run by what they need for a condition.

    shapes: of every value that an iteration can have, the largest where batches differ.
    evaluations: the names of EVALUATIONS that this run has.
    """

    run: Run
    shapes: Mapping[str, Shape]
    evaluations: frozenset[str]

    def is_evaluation(self, node: Node) -> bool:
        """Whether it is a number of whole sets, which most iterations do not have."""
        return isinstance(node, Value) and node.name in self.evaluations and node.name not in self.shapes


def scope_of(run: Run, to: int) -> Scope:
    """What conditions on the iterations before `to` can name."""
    shapes: dict[str, Shape] = {}
    for program in programs(run, to):
        for name in (*program.sources, *(step.output for step in program.steps)):
            if not is_data(name):
                shapes[name] = max(shapes.get(name, ()), program.shape(name))
    return Scope(run, shapes, frozenset(_evaluations(run)))


def programs(run: Run, to: int) -> Iterable[Program]:
    """Every program that an iteration before `to` runs."""
    starts = {0} | {edit.iteration for edit in run.config.edits if edit.iteration < to}
    epoch = run.batches.per_epoch
    lasts = {start - start % epoch + epoch - 1 for start in starts}  # whose batch may be a smaller one
    return [run.program_at(t) for t in sorted(starts | lasts)]


def _evaluations(run: Run) -> Iterable[str]:
    if not run.has_data:
        return ()
    tested = ["test_loss"] if len(run.test_inputs) else []
    classes = run.data.task != "regression"
    return ("train_loss", *tested, *(["accuracy"] * classes), *(["test_accuracy"] * (classes and bool(tested))))


def check_condition(scope: Scope, condition: Condition, source: Source, claim: bool = False) -> None:
    """Whether every name is known, and every part what its place asks for.

    Args:   claim: whether measures carry their iterations, as in ``loss @ 120 < loss @ 0``.
    Raises: ConditionError with the column.
    """
    _Checker(scope, source, claim).condition(condition)


def check_measure(scope: Scope, measure: Measure, source: Source, claim: bool = False) -> None:
    """The same for a measure, which has to be a number.

    Args:   claim: whether it carries its iterations.
    Raises: ConditionError with the column.
    """
    _Checker(scope, source, claim).number(measure)


class _Checker:
    """Walks a condition; `at` tells whether it is inside a measure whose iteration is given."""

    def __init__(self, scope: Scope, source: Source, claim: bool) -> None:
        self._scope, self._source, self._claim = scope, source, claim

    def condition(self, node: Condition) -> None:
        match node:
            case Comparison(left=left, right=right) | Crosses(left=left, right=right):
                self.number(left)
                self.number(right)
            case Finite(measure=measure):
                self._shape(measure, not self._claim)
            case Runs(measure=measure):
                self.number(measure)
            case Not(condition=condition) | Lasting(condition=condition):
                self.condition(condition)
            case Junction(conditions=conditions):
                for condition in conditions:
                    self.condition(condition)
        if self._claim and isinstance(node, Crosses | Runs | Lasting):
            raise self._source.wrong(
                node.place.at, "a claim compares numbers of given iterations: loss @ 120 < loss @ 0"
            )

    def number(self, node: Measure) -> None:
        """A measure that has to be one number."""
        self._single(node, self._shape(node, not self._claim))

    def _single(self, node: Measure, shape: Shape) -> None:
        if shape:
            first = ",".join("0" for _ in shape)
            count = f"{math.prod(shape)} cell{'s' * (math.prod(shape) != 1)}"
            cell = f", or one cell, like {node.name}[{first}]" if isinstance(node, Value) else ""
            remedy = f"say norm, mean, min, max or share of it{cell}"
            raise self._source.wrong(node.place.at, f"{node.place.text} has {count}: {remedy}")

    def _shape(self, node: Measure, placed: bool) -> Shape:
        """The shape of a measure; `placed` tells whether its iteration is known where it stands."""
        match node:
            case Number():
                return ()
            case Value():
                return self._value(node, placed)
            case Negative(operand=operand):
                return self._shape(operand, placed)
            case Binary(left=left, right=right):
                return self._together(node, self._shape(left, placed), self._shape(right, placed))
            case At(measure=measure):
                self._check_at(node, placed)
                self._single(measure, self._shape(measure, True))
                return ()
            case Call(function=function, args=args):
                return self._called(function, args, placed)

    def _called(self, function: str, args: tuple[Measure, ...], placed: bool) -> Shape:
        if function == "slope":
            return self._slope(args[0], placed)
        if function in FIGURES:
            self._layer(args[0], placed)
            return ()
        compared = isinstance(args[0], Binary) and args[0].sign in _SIGNS
        if function == "share" and not compared:
            raise self._source.wrong(args[0].place.at, "share takes a comparison of cells: share(dense1.a == 0)")
        first, *_ = [self._shape(arg, placed) for arg in args]
        return first if function in CELLWISE else ()

    def _check_at(self, node: At, placed: bool) -> None:
        if not self._claim:
            raise self._source.wrong(
                node.place.at, "@ gives a measure its iteration, in claims only; leave it out here"
            )
        if placed:
            raise self._source.wrong(node.place.at, "one @ is inside another")

    def _together(self, node: Binary, left: Shape, right: Shape) -> Shape:
        if left and right and left != right:
            text = (
                f"{times(left)} and {times(right)} cells do not go together: shapes are equal, or one side is a number"
            )
            raise self._source.wrong(node.place.at, text)
        return left or right

    # --- names -------------------------------------------------------------------------------------------------------

    def _value(self, node: Value, placed: bool) -> Shape:
        if not placed:
            raise self._source.wrong(node.place.at, f"a claim says of which iteration: {node.place.text} @ 120")
        if self._scope.is_evaluation(node):
            return self._indexed(node, ())
        name = ALIASES.get(node.name, node.name)
        if name not in self._scope.shapes:
            raise self._source.wrong(node.place.at, self._unknown(node.name))
        return self._indexed(node, self._scope.shapes[name])

    def _indexed(self, node: Value, shape: Shape) -> Shape:
        if node.index is None:
            return shape
        if len(node.index) != len(shape) or any(i >= n for i, n in zip(node.index, shape, strict=True)):
            has = f"is {times(shape)}, with indices from 0" if shape else "is one number, without an index"
            raise self._source.wrong(node.place.at, f"{node.name} {has}; given [{','.join(map(str, node.index))}]")
        return ()

    def _unknown(self, name: str) -> str:
        if name in EVALUATIONS:
            return f"this run has no {name.replace('_', ' ')}"
        known = [*self._scope.shapes, *self._scope.evaluations, *ALIASES]
        near = get_close_matches(name, known, 3) or [*self._scope.shapes][-3:]
        return f"there is no value {name} here; there is {', '.join(near)}"

    def _layer(self, node: Measure, placed: bool) -> int:
        """Which layer a name names."""
        names = self._scope.run.names if self._scope.run.has_data else ()
        if not placed:
            raise self._source.wrong(node.place.at, "a claim says of which iteration: dead(dense1) @ 120")
        if not names:
            raise self._source.wrong(node.place.at, "this run is an expression: it has no layers")
        if not isinstance(node, Value) or node.index is not None or node.name not in names:
            raise self._source.wrong(node.place.at, f"{node.place.text} is no layer; there are {', '.join(names)}")
        return names.index(node.name)

    def _slope(self, node: Measure, placed: bool) -> Shape:
        i = self._layer(node, placed)
        name, activation = self._scope.run.names[i], self._scope.run.config.layers[i].output_activation
        z = member_name(name, "z")
        if z not in self._scope.shapes or activation.type in WHOLE_ROWS:
            text = f"{name} has no activation that works cell by cell, so it has no slope"
            raise self._source.wrong(node.place.at, text)
        return self._scope.shapes[z]


# --- what has to be computed -----------------------------------------------------------------------------------------


def values_of(scope: Scope, node: Node) -> tuple[str, ...]:
    """The names of the values that a part needs, each once, in the order of the text."""
    if isinstance(node, Call) and node.function in (*FIGURES, "slope"):
        return tuple(_of_layer(scope, node))
    own = () if not isinstance(node, Value) or scope.is_evaluation(node) else (ALIASES.get(node.name, node.name),)
    return tuple(dict.fromkeys((*own, *(name for child in children(node) for name in values_of(scope, child)))))


def _of_layer(scope: Scope, call: Call) -> Iterable[str]:
    """The values that a figure of a layer is computed from."""
    (layer,) = call.args
    assert isinstance(layer, Value)  # anything else was refused
    if call.function == "gradient_norm":
        return [gradient_name(p.name) for p in own_parameters(scope.run, layer.name)]
    if call.function == "update_ratio":
        return [name for p in trained_parameters(scope, layer.name) for name in (p, update_name(p))]
    return [member_name(layer.name, "z"), scope.run.outline.outputs[layer.name]]


def trained_parameters(scope: Scope, layer: str) -> list[str]:
    """The names of a layer's parameters that the update changes."""
    return [p.name for p in own_parameters(scope.run, layer) if p.trainable]
