"""A worked iteration as a page to print: every step with its words, its line of code and its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy as np

from app.convert.runs import run_title
from app.http.assets import render
from app.runs.workers import Ticket
from engine.explain.blocks import Block, blocks
from engine.explain.derivation import derivation
from engine.explain.notation import Symbols, code
from engine.explain.sentences import explanation, step_sentence
from engine.ops.core.op import Array
from engine.program.program import Step
from engine.run.run import Run
from engine.run.trace import Trace

WIDEST = 8  # numbers in a row that is written out
TALLEST = 12  # rows
PHASES = {
    "batch": "The batch",
    "forward": "Forward",
    "loss": "The loss",
    "backward": "Backward",
    "update": "The update",
}


@dataclass(frozen=True, slots=True)
class Written:
    """A step. rows: of its value, as texts; shape: where not all is written; cell: how its first cell came about."""

    words: str
    code: str
    name: str
    rows: tuple[tuple[str, ...], ...]
    shape: str
    cell: str


@dataclass(frozen=True, slots=True)
class Part:
    """The steps of a phase, block by block."""

    title: str
    blocks: tuple[tuple[str, tuple[Written, ...]], ...]


def solution_page(run: Run, t: int, ticket: Ticket) -> str:
    """The page: it stands alone, with no script in it."""
    traced = run.trace_at(t, ticket)
    symbols = Symbols(traced.program, run.names)
    found = []
    for phase, group in groupby(blocks(traced.program, run.names), key=lambda block: block.phase):
        parts = tuple(
            (block.label, tuple(_written(run, traced, step, symbols, ticket) for step in _steps(traced, block)))
            for block in group
        )
        found.append(Part(PHASES[phase], parts))
    loss = number_text(float(traced["loss"]))
    batch = traced.program.batch if run.has_data else 0
    return render(
        "solution.html", title=run_title(run), iteration=t, loss=loss, batch=batch, parts=found, run=run.config.id
    )


def _steps(traced: Trace, block: Block) -> tuple[Step, ...]:
    return tuple(traced.program.steps[block.first : block.last + 1])


def _written(run: Run, traced: Trace, step: Step, symbols: Symbols, ticket: Ticket) -> Written:
    value = np.asarray(traced[step.output])
    rows, shape = _numbers(value)
    index = (0,) * value.ndim
    said = explanation(run, traced, derivation(run, traced, step.output, index, None, ticket, 6)) if value.size else ""
    words = step_sentence(step)
    more = said.removeprefix(words).strip()
    cell = "" if more.startswith("Here it is") else more  # which is written above
    return Written(words, code(step, symbols), symbols[step.output].code, rows, shape, cell)


def _numbers(value: Array) -> tuple[tuple[tuple[str, ...], ...], str]:
    """The first rows and columns as texts, and what is left out."""
    table = np.atleast_2d(value) if value.ndim < 3 else value.reshape(-1, value.shape[-1])
    rows = tuple(tuple(number_text(float(item)) for item in row[:WIDEST]) for row in table[:TALLEST])
    whole = table.shape[0] <= TALLEST and table.shape[1] <= WIDEST and value.ndim < 3
    shape = " × ".join(map(str, value.shape))
    return rows, "" if whole else f"{shape}; the first rows and columns"


def number_text(number: float) -> str:
    """A number as it is printed: four digits."""
    return f"{number:.4g}".replace("-", "\N{MINUS SIGN}")
