"""The two directions of a plane through an iteration's parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from engine.execution.state import State
from engine.foundation.errors import RangeError
from engine.foundation.random_streams import generator
from engine.foundation.value_name import gradient_name
from engine.ops.core.op import Array
from engine.run.run import Run

Normalise = Literal["none", "row"]
FLAT = 1e-12  # a direction this much shorter than another one is none of its own


@dataclass(frozen=True, slots=True)
class Plane:
    """The points centre + a p_1 + b p_2.

    centre: of what is trained, float64; first, second: p_1 and p_2, of any length, not parallel.
    """

    centre: Array
    first: Array
    second: Array

    def place(self, parameters: Array) -> tuple[float, float, float]:
        """Where the nearest point of the plane lies, a and b, and how far away from it these parameters are.

        Formula: (a, b) = argmin |x - a p_1 - b p_2|, with x the way from the centre
        """
        way = parameters - self.centre
        basis = np.stack([self.first, self.second], axis=1)
        found, *_ = np.linalg.lstsq(basis, way, rcond=None)
        return float(found[0]), float(found[1]), float(np.linalg.norm(way - basis @ found))

    def point(self, a: float, b: float) -> Array:
        """The parameters at a place; at (0, 0) the centre itself, to the bit."""
        found: Array = self.centre + a * self.first + b * self.second
        return found

    def upright(self, start: Array) -> Plane:
        """The same plane with its axes turned so that a start lies at the upper left."""
        a, b, _ = self.place(start)
        return Plane(self.centre, -self.first if a > 0 else self.first, -self.second if b < 0 else self.second)


def trained(run: Run, state: State) -> Array:
    """What is trained of a state, in double precision."""
    found: Array = state.parameters[: run.layout.trained].astype(np.float64)
    return found


def principal(centre: Array, iterates: Sequence[Array]) -> Plane:
    """The plane through the centre that holds most of the way to some iterates.

    Formula: the first two right singular vectors of the matrix with rows theta_i - theta
    Raises:  RangeError if the iterates span no plane.
    Source:  Li et al. 2018, Visualizing the loss landscape of neural nets, section 7.
    """
    ways = np.stack(iterates) - centre
    _, sizes, directions = np.linalg.svd(ways, full_matrices=False)
    if len(sizes) < 2 or not sizes[1] > FLAT * sizes[0]:
        text = "the way of training up to here spans no plane; take a later iteration, or other directions"
        raise RangeError(text, "path.t")
    return Plane(centre, directions[0], directions[1])


def at_random(run: Run, centre: Array, state: State, normalise: Normalise) -> Plane:
    """Two directions drawn for the run; with `row` each row of a weight as long as that of the parameters.

    Source: Li et al. 2018, section 4: filter-wise normalization; biases and what else is no matrix do not move.
    """
    first, second = (generator(run.config.seed, "landscape", i).standard_normal(len(centre)) for i in (0, 1))
    if normalise == "none":
        return Plane(centre, first / np.linalg.norm(first), second / np.linalg.norm(second))
    return Plane(centre, _by_rows(run, state, first), _by_rows(run, state, second))


def _by_rows(run: Run, state: State, drawn: Array) -> Array:
    scaled = np.zeros(run.layout.size)
    given = np.zeros(run.layout.size)
    given[: len(drawn)] = drawn
    for p in run.parameters:
        if p.trainable and len(p.shape) > 1:
            weight, direction = run.layout.view(state.parameters, p.name), run.layout.view(given, p.name)
            rows = tuple(range(1, len(p.shape)))
            sizes, own = (np.sqrt(np.sum(x.astype(np.float64) ** 2, rows, keepdims=True)) for x in (weight, direction))
            run.layout.view(scaled, p.name)[...] = direction * (sizes / np.where(own > 0, own, 1))
    found: Array = scaled[: len(drawn)]
    return found


def downhill(run: Run, t: int, centre: Array) -> Plane:
    """The gradient of an iteration and its update, the part of it that the gradient does not have.

    Raises: RangeError if they lie on one line, as in plain gradient descent, or if either is 0.
    """
    traced = run.trace_at(t)
    after = run.raw_state(t + 1, None)
    gradient = _flat(run, {p.name: traced[gradient_name(p.name)] for p in run.parameters if p.trainable})
    update = trained(run, after) - centre
    size = float(np.linalg.norm(gradient))
    rest = update - gradient * (gradient @ update / size**2) if size else update
    if not size or not np.linalg.norm(rest) > 1e-6 * np.linalg.norm(update):
        text = "gradient and update of this iteration lie on one line, so they span no plane; take other directions"
        raise RangeError(text, "query.directions")
    return Plane(centre, gradient / size, rest / np.linalg.norm(rest))


def _flat(run: Run, values: Mapping[str, Array]) -> Array:
    vector = np.zeros(run.layout.size)
    for name, value in values.items():
        run.layout.view(vector, name)[...] = value
    found: Array = vector[: run.layout.trained]
    return found


def towards(run: Run, centre: Array, other: Array) -> Plane:
    """The way to another run's parameters, and one across it that is drawn for the run, as long.

    Raises: RangeError if the other run is at the same place.
    """
    way = other - centre
    size = float(np.linalg.norm(way))
    if not size > 0:
        raise RangeError("both runs have the same parameters here: there is no way from one to the other", "path.t")
    drawn = generator(run.config.seed, "landscape").standard_normal(len(centre))
    across = drawn - way * (drawn @ way / size**2)
    return Plane(centre, way, across * (size / np.linalg.norm(across)))
