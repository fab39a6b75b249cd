"""The right rail as a person finds it, opened at a place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import FloatRect, Locator, Page

from tests.ui.picture import address as link_to
from tests.ui.studio import Studio

COURSE: dict[str, Any] = {
    "schedule": {"type": "one_cycle", "iterations": 250, "maximum": 0.4},
    "clip": {"norm": 0.5},
    "early_stopping": {"patience": 3, "min_delta": 0.02},
    "regularization": {"l2": 0.01},
}


@dataclass
class Rail:
    """The right rail of a studio opened at a place."""

    studio: Studio

    @property
    def page(self) -> Page:
        return self.studio.page

    @property
    def whole(self) -> Locator:
        return self.page.get_by_role("complementary", name="Loss, output and gradients")

    def section(self, name: str) -> Locator:
        return self.whole.get_by_role("region", name=name)

    def picture(self, name: str) -> Locator:
        """The chart of a section, which says its numbers in words."""
        return self.section(name).get_by_role("img")

    @property
    def picker(self) -> Locator:
        return self.page.get_by_role("group", name="Sample on show")

    def flow(self) -> list[str]:
        """The number of each layer in the gradient flow."""
        return (
            self.section("Gradient norm").or_(self.section("Update / weight")).locator("li .number").all_inner_texts()
        )

    def box(self, locator: Locator) -> FloatRect:
        box = locator.bounding_box()
        assert box is not None
        return box


def address(page: Page, preset: str, iteration: int, step: int = 0, sample: int | str = "mean", **config: Any) -> str:
    """A link to a place in a preset, some of its settings changed."""
    presets = {entry["name"]: entry["config"] for entry in page.request.get("/api/presets").json()}
    place = {"iteration": iteration, "step": step, "sample": sample, "selection": None}
    return link_to({"config": {**presets[preset], **config}, **place})


def opened(page: Page, preset: str, iteration: int, step: int = 0, sample: int | str = "mean", **config: Any) -> Rail:
    return Rail(Studio.opened(page, address(page, preset, iteration, step, sample, **config)))


def number(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-").replace("∞", "inf"))
