"""How the words of a run are written down: one block for each step, and for the cells of a worked example."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from engine import Run
from engine.explain.blocks import blocks
from engine.explain.derivation import derivation
from engine.explain.formulas import cell_formula, cell_numbers, chain_formula, chain_numbers
from engine.explain.notation import Symbols, code, formula, pytorch
from engine.explain.sentences import explanation, step_sentence
from engine.program.program import Program, Step
from engine.run.trace import Trace
from tests.engine.explain.expected.cases import Cases, run_of

Index = tuple[int, ...]


def file_of(cases: Cases, phases: Iterable[str], numbered: bool = True) -> str:
    """All cases under their names; a block that stood before is not said again.

    Args: numbered: whether blocks that differ in digits only, as of two layers or two moments, are both said.
    """
    said = Said(numbered)
    parts = [f"# {name}\n\n{_case(run_of(config), tuple(phases), said)}" for name, config in cases.items()]
    return "\n".join(part for part in parts if part.count("\n") > 2)


@dataclass(frozen=True, slots=True)
class Said:
    """What was said before."""

    numbered: bool
    texts: set[str] = field(default_factory=set)

    def is_new(self, text: str) -> bool:
        """Whether it is said for the first time; from now on it is not."""
        key = text if self.numbered else re.sub(r"\d+", "0", text)
        new = key not in self.texts
        self.texts.add(key)
        return new


def _case(run: Run, phases: tuple[str, ...], said: Said) -> str:
    program = run.program_at(0)
    symbols = Symbols(program, run.names)
    titles = f"blocks: {' · '.join(block.label for block in blocks(program, run.names) if block.phase in phases)}\n"
    found = [titles] if said.is_new(titles) else []
    for step in program.steps:
        block = step_text(step, symbols)
        if step.phase in phases and said.is_new(block):
            is_new = said.is_new(f"{step.op} for {step.argument}") or said.numbered
            last = _last(program.shape(step.output))
            found.append(block + (cell_text(run, run.trace_at(1), step.output, last) if is_new else ""))
    return "\n".join(found)


def step_text(step: Step, symbols: Symbols) -> str:
    """A step's name, sentence, formula and lines of code."""
    of = f" for {step.argument}" if step.argument else ""
    lines = (step_sentence(step), formula(step, symbols), code(step, symbols), pytorch(step, symbols))
    return f"{step.phase} {step.output}: {step.op}{of}\n" + _indented(lines, 2)


def cell_text(run: Run, traced: Trace, value: str, index: Index) -> str:
    """One cell's formula, numbers and explanation, and the chain rule of the first sample where it has one."""
    found = derivation(run, traced, value, index, sample=0)
    lines = [cell_formula(found), cell_numbers(found)]
    if found.chain:
        lines += [chain_formula(found.chain), chain_numbers(found.chain)]
    return f"  cell {list(index)}\n" + _indented([*lines, explanation(run, traced, found)], 4)


def _last(shape: tuple[int, ...]) -> Index:
    return tuple(n - 1 for n in shape)


def _indented(lines: Iterable[str], spaces: int) -> str:
    return "".join(f"{' ' * spaces}{line}\n" for line in lines)


# --- whole nets, and symbols ------------------------------------------------------------------------------------------


def cells_of(cases: Cases) -> str:
    """Every cell of every value of the first of these runs; of the others the sentences that are new."""
    said: set[str] = set()
    return "\n".join("\n".join((f"# {name}\n", *_cells(run_of(config), said))) for name, config in cases.items())


def _cells(run: Run, said: set[str]) -> Iterator[str]:
    first = not said
    for traced in (run.trace_at(0), run.trace_at(1)):
        for name in traced:
            for index in np.ndindex(traced[name].shape):
                text = cell_text(run, traced, name, tuple(index))
                kind = re.sub(r"[−\d.e]*\d", "0", text.splitlines()[-1])
                if (first and traced.iteration) or kind not in said:
                    yield f"{name} in iteration {traced.iteration}\n{text}"
                said.add(kind)


def symbols_of(cases: Cases) -> str:
    """How every value, and one of its cells, is written in LaTeX and in code; what stood before is not said again."""
    said: set[str] = set()
    parts = []
    for name, config in cases.items():
        run = run_of(config)
        lines = [line for line in _symbols(run.program_at(0), run.names) if line not in said]
        said.update(lines)
        parts += [f"# {name}\n\n" + "".join(f"{line}\n" for line in lines)] if lines else []
    return "\n".join(parts)


def _symbols(program: Program, names: Iterable[str]) -> Iterator[str]:
    symbols = Symbols(program, tuple(names))
    for name, symbol in symbols.items():
        rank = len(program.shape(name))
        cell = f"   {symbols.cell(name, tuple(range(1, rank + 1)))}" if rank else ""
        yield f"{name}   {symbol.latex}{cell}   {symbol.code}"
