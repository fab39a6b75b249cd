"""Trials a second: settings of 2-8-8-1 over 500 iterations, here and by what people use, where it is installed.

All in turn, in a few rounds, so that a busy machine slows all alike: what counts is the ratio within a round. Time is
that of the clock, since what is measured is also how well several cores are used. Then, in processor time, the same
trials beside scikit-learn on one core, and what many seeds of one net cost beside one. Two to five minutes.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

from app.search.driver import Driver
from app.search.pool import Processes
from app.settings import Limits
from engine.presets import presets
from engine.run.run import Run
from engine.run.task import parse_config
from engine.search.outcome import Outcome, run_trial
from engine.search.schedule import Task
from engine.search.space import Search
from engine.search.stacks import MOST_NETS, run_tasks
from tests.benchmarks.trials.peers import Asked, Work, by_sklearn, missing, peers

TRIALS, ITERATIONS, BATCH = 200, 500, 20
FEW = 12  # trials a round of whoever takes them one by one
ROUNDS = 3
SEEDS = (32, 128)
ACTIVATIONS = ("tanh", "relu")  # numpy's tanh of doubles alone is four tenths of a stacked iteration
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
LOWEST, HIGHEST = 1e-3, 0.3


def base_of(activation: str) -> dict[str, Any]:
    """The base with another activation in its hidden layers."""
    *hidden, last = BASE["layers"]
    return {**BASE, "layers": [*({**layer, "activation": activation} for layer in hidden), last]}


def asked_for(trials: int, iterations: int = ITERATIONS, base: dict[str, Any] = BASE) -> Search:
    """Rates, drawn."""
    rates = {"path": "optimizer.learning_rate", "low": LOWEST, "high": HIGHEST, "scale": "log"}
    given = {"base": base, "axes": [rates], "method": "random", "trials": trials, "iterations": iterations}
    return Search.from_dict(given)


def one_by_one(trials: int) -> None:
    """All trials in this process."""
    search = asked_for(trials)
    for i in range(trials):
        run_trial(search, i, search.iterations)


def side_by_side(search: Search) -> None:
    """Trials in this process, those that share a program together."""
    for start in range(0, search.size, MOST_NETS):
        part = range(start, min(start + MOST_NETS, search.size))
        run_tasks(search, [(Task(i, search.iterations), None) for i in part])


def driven(crew: Processes, search: Search) -> None:
    """The whole search as a server does it."""
    done: dict[tuple[int, int], Outcome] = {}
    Driver(
        crew, search, Limits(), lambda f: done.__setitem__((f.task.index, f.task.until), f.outcome), lambda: True
    ).work(done)


def main() -> None:
    """Prints trials a second of each, and how many times scikit-learn's that is; then the seeds."""
    cores = os.cpu_count() or 1
    print(f"{TRIALS} trials of {ITERATIONS} iterations, {cores} cores, load {os.getloadavg()[0]:.1f}", flush=True)
    crews = {count: Processes(count) for count in sorted({1, cores})}
    for crew in crews.values():
        driven(crew, asked_for(4 * crew.workers, 2))  # processes that are there already, as for a second search
    compared(_works(crews, cores))
    for crew in crews.values():
        crew.stop()
    for activation in ACTIVATIONS:
        beside_sklearn(activation)
    many_seeds()


def _rates() -> list[float]:
    step = (HIGHEST / LOWEST) ** (1 / (FEW - 1))
    return [LOWEST * step**i for i in range(FEW)]


def _works(crews: dict[int, Processes], cores: int) -> dict[str, tuple[Work, int]]:
    """By name the work, and how many trials of it are a round's."""
    works: dict[str, tuple[Work, int]] = {}
    for name, make in peers(Asked(Run(parse_config(BASE)), ITERATIONS, BATCH, _rates(), cores)).items():
        if lacking := missing(name):
            print(f"{name}: left out, as {' and '.join(lacking)} is not installed", flush=True)
        else:
            works[name] = make(), FEW
    works["here, one by one"] = one_by_one, FEW
    works["here, side by side"] = lambda trials: side_by_side(asked_for(trials)), TRIALS
    for crew in crews.values():
        works[f"here, {crew.title}"] = _on(crew), TRIALS
    return works


def _on(crew: Processes) -> Work:
    return lambda trials: driven(crew, asked_for(trials))


def compared(works: dict[str, tuple[Work, int]]) -> None:
    """A line for each: the median of its rounds, and of its ratios to the slowest peer's in the same round."""
    speeds: dict[str, list[float]] = {name: [] for name in works}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of scikit-learn, that it has not converged
        for work, trials in works.values():
            work(min(2, trials))  # imports, and begins what processes there are
        for _ in range(ROUNDS):
            for name, (work, trials) in works.items():
                speeds[name].append(trials / _seconds(partial(work, trials)))
    base = "scikit-learn" if "scikit-learn" in works else next(iter(works))
    print(f"{'':24} trials/s   times {base}", flush=True)
    for name, found in speeds.items():
        times = median(mine / theirs for mine, theirs in zip(found, speeds[base], strict=True))
        print(f"{name:24} {median(found):8.1f} {times:8.1f}", flush=True)


def beside_sklearn(activation: str) -> None:
    """How many times the processor time of a trial scikit-learn takes, if it is installed; both in this process."""
    if missing("scikit-learn"):
        return
    base = base_of(activation)
    theirs = by_sklearn(Asked(Run(parse_config(base)), ITERATIONS, BATCH, _rates(), 1, activation))
    mine = partial(side_by_side, asked_for(2 * MOST_NETS, base=base))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as above
        found = [
            (_processor_seconds(partial(theirs, FEW)) / FEW, _processor_seconds(mine) / (2 * MOST_NETS))
            for _ in range(ROUNDS)
        ]
    times = median(their / my for their, my in found)
    print(
        f"{activation}: {1e3 * median(my for _, my in found):.1f} ms a trial, scikit-learn {times:.1f} times",
        flush=True,
    )


def many_seeds() -> None:
    """The circle with one seed and with many, whose data, first weights and order of rows all differ."""
    works = {seeds: _seeds_of(seeds) for seeds in (1, *SEEDS)}
    found = {seeds: [_processor_seconds(work) for _ in range(ROUNDS)] for seeds, work in works.items()}
    for seeds in SEEDS:
        times = median(many / one for many, one in zip(found[seeds], found[1], strict=True))
        print(f"{seeds} seeds of the circle: {times:.1f} times one seed ({median(found[seeds]):.2f} s)", flush=True)


def _seeds_of(seeds: int) -> Callable[[], None]:
    circle = next(preset.config for preset in presets() if preset.name == "circle")
    given = {"base": circle, "axes": [], "seeds": seeds, "iterations": ITERATIONS}
    search = Search.from_dict(given)
    return lambda: side_by_side(search)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _processor_seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start
