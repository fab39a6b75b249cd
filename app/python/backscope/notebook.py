"""How runs show themselves in a notebook: played as one file, as a still picture of a place, or as a widget."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backscope.errors import BackscopeError
from backscope.pictures import card, chain_rule, curve, network

if TYPE_CHECKING:
    from backscope.client import Run

HEIGHT = 760  # pixels
STRETCH = 200  # iterations of a loss that is drawn
SCRIPT = Path(__file__).with_name("widget.js")


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


class Place:
    """One number of a run from near: its chain rule, and the network around it, as a still picture for notebooks.

    Args: run; t: the iteration; value, index: which number; sample: what this row of the batch brings to it.
    """

    def __init__(
        self, run: Run, t: int, value: str = "loss", index: Sequence[int] = (), sample: int | None = None
    ) -> None:
        self.run, self.t, self.value, self.index, self.sample = run, t, value, tuple(index), sample
        self.told = run.derivation(t, value, self.index, sample)

    def __repr__(self) -> str:
        return f"<{self.value}{list(self.index)} of {self.run.info['title']} at {self.t}: {self.told['result']:.6g}>"

    def _repr_html_(self) -> str:
        run = self.run
        drawn = network(run.info.get("layers") or (), lambda: run.parameters(self.t), (self.value, self.index))
        link = run.link(self.t, self.value, self.index, self.sample, self.told["step"])
        return card(run.info["title"], f"iteration {self.t}", drawn + chain_rule(self.told), link)


def still(run: Run) -> str:
    """A run as a picture: what it is, and its loss."""
    losses = run.history(0, STRETCH)["loss"]
    facts = (
        f"{run.info['parameter_count']} parameters, batch {run.info['batch_size']}, loss of {len(losses)} iterations"
    )
    return card(run.info["title"], facts, curve(losses), run.link())


def widget(first: Place) -> Any:
    """A place that can be moved: an iteration by its slider, a weight by a click on its edge.

    Raises: ImportError without the extra `notebook`.
    """
    try:
        import anywidget
        import traitlets
    except ImportError as error:
        raise ImportError("a widget needs the extra: pip install 'backscope[notebook]'") from error

    class PlaceWidget(anywidget.AnyWidget):
        _esm = SCRIPT.read_text(encoding="utf-8")
        iteration = traitlets.Int(first.t).tag(sync=True)
        value = traitlets.Unicode(first.value).tag(sync=True)
        index = traitlets.List(traitlets.Int(), list(first.index)).tag(sync=True)
        picture = traitlets.Unicode("").tag(sync=True)
        refused = traitlets.Unicode("").tag(sync=True)

        def __init__(self) -> None:
            super().__init__()
            self.observe(self._drawn, ["iteration", "value", "index"])
            self._drawn()

        def _drawn(self, *_: Any) -> None:
            try:
                place = Place(first.run, self.iteration, self.value, tuple(self.index), first.sample)
                self.picture, self.refused = place._repr_html_(), ""
            except BackscopeError as error:
                self.refused = error.detail

    return PlaceWidget()
