"""What finite differences need: how far to move a cell, and the steps that see it move."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.ops.core.op import Array, Index
from engine.ops.elementwise.shaping import STOP_GRADIENT
from engine.program.program import Step


def step_size(dtype: np.dtype[np.floating]) -> float:
    """The cube root of the machine epsilon: where rounding and truncation of a central difference balance.

    Source: Press et al. 2007, Numerical Recipes, section 5.7.
    """
    return float(np.cbrt(np.finfo(dtype).eps))


def downstream(steps: Sequence[Step], name: str) -> list[Step]:
    """The forward and loss steps that a value enters, directly or through others.

    What comes out of an op that stops gradients is held still: so a truncated gradient is checked as what it is.
    """
    reached, found = {name}, []
    for step in steps:
        concerned = step.phase in ("forward", "loss") and step.output != name and step.op != STOP_GRADIENT.name
        if concerned and reached.intersection(step.inputs):
            reached.add(step.output)
            found.append(step)
    return found


def moved_cell(array: Array, index: Index, by: float) -> Array:
    """A copy with one cell larger by so much."""
    moved = array.copy()
    moved[index] += by
    return moved
