"""Going to any iteration, and what is remembered of a long run."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise
from statistics import median

from engine import Run, RunConfig, Store
from engine.execution.state import State, frozen
from engine.run.checkpoints import STRIDE
from tests.benchmarks._cases import config
from tests.benchmarks._straight import CASES
from tests.benchmarks._timing import ROUNDS, clock

FAR, LONG = 10_000, 100_000


def jump() -> float:
    """Seconds from nothing to iteration 10,000 of W1, batches drawn anew."""
    parsed = RunConfig.from_dict(config(CASES["W1"], "float64"))
    return median(clock(lambda _: Run(parsed).state_at(FAR), 1) for _ in range(ROUNDS)) / 1e6


def warm() -> float:
    """Milliseconds for the trace of the iteration farthest from a checkpoint, after that jump."""
    run = Run(RunConfig.from_dict(config(CASES["W1"], "float64")))
    run.trace_at(0)
    run.state_at(FAR)
    places = iter(range(STRIDE - 1, FAR, STRIDE))
    return median(clock(lambda _: run.trace_at(next(places)), 1) for _ in range(ROUNDS)) / 1e3


def memory() -> tuple[float, float, int]:
    """The bound in MB, the MB that stay of 100,000 iterations of W4, and how far apart at most the kept states are.

    Not trained, to save a minute and a half: copies of one state are kept as training keeps its own.
    """
    run = Run(RunConfig.from_dict(config(CASES["W4"], "float64")), Store())
    state = run.state_at(1)
    tracemalloc.start()
    for t in range(0, LONG + 1, STRIDE):
        run.keep(t, _copy(state))
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    there = [t for t in range(0, LONG + 1, STRIDE) if ("state", run.lineage(t), t) in run.store]
    return run.store.max_bytes / 2**20, kept / 2**20, max(b - a for a, b in pairwise(there))


def _copy(state: State) -> State:
    return State(frozen(state.parameters), {name: frozen(slot) for name, slot in state.slots.items()})
