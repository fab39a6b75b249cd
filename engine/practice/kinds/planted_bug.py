"""Find the bug: a backward pass with one slip in it, and its gradient check. Which line is wrong?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from engine.execution.interpreter import run_step
from engine.explain.notation import Symbols, code, formula
from engine.explain.sentences import step_sentence
from engine.foundation.numbers import number
from engine.foundation.value_name import gradient_name
from engine.ops.core.op import Array
from engine.practice.desk import start_of
from engine.practice.kinds.asking import Draw
from engine.practice.question import (
    AnswerChoice,
    Blank,
    Chosen,
    ExerciseHint,
    FieldVerdict,
    NoQuestionError,
    Question,
    SolutionLine,
    unreadable,
)
from engine.practice.slips import Rewrite, rewrites, run_wrong
from engine.program.program import Step

MOST_LINES = 24
OFF = 0.01  # share by which a check has to fail: a small one would be a matter of rounding
_COPIES = ("identity", "seed")


@dataclass(frozen=True, slots=True)
class _Planted:
    """A backward pass with a slip in it: the share by which each parameter's gradient is off."""

    rewrite: Rewrite
    off: Mapping[str, float]


def debug(draw: Draw) -> Chosen:
    """A backward pass with one wrong line."""
    steps = [step for step in draw.program.steps if step.phase == "backward" and step.op not in _COPIES]
    if not 2 <= len(steps) <= MOST_LINES:
        raise NoQuestionError(f"a backward pass to search has 2 to {MOST_LINES} lines; this has {len(steps)}")
    planted = next(_planted(draw), None)
    if planted is None:
        raise NoQuestionError(f"this iteration has no slip for {draw.skill.title} that a gradient check would find")
    return _question(draw, steps, planted)


def _planted(draw: Draw) -> Iterator[_Planted]:
    for step in draw.steps():
        found = rewrites(step, draw.program) if step.phase == "backward" else ()
        for i in draw.rng.permutation(len(found)):
            off = _off(draw, found[i])
            if off is not None and max(off.values(), default=0.0) > OFF:
                yield _Planted(found[i], off)


def _off(draw: Draw, rewrite: Rewrite) -> Mapping[str, float] | None:
    """By which share of its size each parameter's gradient is off with the slip; None where the slip does not fit."""
    values = dict(draw.traced.table)
    made = run_wrong(rewrite, values)
    if made is None or not np.all(np.isfinite(made)):
        return None
    values[rewrite.right.output] = made
    for step in draw.program.steps[rewrite.right.index + 1 :]:
        if step.phase == "backward":
            values[step.output] = run_step(step, values)
    names = [p.name for p in draw.program.parameters]
    return {name: _share(values[gradient_name(name)], draw.traced.table[gradient_name(name)]) for name in names}


def _share(found: Array, right: Array) -> float:
    size = float(np.abs(right).max(initial=0.0))
    return float(np.abs(found - right).max(initial=0.0)) / size if size else 0.0


def _question(draw: Draw, steps: list[Step], planted: _Planted) -> Chosen:
    symbols, wrong = Symbols(draw.program, draw.run.names), planted.rewrite.right
    lines = {step.index: code(planted.rewrite.wrong if step is wrong else step, symbols) for step in steps}
    choices = tuple(AnswerChoice(str(index), text) for index, text in lines.items())
    rows = tuple(
        (symbols[gradient_name(name)].code, "agrees" if share <= OFF else f"off by {number(100 * share, 2)} %")
        for name, share in planted.off.items()
    )
    asked = Blank("1", "choice", "the wrong line", "", "", (), None, (), choices)
    text = "One line of this backward pass is wrong. The gradient check says which gradients do not fit the loss."
    question = Question("debug", draw.skill.name, "Find the wrong line", text, "", (), (asked,), 0, 2, (), rows)
    hints = (
        ExerciseHint("A wrong line spoils what is made of it, and nothing that is made before it."),
        ExerciseHint(f"It has to do with {draw.skill.title}: {draw.skill.about}"),
    )
    place = start_of(wrong)
    shown = SolutionLine(f"{step_sentence(wrong)} In numpy: {code(wrong, symbols)}", formula(wrong, symbols), "", place)
    return Chosen(question, {"1": _verdict(planted, lines, symbols)}, hints, (shown,))


def _verdict(planted: _Planted, lines: Mapping[int, str], symbols: Symbols) -> Callable[[str], FieldVerdict]:
    right = planted.rewrite.right
    place = start_of(right)

    def verdict(text: str) -> FieldVerdict:
        if text not in {str(index) for index in lines}:
            return unreadable("choose one of the lines")
        if int(text) == right.index:
            says = f"Right. {planted.rewrite.sentence} It should be {code(right, symbols)}."
            return FieldVerdict("right", "right", says, right.index, place)
        when = "before" if int(text) < right.index else "after"
        says = f"This line does what it should. The wrong one comes {'after' if when == 'before' else 'before'} it."
        return FieldVerdict("wrong", f"bug_{'after' if when == 'before' else 'before'}", says, int(text), None)

    return verdict
