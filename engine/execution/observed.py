"""Values of an iteration for whoever looks on at its end, though training writes over some of them before.

Parameters, slots and memory are renewed in place, gradients clipped in place, and what an optimizer computes on its way
is scratch. What is watched of these is copied while it is there; all else keeps its buffer until the end.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np

from engine.execution.interpreter import Values
from engine.execution.recorder import Recorder
from engine.execution.state import Layout
from engine.ops.core.op import Array
from engine.program.program import Program
from engine.update.equations import value_name

Keep = Callable[[Recorder, str, Array], None]
"""Told of every result of an equation: its name in the equation, and where it is."""


class Observed:
    """The watched values of a program: `seen` has those that had to be copied, once they are bound.

    names: what is watched and the program has.
    """

    def __init__(self, program: Program, wanted: Collection[str]) -> None:
        self.names = {name for name in wanted if name in program.sources or name in program.producer}
        self.seen: Values = {}
        self._program = program
        self._whole: Values = {}  # results of equations over all parameters, by their names in the equation

    def before(self, recorder: Recorder, sources: Values) -> None:
        """Copies what an iteration starts from."""
        for name in self.names & self._program.sources.keys() & sources.keys():
            self._copy(recorder, name, sources[name])

    def between(self, recorder: Recorder, values: Values) -> None:
        """Copies gradients, before the update changes them in place."""
        gradients = set(self._program.gradients.values())
        if any(equation.renews == "grad" for stage in self._program.update.stages for equation in stage.equations):
            for name in self.names & gradients:
                self._copy(recorder, name, values[name])

    def _copy(self, recorder: Recorder, name: str, value: Array) -> None:
        self.seen[name] = np.empty_like(value)
        recorder.copyto(self.seen[name], value)

    def part(self, parameter: str) -> Keep:
        """Copies the results of equations for one parameter."""

        def keep(recorder: Recorder, output: str, result: Array) -> None:
            name = value_name(output, parameter)
            if name in self.names:
                self._copy(recorder, name, result)

        return keep

    def piece(self, layout: Layout, piece: slice) -> Keep:
        """Copies the results of equations for a piece of all parameters."""

        def keep(recorder: Recorder, output: str, result: Array) -> None:
            about = [p.name for p in self._program.update.trained if value_name(output, p.name) in self.names]
            if not about:
                return
            whole = self._whole.setdefault(output, np.empty(layout.size, result.dtype))
            recorder.copyto(whole[piece], result)
            self.seen |= {value_name(output, name): layout.view(whole, name) for name in about}

        return keep
