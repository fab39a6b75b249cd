"""Input planes, unit maps and animations in the wire's form."""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.http.problems import Problem, over_limit
from app.http.responses import Answer
from app.runs.workers import Ticket
from app.settings import Limits
from app.wire.forms import Array, Series
from engine.analysis.animation import frame_count, frames
from engine.analysis.input_plane import Grid, boundary, maps
from engine.run.run import Run


@dataclass(frozen=True, slots=True)
class Boundary:
    """The model's output over its input, rows by ascending y."""

    resolution: int
    x: Series
    y: Series | None
    outputs: Array


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
    run: Run, start: int, end: int, stride: int, sample: int | None, resolution: int, limits: Limits, ticket: Ticket
) -> Answer:
    """What the studio shows of many iterations, stacked by name."""
    if sample is not None and not 0 <= sample < run.batches.size:
        last = run.batches.size - 1
        raise Problem(422, "range", f"the batch has the samples 0 to {last}; given {sample}", "query.sample")
    count = frame_count(start, end, stride)
    nbytes = count * frame_bytes(run, resolution)
    if nbytes > limits.frames_bytes:
        raise over_limit("frames_bytes", limits.frames_bytes, f"{count} frames are about {nbytes} bytes", "query.to")
    tensors = frames(run, start, end, stride, sample, resolution, ticket)
    return Answer(None, tensors, {"run": run.config.id, "from": str(start), "to": str(end), "stride": str(stride)})


def frame_bytes(run: Run, resolution: int) -> int:
    """About how many bytes one frame has."""
    if not run.has_data:
        return len(run.program_at(0).steps) * int(run.dtype.itemsize)
    shapes = run.outline.shapes
    sizes = [math.prod(shapes[a][1:]) for a in run.outline.outputs.values()]
    units = sum(sizes)
    cells = 2 * run.layout.size + 4 * units + run.inputs.shape[1] + 8 * len(run.names)
    points = int(resolution ** min(run.inputs.shape[1], 2))
    return int(cells * run.dtype.itemsize + 4 * (units + sizes[-1]) * points)
