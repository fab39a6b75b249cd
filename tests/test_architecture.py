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
VIEWS = ROOT / "static/src/views"
JAVASCRIPT_IMPORT = re.compile(r"""\b(?:from|import)\s*\(?\s*["']([^"']+)["']""")


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
        yield from (
            f"{path.relative_to(ROOT)}: {name}" for name in imports_of(path) if top(name) not in known
        )


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
