"""Whatever happens to the workers, every trial ends with its own result."""

from __future__ import annotations

import os
import signal
from concurrent.futures import Future
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.search import driver
from app.search.driver import Driver
from app.search.pool import Crew, Processes
from app.search.work import Chunk, Finished, work_off
from app.settings import Limits
from engine.search.outcome import Outcome, Reached
from engine.search.schedule import Task, due, planned, trained
from engine.search.space import Search
from tests.app.search.crews import Fragile
from tests.engine.search.searches import made, outcomes_of, search_of

AXIS = [{"path": "batch_size", "values": list(range(1, 13))}]
GRID = search_of(axes=AXIS, seeds=2, iterations=20)
HALVING = search_of(axes=AXIS, method="halving", rungs=[5, 10, 20], seeds=1, keep=0.4)
Done = dict[tuple[int, int], Outcome]


def worked(search: Search, crew: Crew, done: Done | None = None, most: int = 10**6) -> Done:
    """All results, or as many as there were before nobody wanted more."""
    done = {} if done is None else done

    def record(finished: Finished) -> None:
        done[finished.task.index, finished.task.until] = finished.outcome

    Driver(crew, search, Limits(), record, lambda: len(done) < most).work(done)
    return done


def pretended(chunk: Chunk) -> list[Finished]:
    """Results that depend on the trial alone, as those of training do."""
    return [Finished(task, _outcome(task), None) for task, _ in chunk.tasks]


def _outcome(task: Task) -> Outcome:
    return made(task.index, (task.index * 7 % 5) / (1 + task.until), task.until)


@pytest.mark.parametrize("search", [GRID, HALVING], ids=["grid", "halving"])
@given(deaths=st.sets(st.integers(0, 12)), workers=st.integers(1, 4))
def test_killed_workers_change_no_result(search: Search, deaths: set[int], workers: int) -> None:
    found = worked(search, Fragile(workers, deaths, work=pretended))
    sound = {key: outcome for key, outcome in found.items() if not outcome.error}
    assert due(search, found) == []
    assert sound == {key: _outcome(Task(*key)) for key in sound}
    assert len(found) - len(sound) <= len(deaths) // driver.ATTEMPTS  # of three deaths in a row on one trial alone


@given(poison=st.sets(st.integers(0, 23), max_size=3), deaths=st.sets(st.integers(0, 3), max_size=1))
def test_only_a_trial_that_always_ends_its_worker_is_blamed(poison: set[int], deaths: set[int]) -> None:
    found = worked(GRID, Fragile(2, deaths, poison, pretended))
    assert {index for (index, _), outcome in found.items() if outcome.error} == poison
    assert len(found) == GRID.size


def test_a_search_goes_on_where_it_was_left() -> None:
    crew = Fragile(work=pretended)
    part = worked(GRID, Fragile(work=pretended), most=9)
    before = {index for index, _ in part}
    whole = worked(GRID, crew, part)
    again = {index for trials in crew.seen for index in trials}
    assert (len(whole), again & before, 9 <= len(before) < GRID.size) == (GRID.size, set(), True)


def test_halving_trains_fewer_and_fewer_settings_and_all_that_was_planned() -> None:
    found = worked(HALVING, Fragile(work=pretended))
    counts = [sum(until == rung for _, until in found) for rung in HALVING.rungs]
    assert (counts, trained(HALVING, found)) == ([12, 5, 2], planned(HALVING))


class Raising(Fragile):
    """Hands on what the work raises, as a pool does."""

    def submit(self, work: Any, /, *args: Any) -> Any:
        try:
            return super().submit(work, *args)
        except KeyError as error:
            future: Future[Any] = Future()
            future.set_exception(error)
            return future


class Killed(Processes):
    """Loses a process once, in the middle of its work."""

    killed = False

    def submit(self, work: Any, /, *args: Any) -> Any:
        future = super().submit(work, *args)
        processes = getattr(self._pool, "_processes", {})
        if not self.killed and len(processes) == self.workers:
            self.killed = True
            os.kill(next(iter(processes)), signal.SIGKILL)
        return future


def test_a_rung_goes_on_from_the_one_before_with_the_same_bits() -> None:
    search = search_of(axes=AXIS[:1], method="halving", trials=5, rungs=[5, 20], seeds=1)
    found = worked(search, Fragile())
    whole = search_of(axes=AXIS[:1], method="random", trials=5, iterations=20, seeds=1)
    expected = outcomes_of(whole)
    assert {i: o for (i, until), o in found.items() if until == 20}.items() <= expected.items()


def test_a_killed_process_costs_nothing_but_time() -> None:
    search = search_of(axes=AXIS, seeds=1, iterations=20)
    crew = Killed(2)
    found = worked(search, crew)
    crew.stop()
    assert crew.killed
    assert {index: outcome for (index, _), outcome in found.items()} == outcomes_of(search)


def test_what_is_too_large_for_the_server_fails_with_the_limit() -> None:
    task: Any = (Task(0, 1), None)
    (finished,) = work_off(Chunk(GRID, (task,), Limits(parameters=5)))
    assert "parameters" in finished.outcome.error


def test_only_trials_that_may_go_on_send_their_state() -> None:
    tasks: Any = ((Task(0, 5), None), (Task(0, 20), None))
    first, last = work_off(Chunk(HALVING, tasks, Limits()))
    assert isinstance(first.reached, Reached)
    assert last.reached is None


def test_a_trial_whose_work_raises_says_what() -> None:
    def raising(chunk: Chunk) -> list[Finished]:
        raise KeyError("nothing of that name")

    found = worked(search_of(axes=[], seeds=1), Raising(work=raising))
    assert [outcome.error for outcome in found.values()] == ["KeyError: 'nothing of that name'"]


class Silent(Fragile):
    """Loses one piece of work without a word, as a cluster may."""

    def submit(self, work: Any, /, *args: Any) -> Any:
        found = super().submit(work, *args)
        return Future() if len(self.seen) == 3 else found


def test_work_that_is_lost_without_a_word_is_asked_for_again_and_nobody_is_blamed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(driver, "LEAST_SECONDS", 0.05)
    monkeypatch.setattr(driver, "TICK", 0.02)
    crew = Silent(work=pretended)
    found = worked(GRID, crew)
    lost = crew.seen[2]
    assert ([trials for trials in crew.seen[3:] if set(trials) & set(lost)], found) == (
        [[index] for index in lost],
        {(i, 20): _outcome(Task(i, 20)) for i in range(GRID.size)},
    )
