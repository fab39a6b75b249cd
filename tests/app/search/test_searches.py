"""The searches of a server: turns, the data folder, and the next server that finds it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from app.search.job import Job
from app.search.searches import Searches
from app.settings import Settings
from app.storage.search_files import SearchFiles
from engine.search.standing import standing
from tests.app.search.crews import Fragile
from tests.app.search.test_driver import pretended
from tests.engine.search.searches import outcomes_of, search_of

SMALL = search_of(iterations=10)


def server(folder: Path | None, **crew: Any) -> Searches:
    searches = Searches(Settings(data_dir=folder), Fragile(**crew))
    searches.resume()
    return searches


def rested(job: Job) -> Job:
    deadline = time.monotonic() + 30
    while job.state in ("waiting", "running"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return job


def test_results_are_those_of_the_trials_and_are_there_after_a_restart(tmp_path: Path) -> None:
    job, new = server(tmp_path).add(SMALL)
    done = rested(job).snapshot()
    restored = server(tmp_path).get(SMALL.id).snapshot()
    assert new
    alone = outcomes_of(SMALL)
    exact = {i: outcome for i, outcome in done.outcomes.items() if outcome.exact}
    assert exact == {i: alone[i] for i in exact}
    assert standing(SMALL, list(done.outcomes.values())).ranked[0] in exact  # the best is done again by itself
    assert [done.outcomes[i].objective for i in alone] == pytest.approx([o.objective for o in alone.values()])
    assert (restored.outcomes, restored.state, restored.search) == (done.outcomes, "done", SMALL)


@pytest.mark.parametrize("cut", [1, 30])
def test_a_server_that_was_killed_is_gone_on_with_whatever_it_left(tmp_path: Path, cut: int) -> None:
    rested(server(tmp_path, work=pretended).add(SMALL)[0])
    results = tmp_path / "searches" / f"{SMALL.id}.jsonl"
    lines = results.read_bytes().splitlines(keepends=True)
    results.write_bytes(b"".join(lines[:5]) + lines[5][:-cut])
    job = rested(server(tmp_path, work=pretended).get(SMALL.id))
    again = server(tmp_path).get(SMALL.id)
    assert (len(job.done), job.state, again.done) == (SMALL.size, "done", job.done)


def test_a_cancelled_search_stays_so_until_it_is_asked_for_again(tmp_path: Path) -> None:
    searches = server(tmp_path, work=pretended)
    rested(searches.add(search_of(iterations=9))[0])
    first = Searches(Settings(data_dir=tmp_path), Fragile(work=pretended))
    first._jobs[SMALL.id] = Job(SMALL)
    first._files.begin(SMALL.id, SMALL.to_dict())  # type: ignore[union-attr]
    first.cancel(SMALL.id)
    later = server(tmp_path, work=pretended)
    assert later.get(SMALL.id).state == "cancelled"
    killed = Searches(Settings(data_dir=tmp_path), Fragile(work=pretended))
    killed._jobs[SMALL.id], killed._queue = Job(SMALL, stop=True), lambda job: None  # type: ignore[method-assign]
    killed.add(SMALL)
    asked = SearchFiles(tmp_path / "searches").read_all()[SMALL.id]
    assert (asked.cancelled, asked.results) == (False, ())
    job, new = later.add(SMALL)
    assert (rested(job).state, new) == ("done", False)
    assert server(tmp_path).get(SMALL.id).state == "done"


def test_files_that_are_not_ours_are_passed_over(tmp_path: Path) -> None:
    folder = tmp_path / "searches"
    folder.mkdir()
    (folder / "0123456789abcdef0123.json").write_text('{"base": 3}')
    (folder / "0123456789abcdef0124.json").write_text("{")
    (folder / "notes.json").write_text("[]")
    assert server(tmp_path).all() == []


def test_searches_without_a_folder_take_turns_and_the_latest_is_listed_first() -> None:
    searches = server(None, work=pretended)
    jobs = [searches.add(search_of(iterations=n))[0] for n in (10, 11, 12)]
    states = [rested(job).state for job in jobs]
    assert (states, searches.all()) == (["done"] * 3, jobs[::-1])
    searches.close()
