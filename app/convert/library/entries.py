"""Saved runs over the wire: what a person writes about one, and what was seen of it where it was saved."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from app.convert.history import Point
from app.http.problems import Problem
from app.storage.library import Stored
from app.wire.json_numbers import dumps
from engine.run.run import Run

FORMAT, VERSION = "backscope library", 1
MOST_ENTRIES = 10_000
LONGEST = {"name": 200, "note": 5_000, "colour": 20}
MOST_TAGS, LONGEST_TAG, MOST_BOOKMARKS = 20, 50, 200


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A place in a run, with a note."""

    iteration: int
    step: int
    note: str


@dataclass(frozen=True, slots=True)
class Written:
    """What a person writes about a run; `iteration` is where it was left."""

    name: str
    note: str
    tags: list[str]
    colour: str
    iteration: int
    bookmarks: list[Bookmark]


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of a run where it was saved: the losses there, and the way there as a picture.

    train, test: over the whole sets, before that iteration; of an expression its loss. Null where there is none.
    thumbnail_train, thumbnail_test: up to forty points each. lost: the first iteration that was not finite.
    """

    title: str
    data: str
    optimizer: str
    loss_name: str
    parameter_count: int
    train: float | None
    test: float | None
    accuracy: float | None
    thumbnail_train: list[Point]
    thumbnail_test: list[Point]
    edits: list[int]
    lost: int | None


@dataclass(frozen=True, slots=True)
class SavedRun(Written):
    """A saved run. `seen` is null after an import, until it is saved again; saved: seconds since 1970."""

    id: str
    saved: float
    config: Annotated[dict[str, Any], "A RunConfig or an ExpressionConfig, normalized."]
    seen: Seen | None


@dataclass(frozen=True, slots=True)
class TagCount:
    """A tag, and how many of what was found have it."""

    tag: str
    count: int


@dataclass(frozen=True, slots=True)
class SavedPage:
    """Saved runs; `next` is given as `after` for those that follow, null at the end.

    found: how many there are, on all pages; bytes: of their configurations.
    """

    entries: list[SavedRun]
    next: str | None
    found: int
    bytes: int
    tags: list[TagCount]


@dataclass(frozen=True, slots=True)
class SavedInFile(Written):
    """An entry as a file has it."""

    config: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Exported:
    """A library as one file."""

    format: str
    version: int
    entries: list[SavedInFile]


@dataclass(frozen=True, slots=True)
class Imported:
    """The ids of the runs that a file brought."""

    ids: list[str]


# --- what comes in ---------------------------------------------------------------------------------------------------


def written(given: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """What a person writes, with defaults for what is left out.

    Raises: Problem naming the field.
    """
    found = {
        **{name: _text(given, name, most, path) for name, most in LONGEST.items()},
        "tags": _tags(given.get("tags", []), f"{path}tags"),
        "iteration": _natural(given.get("iteration", 0), f"{path}iteration"),
        "bookmarks": _bookmarks(given.get("bookmarks", []), f"{path}bookmarks"),
    }
    if unknown := given.keys() - found.keys() - {"config"}:
        name = min(unknown)
        raise _wrong(f"a saved run has {', '.join(found)}; given {name!r}"[:400], path + name[:50])
    return found


def _wrong(detail: str, path: str) -> Problem:
    return Problem(422, "library", detail, path, title="Not a saved run")


def _text(given: Mapping[str, Any], name: str, most: int, path: str) -> str:
    text = given.get(name, "")
    if not isinstance(text, str) or len(text) > most:
        raise _wrong(f"{name} is a text of up to {most} characters", path + name)
    return text


def _natural(given: Any, path: str) -> int:
    if type(given) is not int or given < 0:
        raise _wrong("an iteration and a step are whole numbers from 0 on", path)
    return given


def _tags(given: Any, path: str) -> list[str]:
    texts = given if isinstance(given, list) else [None]
    if len(texts) > MOST_TAGS or not all(isinstance(tag, str) and 0 < len(tag) <= LONGEST_TAG for tag in texts):
        raise _wrong(f"tags are up to {MOST_TAGS} texts of up to {LONGEST_TAG} characters", path)
    return list(dict.fromkeys(texts))


def _bookmarks(given: Any, path: str) -> list[dict[str, Any]]:
    if not isinstance(given, list) or len(given) > MOST_BOOKMARKS or not all(isinstance(b, dict) for b in given):
        raise _wrong(f"bookmarks are up to {MOST_BOOKMARKS} objects with iteration, step and note", path)
    return [
        {name: _natural(b.get(name, 0), f"{path}[{i}].{name}") for name in ("iteration", "step")}
        | {"note": _text(b, "note", LONGEST["note"], f"{path}[{i}].")}
        for i, b in enumerate(given)
    ]


def kept(run: Run, words: Mapping[str, Any], seen: Seen | None) -> Stored:
    """An entry for the library, of now."""
    told = None if seen is None else json.loads(dumps(seen))
    return Stored(run.config.id, time.time(), {**words, "config": run.config.to_dict(), "seen": told})


LIBRARY_FILE: dict[str, Any] = {
    "type": "object",
    "description": "A library as a file: configurations, and what was written about them.",
    "properties": {
        "format": {"const": FORMAT},
        "version": {"type": "integer", "maximum": VERSION},
        "entries": {
            "type": "array",
            "maxItems": MOST_ENTRIES,
            "items": {"type": "object", "properties": {"config": {"type": "object"}}, "required": ["config"]},
        },
    },
    "required": ["format", "version", "entries"],
}


def imported(given: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The entries of an exported file.

    Raises: Problem if it is none, or of a newer version.
    """
    if given.get("format") != FORMAT or not isinstance(given.get("entries"), list):
        raise _wrong(f'a library is a file from its Export: {{"format": "{FORMAT}", "entries": [...]}}', "format")
    version = given.get("version")
    if type(version) is not int or version > VERSION:
        raise _wrong(f"this server reads libraries up to version {VERSION}; update it to read this one", "version")
    entries: list[Mapping[str, Any]] = given["entries"]
    if len(entries) > MOST_ENTRIES:
        raise _wrong(f"a library has up to {MOST_ENTRIES} runs", "entries")
    for i, entry in enumerate(entries):
        if not isinstance(entry, dict) or not isinstance(entry.get("config"), dict):
            raise _wrong("an entry is an object with a config", f"entries[{i}]")
    return entries
