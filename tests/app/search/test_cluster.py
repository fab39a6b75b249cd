"""Searches on a Dask cluster: the bits of every trial, whoever dies, and workers that are not like the server."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from app import cli
from app.cli import UsageError
from app.search import cluster
from app.search.cluster import Build, Cluster, ClusterError, build
from app.search.searches import Searches
from app.settings import Settings
from tests.app.search.kills import GRID, differing, local_cluster, worked, workers_of
from tests.app.search.test_searches import rested

pytest.importorskip("distributed", reason="the extra dask is not installed")


@pytest.fixture(scope="module")
def dask() -> Iterator[Any]:
    with local_cluster() as made:
        yield made


def test_a_killed_worker_of_a_cluster_changes_no_bit_and_blames_nobody(dask: Any) -> None:
    crew = Cluster(dask.scheduler_address)
    found = worked(GRID, crew, workers_of(dask), kills=[3])
    crew.stop()
    assert (len(found), differing(GRID, found)) == (GRID.size, [])


def test_a_worker_with_other_versions_ends_the_search_and_says_so(dask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Build("0.0.1", "2.4.0", "0123456789ab")
    monkeypatch.setattr(cluster, "_asked", lambda client: {"one": build(), "two": other})
    searches = Searches(Settings(dask=dask.scheduler_address))
    job = rested(searches.add(GRID)[0])
    searches.close()
    said = f"1 of 2 workers at {dask.scheduler_address} are not like this server ({build()}): 1 with {other}. "
    assert (job.state, job.snapshot().trouble.startswith(said)) == ("cancelled", True)


def test_a_worker_that_came_later_works_only_if_it_is_like_the_server() -> None:
    with pytest.raises(ClusterError, match="not like the server"):
        cluster._work_if_like(Build("0.0.1", "2.4.0", "0123456789ab"), len, "abc")
    assert cluster._work_if_like(build(), len, "abc") == 3


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "SECONDS", 0.2)
    with pytest.raises(ClusterError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9: is it running"):
        _ = Cluster("tcp://127.0.0.1:9").workers


def test_the_command_says_what_is_wrong_with_the_cluster_before_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "SECONDS", 0.2)
    with pytest.raises(UsageError, match="--dask: no Dask scheduler answers at tcp://"):
        cli._check_cluster("tcp://127.0.0.1:9")


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match=r"pip install 'backscope\[dask\]'"):
        Cluster("tcp://127.0.0.1:9").submit(len, "")
