"""The loss over a plane, and the true loss along the way of training beside what the plane shows of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from engine.analysis.evaluation import mean_loss
from engine.analysis.landscape.directions import Normalise, Plane, at_random, downhill, principal, towards, trained
from engine.execution.cancellation import Wanted, check
from engine.execution.interpreter import replay
from engine.execution.lifting import NotStackableError
from engine.execution.state import State, frozen
from engine.foundation.errors import ConfigError, RangeError
from engine.ops.core.op import Array
from engine.run.recorded_set import ManyLosses, to_the_loss
from engine.run.run import Run

DataOf = Literal["train", "batch"]
Kind = Literal["pca", "random", "gradient,update", "to"]
KINDS: tuple[Kind, ...] = ("pca", "random", "gradient,update")
STATISTICS = Literal["none", "running", "batch"]
POINTS = 60  # of a path
MARGIN = 0.25  # around the paths, of their extent
ONE_BY_ONE = 16  # losses between two looks at whether they are still wanted
Loss = Callable[[Array], float]
Many = Callable[[Sequence[Array]], Array]


@dataclass(frozen=True, slots=True)
class View:
    """Which part of the plane is looked at, and at how many points.

    span: from the middle to the left and right edges, in lengths of the directions; none: all of the paths, whatever
    the middle. resolution: points along the longer side, odd. aspect: the width over the height.
    """

    span: float | None = None
    middle: tuple[float, float] = (0.0, 0.0)
    resolution: int = 31
    aspect: float = 1.0

    @property
    def points(self) -> tuple[int, int]:
        """How many across and how many up; both odd."""
        shorter = 2 * round((self.resolution - 1) / 2 / max(self.aspect, 1 / self.aspect)) + 1
        sides = (self.resolution, max(3, shorter))
        return sides if self.aspect >= 1 else (sides[1], sides[0])


@dataclass(frozen=True, slots=True)
class PathPoint:
    """An iterate beside the plane.

    loss: its true one on the first run's data; seen: the plane's at the nearest point, (a, b); distance: between the
    two, in the units of parameters; off_plane: that as a share of the way from the centre, 0 at the centre.
    """

    iteration: int
    a: float
    b: float
    loss: float
    seen: float
    distance: float
    off_plane: float


@dataclass(frozen=True, slots=True)
class Misled:
    """How far the plane's losses are from the true ones along a path, as shares of the true ones."""

    median: float
    worst: float


@dataclass(frozen=True, slots=True)
class Path:
    """The way of a run from its start to the iteration, as far as the length of its parameters is finite.

    off_plane: which share of the squared ways from the centre lies in neither direction; misled: none where no loss
    along it is a positive number.
    """

    points: tuple[PathPoint, ...]
    off_plane: float
    misled: Misled | None


@dataclass(frozen=True, slots=True)
class Landscape:
    """A grid of losses: rows by ascending b, columns by ascending a; they are multiples of a step, as (0, 0) is.

    The centre's loss, and those of paths, have the bits that the runs have; the rest are computed many at once, and may
    differ from such ones in the last bits.

    lengths:    of the two directions, in the units of parameters.
    paths:      of the run itself first, then of those beside it, each from its start to the iteration.
    explained:  which share of the squared ways from the centre lies along each direction, and in none of them the rest.
    statistics: of batch normalization: the running ones of the iteration, or each batch's own; none without such.
    """

    a: Array
    b: Array
    losses: Array
    lengths: tuple[float, float]
    paths: tuple[Path, ...]
    explained: tuple[float, float]
    statistics: STATISTICS


WHOLE = View()


