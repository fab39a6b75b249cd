"""What a recording holds of a run: every answer that the studio asks for while it plays and steps, and the
explanations of some iterations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.convert.catalog import catalog
from app.convert.evaluations import evaluation
from app.convert.explain import (
    Asked,
    derivation_answer,
    gradient_check_answer,
    paths_answer,
    stage_answer,
    variants_answer,
)
from app.convert.history import history_answer
from app.convert.iterations import flow_answer, iteration_answer
from app.convert.moments import conditions_answer
from app.convert.pictures import boundary_picture
from app.convert.program import program_answer, program_step
from app.convert.runs import run_answer, sample_rows
from app.convert.traces import batched
from app.http.responses import Answer
from app.runs.workers import Ticket
from app.wire.forms import Array
from engine.analysis.animation import frames
from engine.explain.derivation import first_cell, is_parameter_gradient
from engine.explain.formulas import cell_numbers
from engine.explain.notation import Symbols
from engine.foundation.numbers import Latex
from engine.run.run import Run
from engine.run.trace import Trace

MAP_RESOLUTION = 20  # points along each axis: a little coarser than the studio draws what it is served
MOST_CELLS = 1000  # of a larger value no cell is explained
ROWS = 2  # of a batch, the samples whose cells are
Answers = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Moments:
    """A few iterations after one another: what is said of each, and the numbers of all.

    said:    of each iteration its answers by their address below it.
    numbers: of each iteration the formula of every step, with numbers; steps: the rest of those answers, for each
             program that the iterations have.
    """

    said: list[Answers]
    numbers: list[list[Latex]]
    traces: list[Mapping[str, Array]]
    steps: list[Any]
    frames: Mapping[str, Array]


def beside(run: Run, end: int, ticket: Ticket) -> Answers:
    """The answers that belong to no iteration, by their address."""
    here = f"/api/runs/{run.config.id}"
    found: Answers = {"/api/catalog": catalog(), "/api/presets": [], here: run_answer(run).document}
    found[f"{here}/program"] = program_answer(run, 0).document
    found[f"{here}/history"] = history_answer(run, 0, end, None, ticket).document
    found[f"{here}/conditions"] = conditions_answer(run, end).document
    if run.has_data:
        found[f"{here}/samples"] = sample_rows(run).document
    return found


def moments(run: Run, start: int, end: int, ticket: Ticket) -> Moments:
    """The iterations from `start` to `end`, the last not included."""
    traces = [run.trace_at(t, ticket) for t in range(start, end)]
    resolution = MAP_RESOLUTION if has_maps(run) else 0
    return Moments(
        [_said(run, t, ticket) for t in range(start, end)],
        _numbers(run, traces),
        [dict(traced) for traced in traces],
        _each_program(run, traces),
        frames(run, start, end, 1, None, resolution, ticket),
    )


def has_maps(run: Run) -> bool:
    """Whether there is an input plane, or line, to draw over."""
    return run.has_data and run.inputs.ndim == 2 and run.inputs.shape[1] <= 2 and run.inputs.dtype.kind == "f"


def _said(run: Run, t: int, ticket: Ticket) -> Answers:
    asked = {"": iteration_answer}
    if run.has_data:
        asked |= {"/evaluation": evaluation, "/flow": _flow}
    return {path: ask(run, t, ticket).document for path, ask in asked.items()}


def _flow(run: Run, t: int, ticket: Ticket) -> Answer:
    return flow_answer(run, t, None, ticket)


def _numbers(run: Run, traces: Sequence[Trace]) -> list[list[Latex]]:
    """Of each step of each iteration, the formula with the numbers of the first cell that it wrote."""
    symbols = _symbols(run, traces)
    return [
        [cell_numbers(first_cell(traced, step, symbols[id(traced.program)])) for step in traced.program.steps]
        for traced in traces
    ]


def _symbols(run: Run, traces: Sequence[Trace]) -> dict[int, Symbols]:
    """Of each program of the iterations, once."""
    programs = {id(traced.program): traced.program for traced in traces}
    return {key: Symbols(program, run.names) for key, program in programs.items()}


def _each_program(run: Run, traces: Sequence[Trace]) -> list[Any]:
    """Of each iteration its steps, written once for all that have the same program."""
    symbols = _symbols(run, traces)
    programs = {id(traced.program): traced.program for traced in traces}
    written = {key: [program_step(step, symbols[key]) for step in program.steps] for key, program in programs.items()}
    return [written[id(traced.program)] for traced in traces]


def axes(run: Run, t: int, ticket: Ticket) -> Any:
    """The input plane's axes at the resolution of the maps; they are those of the data, at every iteration."""
    return boundary_picture(run, t, MAP_RESOLUTION, ticket).document


def explained(run: Run, t: int, ticket: Ticket) -> Answers:
    """Where every cell of an iteration came from, and what else the studio can be asked of it."""
    traced = run.trace_at(t, ticket)
    found: Answers = {"/gradient-check": gradient_check_answer(run, t, ticket).document}
    symbols = Symbols(traced.program, run.names)
    for name in traced:
        if traced[name].size <= MOST_CELLS:
            found |= _derived(run, t, name, traced, symbols, ticket)
    if run.has_data:
        found |= _closer(run, t, traced, ticket)
    here = f"/api/runs/{run.config.id}/iterations/{t}"
    return {here + path: answer for path, answer in found.items()}


def _derived(run: Run, t: int, name: str, traced: Trace, symbols: Symbols, ticket: Ticket) -> Answers:
    """Of every cell of a value how it came about; of a parameter's gradient with its central difference."""
    check = is_parameter_gradient(traced.program, name)
    rows = ROWS if batched(traced, name) else MOST_CELLS
    return {
        _address(name, index, check): derivation_answer(
            run, t, Asked(name, index, check=check), ticket, symbols
        ).document
        for index in np.ndindex(*traced[name].shape)
        if sum(index[:1]) < rows
    }


def _closer(run: Run, t: int, traced: Trace, ticket: Ticket) -> Answers:
    """Of the first sample of the batch: each layer from near, and the paths of every cell of a parameter."""
    found: Answers = {"/variants": variants_answer(run, t, ticket).document}
    for layer in run.names:
        found[f"/stage?layer={layer}&sample=0"] = stage_answer(run, t, layer, 0, "", (), ticket).document
    for p in run.parameters:
        for index in np.ndindex(*traced[p.name].shape):
            cell = ",".join(map(str, index))
            answer = paths_answer(run, t, p.name, index, 0, ticket)
            found[f"/paths?index={cell}&parameter={p.name}&sample=0"] = answer.document
    return found


def _address(value: str, index: Sequence[int], check: bool) -> str:
    """As the studio's client writes it, its parts in the order of the alphabet."""
    cell = ",".join(map(str, index))
    return f"/derivation?{'check=true&' if check else ''}index={cell}&value={value}"
