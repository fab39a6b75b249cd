"""Who may import whom: the rules that keep engine, server and browser apart, read from the sources."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
UI = ROOT / "static/src"
SCRIPT_IMPORT = re.compile(r"""\b(?:from|import)\s*\(?\s*["'](\.[^"']*)["']""")


def imported(source: str, package: str) -> set[str]:
    """Full dotted names that a module imports, anywhere in it: `from a import b` counts as a.b."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{origin(node, package)}.{alias.name}" for alias in node.names}
    return names


def origin(node: ast.ImportFrom, package: str) -> str:
    """The module that `from ... import` names, with the dots of a relative import resolved."""
    above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    return ".".join([*above, *([node.module] if node.module else [])])


def imports_of(path: Path) -> set[str]:
    return imported(path.read_text(encoding="utf-8"), ".".join(path.relative_to(ROOT).parent.parts))


def modules(folder: str) -> list[Path]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found, f"no modules in {folder}/: these rules would hold for nothing"
    return found


def top(name: str) -> str:
    return name.partition(".")[0]


def within(name: str, package: str) -> bool:
    return f"{name}.".startswith(f"{package}.")


def breaches(paths: list[Path], allowed: set[str]) -> Iterator[str]:
    """Imports from outside the standard library and the allowed packages."""
    known = allowed | set(sys.stdlib_module_names)
    for path in paths:
        yield from (f"{path.relative_to(ROOT)}: {name}" for name in imports_of(path) if top(name) not in known)


def importers(folder: str, package: str) -> set[Path]:
    """Modules of a folder that import a package, or anything from inside it."""
    return {path for path in modules(folder) if any(within(name, package) for name in imports_of(path))}


def scripts(folder: str = "") -> list[Path]:
    """TypeScript and Svelte files of the UI, tests aside."""
    found = [path for path in (UI / folder).rglob("*") if path.suffix in (".ts", ".svelte")]
    assert found, f"no scripts in static/src/{folder}: these rules would hold for nothing"
    return sorted(path for path in found if not path.name.endswith(".test.ts"))


def script_imports(path: Path) -> set[str]:
    """The UI's own files that a script imports, by their path in static/src, without suffixes."""
    targets = (path.parent / target for target in SCRIPT_IMPORT.findall(path.read_text(encoding="utf-8")))
    return {target.resolve().relative_to(UI).as_posix().partition(".")[0] for target in targets}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import a.b", {"a.b"}),
        ("from a import b, c", {"a.b", "a.c"}),
        ("from . import b", {"app.routers.b"}),
        ("from .runs import b", {"app.routers.runs.b"}),
        ("from ..schemas import b", {"app.schemas.b"}),
        ("def f():\n    import a", {"a"}),
    ],
)
def test_imports_are_found_in_all_their_spellings(source: str, names: set[str]) -> None:
    assert imported(source, "app.routers") == names


def test_the_engine_imports_numpy_and_the_standard_library_only() -> None:
    assert list(breaches(modules("engine"), {"engine", "numpy"})) == []


def test_the_app_imports_declared_dependencies_only() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {re.split(r"[<>=~! ]", requirement)[0] for requirement in project["dependencies"]}
    # starlette is what FastAPI is made of, and comes with it
    assert list(breaches(modules("app"), {"app", "engine", "starlette"} | declared)) == []


def test_only_the_converter_sees_both_the_wire_models_and_the_engine() -> None:
    both = importers("app", "app.schemas") & importers("app", "engine")
    assert both <= set(modules("app/convert"))


def test_outside_the_converter_only_the_keepers_of_runs_know_the_engine() -> None:
    keepers = importers("app", "engine") - set(modules("app/convert"))
    assert {path.name for path in keepers} <= {"runs.py", "services.py"}


def test_routers_import_neither_the_engine_nor_each_other() -> None:
    routers = set(modules("app/routes")) - {ROOT / "app/routes/__init__.py"}  # which lists them
    assert routers & (importers("app/routes", "engine") | importers("app/routes", "app.routes")) == set()


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('import { store } from "../state/store.svelte";', {"state/store"}),
        ('import {\n  a,\n  b,\n} from "./Other.svelte";', {"views/Other"}),
        ('import "../style.css";', {"style"}),
        ('const graph = await import("../draw/graph");', {"draw/graph"}),
        ('import katex from "katex";', set()),
    ],
)
def test_imports_of_scripts_are_found_in_all_their_spellings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str, found: set[str]
) -> None:
    monkeypatch.setitem(globals(), "UI", tmp_path)
    (tmp_path / "views").mkdir()
    view = tmp_path / "views/View.svelte"
    view.write_text(line)
    assert script_imports(view) == found


def test_no_view_imports_another_view() -> None:
    """The parts of a view carry its name, OutputPoints that of Output, and belong to it and to each other."""
    views = {path.stem: path for path in scripts("views") if path.suffix == ".svelte"}
    strangers = {
        (name, other.removeprefix("views/"))
        for name, path in views.items()
        for other in script_imports(path)
        if other.startswith("views/") and whole(other.removeprefix("views/"), set(views)) != whole(name, set(views))
    }
    assert strangers == set()


def test_every_view_is_shown() -> None:
    views = {f"views/{path.stem}" for path in scripts("views") if path.suffix == ".svelte"}
    assert views - {name for path in scripts() for name in script_imports(path)} == set()


def whole(part: str, views: set[str]) -> str:
    """The view that a view, or a module beside it, is a part of."""
    return min((name for name in views if part.startswith(name)), key=len, default=part)


def test_only_the_store_talks_to_the_api() -> None:
    callers = {path.relative_to(UI).parts[0] for path in scripts() if "api/client" in script_imports(path)}
    assert callers == {"state"}


def test_drawing_helpers_know_no_store_and_no_view() -> None:
    known = {name for path in scripts("draw") for name in script_imports(path)}
    assert {name for name in known if name.startswith(("state/store", "views/", "api/client"))} == set()
