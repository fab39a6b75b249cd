"""`python -m tests.app.search.kills [SCHEDULES]`: searches on real workers that are killed, by drawn schedules.

On processes of this machine and on a local Dask cluster in turn; every trial has to end with the bits that it has by
itself, and nobody may be blamed. About ten seconds a schedule.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any

from app.search.cluster import Cluster
from app.search.driver import Driver
from app.search.pool import Crew, Processes
from app.search.work import Finished
from app.settings import Limits
from engine.search.outcome import Outcome
from engine.search.space import Search
from tests.engine.search.searches import outcomes_of, search_of

# half of the trials share a program with another, half do not: pieces of work of both kinds
GRID = search_of(
    axes=[
        {"path": "batch_size", "values": list(range(1, 13))},
        {"path": "optimizer.learning_rate", "values": [0.02, 0.05]},
    ],
    iterations=30,
)


def local_cluster() -> Any:
    """Two workers of this machine, each with a nanny that begins another one when it dies."""
    from distributed import LocalCluster

    return LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)


def worked(search: Search, crew: Crew, pids: Callable[[], list[int]], kills: Collection[int]) -> dict[int, Outcome]:
    """The results of a search during which a worker is killed whenever so many are recorded."""
    done: dict[tuple[int, int], Outcome] = {}

    def record(finished: Finished) -> None:
        done[finished.task.index, finished.task.until] = finished.outcome
        if len(done) in kills and pids():
            with suppress(ProcessLookupError):
                os.kill(pids()[len(done) % len(pids())], signal.SIGKILL)

    Driver(crew, search, Limits(), record, lambda: True).work(done)
    return {index: outcome for (index, _), outcome in done.items()}


def processes_of(crew: Processes) -> Callable[[], list[int]]:
    """The processes of the pool that it has at the moment."""
    return lambda: list(getattr(crew._pool, "_processes", None) or {})


def workers_of(cluster: Any) -> Callable[[], list[int]]:
    """The processes in which the workers of a local cluster are."""
    return lambda: [nanny.pid for nanny in cluster.workers.values() if nanny.pid]


def differing(search: Search, found: dict[int, Outcome]) -> list[int]:
    """Trials that are missing or blamed, or whose bits are not those that they have when they are trained alone."""
    alone = outcomes_of(search)
    exact = [i for i, outcome in found.items() if outcome.exact]
    missing = [i for i in alone if i not in found or found[i].error]
    near = {i: abs(found[i].train_loss - alone[i].train_loss) for i in found}
    return sorted({*missing, *(i for i in exact if found[i] != alone[i]), *(i for i in near if near[i] > 1e-9)})


def main() -> None:
    """Draws schedules until it is enough; the first that goes wrong ends it."""
    draws = random.Random(1)
    with local_cluster() as cluster:
        for number in range(int(sys.argv[1]) if len(sys.argv) > 1 else 10):
            kills = sorted(draws.sample(range(1, GRID.size), draws.randint(1, 4)))
            on_dask = number % 2 == 0
            crew: Cluster | Processes = Cluster(cluster.scheduler_address) if on_dask else Processes(2)
            pids = processes_of(crew) if isinstance(crew, Processes) else workers_of(cluster)
            start = time.monotonic()
            wrong = differing(GRID, worked(GRID, crew, pids, kills))
            crew.stop()
            said, seconds = f"trials {wrong} differ" if wrong else "same", time.monotonic() - start
            print(f"{crew.title}: killed after {kills}: {said}, {seconds:.0f} s", flush=True)
            if wrong:
                raise SystemExit(1)


if __name__ == "__main__":
    main()
