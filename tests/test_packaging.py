"""What pyproject.toml promises, what a wheel and an sdist carry, and when the UI is built."""

from __future__ import annotations

import gzip
import json
import shutil
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

from static import hatch_build as ui_build
from tests.browser import SECONDS_TO_INSTALL

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A small static/ whose dist is up to date."""
    for name in ("package.json", "src/main.ts", "src/lib/format.ts", "dist/main.js", f"dist/{ui_build.BILL}"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "dist" / ui_build.STAMP).write_text(ui_build.sources_digest(tmp_path))
    return tmp_path


@pytest.fixture(scope="session")
def wheel(ui: None, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The names in a wheel."""
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("wheel")), versions=["standard"])
    return zipfile.ZipFile(wheel).namelist()


def test_pip_and_uv_install_the_same_for_the_tests() -> None:
    assert PROJECT["project"]["optional-dependencies"]["test"] == PROJECT["dependency-groups"]["test"]


def test_build_and_tests_ask_for_the_same_node_from_pypi() -> None:
    assert ui_build.NODE_FROM_PYPI in PROJECT["dependency-groups"]["test"]


def test_uv_builds_anew_when_a_source_of_the_ui_changes() -> None:
    keys = {key["file"] for key in PROJECT["tool"]["uv"]["cache-keys"]}
    beside_src = {f"static/{path.name}" for path in ui_build.sources(STATIC) if path.parent == STATIC}
    assert beside_src | {"static/src/**/*"} <= keys


def test_the_lock_file_of_npm_names_no_registry() -> None:
    packages = ui_build.locked_packages(STATIC / "package-lock.json")
    assert [name for name, package in packages.items() if "resolved" in package] == []


@pytest.mark.timeout(SECONDS_TO_INSTALL)
def test_a_wheel_carries_code_data_ui_and_templates(wheel: list[str]) -> None:
    templates = {f"app/_templates/{p.relative_to(ROOT / 'templates').as_posix()}" for p in files("templates")}
    data = {p.relative_to(ROOT).as_posix() for p in files("engine") if p.suffix in (".csv", ".npz", ".txt")}
    lessons = {f"app/_lessons/{p.relative_to(STATIC / 'lessons').as_posix()}" for p in files("static/lessons")}
    wanted = {"app/main.py", "engine/__init__.py", "app/_static/manifest.json"} | templates | data | lessons
    assert wanted - set(wheel) == set()


@pytest.mark.timeout(SECONDS_TO_INSTALL)
def test_a_wheel_says_of_which_packages_its_ui_is_made(wheel: list[str]) -> None:
    bill = json.loads((STATIC / "dist" / ui_build.BILL).read_text(encoding="utf-8"))
    locked = ui_build.locked_packages(STATIC / "package-lock.json")
    wanted = {folder.rpartition("node_modules/")[2] for folder, found in locked.items() if not found.get("dev")}
    found = {component["name"] for component in bill["components"]}
    assert (f"backscope-0.1.0.dist-info/sboms/{ui_build.BILL}" in wheel, found <= wanted, "katex" in found) == (
        True,
    ) * 3


@pytest.mark.timeout(SECONDS_TO_INSTALL)
def test_a_wheel_carries_neither_tests_nor_ui_sources(wheel: list[str]) -> None:
    tops = {name.split("/")[0] for name in wheel}
    assert tops == {"app", "backscope", "engine", "backscope-0.1.0.dist-info"}


@pytest.mark.timeout(SECONDS_TO_INSTALL)
@pytest.mark.usefixtures("ui")
def test_an_sdist_installs_without_node(tmp_path: Path) -> None:
    (sdist,) = SdistBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    unpack(Path(sdist), tmp_path)
    (unpacked,) = tmp_path.glob("*/static")
    assert ui_build.up_to_date(unpacked)
    assert not (unpacked / "node_modules").exists()


@pytest.mark.parametrize("name", ["package.json", "src/lib/format.ts", "src/new.svelte", "vite.config.ts"])
def test_a_changed_or_new_source_makes_the_ui_stale(sources: Path, name: str) -> None:
    (sources / name).write_text("changed")
    assert not ui_build.up_to_date(sources)


@pytest.mark.parametrize("name", ["node_modules/vite/index.js", "dist/other.js", "src/.main.ts.swp", "hatch_build.py"])
def test_other_files_leave_the_ui_up_to_date(sources: Path, name: str) -> None:
    (sources / name).parent.mkdir(parents=True, exist_ok=True)
    (sources / name).write_text("changed")
    assert ui_build.up_to_date(sources)


def test_a_missing_dist_is_stale(sources: Path) -> None:
    shutil.rmtree(sources / "dist")
    assert not ui_build.up_to_date(sources)


@pytest.mark.parametrize(
    ("version", "suits"),
    [
        ("v20.18.3", False),
        ("v20.19.0", True),
        ("v21.7.1", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.1.0\n", True),
        ("", False),
        ("bash: node: not found", False),
    ],
)
def test_node_has_to_be_one_that_vite_runs_on(version: str, suits: bool) -> None:
    assert ui_build.suits_vite(version) is suits


@pytest.mark.parametrize(
    ("packages", "dev", "enough"),
    [
        ({"node_modules/vite": {"integrity": "a"}}, False, True),
        ({"node_modules/vite": {"integrity": "a"}}, True, False),
        ({"node_modules/vite": {"integrity": "a"}, "node_modules/vitest": {"integrity": "b"}}, True, True),
        ({"node_modules/vite": {"integrity": "older"}}, False, False),
        ({}, False, False),
    ],
)
def test_npm_packages_are_installed_when_the_lock_file_says_so(
    tmp_path: Path, packages: dict[str, Any], dev: bool, enough: bool
) -> None:
    locked = {
        "": {"name": "studio"},
        "node_modules/vite": {"integrity": "a"},
        "node_modules/vitest": {"integrity": "b", "dev": True},
        "node_modules/for-another-system": {"integrity": "c", "optional": True},
    }
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "package-lock.json").write_text(json.dumps({"packages": locked}))
    (tmp_path / "node_modules/.package-lock.json").write_text(json.dumps({"packages": packages}))
    assert ui_build.installed(tmp_path, dev=dev) is enough


def unpack(archive: Path, folder: Path) -> None:
    """All plain files; by hand, as Python 3.11.2 lacks the filter that later ones ask for."""
    with tarfile.open(archive) as members:
        for member in members:
            if content := members.extractfile(member):
                (folder / member.name).parent.mkdir(parents=True, exist_ok=True)
                (folder / member.name).write_bytes(content.read())


def files(folder: str) -> list[Path]:
    return [path for path in (ROOT / folder).rglob("*") if path.is_file()]


@pytest.mark.usefixtures("ui")
def test_what_is_sent_compressed_is_what_was_built() -> None:
    built = STATIC / "dist/assets"
    pairs = [(path, path.with_suffix("")) for path in built.glob("*.gz")]
    assert pairs != []
    assert [path.name for path, plain in pairs if gzip.decompress(path.read_bytes()) != plain.read_bytes()] == []
