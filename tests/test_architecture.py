"""Who may import whom: the rules that keep engine, server and browser apart, read from the sources."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from engine.model.layers import LAYERS

ROOT = Path(__file__).resolve().parent.parent
UI = ROOT / "static/src"
MOST_FILES = 15
ROOMS = [  # of the engine, from the ground up
    *("foundation", "ops", "data", "update", "model", "program", "execution", "config", "expressions", "run"),
    *("explain", "analysis", "conditions", "search", "checks", "presets", "practice", "pasted", "catalog", "engine"),
]
PANELS = {
    "charts",
    "compare",
    "diagnosis",
    "explain",
    "expression",
    "landscape",
    "learn",
    "library",
    "network",
    "practice",
    "search",
    "setup",
    "shell",
    "stage",
    "transport",
}
SHARED = {"api", "common", "config", "controls", "store"}  # what panels stand on
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


@cache
def imports_of(path: Path) -> set[str]:
    return imported(path.read_text(encoding="utf-8"), ".".join(path.relative_to(ROOT).parent.parts))


@cache
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


@cache
def module_of(name: str) -> Path | None:
    """The file of a module, or of one that a name is imported from; none if it is not ours."""
    while name:
        path = ROOT / name.replace(".", "/")
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.is_file():
                return file
        name = name.rpartition(".")[0]
    return None


@cache
def import_graph(folder: str) -> dict[str, set[str]]:
    """Each module of a folder by its path, with those of the same folder that it imports."""
    found = {path: {module_of(name) for name in imports_of(path)} for path in modules(folder)}
    return {
        path.relative_to(ROOT).as_posix(): {other.relative_to(ROOT).as_posix() for other in imports if other in found}
        for path, imports in found.items()
    }


def circles(graph: Mapping[str, set[str]]) -> list[str]:
    """Files that reach themselves, and those that cannot do without them."""
    left = dict(graph)
    while free := [name for name, imports in left.items() if not imports & left.keys()]:
        for name in free:
            del left[name]
    return sorted(left)


def room(path: str) -> str:
    """The room of an engine's module: its first folder, or the file that stands beside the rooms."""
    first = path.split("/")[1]
    return "engine" if first == "__init__.py" else first.removesuffix(".py")


def docstring(path: Path) -> str | None:
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def crowds(folder: str) -> Counter[str]:
    """How many source files each folder holds by itself; a UI test stands beside what it tests and does not count."""
    sources = (path for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".ts", ".svelte"))
    counted = (path for path in sources if path.name != "__init__.py" and not path.name.endswith(".test.ts"))
    return Counter(path.parent.relative_to(ROOT).as_posix() for path in counted)


def importers(folder: str, package: str) -> set[Path]:
    """Modules of a folder that import a package, or anything from inside it."""
    return {path for path in modules(folder) if any(within(name, package) for name in imports_of(path))}


@cache
def scripts(folder: str = "") -> list[Path]:
    """TypeScript and Svelte files of the UI, tests aside."""
    found = [path for path in (UI / folder).rglob("*") if path.suffix in (".ts", ".svelte")]
    assert found, f"no scripts in static/src/{folder}: these rules would hold for nothing"
    return sorted(path for path in found if not path.name.endswith(".test.ts") and path.parent.name != "testing")


def script_imports(path: Path) -> set[str]:
    """The UI's own files that a script imports, by their path in static/src, without suffixes."""
    targets = (path.parent / target for target in SCRIPT_IMPORT.findall(path.read_text(encoding="utf-8")))
    return {target.resolve().relative_to(UI).as_posix().partition(".")[0] for target in targets}


def named_scripts() -> dict[str, Path]:
    """Scripts of the UI by their path in static/src, without suffixes: the form of `script_imports`."""
    return {path.relative_to(UI).as_posix().partition(".")[0]: path for path in scripts()}


def panel(name: str) -> str:
    return name.partition("/")[0]


LINK_FROM_THE_HOST = re.compile(
    r"""(?:href|src)="/|(?<!rooted\()(?<!hrefOf\()(?:`|")/(?:#|learn|practice|compare|search|library)(?=[#/?"`])"""
)


def test_every_link_of_the_studio_stays_in_the_folder_that_a_proxy_put_it_into() -> None:
    """Each begins with `rooted(`, or is made by `hrefOf(`, which does.

    Where a page is known by its path, the path comes without that folder.
    """
    names = {"common/pages.ts", "store/learn/drill.svelte.ts", "store/learn/lessonPlayer.svelte.ts"}
    found = [
        f"{name}: {line.strip()}"
        for path in scripts()
        if (name := path.relative_to(UI).as_posix()) not in names
        for line in path.read_text(encoding="utf-8").splitlines()
        if LINK_FROM_THE_HOST.search(re.sub(r'here="/\w*"|here=\{.*?\}|here = "/"', "", line))
    ]
    assert found == []


