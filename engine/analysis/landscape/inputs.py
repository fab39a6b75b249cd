"""The loss of an expression over its two trained inputs, with the way that training takes through it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.analysis.history import check_range
from engine.execution.cancellation import Wanted
from engine.execution.recorder import Call
from engine.foundation.errors import NoDataError, RangeError
from engine.ops import OPS
from engine.ops.core.op import Array
from engine.program.program import Program
from engine.run.observing import observe
from engine.run.run import Run

MARGIN = 0.18  # of the path's extent, on each side of it


@dataclass(frozen=True, slots=True)
class InputsPlane:
    """Losses over a plane, a row for each y from the least on, and a path.

    names:  of the inputs, across and up.
    path_x, path_y, path_loss: before each iteration's update, from the first one on.
    """

    names: tuple[str, str]
    x: Array
    y: Array
    losses: Array
    path_x: Array
    path_y: Array
    path_loss: Array


class _Following:
    """Notes three numbers in every iteration."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self.rows: list[list[float]] = []

    def wanted(self, program: Program) -> Collection[str]:
        return self._names

    def bind(self, program: Program, values: Mapping[str, Array]) -> Call:
        arrays = [values[name] for name in self._names]
        return lambda: self.rows.append([float(array) for array in arrays])


def inputs_plane(
    run: Run,
    to: int,
    resolution: int = 48,
    cancelled: Wanted | None = None,
    reach: tuple[Sequence[float], Sequence[float]] = ((), ()),
) -> InputsPlane:
    """The loss over the part of the plane that the path of the iterations before `to` lies in.

    Formula: L(x, y), all other inputs as given
    Args:    reach: numbers of x and of y that lie in it too, such as another run's.
    Raises:  NoDataError for a run of layers, or an expression that does not train two inputs; RangeError;
             CancelledWorkError.
    """
    check_range(0, to)
    if resolution < 2:
        raise RangeError(f"resolution is points along each axis, 2 or more; given {resolution}", "query.resolution")
    names = _trained(run)
    following = _Following((*names, "loss"))
    observe(run, 0, to, following, cancelled)
    path_x, path_y, path_loss = np.array(following.rows).T
    x, y = (
        np.linspace(*_ends(np.append(path, more)), resolution)
        for path, more in zip((path_x, path_y), reach, strict=True)
    )
    return InputsPlane(names, x, y, _losses(run, names, x, y), path_x, path_y, path_loss)


def _trained(run: Run) -> tuple[str, str]:
    names = [p.name for p in run.parameters if p.trainable]
    if run.has_data or len(names) != 2:
        raise NoDataError(f"a plane is of an expression with two trained inputs; this run trains {len(names)} numbers")
    return names[0], names[1]


def _ends(path: Array) -> tuple[float, float]:
    """The finite part of a path with a margin; of one that stands still 1 to either side."""
    there = path[np.isfinite(path)]
    low, high = float(there.min()), float(there.max())
    room = MARGIN * (high - low) or 1.0
    return low - room, high + room


def _losses(run: Run, names: tuple[str, str], x: Array, y: Array) -> Array:
    """Every op on the whole plane at once: in an expression none of them looks at a neighbour."""
    program = run.program_at(0)
    sources = run.sources(0, run.state_at(0))
    values = {name: np.broadcast_to(value, (len(y), len(x))) for name, value in sources.items() if value.ndim == 0}
    values[names[0]], values[names[1]] = np.meshgrid(x, y)
    with np.errstate(all="ignore"):
        for step in program.steps:
            if step.phase in ("forward", "loss"):
                values[step.output] = OPS[step.op].forward(*(values[name] for name in step.inputs), **step.params)
    return values["loss"]
