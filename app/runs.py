"""The runs that this server knows: by id, the last used in memory, all of them on disk if it has a folder."""

from __future__ import annotations

import json
import logging
import math
import os
import re
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.problems import Problem, over_limit
from app.settings import Limits, Settings
from engine.checkpoints import Store
from engine.config import RunConfig
from engine.errors import EngineError
from engine.graph import Graph, Node
from engine.model import outline
from engine.run import Run
from engine.subject import Config, parse_config
from engine.tracer import LARGEST

RUN_ID = re.compile(r"[0-9a-f]{20}")
SHARE_OF_RUNS = 4  # a quarter of the cache for data and programs, the rest for states and traces
CALL = 100  # the room of a call that is bound to its buffers, in numbers
OVERHEAD = 300_000  # of a compiled program's Python objects, in bytes
STEPS = 6_000  # the same for each step forward, with what follows from it

log = logging.getLogger("backscope")


@dataclass(frozen=True, slots=True)
class _Kept:
    run: Run
    nbytes: int


class Runs:
    """Id -> run. A run is only its configuration made runnable, so forgetting one loses nothing but time."""

    def __init__(self, settings: Settings) -> None:
        self.limits = settings.limits
        cache = settings.limits.cache_bytes
        self._store = Store(cache - cache // SHARE_OF_RUNS)
        self._most_bytes = cache // SHARE_OF_RUNS
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()
        self._folder = settings.runs_folder
        if self._folder:
            self._folder.mkdir(parents=True, exist_ok=True)

    def add(self, config: Config) -> tuple[Run, bool]:
        """The run of a configuration, and whether it is new here.

        Raises: Problem past a limit; EngineError if the configuration cannot be run.
        """
        known = self._remembered(config.id)
        if known:
            return known, False
        check(config, self.limits)
        run = self._keep(Run(config, self._store))
        return run, self._save(config)

    def get(self, run_id: str) -> Run:
        """The run with an id.

        Raises: Problem if this server does not know it.
        """
        run = self._remembered(run_id) or self._from_disk(run_id)
        if run is None:
            detail = "This server does not know that run. POST its configuration to /api/runs again: same id."
            raise Problem(404, "unknown-run", detail, "path.run_id", title="Unknown run")
        return run

    def _remembered(self, run_id: str) -> Run | None:
        with self._lock:
            kept = self._kept.get(run_id)
            if kept:
                self._kept.move_to_end(run_id)
            return kept.run if kept else None

    def _keep(self, run: Run) -> Run:
        """Keep a run, and forget the least used beyond the bound; of two made at once the first stays."""
        nbytes = footprint(run)
        with self._lock:
            kept = self._kept.setdefault(run.config.id, _Kept(run, nbytes))
            while len(self._kept) > 1 and sum(k.nbytes for k in self._kept.values()) > self._most_bytes:
                self._kept.popitem(last=False)
            return kept.run

    def _save(self, config: Config) -> bool:
        """Write a configuration in one piece, or not at all; whether it was new."""
        if self._folder is None:
            return True
        path = self._folder / f"{config.id}.json"
        if path.exists():
            return False
        partial = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.partial")
        try:
            partial.write_text(json.dumps(config.to_dict()), encoding="utf-8")
            partial.replace(path)
        except OSError as error:
            log.warning("run %s is not saved, a restarted server will not know it: %s", config.id, error)
            partial.unlink(missing_ok=True)
        return True

    def _from_disk(self, run_id: str) -> Run | None:
        if self._folder is None or not RUN_ID.fullmatch(run_id):
            return None
        config = read_config(self._folder / f"{run_id}.json")
        if config is None:
            return None
        check(config, self.limits)
        return self._keep(Run(config, self._store))


def read_config(path: Path) -> Config | None:
    """The configuration saved under its id; none if it is not there, or not what we wrote."""
    try:
        config = parse_config(json.loads(path.read_text(encoding="utf-8")))
        if config.id != path.stem:
            raise ValueError(f"it holds run {config.id}")
        return config
    except FileNotFoundError:
        return None
    except (OSError, ValueError, EngineError) as error:
        log.warning("%s cannot be read: %s", path, error)
        return None


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
    yield "parameters", _size(graph), "number of parameters:", "layers"
    yield "values", _values(config, rows, graph), "numbers in one iteration, about", "layers"


def _size(graph: Graph) -> int:
    """How many parameters there are."""
    return sum(math.prod(p.shape) for p in graph.parameters)


def _values(config: RunConfig, rows: int, graph: Graph) -> int:
    """About how many numbers one iteration has: values and their gradients; gradients, slots and updates."""
    batch = min(config.batch_size or rows, rows)
    each = math.prod(graph.shapes["x"][1:]) + sum(math.prod(graph.shapes[node.output][1:]) for node in graph.nodes)
    besides = sum(_sliding(graph, node, batch) + _looked_up(graph, node, batch) for node in graph.nodes)
    return 2 * batch * each + 8 * _size(graph) + _parts(graph) + besides


def _parts(graph: Graph) -> int:
    """What adding up gradients takes: of a parameter used at every moment, as many as there are moments."""
    uses = Counter(name for node in graph.nodes for name in node.inputs)
    return sum(uses[p.name] * math.prod(p.shape) for p in graph.parameters if uses[p.name] > 1)


def _looked_up(graph: Graph, node: Node, batch: int) -> int:
    """What the gradient of an embedding's table takes besides: a mark for every position and token."""
    if node.op.name != "embedding":
        return 0
    tokens, table = (graph.shapes[name] for name in node.inputs)
    return batch * tokens[1] * table[0]


def _sliding(graph: Graph, node: Node, batch: int) -> int:
    """What windows over images take besides: copies of all that a row of them covers, and a call for each tap."""
    shapes = [graph.shapes[name] for name in node.inputs]
    if node.op.name.startswith("conv2d"):
        rows, columns = graph.shapes[node.output][2:]
        return math.prod(shapes[1][1:]) * columns * batch + CALL * math.prod(shapes[1][2:]) * rows
    return CALL * math.prod(node.params["kernel"]) if "kernel" in node.params else 0


def footprint(run: Run) -> int:
    """About how many bytes a run holds beside what is in the store: its data, buffers for one iteration, and if it is
    small others to trace it, with the places of its values in memory and on the wire.
    """
    if not run.has_data:
        return OVERHEAD
    arrays = [run.inputs, run.targets, run.test_inputs, run.test_targets]
    numbers = _values(run.fitting.config, len(run.inputs), run.outline)
    buffers = 8 * numbers + 24 * min(numbers, LARGEST)
    wide = int(run.inputs.nbytes) + 8 * len(run.inputs)  # the inputs once more, with a column of ones
    return 2 * sum(int(a.nbytes) for a in arrays) + wide + buffers + OVERHEAD + STEPS * len(run.outline.nodes)
