"""Which file holds what, and how it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.engine.explain.expected import cases
from tests.engine.explain.expected.entries import catalog_text
from tests.engine.explain.expected.findings import findings_text
from tests.engine.explain.expected.texts import cells_of, file_of, symbols_of

HERE = Path(__file__).parent
THERE_AND_BACK = ("batch", "forward", "loss", "backward")
ALL = (*THERE_AND_BACK, "update")

FILES: Mapping[str, Callable[[], str]] = {
    "activations": lambda: file_of(cases.activations(), THERE_AND_BACK),
    "losses": lambda: file_of(cases.losses(), ("loss", "backward")),
    "layers": lambda: file_of(cases.layers(), THERE_AND_BACK, numbered=False),
    "optimizers": lambda: file_of(cases.optimizers(), ("update",)),
    "schedules": lambda: file_of(cases.schedules(), ("update",)),
    "penalties_and_clipping": lambda: file_of(cases.penalties() | cases.clippings(), ("update",)),
    "expressions": lambda: file_of(cases.expressions(), ALL),
    "symbols": lambda: symbols_of(cases.layers() | cases.optimizers() | cases.schedules()),
    "catalog": catalog_text,
    "findings": findings_text,
    "worked_example": lambda: cells_of(cases.worked_examples()),
}


def path(name: str) -> Path:
    """The file of this name."""
    return HERE / f"{name}.txt"
