"""Trials a second: 200 settings of 2-8-8-1 over 500 iterations, here and by scikit-learn where it is installed.

Wall-clock time of one run each, since what is measured is also how well several cores are used.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from app.search.driver import Driver
from app.search.pool import Processes
from app.search.work import Finished
from app.settings import Limits
from engine.run.run import Run
from engine.run.task import parse_config
from engine.search.outcome import Outcome, run_trial
from engine.search.schedule import Task
from engine.search.space import Search
from engine.search.stacks import MOST_NETS, run_tasks

TRIALS, ITERATIONS, BATCH = 200, 500, 20
BASE: dict[str, Any] = {
    "data": {"name": "circle", "samples": 200, "test_fraction": 0.3},
    "batch_size": BATCH,
    "layers": [
        {"units": 8, "activation": "tanh"},
        {"units": 8, "activation": "tanh"},
        {"units": 1, "activation": "sigmoid"},
    ],
    "loss": "bce",
    "optimizer": {"type": "adam", "learning_rate": 0.01},
}
RATES = {"path": "optimizer.learning_rate", "low": 1e-3, "high": 0.3, "scale": "log"}


def asked() -> Search:
    """200 rates, drawn."""
    given = {"base": BASE, "axes": [RATES], "method": "random", "trials": TRIALS, "iterations": ITERATIONS}
    return Search.from_dict(given)


def one_by_one(search: Search) -> None:
    """All trials in this process."""
    for i in range(search.size):
        run_trial(search, i, search.iterations)


def side_by_side(search: Search) -> None:
    """The same, those that share a program together."""
    for start in range(0, search.size, MOST_NETS):
        part = range(start, min(start + MOST_NETS, search.size))
        run_tasks(search, [(Task(i, search.iterations), None) for i in part])


def on_processes(search: Search, workers: int) -> Callable[[], None]:
    """The same on processes that are there already, as they are for the second search of a server."""
    crew = Processes(workers)
    Driver(crew, Search.from_dict(search.to_dict() | {"iterations": 1}), Limits(), *_kept({})).work({})

    def work() -> None:
        done: dict[tuple[int, int], Outcome] = {}
        Driver(crew, search, Limits(), *_kept(done)).work(done)
        crew.stop()

    return work


def _kept(done: dict[tuple[int, int], Outcome]) -> tuple[Callable[[Finished], None], Callable[[], bool]]:
    return lambda f: done.__setitem__((f.task.index, f.task.until), f.outcome), lambda: True


def by_sklearn(search: Search, workers: int) -> Callable[[], None]:
    """RandomizedSearchCV over MLPClassifier: one split, as many updates, no early end, no refit."""
    from sklearn.model_selection import PredefinedSplit, RandomizedSearchCV
    from sklearn.neural_network import MLPClassifier

    run = Run(parse_config(search.base))
    rows = [*run.inputs, *run.test_inputs]
    labels = [*run.targets.ravel(), *run.test_targets.ravel()]
    split = PredefinedSplit([-1] * len(run.inputs) + [0] * len(run.test_inputs))
    epochs = -(-ITERATIONS // -(-len(run.inputs) // BATCH))
    net = MLPClassifier((8, 8), activation="tanh", batch_size=BATCH, max_iter=epochs, tol=0, n_iter_no_change=epochs)
    rates = {"learning_rate_init": [10 ** (-3 + 2.5 * i / TRIALS) for i in range(TRIALS)]}
    found = RandomizedSearchCV(net, rates, n_iter=TRIALS, cv=split, n_jobs=workers, refit=False, scoring="neg_log_loss")
    return lambda: found.fit(rows, [int(label) for label in labels])


def main() -> None:
    """Prints trials a second of each, and how many times as many as the first one's that is."""
    search, cores = asked(), os.cpu_count() or 1
    works: dict[str, Callable[[], object]] = {
        "backscope, one after the other": lambda: one_by_one(search),
        "backscope, one process": lambda: side_by_side(search),
        f"backscope, {cores} processes": on_processes(search, cores),
    }
    if find_spec("sklearn"):
        works[f"scikit-learn, {cores} processes"] = by_sklearn(search, cores)
    slowest = 0.0
    for name, work in reversed(works.items()):
        speed = TRIALS / _seconds(work)
        slowest = slowest or speed
        print(f"{name:30} {speed:8.1f} trials/s {speed / slowest:6.1f}", flush=True)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
