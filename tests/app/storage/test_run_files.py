"""Whatever is done to the folder of runs: the answer says so, nothing fails, and a file is written once one can be."""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import httpx
import pytest

from app.main import create_app
from app.runs.registry import Runs
from app.settings import Settings
from app.storage.run_files import ABANDONED, MOST_PENDING, RunFiles, Saved
from engine import RunConfig
from tests.app.conftest import CIRCLE
from tests.serving import serving

CONFIGS = [RunConfig.from_dict({**CIRCLE, "seed": seed}) for seed in range(MOST_PENDING + 3)]
FIRST, SECOND, *_ = CONFIGS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "runs"


@pytest.fixture
def api(folder: Path) -> Iterator[httpx.Client]:
    """A server that keeps runs."""
    with (
        serving(create_app(Settings(data_dir=folder.parent))) as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        yield client


def removed(folder: Path, _: pytest.MonkeyPatch) -> None:
    shutil.rmtree(folder.parent)


def a_file_in_its_place(folder: Path, _: pytest.MonkeyPatch) -> None:
    shutil.rmtree(folder)
    folder.write_text("")


def read_only(_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(monkeypatch, errno.EROFS, "mkdir", "open", "unlink", "replace")


def out_of_reach(_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("read_text", "read_bytes", "exists", "stat", "mkdir", "open", "unlink", "replace")
    fail_with(monkeypatch, errno.EACCES, *names)


def full(_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", failing(errno.ENOSPC))


def fail_with(monkeypatch: pytest.MonkeyPatch, code: int, *names: str) -> None:
    for name in names:
        monkeypatch.setattr(f"app.storage.run_files.Path.{name}", failing(code))


def failing(code: int) -> Callable[..., NoReturn]:
    def fail(*_: Any, **__: Any) -> NoReturn:
        raise OSError(code, os.strerror(code))

    return fail


HARMS = {
    removed: "No such file or directory",
    a_file_in_its_place: "File exists",
    read_only: "Read-only file system",
    out_of_reach: "Permission denied",
    full: "No space left on device",
}


@pytest.mark.parametrize(("harm", "why"), HARMS.items(), ids=[harm.__name__ for harm in HARMS])
def test_a_run_that_cannot_be_saved_is_made_and_said_to_be_unsaved_as_long_as_it_is(
    api: httpx.Client, folder: Path, harm: Callable[[Path, pytest.MonkeyPatch], None], why: str
) -> None:
    unknown = f"/api/runs/{SECOND.id}"
    with pytest.MonkeyPatch.context() as monkeypatch:
        harm(folder, monkeypatch)
        answers = [api.post("/api/runs", json=CIRCLE) for _ in range(2)]
        lost = api.get(unknown).status_code
    said = [(a.status_code, a.json().get("saved", True), a.json().get("unsaved", "")) for a in answers]
    if folder.is_file():
        folder.unlink()
    folder.parent.mkdir(exist_ok=True)
    healed = api.post("/api/runs", json=CIRCLE)
    kept = Runs(Settings(data_dir=folder.parent)).get(FIRST.id).config == FIRST
    assert (said, lost, healed.status_code, "saved" in healed.json(), kept) == (
        [(201, False, why), (200, False, why)],
        404,
        200,
        False,
        True,
    )


def test_a_saved_run_says_nothing_of_it_and_a_branch_is_saved_like_any_run(api: httpx.Client, folder: Path) -> None:
    made = api.post("/api/runs", json=CIRCLE).json()
    edits = [{"iteration": 3, "set": {"optimizer.learning_rate": 0.5}}]
    with pytest.MonkeyPatch.context() as monkeypatch:
        full(folder, monkeypatch)
        branch = api.post(f"/api/runs/{made['id']}/branches", json={"edits": edits}).json()
    assert ("saved" in made, branch["saved"], branch["unsaved"]) == (False, False, "No space left on device")


def test_what_was_not_written_is_written_with_the_next_run_that_is(folder: Path) -> None:
    files = RunFiles(folder)
    with pytest.MonkeyPatch.context() as monkeypatch:
        full(folder, monkeypatch)
        failed = [files.save(config).failure for config in CONFIGS[:3]]
    saved = files.save(CONFIGS[3])
    names = sorted(path.stem for path in folder.iterdir())
    assert (failed, saved, names) == (
        ["No space left on device"] * 3,
        Saved(new=True),
        sorted(config.id for config in CONFIGS[:4]),
    )


def test_so_many_runs_wait_and_no_more(folder: Path) -> None:
    files = RunFiles(folder)
    with pytest.MonkeyPatch.context() as monkeypatch:
        full(folder, monkeypatch)
        for config in CONFIGS[:-1]:
            files.save(config)
    files.save(CONFIGS[-1])
    assert len(list(folder.iterdir())) == MOST_PENDING + 1


def test_a_file_is_on_the_disk_before_it_has_its_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    replace = Path.replace

    def renamed(path: Path, to: Path) -> Path:
        done.append("replace")
        return replace(path, to)

    monkeypatch.setattr(os, "fsync", lambda _: done.append("fsync"))
    monkeypatch.setattr(Path, "replace", renamed)
    RunFiles(folder).save(FIRST)
    assert done[:2] == ["fsync", "replace"]


def test_what_a_killed_server_left_half_written_is_removed_at_the_next_start(folder: Path) -> None:
    RunFiles(folder).save(FIRST)
    old, fresh = folder / "a.1-2.partial", folder / "b.3-4.partial"
    for path in (old, fresh):
        path.write_text("{")
    os.utime(old, (0, time.time() - 2 * ABANDONED))
    RunFiles(folder)
    assert sorted(path.name for path in folder.iterdir()) == sorted([fresh.name, f"{FIRST.id}.json"])
