"""A model over a grid of its two inputs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.analysis.evaluation import forward_values
from engine.execution.cancellation import Wanted
from engine.execution.interpreter import Values
from engine.execution.state import State
from engine.foundation.errors import RangeError
from engine.ops.core.op import Array
from engine.run.run import Run

MARGIN = 0.15  # of the data's extent, around it on the input plane


@dataclass(frozen=True, slots=True)
class Grid:
    """Points over one or two inputs. `y` is None for one input; rows of the plane go up."""

    x: Array
    y: Array | None

    @property
    def points(self) -> Array:
        """The grid as rows of inputs, x running fastest."""
        if self.y is None:
            return self.x[:, None]
        across, up = np.meshgrid(self.x, self.y)
        return np.stack([across.ravel(), up.ravel()], axis=1)

    def shaped(self, values: Array) -> Array:
        """Values (points, K) as (K, R, R), or (K, R) for one input."""
        sides = (len(self.x),) if self.y is None else (len(self.y), len(self.x))
        return np.ascontiguousarray(values.T).reshape(-1, *sides)


def grid(run: Run, resolution: int) -> Grid:
    """A grid over where the data lies, in the model's units.

    Raises: RangeError if the model has more than two inputs, or takes tokens: there is no plane to draw.
    """
    features = run.inputs.shape[1]
    if run.fitting.takes_tokens:
        raise RangeError("this run takes tokens; maps need one or two inputs that are numbers", "query.resolution")
    if features > 2:
        raise RangeError(f"this run has {features} inputs; maps need one or two", "query.resolution")
    if resolution < 2:
        raise RangeError(f"resolution is at least 2; given {resolution}", "query.resolution")
    every = np.concatenate([run.inputs, run.test_inputs])
    low, high = every.min(axis=0), every.max(axis=0)
    if features == 2:  # a square, so that distances look the same both ways
        low, high = np.full(2, low.min()), np.full(2, high.max())
    extent = np.where(high > low, high - low, 1.0) * MARGIN
    axes = [np.linspace(a, b, resolution, dtype=run.dtype) for a, b in zip(low - extent, high + extent, strict=True)]
    return Grid(axes[0], axes[1] if features == 2 else None)


def boundary(run: Run, iteration: int, resolution: int, cancelled: Wanted | None = None) -> tuple[Grid, Array]:
    """The model's output over the grid, before an iteration: (R, R, K), or (R, K) for one input."""
    where = grid(run, resolution)
    state = run.state_at(iteration, cancelled)
    found = forward_values(run, state, where.points, [run.prediction], cancelled=cancelled)[run.prediction]
    return where, np.moveaxis(where.shaped(found), 0, -1)


def maps(run: Run, iteration: int, resolution: int, cancelled: Wanted | None = None) -> tuple[Grid, Values]:
    """What every unit computes over the grid: ``dense1.a`` as (units, R, R), and the inputs themselves."""
    where = grid(run, resolution)
    return where, maps_at(run, run.state_at(iteration, cancelled), where, cancelled)


def maps_at(run: Run, state: State, where: Grid, cancelled: Wanted | None = None) -> Values:
    """What every unit computes over a grid, with the parameters of a state."""
    drawn = pictured(run)
    found = forward_values(run, state, where.points, set(drawn.values()), cancelled=cancelled)
    return {name: where.shaped(found[value]) for name, value in drawn.items()}


def pictured(run: Run) -> dict[str, str]:
    """The values whose maps are drawn, inputs and features first, by the names that they go by."""
    named = {"x": "x", **{f"{layer}.a": value for layer, value in run.outline.outputs.items()}}
    return {name: value for name, value in named.items() if len(run.outline.shapes[value]) == 2}
