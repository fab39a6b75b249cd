"""Type the line: the vectorised numpy expression of a VJP, computed on hidden nets of other sizes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from engine.execution.interpreter import run_step
from engine.explain.notation import Symbols, code, formula
from engine.explain.sentences import step_sentence
from engine.foundation.random_streams import generator
from engine.ops import LOSS_OPS, OPS
from engine.ops.core.op import Array, Shape
from engine.practice.code.lines import LineError, evaluated
from engine.practice.desk import start_of
from engine.practice.kinds.asking import Draw
from engine.practice.question import (
    Blank,
    CellPlace,
    Chosen,
    ExerciseHint,
    FieldVerdict,
    NoQuestionError,
    Question,
    RewrittenLine,
    SolutionLine,
    unreadable,
)
from engine.practice.slips import Rewrite, rewrites, run_wrong
from engine.program.program import Step

SIZES = ((3, 5, 2), (4, 2, 5), (2, 7, 3))  # of the three axes of a hidden net: all differ, so a transpose shows
CLOSE = 1e-6
_LOSSES = frozenset(op.name for op in LOSS_OPS)
_ASSIGNED = re.compile(r"^\s*[A-Za-z_]\w*\s*=(?!=)\s*")


@dataclass(frozen=True, slots=True)
class _Net:
    """One hidden net: the operands of the step by name in code, and what comes out."""

    step: Step
    values: Mapping[str, Array]
    right: Array


def line(draw: Draw) -> Chosen:
    """The numpy line of a step of the backward pass."""
    symbols = Symbols(draw.program, draw.run.names)
    for step in draw.steps():
        if step.phase == "backward" and not (set(step.params) - {"negative_slope", "alpha"}):
            nets = hidden_nets(step)
            if nets:
                return _question(draw, step, symbols, nets)
    raise NoQuestionError(f"this iteration has no line of code to type for {draw.skill.title}")


def _question(draw: Draw, step: Step, symbols: Symbols, nets: list[_Net]) -> Chosen:
    name = symbols[step.output].code
    known = tuple(f"{symbols[i].code} {_axes(step, i, draw)}" for i in dict.fromkeys(step.inputs))
    asked = Blank("1", "line", f"{name} =", symbols[step.output].latex, step.output, (), None, ())
    text = (
        f"Type the numpy line that makes {name} for any batch and any net. "
        "It is computed on three hidden nets of other sizes; +, −, *, /, **, @, .T, .sum(axis=0) and np.where are read."
    )
    question = Question("line", draw.skill.name, f"Write {name} in numpy", text, "", (), (asked,), 0, 2, known)
    hints = (ExerciseHint(step_sentence(step)), ExerciseHint("As a formula:", formula(step, symbols)))
    shown = SolutionLine(f"In numpy: {code(step, symbols)}", formula(step, symbols), "", start_of(step))
    return Chosen(question, {"1": _verdict(step, symbols, nets, rewrites(step, draw.program))}, hints, (shown,))


def _axes(step: Step, value: str, draw: Draw) -> str:
    """The shape of an operand in letters, where a net has units; numbers would tell the answer by their sizes."""
    shape = draw.program.shape(value)
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


# --- hidden nets ------------------------------------------------------------------------------------------------------


def hidden_nets(step: Step) -> list[_Net]:
    """Three nets of other sizes, computed; none for an op whose sizes hang on more than its relation tells."""
    try:
        with np.errstate(all="ignore"):
            return [_net(step, count, sizes) for count, sizes in enumerate(SIZES)]
    except (IndexError, TypeError, ValueError):
        return []


def _net(step: Step, count: int, sizes: tuple[int, ...]) -> _Net:
    operands, shape = _operands(step, sizes, generator(count, "hidden nets"))
    other = replace(step, shape=shape, inputs=step.function.operands, beside=step.function.beside)
    return _Net(other, operands, run_step(other, operands))


def _operands(step: Step, sizes: tuple[int, ...], rng: np.random.Generator) -> tuple[dict[str, Array], Shape]:
    """Random operands whose axes have these sizes, and the shape of the result.

    Raises: ValueError for more axes than there are sizes.
    """
    left, right = step.function.relation.split("->")
    parts = dict(zip(step.function.operands, left.split(","), strict=True))
    letters = [a for a in dict.fromkeys("".join((*parts.values(), right))) if a.isalpha()]
    if len(letters) > len(sizes):
        raise ValueError(f"{step.op} has {len(letters)} axes")
    known = dict(zip(letters, sizes, strict=False))
    if step.op in _LOSSES:
        return _of_loss(step, sizes, rng)
    made = {name: rng.normal(size=_shape(part, known, sizes)) for name, part in parts.items()}
    for name in step.function.beside:
        if name == "x":
            made[name] = rng.normal(size=(made["grad"].shape[0], sizes[2]))
    return made, _shape(right, known, sizes)


def _shape(part: str, known: Mapping[str, int], sizes: tuple[int, ...]) -> Shape:
    return sizes[:2] if "..." in part else tuple(known[letter] for letter in part)


def _of_loss(step: Step, sizes: tuple[int, ...], rng: np.random.Generator) -> tuple[dict[str, Array], Shape]:
    (prediction, target), _ = OPS[step.op].example(rng)
    rows, columns = min(sizes[0], 4), min(sizes[1], 3)
    prediction = prediction[:rows, :columns]
    target = target[:rows, :columns] if target.ndim == 2 else target[:rows] % columns
    return {"grad": np.asarray(1.0), "prediction": prediction, "target": target}, prediction.shape


# --- the verdict ------------------------------------------------------------------------------------------------------


def _verdict(
    step: Step, symbols: Symbols, nets: list[_Net], slips: tuple[Rewrite, ...]
) -> Callable[[str], FieldVerdict]:
    names = {operand: symbols[value].code for operand, value in zip(step.function.operands, step.inputs, strict=True)}
    place = start_of(step)

    def verdict(text: str) -> FieldVerdict:
        given = _ASSIGNED.sub("", text)
        try:
            made = [np.asarray(evaluated(given, _named(net, names, step)), float) for net in nets]
        except (LineError, TypeError, ValueError) as error:
            return unreadable(str(error))
        for found, net in zip(made, nets, strict=True):
            if found.shape != net.right.shape:
                says = f"Your line gives the shape {found.shape} where {net.right.shape} is asked."
                turned = found.shape == net.right.shape[::-1]
                return FieldVerdict(
                    "slip" if turned else "wrong", "transposed" if turned else "shape", says, step.index, place
                )
        if all(_equal(found, net.right) for found, net in zip(made, nets, strict=True)):
            return FieldVerdict("right", "right", "Right on all three nets.", place=place)
        return _slipped(made, nets, slips, symbols, place) or _red(made, nets, step, place)

    return verdict


def _named(net: _Net, names: Mapping[str, str], step: Step) -> dict[str, Array | float]:
    settings = {name: value for name, value in step.params.items() if isinstance(value, int | float)}
    return {**settings, **{code: net.values[operand] for operand, code in names.items()}}


def _equal(found: Array, right: Array) -> bool:
    return bool(np.allclose(found, right, rtol=CLOSE, atol=1e-12, equal_nan=True))


def _slipped(
    made: list[Array], nets: list[_Net], slips: tuple[Rewrite, ...], symbols: Symbols, place: CellPlace
) -> FieldVerdict | None:
    for rewrite in slips:
        if rewrite.slip.takes:
            continue
        wrong = [run_wrong(_on(rewrite, net), net.values) for net in nets]
        if all(w is not None and _equal(found, w) for found, w in zip(made, wrong, strict=True)):
            shown = RewrittenLine(rewrite.right.index, *rewrite.lines(symbols))
            return FieldVerdict("slip", rewrite.slip.tag, rewrite.sentence, rewrite.right.index, place, shown)
    return None


def _on(rewrite: Rewrite, net: _Net) -> Rewrite:
    wrong = replace(rewrite.wrong, shape=net.step.shape, inputs=net.step.inputs)
    return replace(rewrite, wrong=wrong)


def _red(made: list[Array], nets: list[_Net], step: Step, place: CellPlace) -> FieldVerdict:
    """How many cells are right: those that are not stand red in the picture of the net."""
    found, net = made[0], nets[0]
    same = int(np.isclose(found, net.right, rtol=CLOSE).sum())
    says = f"The shape is right; of the {net.right.size} cells on the first net {same} are."
    return FieldVerdict("wrong", "wrong", says, step.index, place)
