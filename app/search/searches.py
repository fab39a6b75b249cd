"""The searches of this server: one is worked on at a time, the others wait for their turn."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from queue import Empty, SimpleQueue

from app.http.problems import Problem
from app.search.cluster import Cluster, ClusterError
from app.search.driver import Driver
from app.search.job import Job
from app.search.pool import Crew, Processes
from app.search.work import Finished
from app.settings import Settings
from app.storage.search_files import CANCELLED, WANTED, Kept, SearchFiles
from engine.foundation.errors import EngineError
from engine.search.outcome import outcome_from_dict, outcome_to_dict
from engine.search.space import Search

MOST_KEPT = 100  # searches in memory; the oldest that are not under way are forgotten
IDLE = 60.0  # seconds; to start processes anew takes one or two
log = logging.getLogger("backscope")


class Searches:
    """Id -> search. With a data folder results are written as they come, and a restart goes on from there."""

    def __init__(self, settings: Settings, crew: Crew | None = None) -> None:
        self._limits = settings.limits
        self._crew = crew or (Cluster(settings.dask) if settings.dask else Processes(settings.workers))
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._waiting: SimpleQueue[Job | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        folder = None if settings.home else settings.searches_folder  # what another process holds is its to go on with
        self._files = SearchFiles(folder) if folder else None

    @property
    def crew(self) -> str:
        """What trains here, in words."""
        return self._crew.title

    def resume(self) -> None:
        """Take up what an earlier server left: what was under way waits for its turn again."""
        for search_id, kept in (self._files.read_all() if self._files else {}).items():
            job = _restored(search_id, kept)
            if job:
                self._keep(job)
                if job.state == "waiting":
                    self._queue(job)

    def add(self, search: Search) -> tuple[Job, bool]:
        """The search, under way from now on; and whether it is new here. A cancelled one goes on."""
        with self._lock:
            job = self._jobs.get(search.id)
        if job:
            if job.state == "cancelled" and self._files:
                self._files.append(search.id, WANTED)
            if job.again():
                self._queue(job)
            return job, False
        job = self._keep(Job(search))
        if self._files:
            self._files.begin(search.id, search.to_dict())
        if job.state == "waiting":
            self._queue(job)
        return job, True

    def get(self, search_id: str) -> Job:
        """The search with an id.

        Raises: Problem if this server does not know it.
        """
        with self._lock:
            job = self._jobs.get(search_id)
        if job is None:
            detail = "This server does not know that search. POST it to /api/searches again: same id, same results."
            raise Problem(404, "unknown-search", detail, "path.search_id", title="Unknown search")
        return job

    def all(self) -> list[Job]:
        """All that are known, the latest first."""
        with self._lock:
            return list(reversed(self._jobs.values()))

    def cancel(self, search_id: str) -> Job:
        """Stop a search; what is done stays."""
        job = self.get(search_id)
        if job.cancel() and self._files:
            self._files.append(search_id, CANCELLED)
        return job

    def close(self) -> None:
        """End all work; what is under way waits for the next server."""
        self._closed = True
        self._waiting.put(None)
        self._crew.stop()

    def _keep(self, job: Job) -> Job:
        with self._lock:
            self._jobs[job.search.id] = job
            at_rest = [i for i, j in self._jobs.items() if j.state in ("done", "cancelled")]
            for search_id in at_rest[: max(0, len(self._jobs) - MOST_KEPT)]:
                del self._jobs[search_id]
        return job

    def _queue(self, job: Job) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="backscope-searches", daemon=True)
                self._thread.start()
        self._waiting.put(job)

    def _serve(self) -> None:
        while (job := self._next()) is not None and not self._closed:
            if job.begin():
                self._work(job)

    def _next(self) -> Job | None:
        """The next search; a crew that has had nothing to do for a while goes home."""
        try:
            return self._waiting.get(timeout=IDLE)
        except Empty:
            self._crew.stop()
            return self._waiting.get()

    def _work(self, job: Job) -> None:
        def record(finished: Finished) -> None:
            job.record(finished)
            if self._files:
                self._files.append(job.search.id, outcome_to_dict(finished.outcome))

        def wanted() -> bool:
            return job.wanted() and not self._closed

        try:
            Driver(self._crew, job.search, self._limits, record, wanted).work(job.done)
        except Exception as error:  # whatever it is, the next search shall have its turn
            if self._closed:
                return
            job.cancel(_trouble(job.search, error))
        if not job.wanted():
            self._crew.stop()  # what is still under way is not wanted any more
        if job.end():
            self._waiting.put(job)


def _trouble(search: Search, error: Exception) -> str:
    """What to tell whoever asked for it; what nobody has foreseen is for the log."""
    foreseen = isinstance(error, ClusterError)
    log.warning("search %s ended before it was done", search.id, exc_info=None if foreseen else error)
    return f"{error}." if foreseen else "Something of this server went wrong: its log says what."


def _restored(search_id: str, kept: Kept) -> Job | None:
    """The search that a file holds; none if it is not what we wrote."""
    try:
        search = Search.from_dict(kept.search)
        if search.id != search_id:
            raise ValueError(f"it holds search {search.id}")
        outcomes = [outcome_from_dict(result) for result in kept.results]
        return Job(search, {(o.index, o.iterations): o for o in outcomes}, kept.cancelled)
    except (EngineError, ValueError, TypeError, KeyError, RecursionError) as error:
        log.warning("the file of search %s cannot be used: %s", search_id, error)
        return None
