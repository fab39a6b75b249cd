"""A search on a server: many runs at once, from Python."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

Document = dict[str, Any]
Ask = Callable[..., Document]

PAUSE = 0.2  # seconds between two looks at a search that is waited for
PAGE = 1000


class Search:
    """One search; it runs on the server whether anybody asks or not.

    Args: ask: sends a request, by its method, path and query; info: as the server described it.
    """

    def __init__(self, ask: Ask, info: Document) -> None:
        self._ask = ask
        self.info = info
        self.id: str = info["id"]

    def __repr__(self) -> str:
        return f"<search {self.id}: {self.info['trials']} trials>"

    def status(self) -> Document:
        """How far it is, and the best trial so far."""
        return self._get("")

    def wait(self, seconds: float = float("inf")) -> Document:
        """The status once it is done or cancelled, or after so many seconds."""
        end = time.monotonic() + seconds
        while (found := self.status())["state"] in ("waiting", "running") and time.monotonic() < end:
            time.sleep(PAUSE)
        return found

    def trials(self, config: bool = True) -> list[Document]:
        """What came of every trial that is done; the `config` of one can be given to `Backscope.run`."""
        found: list[Document] = []
        after: int | None = 0
        while after is not None:
            page = self._get("/trials", {"after": after, "limit": PAGE, "config": config})
            found += page["entries"]
            after = page["next"]
        return found

    def importance(self) -> Document:
        """How much each axis matters, and how much is luck."""
        return self._get("/importance")

    def curves(self, group: str = "") -> Document:
        """Median, quartiles and range of the losses: of all trials, by an axis, or of each `setting`."""
        return self._get("/curves", {"group": group})

    def cells(self, x: str, y: str) -> Document:
        """How the trials of each pair of values of two axes did."""
        return self._get("/cells", {"x": x, "y": y})

    def cancel(self) -> Document:
        """Stop it; what is done stays."""
        return self._ask("POST", f"/api/searches/{self.id}/cancel")

    def _get(self, path: str, query: Document | None = None) -> Document:
        return self._ask("GET", f"/api/searches/{self.id}{path}", params=query or {})
