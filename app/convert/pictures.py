"""Input planes, unit maps and animations in the wire's form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.http.responses import Answer
from app.runs.workers import Ticket
from app.wire.forms import Array, Series
from engine.analysis.animation import frames
from engine.analysis.input_plane import Grid, boundary, maps
from engine.analysis.landscape.inputs import inputs_plane
from engine.run.run import Run


@dataclass(frozen=True, slots=True)
class Boundary:
    """The model's output over its input, rows by ascending y."""

    resolution: int
    x: Series
    y: Series | None
    outputs: Array


@dataclass(frozen=True, slots=True)
class Plane:
    """The loss of an expression over its two trained inputs, rows by ascending y, and the path through it."""

    names: tuple[str, str]
    x: Series
    y: Series
    losses: Array
    path_x: Series
    path_y: Series
    path_loss: Series


@dataclass(frozen=True, slots=True)
class Maps:
    """What every unit computes over the input."""

    resolution: int
    x: Series
    y: Series | None
    maps: dict[str, Array]


def boundary_picture(run: Run, t: int, resolution: int, ticket: Ticket) -> Answer:
    """The model's output over the input plane, or line."""
    where, outputs = boundary(run, t, resolution, ticket)
    outputs = outputs[..., 0] if outputs.shape[-1] == 1 else outputs
    document = Boundary(resolution, Series(where.x), _axis(where.y), outputs)
    return Answer(document, _axes(where) | {"outputs": outputs}, {"run": run.config.id})


def unit_maps(run: Run, t: int, resolution: int, ticket: Ticket) -> Answer:
    """What every unit computes over the input plane, or line."""
    where, found = maps(run, t, resolution, ticket)
    document = Maps(resolution, Series(where.x), _axis(where.y), found)
    return Answer(document, _axes(where) | found, {"run": run.config.id})


def _axis(points: Array | None) -> Series | None:
    return None if points is None else Series(points)


def _axes(where: Grid) -> dict[str, Array]:
    """The axes among the tensors."""
    named = {"axis/x": where.x, "axis/y": where.y}
    return {name: axis for name, axis in named.items() if axis is not None}


def animation(
    run: Run, start: int, end: int, stride: int, sample: int | None, resolution: int, ticket: Ticket
) -> Answer:
    """What the studio shows of many iterations, stacked by name."""
    tensors = frames(run, start, end, stride, sample, resolution, ticket)
    return Answer(None, tensors, {"run": run.config.id, "from": str(start), "to": str(end), "stride": str(stride)})


Reach = tuple[Sequence[float], Sequence[float]]


def plane_picture(run: Run, to: int, resolution: int, reach: Reach, ticket: Ticket) -> Answer:
    """The loss over two trained inputs."""
    found = inputs_plane(run, to, resolution, ticket, reach)
    return Answer(
        Plane(
            found.names,
            Series(found.x),
            Series(found.y),
            found.losses,
            Series(found.path_x),
            Series(found.path_y),
            Series(found.path_loss),
        )
    )
