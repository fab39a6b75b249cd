"""Workers of a Dask cluster, behind the same interface as processes of this machine: the extra `dask`."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import numpy as np

from app import __version__
from engine.run.run import Run
from engine.run.task import parse_config

T = TypeVar("T")

SECONDS = 10.0  # to reach the scheduler, or to hear from all its workers
RESTART_SECONDS = 120.0  # a nanny that is told to hurry gives up in the middle, and its worker never comes back
REPLACED_SECONDS = 90.0  # for workers to come back that have all died: nannies of a busy machine take their time
ASKED = 4  # times, a second apart: a worker that has just died does not answer, and the one in its place not yet
_PROBE: dict[str, Any] = {
    "data": {"name": "spiral", "samples": 120, "noise": 0.05},
    "batch_size": 30,
    "layers": [{"units": 64, "activation": "tanh"}, {"units": 1, "activation": "tanh"}],
    "optimizer": {"type": "adam", "learning_rate": 0.02},
}
_PROBED = 20  # iterations


class ClusterError(Exception):
    """The cluster cannot be used; the text says why, and what would help."""


@dataclass(frozen=True, slots=True)
class Build:
    """What has to be the same for a trial to come to the same bits: the versions, and the digest of a short run."""

    backscope: str
    numpy: str
    digest: str

    def __str__(self) -> str:
        return f"backscope {self.backscope}, numpy {self.numpy}, a short run's digest {self.digest}"


@cache
def build() -> Build:
    """That of the process in which it is called."""
    state = Run(parse_config(_PROBE)).state_at(_PROBED)
    return Build(__version__, np.__version__, hashlib.sha256(state.parameters.tobytes()).hexdigest()[:12])


class Cluster:
    """A crew of Dask workers. A worker that dies is the scheduler's to replace; its task is run again elsewhere.

    Args: address: of the scheduler, such as tcp://10.0.0.5:8786.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._client: Any = None
        self._executor: Any = None
        self._threads = 1
        self._told = ""

    @property
    def title(self) -> str:
        """What it is, for whoever reads it."""
        return self._told or f"the Dask cluster at {self.address}"

    @property
    def workers(self) -> int:
        """How many chunks are worked off at a time; known once it was reached."""
        self._reached()
        return self._threads

    def submit(self, work: Callable[..., T], /, *args: Any) -> Future[T]:
        """Have a worker do some work.

        Raises: ClusterError if there is none that could.
        """
        self._reached()
        found: Future[T] = self._executor.submit(_work_if_like, build(), work, *args)
        return found

    def stop(self) -> None:
        """Want no more of what was asked for. Workers that are in the middle of it begin anew, if a nanny holds them.

        The next `submit` looks for the cluster again, and at who is there by then.
        """
        client, executor = self._client, self._executor
        self._client = self._executor = None
        if client is None:
            return
        try:
            if client.status == "running":
                _end(client, executor)
        except (OSError, TimeoutError):
            pass  # it is out of reach: nothing of it can be stopped, and nothing is waited for
        finally:
            client.close(timeout=SECONDS)

    def _reached(self) -> None:
        """Connect, unless it is, and look whether all workers are like this server."""
        if self._client is not None and self._client.status == "running":
            return
        client = _connected(self.address)
        try:
            self._threads = _check(client, self.address, REPLACED_SECONDS if self._told else SECONDS)
        except (OSError, TimeoutError) as error:
            client.close(timeout=SECONDS)
            raise ClusterError(f"workers of {self.address} do not answer: {error}") from error
        except ClusterError:
            client.close(timeout=SECONDS)
            raise
        # not pure: what is asked for again is done again; no retries: who is to blame is for the driver to find out
        self._client, self._executor = client, client.get_executor(pure=False, retries=0)
        self._told = f"{self._threads} thread{'s' if self._threads != 1 else ''} of the Dask cluster at {self.address}"


def _connected(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError as error:
        raise ClusterError("a Dask cluster needs the extra: pip install 'backscope[dask]'") from error
    try:
        return Client(address, timeout=SECONDS / 2, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise ClusterError(f"no Dask scheduler answers at {address}: is it running there?") from error


def _work_if_like(ours: Build, work: Callable[..., T], *args: Any) -> T:
    """On a worker, which may have come after all were asked.

    Raises: ClusterError unless it is like the server.
    """
    if build() != ours:
        raise ClusterError(f"a worker is not like the server: {build()}")
    return work(*args)


def _check(client: Any, address: str, patience: float) -> int:
    """How many threads work there.

    Args:   patience: seconds to wait for the first of them.
    Raises: ClusterError if none does, or one is not like this server, so that its bits would be others.
    """
    try:
        client.wait_for_workers(1, timeout=patience)
    except TimeoutError as error:
        text = f"the scheduler at {address} has no workers: start some with `dask worker {address}`"
        raise ClusterError(text) from error
    told = _asked(client)
    others = [said for said in told.values() if said != build()]
    if others:
        kinds = "; ".join(f"{count} with {kind}" for kind, count in Counter(map(_said, others)).items())
        raise ClusterError(
            f"{len(others)} of {len(told)} workers at {address} are not like this server ({build()}): {kinds}. "
            "Trials would come to other bits: install the same versions there, on the same kind of processor"
        )
    return sum(client.nthreads().values()) or 1


def _asked(client: Any) -> dict[str, object]:
    """What every worker says it is."""
    for attempt in range(ASKED):
        told: dict[str, object] = client.run(build, on_error="return")
        if told and not any(isinstance(said, OSError) for said in told.values()):
            break
        time.sleep(attempt < ASKED - 1)
    return told


def _said(said: object) -> str:
    return str(said) if isinstance(said, Build) else f"{type(said).__name__}: {said}"


def _end(client: Any, executor: Any) -> None:
    """Cancels what was asked for, and restarts the workers that are at it, since a thread cannot be told to stop.

    One without a nanny would not come back: it goes on to the end of its task, and nobody asks for what came of it.
    """
    keys = {future.key for future in executor._futures if not future.done()}
    guarded = {address for address, told in client.scheduler_info(n_workers=-1)["workers"].items() if told["nanny"]}
    busy = [address for address, held in client.processing().items() if keys & set(held) and address in guarded]
    executor.shutdown(wait=False)
    if busy:
        client.restart_workers(busy, timeout=RESTART_SECONDS, raise_for_error=False)
