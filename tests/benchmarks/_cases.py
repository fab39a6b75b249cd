"""The nets of `_straight` as runs of the engine, on random data."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine import Run
from engine.ops.core.op import Array
from engine.run.checkpoints import STRIDE
from tests.benchmarks._straight import Case
from tests.benchmarks._timing import Work


def config(case: Case, dtype: str) -> dict[str, Any]:
    """The case as a run's configuration."""
    rng = np.random.default_rng(1)
    inputs = rng.normal(size=(case.rows, case.sizes[0]))
    labels = rng.integers(0, max(case.sizes[-1], 2), case.rows)
    targets = labels if case.loss == "cross_entropy" else labels[:, None].astype(float)
    optimizer = {"type": "sgd", "momentum": 0.9} if case.optimizer == "momentum" else {"type": case.optimizer}
    return {
        "dtype": dtype,
        "data": {"inputs": inputs.tolist(), "targets": targets.tolist()},
        "batch_size": case.batch,
        "layers": [
            {"units": units, "activation": case.output if i == case.last else case.activation}
            for i, units in enumerate(case.sizes[1:], 1)
        ],
        "loss": case.loss,
        "optimizer": optimizer | {"learning_rate": case.rate},
    }


def full_batches(case: Case, run: Run, iterations: int = 64) -> list[Array]:
    """The rows of the first batches, without the smaller ones that end an epoch."""
    return [rows for rows in run.batches.between(0, iterations) if len(rows) == case.batch]


def of_engine(run: Run) -> Work:
    """Strides of the fast path, with all that a jump does: state in, iterations, state out and kept."""
    start = run.initial_state()

    def work(count: int) -> None:
        state = start
        for at in range(0, count, STRIDE):
            _, state = run.advance(at, min(at + STRIDE, count), state)

    return work
