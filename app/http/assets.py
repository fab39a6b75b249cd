"""The browser's files: inside app/ in a wheel, in their own folders in a checkout."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

APP = Path(__file__).resolve().parent.parent
STUDIO = "src/main.ts"
# the pages beside the studio: where they are and what they are called; each has its own folder in static/src
PAGES: dict[str, str] = {
    "compare": "Compare",
    "search": "Search",
    "landscape": "Landscape",
    "learn": "Learn",
    "practice": "Practice",
    "library": "Library",
}


@dataclass(frozen=True, slots=True)
class Interface:
    """The built UI: its script, its style sheets, and scripts worth fetching at once."""

    script: str
    styles: tuple[str, ...]
    preloads: tuple[str, ...]


def page_of(path: str) -> str:
    """The page that a path belongs to: its first part."""
    return path.split("/")[1]


def is_own(path: str) -> bool:
    """Whether a path begins with a name that the server itself uses."""
    own = {"api", "static", "docs", "openapi.json", "llms.txt", "plain.css", "icon.svg", *PAGES}
    return bool(path) and page_of(path) in own


def is_page(path: str) -> bool:
    """Whether a person may arrive here, and sees a page."""
    return path in {"/", "/docs", "/docs/python"} or page_of(path) in PAGES


def folder(in_wheel: str, in_checkout: str) -> Path:
    """Where these files are."""
    packaged = APP / in_wheel
    return packaged if packaged.is_dir() else APP.parent / in_checkout


def static_folder() -> Path:
    """What Vite built; in a checkout it need not exist yet."""
    return folder("_static", "static/dist")


def read_interface(built: Path, entry: str = STUDIO) -> Interface | None:
    """The hashed names of a page from Vite's manifest; none when the UI, or this page, has not been built."""
    try:
        manifest: dict[str, Any] = json.loads((built / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if entry not in manifest:
        return None
    chunks = [manifest[name] for name in _with_imports(manifest, entry)]
    styles = dict.fromkeys(style for chunk in chunks for style in chunk.get("css", []))
    return Interface(chunks[0]["file"], tuple(styles), tuple(chunk["file"] for chunk in chunks[1:]))


def _with_imports(manifest: dict[str, Any], entry: str) -> list[str]:
    """An entry and all that it imports at once, each one time, the entry first."""
    found = [entry]
    for name in found:  # grows while it is walked
        found += [other for other in manifest[name].get("imports", []) if other not in found]
    return found


def render(template: str, **values: Any) -> str:
    """A page from templates/, every value escaped."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    # imported here, because a server that is only asked for numbers need not wait for it
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(folder("_templates", "templates"))
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
