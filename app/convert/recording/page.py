"""A recording as one HTML file: the studio and the recording in it, and nothing that is fetched."""

from __future__ import annotations

import base64
import gzip
import hashlib
from functools import cache
from pathlib import Path

from app import __version__
from app.convert.recording.bundle import About
from app.http.assets import folder, render, static_folder
from app.http.problems import Problem
from app.wire.json_numbers import dumps


def page(told: About, recording: bytes) -> bytes:
    """The file.

    Raises: Problem if the studio has not been built.
    """
    unpack = (folder("_templates", "templates") / "unpack.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(unpack.encode()).digest()).decode()
    values = {
        "digest": f"sha256-{digest}",
        "unpack": unpack,
        "title": f"{told.title}, iterations {told.start} to {told.end - 1} · Backscope",
        "version": __version__,
        "about": dumps(told).decode(),
        "studio": studio(static_folder() / "recorded"),
        "recording": base64.b64encode(recording).decode(),
    }
    return render("recording.html", **values).encode()


@cache
def studio(built: Path) -> str:
    """The studio's script and style sheet, compressed, as text.

    Raises: Problem if it has not been built.
    """
    try:
        parts = {name: (built / f"studio.{kind}").read_text("utf-8") for name, kind in _PARTS.items()}
    except FileNotFoundError:
        detail = "The studio is not built here, and a recording holds it: npm run build in static/, or use a wheel."
        raise Problem(503, "unbuilt", detail, title="Not built") from None
    return base64.b64encode(gzip.compress(dumps(parts), 9, mtime=0)).decode()


_PARTS = {"script": "js", "style": "css"}
