"""A landscape over the wire."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from app.http.responses import Answer
from app.runs.workers import Ticket
from app.wire.forms import Array, Series
from engine.analysis.landscape import landscape as engine_landscape
from engine.analysis.landscape.landscape import View
from engine.analysis.landscape.spot import spot
from engine.run.run import Run

Normalise = Literal["none", "row"]
DataOf = Literal["train", "batch"]
TOWARDS = "to:"


@dataclass(frozen=True, slots=True)
class LandscapePoint:
    """An iterate beside the plane: its true loss, the plane's at the nearest point, and how far it is from that."""

    iteration: int
    a: float
    b: float
    loss: Annotated[float, "The true one, on the data of the run that the landscape is of."]
    seen: Annotated[float, "The plane's, at (a, b)."]
    distance: Annotated[float, "From the iterate to the plane, in the units of parameters."]
    off_plane: Annotated[float, "That as a share of the way from the centre; 0 at the centre."]


@dataclass(frozen=True, slots=True)
class Misled:
    """How far the plane's losses are from the true ones along a path, as shares of the true ones."""

    median: Annotated[float, "Half of the points are further off than this."]
    worst: float


@dataclass(frozen=True, slots=True)
class LandscapePath:
    """The way of a run from its start to the iteration, as far as its parameters are finite."""

    run: str
    points: tuple[LandscapePoint, ...]
    off_plane: Annotated[float, "Which share of the squared ways from the centre lies in neither direction."]
    misled: Misled | None


@dataclass(frozen=True, slots=True)
class Landscape:
    """The loss at centre + a p1 + b p2: rows by ascending b, columns by ascending a; the centre is at 0, 0.

    lengths: of p1 and p2, in the units of parameters.
    explained: which share of the squared ways from the centre lies along p1, and along what of p2 is across it.
    statistics: what batch normalization takes: the iteration's running ones, or those of the batch; none without such.
    """

    losses: Array
    a: Series
    b: Series
    lengths: tuple[float, float]
    paths: list[LandscapePath]
    explained: tuple[float, float]
    statistics: Literal["none", "running", "batch"]


@dataclass(frozen=True, slots=True)
class LandscapeSpot:
    """A place on the plane: the loss there, and how far it is from the centre in the units of parameters."""

    a: float
    b: float
    loss: float
    distance: float
    edits: Annotated[
        list[dict[str, Any]] | None,
        "What makes a branch with these parameters of the run, for `POST .../branches`; null past the limit of edits.",
    ]


view_of = View


def landscape_answer(
    run: Run,
    t: int,
    directions: str,
    others: Sequence[str],
    find: Callable[[str, str], Run],
    normalise: Normalise,
    view: View,
    data: DataOf,
    ticket: Ticket,
) -> Answer:
    """The loss around an iteration's parameters.

    Args: find: the run with an id, and the field that names it.
    """
    beside, goal = _named(directions, others, find)
    found = engine_landscape.landscape(run, t, goal, beside, normalise, view, data, ticket)
    runs = (run, *beside, *([goal] if isinstance(goal, Run) else []))
    paths = [
        LandscapePath(
            one.config.id,
            tuple(LandscapePoint(p.iteration, p.a, p.b, p.loss, p.seen, p.distance, p.off_plane) for p in path.points),
            path.off_plane,
            Misled(path.misled.median, path.misled.worst) if path.misled else None,
        )
        for one, path in zip(runs, found.paths, strict=True)
    ]
    axes = Series(found.a), Series(found.b)
    document = Landscape(found.losses, *axes, found.lengths, paths, found.explained, found.statistics)
    return Answer(document, {"losses": found.losses, "axis/a": found.a, "axis/b": found.b}, {"run": run.config.id})


def spot_answer(
    run: Run,
    t: int,
    directions: str,
    place: tuple[float, float],
    others: Sequence[str],
    find: Callable[[str, str], Run],
    normalise: Normalise,
    data: DataOf,
    most_edits: int,
    ticket: Ticket,
) -> Answer:
    """A place on the ground.

    Args: find: the run with an id, and the field that names it; most_edits: that a run may have.
    """
    beside, goal = _named(directions, others, find)
    found = spot(run, t, goal, place, beside, normalise, data, ticket)
    fits = len(run.config.edits) + len(found.edits) <= most_edits
    edits = [edit.to_dict() for edit in found.edits] if fits else None
    return Answer(LandscapeSpot(found.a, found.b, found.loss, found.distance, edits))


def _named(directions: str, others: Sequence[str], find: Callable[[str, str], Run]) -> tuple[list[Run], str | Run]:
    """The runs beside, and the directions, or the run towards which they go."""
    beside = [find(other, "query.with") for other in others]
    goal = find(directions.removeprefix(TOWARDS), "query.directions") if directions.startswith(TOWARDS) else directions
    return beside, goal