def test_a_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["a", "b", "c"]


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
    extras = project["optional-dependencies"]
    requirements = [
        *project["dependencies"],
        *extras["postgres"],
        *(r for n in ("mcp", "dask", "notebook") for r in extras[n]),
    ]
    required = [re.split(r"[<>=~! \[]", requirement)[0] for requirement in requirements]
    declared = {name.removesuffix("-py").replace("-", "_") for name in required}  # as they are imported
    # starlette is what FastAPI is made of, and comes with it; torch is there where somebody's loop is watched
    there = {"app", "backscope", "engine", "starlette", "torch", "traitlets"}
    assert list(breaches(modules("app"), there | declared)) == []


def test_no_module_imports_itself_by_a_way_around() -> None:
    assert [circles(import_graph(folder)) for folder in ("engine", "app")] == [[], []]


def test_every_room_of_the_engine_stands_on_those_below_it() -> None:
    """The order of ROOMS is that of the ground up: no arrow runs back up, so rooms have no circles either."""
    upwards = {
        (above, below)
        for path, imports in import_graph("engine").items()
        for name in imports
        if ROOMS.index(below := room(name)) > ROOMS.index(above := room(path))
    }
    assert upwards == set()


def test_every_room_of_the_engine_has_its_place_in_the_order() -> None:
    assert {room(name) for name in import_graph("engine")} == set(ROOMS)


def test_every_folder_of_the_engine_says_what_it_is() -> None:
    silent = [path for path in modules("engine") if path.name == "__init__.py" and not docstring(path)]
    assert silent == []


@pytest.mark.parametrize("folder", ["engine", "app", "static/src", "tests"])
def test_no_folder_is_too_full(folder: str) -> None:
    assert {name: count for name, count in crowds(folder).items() if count > MOST_FILES} == {}


def test_only_the_converter_sees_both_the_wire_and_the_engine() -> None:
    both = importers("app", "app.wire") & importers("app", "engine")
    assert both <= set(modules("app/convert"))


def test_outside_the_converter_only_the_keepers_of_runs_and_searches_know_the_engine() -> None:
    keepers = importers("app", "engine") - set(modules("app/convert")) - set(modules("app/search"))
    assert {path.relative_to(ROOT / "app").as_posix() for path in keepers} <= {
        "runs/registry.py",
        "runs/limits.py",
        "routes/dependencies.py",
    }


def test_no_property_of_the_engine_is_computed_behind_a_lock() -> None:
    """That of Python before 3.12 is: who computes in there, and makes way for others, never comes back."""
    locked = [str(path) for path in modules("engine") if re.search(r"functools.*\bcached_property", path.read_text())]
    assert locked == []


def test_routers_import_neither_the_engine_nor_each_other() -> None:
    shared = {ROOT / "app/routes" / name for name in ("__init__.py", "dependencies.py", "openapi_parts.py")}
    routers = set(modules("app/routes")) - shared  # the first of which lists them
    imported_routers = {
        f"{path}: {name}"
        for path in routers
        for name in imports_of(path)
        if within(name, "app.routes") and module_of(name) not in shared
    }
    assert (routers & importers("app/routes", "engine"), imported_routers) == (set(), set())


THERE_AT_TIMES = {"torch", "anywidget", "traitlets"}  # where a loop is watched; with the extra `notebook`


def test_what_users_import_stands_on_its_own() -> None:
    """A user's own project often has a package `app`, which must not be taken for the server's."""
    client = modules("app/python")
    assert list(breaches(client, {"backscope", "httpx", "numpy", "orjson", "safetensors", *THERE_AT_TIMES})) == []


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


def test_no_script_imports_itself_by_a_way_around() -> None:
    assert circles({name: script_imports(path) for name, path in named_scripts().items()}) == []


def test_no_panel_imports_another_panel() -> None:
    strangers = {
        (name, other)
        for name, path in named_scripts().items()
        for other in script_imports(path)
        if panel(name) in PANELS and panel(other) in PANELS and panel(name) != panel(other)
    }
    assert strangers == set()


def test_a_folder_of_the_ui_is_a_panel_or_known_to_all_panels() -> None:
    folders = {panel(name) for name in named_scripts() if "/" in name}
    assert folders == PANELS | SHARED


def test_what_all_panels_share_knows_no_panel() -> None:
    known = {
        (name, other)
        for name, path in named_scripts().items()
        for other in script_imports(path)
        if panel(name) in SHARED and panel(other) in PANELS
    }
    assert known == set()


def test_what_is_there_for_tests_stays_out_of_the_bundle() -> None:
    imports = {(name, other) for name, path in named_scripts().items() for other in script_imports(path)}
    assert {(name, other) for name, other in imports if "testing" in other.split("/")} == set()


def test_every_component_is_shown() -> None:
    components = {name for name, path in named_scripts().items() if path.suffix == ".svelte" and "/" in name}
    assert components - {name for path in scripts() for name in script_imports(path)} == set()


def test_only_the_store_talks_to_the_api() -> None:
    callers = {panel(name) for name, path in named_scripts().items() if "api/client" in script_imports(path)}
    assert callers == {"store"}


