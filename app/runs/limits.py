"""What the server refuses before it computes anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.http.problems import over_limit
from app.settings import Limits
from engine.analysis.animation import frame_bytes, frame_count
from engine.config.run_config import RunConfig
from engine.run.memory_cost import (
    numbers_in_boundary,
    numbers_in_iteration,
    numbers_in_maps,
    numbers_in_outputs,
    parameter_count,
)
from engine.run.run import Run
from engine.run.task import Config

RECORDED_RESOLUTION, RECORDED_TEXT = 20, 16_384  # of an iteration in a recording: its maps, and bytes of words
_Size = tuple[str, int, str, str]  # the limit's name, what is asked for, what that is, where


def check(config: Config, limits: Limits) -> None:
    """Refuse a run that is too large for this server before anything of its size is allocated.

    Raises: Problem naming the limit.
    """
    _hold(_sizes(config), limits)


def check_given(given: Any, limits: Limits) -> None:
    """Refuse lists past a limit before anything that stands in them is read: reading takes its time.

    Raises: Problem naming the limit.
    """
    if isinstance(given, Mapping):
        _hold(_given_sizes(given), limits)


def _hold(sizes: Iterator[_Size], limits: Limits) -> None:
    for name, size, what, path in sizes:
        limit = getattr(limits, name)
        if size > limit:
            raise over_limit(name, limit, f"{what} {size}", path)


def _given_sizes(given: Mapping[str, Any]) -> Iterator[_Size]:
    """Of what is a list; all else is for the engine to say."""
    data, layers, edits = given.get("data"), given.get("layers"), given.get("edits")
    if isinstance(data, Mapping):
        for name in ("inputs", "targets"):
            yield "samples", _length(data.get(name)), "samples:", f"data.{name}"
    yield "layers", _length(layers), "number of layers:", "layers"
    yield "edits", _length(edits), "number of edits:", "edits"
    for i, layer in enumerate(layers if isinstance(layers, list) else ()):
        for name, numbers in layer.items() if isinstance(layer, Mapping) else ():
            path = f"layers[{i}].{name}"
            yield "parameters", _numbers(numbers), "numbers given:", path


def _length(given: Any) -> int:
    return len(given) if isinstance(given, list) else 0


def _numbers(given: Any) -> int:
    """How many numbers are given in a list, or in the rows of one."""
    return sum(max(1, _length(row)) for row in given) if isinstance(given, list) else 0


def _sizes(config: Config) -> Iterator[_Size]:
    """Of a configuration: an expression is small, or the engine has refused it."""
    if isinstance(config, RunConfig):
        yield from _layered_sizes(config)
    yield "edits", len(config.edits), "number of edits:", "edits"
    for i, edit in enumerate(config.edits):
        yield "iterations", edit.iteration, "iteration", f"edits[{i}].iteration"


def _layered_sizes(config: RunConfig) -> Iterator[_Size]:
    """Cheap ones first, since later ones rely on them."""
    rows, inputs = config.data.rows, len(config.data.columns)
    graph = config.outline
    yield "layers", len(config.layers), "number of layers:", "layers"
    for i, layer in enumerate(config.layers):
        yield "units", getattr(layer, "units", 1), "units:", f"layers[{i}].units"
    yield "samples", rows, "samples:", "data.samples" if config.data.name else "data.inputs"
    yield "inputs", inputs, "inputs of a sample:", "data.inputs"
    yield "batch", min(config.batch_size or rows, rows), "samples in a batch:", "batch_size"
    yield "parameters", parameter_count(graph), "number of parameters:", "layers"
    yield "values", numbers_in_iteration(config, rows, graph), "numbers in one iteration, about", "layers"
    yield "values", numbers_in_outputs(graph, rows), "outputs for all samples:", "layers"


def check_boundary(run: Run, resolution: int, limits: Limits) -> None:
    """Refuse a picture with too many numbers. That there is none is for the engine to say."""
    numbers = numbers_in_boundary(run.outline, resolution) if run.has_data else 0
    _check_picture("this picture has", numbers, limits)


def check_maps(run: Run, resolution: int, limits: Limits) -> None:
    """The same for the maps of all units."""
    numbers = numbers_in_maps(run.outline, resolution) if run.has_data else 0
    _check_picture("maps of all units have", numbers, limits)


def _check_picture(what: str, numbers: int, limits: Limits) -> None:
    if numbers > limits.values:
        raise over_limit("values", limits.values, f"{what} {numbers} numbers", "query.resolution")


def check_frames(run: Run, start: int, end: int, stride: int, resolution: int, limits: Limits) -> None:
    """Refuse an animation with too many bytes."""
    count = frame_count(start, end, stride)
    nbytes = count * frame_bytes(run, resolution)
    if nbytes > limits.frames_bytes:
        raise over_limit("frames_bytes", limits.frames_bytes, f"{count} frames are about {nbytes} bytes", "query.to")


def check_prediction(run: Run, rows: int, limits: Limits) -> None:
    """Refuse to predict for too many rows, or more outputs than fit."""
    if rows > limits.predict_rows:
        raise over_limit("predict_rows", limits.predict_rows, f"{rows} rows", "inputs")
    numbers = numbers_in_outputs(run.outline, rows) if run.has_data else 0
    if numbers > limits.values:
        raise over_limit("values", limits.values, f"{numbers} outputs", "inputs")


def check_recording(run: Run, start: int, end: int, limits: Limits) -> None:
    """Refuse a recording with too many bytes before they are compressed."""
    one = run.program_at(0).numbers * run.dtype.itemsize + frame_bytes(run, RECORDED_RESOLUTION) + RECORDED_TEXT
    fit = max(1, limits.frames_bytes // one)
    if end - start > fit:
        what = f"{end - start} iterations of this run are about {(end - start) * one} bytes; {fit} would fit"
        raise over_limit("frames_bytes", limits.frames_bytes, what, "query.to")