def landscape(
    run: Run,
    t: int,
    directions: str | Run,
    others: Sequence[Run] = (),
    normalise: Normalise = "none",
    view: View = WHOLE,
    data: DataOf = "train",
    cancelled: Wanted | None = None,
) -> Landscape:
    """The loss around an iteration's parameters. The centre's is that iteration's to the bit.

    Args:   directions: one of KINDS, or the run towards which; others: whose paths are drawn as well, and with pca
            count for the plane. data: the whole training set as it is evaluated, or the iteration's batch as it is
            trained on.
    Raises: ConfigError for another run whose parameters are not the same; RangeError; NoDataError; CancelledWorkError.
    """
    beside = (*others, directions) if isinstance(directions, Run) else tuple(others)
    _check_resolution(view)
    state, walked, plane = laid(run, t, directions, others, normalise, cancelled)
    loss = loss_around(run, t, state, data)
    paths = tuple(
        _path(run, one, plane, points, loss, data, cancelled)
        for one, points in zip((run, *beside), walked, strict=True)
    )
    a, b = _axes(paths, view)
    losses = _grid(plane, a, b, loss, _many(run, t, state, loss, data), cancelled)
    explained = _explained(plane, [point for points in walked for _, point in points])
    lengths = (float(np.linalg.norm(plane.first)), float(np.linalg.norm(plane.second)))
    return Landscape(a, b, losses, lengths, paths, explained, _statistics(run, data))


def laid(
    run: Run,
    t: int,
    directions: str | Run,
    others: Sequence[Run] = (),
    normalise: Normalise = "none",
    cancelled: Wanted | None = None,
) -> tuple[State, list[list[tuple[int, Array]]], Plane]:
    """The state at the centre, the ways of all runs to the iteration, the run's own first, and the plane.

    Raises: as `landscape`.
    """
    beside = (*others, directions) if isinstance(directions, Run) else tuple(others)
    _check_alike(run, beside)
    state = run.state_at(t, cancelled)
    centre = trained(run, state)
    if not np.isfinite(centre).all():
        raise RangeError(
            "the run has diverged: its parameters here are not finite; take an earlier iteration", "path.t"
        )
    walked = [_walked(one, t, cancelled) for one in (run, *beside)]
    return state, walked, _plane(run, t, state, centre, directions, walked, normalise).upright(walked[0][0][1])


def _check_resolution(view: View) -> None:
    resolution = view.resolution
    if resolution < 3 or resolution % 2 == 0:
        raise RangeError(
            f"resolution is odd and at least 3, so that a centre is there; given {resolution}", "query.resolution"
        )


def _check_alike(run: Run, beside: Sequence[Run]) -> None:
    shapes = [(p.name, p.shape, p.trainable) for p in run.fitting.outline.parameters]
    for other in beside:
        if [(p.name, p.shape, p.trainable) for p in other.parameters] != shapes:
            raise ConfigError(
                "runs lie in one landscape where they have the same parameters; these have not", "query.with"
            )


def _walked(run: Run, t: int, cancelled: Wanted | None) -> list[tuple[int, Array]]:
    """What was trained from the start to the iteration, as far as its length is finite."""
    walked = [(i, trained(run, run.state_at(i, cancelled))) for i in _iterations(t)]
    with np.errstate(over="ignore", invalid="ignore"):
        return [(i, point) for i, point in walked if np.isfinite(point @ point)]


