"""What is answered about saved runs: what was seen where they were saved, and the pages and files that they come in."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal

from app.convert.history import Point
from app.convert.library.entries import FORMAT, LONGEST, VERSION, Seen
from app.convert.runs import run_answer
from app.runs.workers import Ticket
from app.storage.library import Stored
from engine.analysis import history
from engine.analysis.divergence import first_nonfinite
from engine.run.run import Run

THUMBNAIL = 40  # points of a picture
Sort = Literal["name", "saved", "iterations", "loss"]


# --- what was seen ---------------------------------------------------------------------------------------------------


def seen_at(run: Run, t: int, ticket: Ticket) -> Seen:
    """The losses at an iteration, and the way there."""
    ts = sorted({t * i // THUMBNAIL for i in range(THUMBNAIL + 1)})
    if run.has_data:
        points = [history.point(run, at, ticket) for at in ts]
    else:
        losses = run.losses(0, t + 1, ticket)
        points = [history.Point(at, float(losses[at]), None, None) for at in ts]
    last, lost = points[-1], first_nonfinite(run, t + 1, ticket)
    config, info = run.config.to_dict(), run_answer(run).document
    return Seen(
        title=info.title,
        data=str(config.get("data", {}).get("name", "own data" if run.has_data else "")),
        optimizer=f"{config['optimizer']['type']} {config['optimizer'].get('learning_rate', '')}".strip(),
        loss_name=_named(config.get("loss", "expression")),
        parameter_count=info.parameter_count,
        train=last.train_loss,
        test=last.test_loss,
        accuracy=last.accuracy,
        thumbnail_train=_points(points, "train_loss"),
        thumbnail_test=_points(points, "test_loss"),
        edits=sorted({edit.iteration for edit in run.config.edits if edit.iteration <= t}),
        lost=None if lost is None else lost.iteration,
    )


def _named(given: Any) -> str:
    """The name of a loss, which may have settings."""
    return str(given["type"] if isinstance(given, dict) else given)


def _points(points: Iterable[history.Point], name: str) -> list[Point]:
    numbers = [(point.iteration, getattr(point, name)) for point in points]
    return [Point(t, value) for t, value in numbers if value is not None]


# --- what is asked for -----------------------------------------------------------------------------------------------


def page(stored: Iterable[Stored], search: str, tag: str, sort: Sort, limit: int, after: str) -> dict[str, Any]:
    """The entries that have all words of a search, in order, from the one after `after` on."""
    found = [kept for kept in stored if _has_words(kept, search.lower().split())]
    tags = Counter(tag for kept in found for tag in kept.entry["tags"])
    chosen = sorted((kept for kept in found if not tag or tag in kept.entry["tags"]), key=_ORDERS[sort])
    ids = [kept.run_id for kept in chosen]
    start = ids.index(after) + 1 if after in ids else 0
    shown = chosen[start : start + limit]
    return {
        "entries": [entry_of(kept) for kept in shown],
        "next": shown[-1].run_id if start + limit < len(chosen) else None,
        "found": len(chosen),
        "bytes": sum(len(json.dumps(kept.entry["config"], separators=(",", ":"))) for kept in chosen),
        "tags": [{"tag": tag, "count": count} for tag, count in sorted(tags.items())],
    }


def entry_of(kept: Stored) -> dict[str, Any]:
    """An entry in the wire's form."""
    return {**kept.entry, "id": kept.run_id, "saved": kept.saved}


def exported(stored: Iterable[Stored]) -> dict[str, Any]:
    """All that a person wrote, with the configurations, as one document."""
    fields = (*LONGEST, "tags", "iteration", "bookmarks", "config")
    entries = [{name: kept.entry[name] for name in fields} for kept in stored]
    return {"format": FORMAT, "version": VERSION, "entries": entries}


def _has_words(kept: Stored, words: list[str]) -> bool:
    entry, seen = kept.entry, kept.entry["seen"] or {}
    texts = [
        kept.run_id,
        entry["name"],
        entry["note"],
        entry["tags"],
        entry["config"],
        seen.get("title"),
        seen.get("optimizer"),
    ]
    said = json.dumps(texts, ensure_ascii=False).lower()
    return all(word in said for word in words)


def _by_loss(kept: Stored) -> tuple[str, float]:
    """Losses of different kinds do not sort against each other; what has none, or no finite one, comes last."""
    seen = kept.entry["seen"] or {}
    train = seen.get("train")
    return str(seen.get("loss_name", "~")), float(train) if isinstance(train, int | float) else float("inf")


_ORDERS: dict[str, Any] = {
    "name": lambda kept: (kept.entry["name"].lower(), kept.run_id),
    "saved": lambda kept: (-kept.saved, kept.run_id),
    "iterations": lambda kept: (-kept.entry["iteration"], kept.run_id),
    "loss": lambda kept: (*_by_loss(kept), kept.run_id),
}
