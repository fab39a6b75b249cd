"""What a server remembers: in memory within a bound, and on disk across restarts."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import httpx
import pytest

from app.http.problems import Problem
from app.main import create_app
from app.runs.registry import Runs
from app.settings import Limits, Settings
from engine import RunConfig
from tests.app.conftest import CIRCLE, make_run
from tests.serving import serving

CONFIG = RunConfig.from_dict(CIRCLE)


def seeded(seed: int) -> RunConfig:
    return RunConfig.from_dict({**CIRCLE, "seed": seed})


def test_a_restarted_server_gives_the_same_bytes(tmp_path: Path) -> None:
    bodies: list[list[bytes]] = []
    for _ in range(2):
        with serving(create_app(Settings(data_dir=tmp_path))) as address, httpx.Client(base_url=address) as api:
            path = make_run(api, CIRCLE) if not bodies else f"/api/runs/{CONFIG.id}"
            for t in (500, 0, 499):
                api.get(f"{path}/iterations/{t}/trace").raise_for_status()
            bodies.append([api.get(f"{path}/iterations/{t}/trace").content for t in (0, 499)])
    assert bodies[0] == bodies[1]


def test_a_restarted_server_without_a_folder_asks_for_the_configuration() -> None:
    with serving(create_app()) as address:
        assert httpx.get(f"{address}/api/runs/{CONFIG.id}").status_code == 404


def test_a_run_is_new_only_once_across_restarts(tmp_path: Path) -> None:
    assert [Runs(Settings(data_dir=tmp_path)).add(CONFIG).new for _ in range(2)] == [True, False]


def test_a_stored_run_is_its_configuration_and_nothing_half_written_is_left(tmp_path: Path) -> None:
    Runs(Settings(data_dir=tmp_path)).add(CONFIG)
    (file,) = (tmp_path / "runs").iterdir()
    assert (file.name, json.loads(file.read_text())) == (f"{CONFIG.id}.json", CONFIG.to_dict())


DAMAGES = {
    "empty": "",
    "cut": "{",
    "list": "[]",
    "part": '{"seed": 1}',
    "other": json.dumps(seeded(5).to_dict()),
    "deep": "[" * 100_000,
    "nested": '{"layers": ' + "[" * 400 + "]" * 400 + "}",
}


@pytest.mark.parametrize("text", DAMAGES.values(), ids=DAMAGES)
def test_a_file_that_is_not_the_run_that_its_name_says_is_as_good_as_none(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    runs = Runs(Settings(data_dir=tmp_path))
    (tmp_path / "runs" / f"{CONFIG.id}.json").write_text(text)
    with pytest.raises(Problem, match="does not know that run"):
        runs.get(CONFIG.id)
    assert CONFIG.id in caplog.text


@pytest.mark.parametrize("remembered", [False, True], ids=["after a restart", "while it is remembered"])
@pytest.mark.parametrize("text", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_whole_again_once_its_run_is_posted(tmp_path: Path, text: str, remembered: bool) -> None:
    runs = Runs(Settings(data_dir=tmp_path))
    if remembered:
        runs.add(CONFIG)
    (tmp_path / "runs" / f"{CONFIG.id}.json").write_text(text)
    added = runs.add(CONFIG)
    assert (added.unsaved, is_known(Runs(Settings(data_dir=tmp_path)), CONFIG.id)) == ("", True)


@pytest.mark.parametrize("run_id", ["../secret", "..", "", "x" * 20, "\x00", f"{CONFIG.id}/../{CONFIG.id}"])
def test_an_id_is_never_used_as_a_path_unless_it_is_one_of_ours(tmp_path: Path, run_id: str) -> None:
    (tmp_path / "secret.json").write_text(json.dumps(CONFIG.to_dict()))
    with pytest.raises(Problem, match="does not know that run"):
        Runs(Settings(data_dir=tmp_path)).get(run_id)


def test_a_full_or_lost_disk_does_not_stop_a_run(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    runs = Runs(Settings(data_dir=tmp_path / "data"))
    shutil.rmtree(tmp_path / "data")
    added = runs.add(CONFIG)
    assert (runs.get(CONFIG.id) is added.run, added.new, "is not saved" in caplog.text) == (True, True, True)


def test_memory_holds_the_runs_used_last_within_its_bound() -> None:
    runs = Runs(Settings(limits=Limits(cache_bytes=5_000_000)))  # a quarter of it for runs: three or four of these
    first = seeded(0)
    for seed in range(9):
        runs.add(seeded(seed))
        runs.get(first.id)
    known = [seed for seed in range(9) if is_known(runs, seeded(seed).id)]
    assert (known[0], known[-1], 2 <= len(known) <= 5) == (0, 8, True)


def is_known(runs: Runs, run_id: str) -> bool:
    try:
        return bool(runs.get(run_id))
    except Problem:
        return False


def test_a_forgotten_run_comes_back_from_disk(tmp_path: Path) -> None:
    runs = Runs(Settings(data_dir=tmp_path, limits=Limits(cache_bytes=1)))
    for seed in range(3):
        runs.add(seeded(seed))
    assert runs.get(seeded(0).id).config == seeded(0)


def test_a_stored_run_past_the_limits_of_today_is_refused(tmp_path: Path) -> None:
    Runs(Settings(data_dir=tmp_path)).add(CONFIG)
    with pytest.raises(Problem, match="'units'"):
        Runs(Settings(data_dir=tmp_path, limits=Limits(units=2))).get(CONFIG.id)
