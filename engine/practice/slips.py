"""Slips at work: a step of the program rewritten with one of its slips, and run by the same interpreter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from string import Template
from typing import Any

import numpy as np

from engine.execution.interpreter import run_step
from engine.explain.blocks import layer_title
from engine.explain.notation import Symbols, code
from engine.foundation.value_name import ValueName, next_name
from engine.ops import OPS
from engine.ops.core.op import Array, Function
from engine.ops.core.slips import Role, Slip
from engine.practice.code.lines import LineError, evaluated
from engine.program.program import Program, Step


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A step with one slip in it: the wrong step stands where the right one stood."""

    slip: Slip
    right: Step
    wrong: Step

    @property
    def sentence(self) -> str:
        """What was done."""
        title = self.right.title.removeprefix("gradient through ")
        return Template(self.slip.says).safe_substitute(
            where=layer_title(self.right.layer), title=title, p=self.right.parameter
        )

    def lines(self, symbols: Symbols) -> tuple[str, str]:
        """The line of code, right and wrong."""
        return code(self.right, symbols), code(self.wrong, symbols)


def rewrites(step: Step, program: Program) -> tuple[Rewrite, ...]:
    """The step with each of its slips, of those that mean something in this program."""
    return tuple(found for slip in step.function.slips if (found := _rewritten(slip, step, program)) is not None)


def run_wrong(rewrite: Rewrite, values: Mapping[str, Array]) -> Array | None:
    """What the wrong step writes; None where its line does not fit these values, so that nobody makes this slip."""
    try:
        with np.errstate(all="ignore"):
            return run_step(rewrite.wrong, values)
    except (LineError, ValueError):
        return None


def _rewritten(slip: Slip, step: Step, program: Program) -> Rewrite | None:
    found = {letter: _ROLES[role](step, program) for letter, role in slip.takes.items()}
    more = tuple(name for name in found.values() if name)
    if len(more) < len(found):
        return None
    function = replace(
        step.function,
        kernel=_kernel(step.function, slip),
        operands=(*step.function.operands, *found),
        code=slip.code,
        beside=(),
        fast=None,
        slips=(),
    )
    wrong = replace(step, function=function, inputs=(*step.inputs, *more), beside=())
    return Rewrite(slip, step, wrong)


def _kernel(function: Function, slip: Slip) -> Callable[..., None]:
    names = (*function.operands, *slip.takes)

    def kernel(xp: Any, out: Array, *operands: Array, **params: Any) -> None:
        known = {**params, **dict(zip(names, operands, strict=True))}
        line = Template(slip.code).substitute({name: name for name in known})
        np.copyto(out, evaluated(line, known, ours=True), casting="unsafe")

    return kernel


# --- where else a slip takes its numbers from -------------------------------------------------------------------------


def _forward(step: Step, program: Program) -> Step | None:
    """The step of the forward pass that a VJP goes back through: what writes the value whose gradient it takes."""
    if step.phase != "backward":
        return step
    taken = ValueName.parse(step.inputs[0]).of_gradient if step.inputs else None
    at = program.producer.get(str(taken))
    found = None if at is None else program.steps[at]
    return found if found is not None and found.op == step.op else None


def _activation_of(value: str, program: Program) -> Step | None:
    """The step that passes a value through an activation."""
    users = (step for step in program.steps if step.phase == "forward" and step.inputs == (value,))
    return next((step for step in users if _is_activation(step)), None)


def _is_activation(step: Step) -> bool:
    op = OPS.get(step.op)
    return op is not None and op.args == ("z",) and op.name != "identity"


def _output(step: Step, program: Program) -> str | None:
    found = _forward(step, program)
    return found.output if found else None


def _input(at: int) -> Callable[[Step, Program], str | None]:
    def find(step: Step, program: Program) -> str | None:
        found = _forward(step, program)
        return found.inputs[at] if found and len(found.inputs) > at else None

    return find


def _own(step: Step, program: Program) -> str | None:
    output = _output(step, program)
    found = _activation_of(output, program) if output else None
    return found.output if found else None


def _before(step: Step, program: Program) -> str | None:
    given = _input(0)(step, program)
    at = program.producer.get(given or "")
    return program.steps[at].inputs[0] if at is not None and _is_activation(program.steps[at]) else None


def _next_weight(step: Step, program: Program) -> str | None:
    weight = _input(1)(step, program)
    return next_name(weight) if weight and next_name(weight) in program.producer else None


_ROLES: Mapping[Role, Callable[[Step, Program], str | None]] = {
    "output": _output,
    "input": _input(0),
    "first": _input(0),
    "second": _input(1),
    "own": _own,
    "before": _before,
    "next weight": _next_weight,
}


def tags() -> Iterator[tuple[str, str]]:
    """Every slip's tag with its name, of all ops and equations."""
    from engine.ops.update.optimizers import UPDATE_OPS

    functions = [f for op in OPS.values() for f in (op.function, *op.vjps.values())]
    for function in (*functions, *UPDATE_OPS.values()):
        yield from ((slip.tag, slip.name) for slip in function.slips)
