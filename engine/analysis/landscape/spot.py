"""A place on the ground of a landscape: the loss there, and what makes it a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from engine.analysis.landscape.directions import Normalise
from engine.analysis.landscape.landscape import DataOf, laid, loss_around, moved
from engine.config.edits import CellEdit
from engine.execution.cancellation import Wanted
from engine.execution.state import State
from engine.foundation.errors import RangeError
from engine.run.run import Run


@dataclass(frozen=True, slots=True)
class Spot:
    """The parameters centre + a p_1 + b p_2.

    loss: there, to the bits that a run has which starts with them; distance: from the centre, in the units of
    parameters; edits: the cells that have other numbers than at the centre, as a branch of the run has them.
    """

    a: float
    b: float
    loss: float
    distance: float
    edits: tuple[CellEdit, ...]


def spot(
    run: Run,
    t: int,
    directions: str | Run,
    place: tuple[float, float],
    others: Sequence[Run] = (),
    normalise: Normalise = "none",
    data: DataOf = "train",
    cancelled: Wanted | None = None,
) -> Spot:
    """A place on the plane of a landscape with the same directions and the same runs beside.

    Raises: as `landscape`; RangeError for a place so far away that its parameters are not finite.
    """
    state, _, plane = laid(run, t, directions, others, normalise, cancelled)
    vector = plane.point(*place)
    there = moved(run, state, vector)
    if not np.isfinite(there.parameters).all():
        raise RangeError("so far away the parameters are not finite; take a place nearer to the centre", "query.a")
    loss = loss_around(run, t, state, data)(vector)
    distance = float(np.linalg.norm(vector - plane.centre))
    return Spot(*place, loss, distance, tuple(_edits(run, t, state, there)))


def _edits(run: Run, t: int, here: State, there: State) -> Iterator[CellEdit]:
    for p in run.parameters:
        before, after = (run.layout.view(state.parameters, p.name) for state in (here, there))
        for index in np.argwhere(before != after):
            cell = tuple(map(int, index))
            yield CellEdit(t, p.name, cell, float(after[cell]))