def test_layout_and_paint_know_no_store_and_no_component() -> None:
    known = {
        name for part in ("layout", "paint") for path in scripts(f"network/{part}") for name in script_imports(path)
    }
    assert {name for name in known if name.startswith(("store/studio", "network/views/", "api/client"))} == set()


NAMES = ("engine/foundation/value_name.py", "static/src/common/valueNames.ts")  # where names of values are written
PATHS = (  # of settings
    *("engine/data/inline_data.py", "engine/update/update_spec.py", "engine/search/axes.py"),
    *("static/src/config/paths.ts", "static/src/store/form.svelte.ts"),
)
SURGERY = re.compile(  # on the name of a value, or of an op
    r"""partition\("\."\)|split\(["']\.["']\)|removesuffix\("[._]\w|(?:ends|starts)with\(\(?f?"(?:\{[^}]*\})?\.\w"""
    r"""|startswith\(\(?"[a-z]+\."|\}\.(?:grad|next|update|feedback)\b|rstrip\("0123456789"\)"""
    r"""|\bop(?:\.name)?\.startswith|\\\.\(?(?:grad|next|update|weight|bias|\[za\])|endsWith\(["'`]\.|lastIndexOf\(["']\."""
)


def surgery(source: str) -> list[str]:
    """The lines that take a name apart, or put one together."""
    return [line.strip() for line in source.splitlines() if SURGERY.search(line)]


def own_scripts() -> list[Path]:
    """Scripts of the UI that are written by hand and not for tests."""
    found = (p for p in UI.rglob("*") if p.suffix in (".ts", ".svelte") and not p.name.endswith((".test.ts", ".d.ts")))
    return sorted(path for path in found if "testing" not in path.parts)


def test_names_of_values_are_taken_apart_and_put_together_in_one_place() -> None:
    sources = {
        path.relative_to(ROOT).as_posix(): path for path in (*modules("engine"), *modules("app"), *own_scripts())
    }
    ours = {name: path for name, path in sources.items() if not name.startswith("engine/pasted/")}  # names of others
    found = {name: surgery(path.read_text(encoding="utf-8")) for name, path in ours.items()}
    assert {name: lines for name, lines in found.items() if lines and name not in (*NAMES, *PATHS)} == {}


@pytest.mark.parametrize(
    "line",
    [
        'base, _, last = name.rpartition(".")',
        'traced[f"{p.name}.grad"]',
        'value.removesuffix(".next")',
        'op.removesuffix("_without_bias")',
        'if step.op.startswith("linear"):',
        'weight.endswith((".feedback_weight", ".sign_weight"))',
        'name.startswith("data.")',
        'name.startswith(f"{layer}.z")',
        'layer.rstrip("0123456789")',
        '_GRADIENT = re.compile(r"(.+)\\.(grad|feedback)")',
        "const GRADIENT = /^(.+)\\.grad(\\.\\d+)?$/;",
        "const next = `${parameter}.next`;",
        'value.endsWith(".grad")',
        'weight.split(".").at(-1)',
        "/\\.(weight|bias)$/.test(subject)",
    ],
)
def test_surgery_on_names_is_seen(line: str) -> None:
    assert surgery(line) == [line]


def named_layers(source: str) -> list[str]:
    """The lines that name a type of layer, or tell one by how it is spelled.

    `activation` is also what a setting is called, and `dense` the layer that a model begins with.
    """
    types = "|".join(LAYERS.keys() - {"activation", "dense"})
    named = re.compile(rf"""(?:["'`/|]|\^\(?)(?:{types})(?:["'`/|]|\)?\$)""")
    spelled = re.compile(r"""\btype\.(?:includes|endsWith|startsWith)\(|\.test\([\w.!]*\btype\)""")
    lines = [re.sub(r'class="[^"]*"', "", line).strip() for line in source.splitlines()]
    return [line for line in lines if named.search(line) or spelled.search(line)]


def test_the_ui_draws_no_layer_by_the_name_of_its_type() -> None:
    found = {path.name: named_layers(path.read_text(encoding="utf-8")) for path in own_scripts()}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "line",
    [
        "const RECURRENT = /^(rnn|lstm|gru)$/;",
        "const LOOKED_UP = /^(embedding|positional_encoding)$/;",
        'if (node.type === "batch_norm") return;',
        'const whole = settings.type.includes("pool");',
        'node.type.endsWith("_norm")',
        "UNITWISE.test(target.node.type)",
    ],
)
def test_a_layer_that_is_known_by_its_type_is_seen(line: str) -> None:
    assert named_layers(line) == [line]


def test_a_test_runs_its_coroutines_on_a_thread_of_their_own() -> None:
    """A browser that an earlier test of the same process has used holds the loop of this one."""
    tests = [path for path in modules("tests/app") if path.name.startswith("test_")]
    assert [path.name for path in tests if "asyncio.run(" in path.read_text(encoding="utf-8")] == []
