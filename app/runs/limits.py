"""What the server refuses before it computes anything."""

from __future__ import annotations

from collections.abc import Iterator

from app.http.problems import over_limit
from app.settings import Limits
from engine.config.run_config import RunConfig
from engine.model.network import outline
from engine.run.memory_cost import numbers_in_iteration, parameter_count
from engine.run.task import Config


def check(config: Config, limits: Limits) -> None:
    """Refuse a run that is too large for this server before anything of its size is allocated.

    Raises: Problem naming the limit.
    """
    for name, size, what, path in _sizes(config):
        limit = getattr(limits, name)
        if size > limit:
            raise over_limit(name, limit, f"{what} {size}", path)


def _sizes(config: Config) -> Iterator[tuple[str, int, str, str]]:
    """(limit, size, what it is, where); an expression is small, or the engine has refused it."""
    if isinstance(config, RunConfig):
        yield from _layered_sizes(config)
    yield "edits", len(config.edits), "number of edits:", "edits"
    for i, edit in enumerate(config.edits):
        yield "iterations", edit.iteration, "iteration", f"edits[{i}].iteration"


def _layered_sizes(config: RunConfig) -> Iterator[tuple[str, int, str, str]]:
    """Cheap ones first, since later ones rely on them."""
    rows, inputs = config.data.rows, len(config.data.columns)
    graph = outline(config.layers, (inputs,), config.dtype, config.features)
    yield "layers", len(config.layers), "number of layers:", "layers"
    for i, layer in enumerate(config.layers):
        yield "units", getattr(layer, "units", 1), "units:", f"layers[{i}].units"
    yield "samples", rows, "samples:", "data.samples" if config.data.name else "data.inputs"
    yield "inputs", inputs, "inputs of a sample:", "data.inputs"
    yield "batch", min(config.batch_size or rows, rows), "samples in a batch:", "batch_size"
    yield "parameters", parameter_count(graph), "number of parameters:", "layers"
    yield "values", numbers_in_iteration(config, rows, graph), "numbers in one iteration, about", "layers"