def _iterations(t: int) -> list[int]:
    """From the start to the iteration, both among them."""
    every = max(1, -(-t // POINTS))
    return sorted({*range(0, t, every), t})


def _plane(
    run: Run,
    t: int,
    state: State,
    centre: Array,
    directions: str | Run,
    walked: Sequence[Sequence[tuple[int, Array]]],
    normalise: Normalise,
) -> Plane:
    if isinstance(directions, Run):
        return towards(run, centre, walked[-1][-1][1])
    if directions == "pca":
        return principal(centre, [point for points in walked for _, point in points])
    if directions == "random":
        return at_random(run, centre, state, normalise)
    if directions == "gradient,update":
        return downhill(run, t, centre)
    text = f"directions is one of {', '.join(KINDS)} or to: and a run's id; given {directions!r}"
    raise RangeError(text, "query.directions")


# --- losses ----------------------------------------------------------------------------------------------------------


def moved(run: Run, state: State, vector: Array) -> State:
    """The state with other numbers in what is trained."""
    parameters = state.parameters.copy()
    parameters[: run.layout.trained] = vector
    return State(frozen(parameters), state.slots, state.memory)


def loss_around(run: Run, t: int, state: State, data: DataOf) -> Loss:
    """The loss of any parameters, all else as it is at an iteration."""
    if data == "train":
        return lambda vector: mean_loss(run, moved(run, state, vector))
    steps = to_the_loss(run.program_at(t))
    return lambda vector: float(replay(steps, run.sources(t, moved(run, state, vector)), {})["loss"])


def _many(run: Run, t: int, state: State, loss: Loss, data: DataOf) -> tuple[Many, int]:
    """The losses of several parameters at once, where there is a way to have them; and of how many."""
    try:
        many = ManyLosses(run, state, t if data == "batch" else None)
        return many, many.nets
    except NotStackableError:
        return lambda vectors: np.array([loss(vector) for vector in vectors]), ONE_BY_ONE


def _grid(plane: Plane, a: Array, b: Array, loss: Loss, how: tuple[Many, int], cancelled: Wanted | None) -> Array:
    """Losses side by side; that of the centre by itself, to the bits that the run has there."""
    many, most = how
    spots = [(float(x), float(up)) for up in b for x in a]
    parts = []
    for start in range(0, len(spots), most):
        check(cancelled)
        parts.append(many([plane.point(*spot) for spot in spots[start : start + most]]))
    losses: Array = np.concatenate(parts)
    if (0.0, 0.0) in spots:
        losses[spots.index((0.0, 0.0))] = loss(plane.centre)
    return losses.reshape(len(b), len(a))


def _statistics(run: Run, data: DataOf) -> STATISTICS:
    if not run.outline.memory:
        return "none"
    return "running" if data == "train" else "batch"


def _path(
    run: Run,
    walker: Run,
    plane: Plane,
    points: Sequence[tuple[int, Array]],
    loss: Loss,
    data: DataOf,
    cancelled: Wanted | None,
) -> Path:
    found = []
    ways = 0.0
    for t, point in points:
        check(cancelled)
        a, b, distance = plane.place(point)
        way = float(np.linalg.norm(point - plane.centre))
        ways += way**2
        true = mean_loss(run, walker.state_at(t)) if data == "train" else loss(point)
        found.append(PathPoint(t, a, b, true, loss(plane.point(a, b)), distance, distance / way if way else 0.0))
    off_plane = sum(p.distance**2 for p in found) / ways if ways else 0.0
    return Path(tuple(found), off_plane, _misled(found))


def _misled(points: Sequence[PathPoint]) -> Misled | None:
    shares = [abs(p.seen - p.loss) / p.loss for p in points if p.loss > 0 and np.isfinite([p.seen, p.loss]).all()]
    return Misled(float(np.median(shares)), max(shares)) if shares else None


# --- the grid --------------------------------------------------------------------------------------------------------


def _axes(paths: Sequence[Path], view: View) -> tuple[Array, Array]:
    """Places across and up, all multiples of one step, so that distances look the same both ways."""
    across, up = view.points
    ratio = (across - 1) / (up - 1)
    middle, half = (np.array(view.middle), view.span) if view.span is not None else _around(paths, ratio)
    step = 2 * half / (across - 1)
    first = np.round((middle - [half, half / ratio]) / step)
    return (first[0] + np.arange(across)) * step, (first[1] + np.arange(up)) * step


def _around(paths: Sequence[Path], ratio: float) -> tuple[Array, float]:
    """The middle of all paths and the centre, and half the width that holds them."""
    places = np.array([(0.0, 0.0), *((point.a, point.b) for path in paths for point in path.points)])
    low, high = places.min(axis=0), places.max(axis=0)
    extent = float(max(high[0] - low[0], (high[1] - low[1]) * ratio)) or 1.0
    return (low + high) / 2, extent * (0.5 + MARGIN)


def _explained(plane: Plane, iterates: Sequence[Array]) -> tuple[float, float]:
    """Shares of the squared ways from the centre along p_1, and along what of p_2 is across it."""
    basis, _ = np.linalg.qr(np.stack([plane.first, plane.second], axis=1))
    ways = np.stack(iterates) - plane.centre
    total = float(np.sum(ways**2))
    along = np.sum((ways @ basis) ** 2, axis=0) / total if total else np.zeros(2)
    return float(along[0]), float(along[1])
