"""Some iterations as lines of code, and the numbers that these lines begin with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from engine.explain.notation import Symbols, code, pytorch
from engine.foundation.value_name import next_name
from engine.ops.core.helpers import HELPERS, called
from engine.ops.core.op import Array
from engine.program.program import Program
from engine.run.run import Run

Values = Mapping[str, Array]  # by their names in code


@dataclass(frozen=True, slots=True)
class Stretch:
    """Iterations from `start` on.

    given:   what is there before the first line, and of later iterations what differs from what the lines left;
    lines:   of each iteration; carried: of each iteration what becomes of what, as `W1 = W1_next`;
    helpers: bodies of the functions that the lines call; losses: as they were computed here; loss: its name in code.
    """

    start: int
    given: tuple[Values, ...]
    lines: tuple[tuple[str, ...], ...]
    carried: tuple[tuple[tuple[str, str], ...], ...]
    helpers: tuple[str, ...]
    losses: tuple[float, ...]
    loss: str


def stretch(run: Run, start: int, count: int, torch: bool, cancelled: Callable[[], bool] | None = None) -> Stretch:
    """Iterations `start` to `start + count`, each trained step by step.

    Args:    torch: whether the lines are PyTorch's; cancelled: asked on the way to the first of them.
    Returns: Stretch.
    """
    state, known = run.state_at(start, cancelled), dict[str, Array]()
    given, lines, carried, losses = [], [], [], []
    for t in range(start, start + count):
        program = run.program_at(t)
        symbols = Symbols(program, run.names)
        sources = {
            symbols[name].code: value for name, value in run.sources(t, state).items() if name in program.sources
        }
        values = {name: value for name, value in sources.items() if name.isidentifier()}  # a number stands for itself
        given.append({name: value for name, value in values.items() if not _same(known.get(name), value)})
        lines.append(tuple((pytorch if torch else code)(step, symbols) for step in program.steps))
        traced, state = run.step(state, t)
        losses.append(float(traced["loss"]))
        known |= values
        carried.append(_carried(program, symbols))
        known |= {now: traced.table[next_name(name)] for name, now in _later(program, symbols)}
    needed = dict.fromkeys(name for part in lines for line in part for name in called(line, torch))
    bodies = tuple(HELPERS[name].pytorch if torch else HELPERS[name].numpy for name in needed)
    return Stretch(start, tuple(given), tuple(lines), tuple(carried), bodies, tuple(losses), symbols["loss"].code)


def _later(program: Program, symbols: Symbols) -> list[tuple[str, str]]:
    """Sources that the iteration renews, with their names in code."""
    return [(name, symbols[name].code) for name in program.sources if next_name(name) in program.producer]


def _carried(program: Program, symbols: Symbols) -> tuple[tuple[str, str], ...]:
    return tuple((now, symbols[next_name(name)].code) for name, now in _later(program, symbols))


def _same(known: Array | None, value: Array) -> bool:
    return known is not None and known.dtype == value.dtype and np.array_equal(known, value, equal_nan=True)
