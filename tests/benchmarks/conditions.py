"""What asking for a moment costs: a search beside training the same iterations, processor time, in turn."""

from __future__ import annotations

import os
from statistics import median
from time import process_time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when numpy is imported

from engine import Run, RunConfig
from engine.conditions.find import find
from tests.benchmarks._cases import config
from tests.benchmarks._straight import CASES

REPEATS = 7
CONDITIONS = (
    "loss < 0",
    "norm(dense1.weight.grad) < 1e-9 for 5",
    "ratio(dense1.weight.update, dense1.weight) > 1e9",
    "share(dense1.a > 1e9) > 0.5",
)


def main() -> None:
    """Prints a line for each net and condition; none of the conditions ever holds, so all iterations are searched."""
    print(f"{'search / training':28}" + "".join(f"{condition[:26]:>28}" for condition in CONDITIONS))
    for case in CASES.values():
        made, count = RunConfig.from_dict(config(case, "float64")), 128 if case.name == "W5" else 1024
        ratios = [median(_ratio(made, condition, count) for _ in range(REPEATS)) for condition in CONDITIONS]
        print(f"{case.name:28}" + "".join(f"{ratio:28.2f}" for ratio in ratios), flush=True)


def _ratio(made: RunConfig, condition: str, count: int) -> float:
    start = process_time()
    Run(made).state_at(count)
    trained = process_time()
    find(Run(made), condition, 0, count)
    return (process_time() - trained) / (trained - start)
