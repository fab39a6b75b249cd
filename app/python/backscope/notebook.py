"""How runs show themselves in a notebook."""

from __future__ import annotations

from html import escape
from pathlib import Path

HEIGHT = 760  # pixels


class Played:
    """A stretch of a run as one HTML file that needs no server; a notebook plays it in place.

    Args: html: the file; title: of the run.
    """

    def __init__(self, html: bytes, title: str) -> None:
        self.html = html
        self.title = title

    def __repr__(self) -> str:
        return f"<recording of {self.title}: {len(self.html)} bytes>"

    def save(self, path: str | Path) -> None:
        """Write the file, which opens in any browser."""
        Path(path).write_bytes(self.html)

    def _repr_html_(self) -> str:
        inside = escape(self.html.decode(), quote=True)
        frame = f"width:100%;height:{HEIGHT}px;border:1px solid #8884"
        return f'<iframe title="{escape(self.title)}" style="{frame}" srcdoc="{inside}"></iframe>'
