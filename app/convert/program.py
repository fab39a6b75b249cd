"""The program of an iteration over the wire: its steps, how its values are written, and blocks of steps."""

from __future__ import annotations

from dataclasses import dataclass

from app.http.responses import Answer
from engine.explain.blocks import Block, blocks
from engine.explain.notation import Symbols, code, formula, pytorch
from engine.explain.sentences import step_sentence
from engine.foundation import value_name
from engine.foundation.numbers import Latex
from engine.foundation.symbols import Symbol
from engine.foundation.value_name import Kind, Moment
from engine.model.graph import Phase
from engine.ops.core.helpers import HELPERS, PRELUDE, TORCH_PRELUDE, called
from engine.program import program as compiled
from engine.run.run import Run


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the program.

    code, pytorch: the line that computes it, in numpy and in PyTorch; helpers: which of the program's helpers it calls.
    """

    index: int
    phase: Phase
    layer: str
    op: str
    inputs: tuple[str, ...]
    output: str
    argument: str | None
    shape: tuple[int, ...]
    formula: Latex
    code: str
    pytorch: str
    helpers: tuple[str, ...]
    description: str


@dataclass(frozen=True, slots=True)
class ValueName:
    """A value's name, parsed.

    subject:  the value that it is about: of a weight's gradient or slot the weight.
    layer:    the layer, or the section of the update; empty for a value without one.
    key:      what the value is called there, without its moment.
    derived:  what the update makes of a parameter: a slot, `update`, `clipped_grad`; empty for anything else.
    gradient: whether it is a gradient, or what a variant of backpropagation puts in its place.
    part:     which contribution to a gradient, where several add up.
    next:     whether it is what the value becomes in this iteration.
    """

    subject: str
    layer: str
    key: str
    moment: Moment | None
    derived: str
    gradient: Kind
    part: int | None
    next: bool


@dataclass(frozen=True, slots=True)
class Helper:
    """A function that lines of code call by name, and its body; empty where the library itself has it."""

    name: str
    numpy: str
    pytorch: str


@dataclass(frozen=True, slots=True)
class Program:
    """What one iteration computes, step by step. `imports`: what stands before the lines of code."""

    steps: list[Step]
    symbols: dict[str, Symbol]
    names: dict[str, ValueName]
    blocks: tuple[Block, ...]
    helpers: list[Helper]
    imports: Helper


def program_answer(run: Run, t: int) -> Answer:
    """The steps of an iteration, how its values are written, and the blocks that steps make up."""
    program = run.program_at(t)
    symbols = Symbols(program, run.names)
    steps = [program_step(step, symbols) for step in program.steps]
    names = {value: _name(program.name(value)) for value in symbols}
    needed = dict.fromkeys(name for step in steps for name in step.helpers)
    helpers = [Helper(name, HELPERS[name].numpy, HELPERS[name].pytorch) for name in needed]
    imports = Helper("imports", PRELUDE, TORCH_PRELUDE.format(dtype=run.config.dtype))
    return Answer(Program(steps, dict(symbols.items()), names, blocks(program, run.names), helpers, imports))


def _name(name: value_name.ValueName) -> ValueName:
    return ValueName(
        str(name.subject), name.layer, name.key, name.moment, name.derived, name.gradient, name.part, name.next
    )


def program_step(step: compiled.Step, symbols: Symbols) -> Step:
    """One step, without numbers."""
    return Step(
        step.index,
        step.phase,
        step.layer,
        step.op,
        step.inputs,
        step.output,
        step.argument,
        step.shape,
        formula(step, symbols),
        (line := code(step, symbols)),
        (torch_line := pytorch(step, symbols)),
        tuple(dict.fromkeys((*called(line, False), *called(torch_line, True)))),
        step_sentence(step),
    )
