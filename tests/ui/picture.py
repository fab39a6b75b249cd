"""The network and the dock as a test operates them: opened at any place, read back as numbers."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page

from tests.ui.studio import Studio

Numbers = list[Any]  # nested as the shape says


def link(page: Page, preset: str | dict[str, Any], selection: tuple[str, list[int]] | None = None, **place: Any) -> str:
    """A link to a place in a preset or in a run of another configuration: iteration, step, sample, and a cell."""
    presets = {entry["name"]: entry["config"] for entry in page.request.get("/api/presets").json()}
    config = presets[preset] if isinstance(preset, str) else preset
    cell = selection and {"value": selection[0], "index": selection[1]}
    start = {"iteration": 0, "step": 0, "sample": "mean", "selection": cell}
    return address({"config": config, **start, **place})


def address(place: dict[str, Any]) -> str:
    """The link to a place."""
    return "/#p" + base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def number(text: str) -> float:
    """A number as the studio writes it."""
    return float(text.replace("\N{MINUS SIGN}", "-").replace("∞", "inf"))


@dataclass
class Picture:
    """A studio opened at a place."""

    studio: Studio
    iteration: int

    @property
    def page(self) -> Page:
        return self.studio.page

    @property
    def network(self) -> Locator:
        return self.page.get_by_role("main")

    @property
    def chain(self) -> Locator:
        return self.page.get_by_role("region", name="Chain rule", exact=True)

    @property
    def code(self) -> Locator:
        return self.page.get_by_role("region", name="Code that just ran")

    def unit(self, name: str) -> Locator:
        """The unit of this spoken name: "dense 2 unit 1", "input x1"."""
        return self.network.get_by_role("button", name=re.compile(rf"^{name}(,|$)"))

    def api(self, path: str) -> Any:
        """A GET below this iteration of the run on show."""
        return self.studio.api(f"iterations/{self.iteration}/{path}")

    def values(self, *names: str) -> list[Numbers]:
        """Values of this iteration, flat."""
        found = self.api(f"trace?values={','.join(names)}")["values"]
        return [found[name]["data"] for name in names]

    def middle(self, from_unit: str, to_unit: str) -> tuple[float, float]:
        """A point on the edge between two units: half-way across it is half-way up."""
        a, b = self.unit(from_unit).bounding_box(), self.unit(to_unit).bounding_box()
        assert a is not None
        assert b is not None
        start, end = a["x"] + a["width"], b["x"]
        rise = (b["y"] + b["height"] / 2) - (a["y"] + a["height"] / 2)
        return (start + end) / 2, a["y"] + a["height"] / 2 + rise / 2


def step_of(page: Page, config: dict[str, Any], output: str) -> int:
    """The step of a run that writes a value."""
    run = page.request.post("/api/runs", data=config).json()["id"]
    steps = page.request.get(f"/api/runs/{run}/program").json()["steps"]
    return int(next(step["index"] for step in steps if step["output"] == output))


def opened(
    page: Page,
    preset: str | dict[str, Any],
    iteration: int,
    step: int,
    selection: tuple[str, list[int]] | None = None,
    **place: Any,
) -> Picture:
    address = link(page, preset, selection, iteration=iteration, step=step, **place)
    return Picture(Studio.opened(page, address), iteration)
