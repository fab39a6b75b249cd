"""The studio as a person operates it, and the place it is at, read back from its own link."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from playwright.sync_api import Locator, Page, expect

PATIENCE = 45  # seconds
SLOW_ANSWERS = Path(__file__).parent / "slow_answers.js"
T = TypeVar("T")


def slow_answers(longest: int) -> str:
    """A script for a page whose answers come up to so many milliseconds late, each by another time."""
    return f"{SLOW_ANSWERS.read_text(encoding='utf-8').rstrip()}({longest});"


def decoded(url: str) -> dict[str, Any]:
    """What a link holds: config, iteration, step, selection, sample."""
    fragment = url.partition("#z")[2]
    packed = base64.urlsafe_b64decode(fragment + "=" * (-len(fragment) % 4))
    place: dict[str, Any] = json.loads(zlib.decompress(packed, -zlib.MAX_WBITS))
    return place


@dataclass
class Studio:
    page: Page

    @classmethod
    def opened(cls, page: Page, address: str = "/") -> Studio:
        page.goto(address)
        expect(page.get_by_role("group", name="Program of this iteration").get_by_role("button").first).to_be_visible()
        studio = cls(page)
        studio.rest()
        return studio

    def rest(self) -> None:
        """Wait until the page has nothing left to do: what it shows, and its address, belong to the last key or click.

        A page that plays never rests.
        """
        left = self.page.evaluate("patience => atRest(patience)", 1000 * PATIENCE)
        assert left is None, f"the page still works after {PATIENCE} seconds: {left}"

    @property
    def transport(self) -> Locator:
        return self.page.get_by_role("region", name="Transport")

    @property
    def blocks(self) -> Locator:
        return self.page.get_by_role("group", name="Program of this iteration").get_by_role("button")

    @property
    def current_block(self) -> Locator:
        return self.blocks.and_(self.page.locator("[aria-current=step]"))

    @property
    def playhead(self) -> Locator:
        return self.page.get_by_role("slider", name="Iteration")

    def reading(self, name: str) -> Locator:
        """What the transport says under iteration, epoch, phase or step."""
        return self.transport.locator("dl > div").filter(has=self.page.get_by_text(name, exact=True)).locator("dd")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def expect_at(self, iteration: int, step: int) -> None:
        """The cursor, steps counted from 0 as the API does."""
        expect(self.reading("iteration")).to_have_text(str(iteration))
        expect(self.reading("step")).to_have_text(f"{step + 1} / {self.steps}")

    @property
    def steps(self) -> int:
        return int(self.reading("step").inner_text().split("/")[1])

    def play_to(self, iteration: int) -> int:
        """Play until at least this iteration, pause, and say which one it stopped at."""
        self.page.get_by_role("button", name="Play").click()
        self.wait_until(lambda: self.now() >= iteration)
        self.page.get_by_role("button", name="Pause").click()
        expect(self.page.get_by_role("button", name="Play")).to_be_visible()
        self.rest()
        return self.now()

    def now(self) -> int:
        """The iteration on show."""
        return int(self.reading("iteration").inner_text())

    def wait_until(self, look: Callable[[], T]) -> T:
        """The first thing seen that is not false. (Playwright's own waiting needs eval, which the page forbids.)"""
        for _ in range(PATIENCE * 20):
            if seen := look():
                return seen
            self.page.wait_for_timeout(50)
        raise AssertionError(f"still not so after {PATIENCE} seconds; the page is at {self.page.url}")

    def open_preset(self, title: str) -> None:
        self.page.get_by_role("button", name="Presets").click()
        with self.page.expect_response("**/history*"):  # asked for once the new run is on show
            name = self.page.locator("b").and_(
                self.page.get_by_text(title, exact=True)
            )  # a data set may be called so too
            self.page.locator("button", has=name).last.click()
        expect(self.page.get_by_role("region", name="Preset").locator("b").first).to_have_text(title)
        self.rest()

    def link(self, **wanted: Any) -> dict[str, Any]:
        """The place in the address bar, once it holds what is wanted (iteration=3, step=1)."""
        self.rest()
        self.wait_until(lambda: "#z" in self.page.url)
        self.wait_until(lambda: wanted.items() <= decoded(self.page.url).items())
        return decoded(self.page.url)

    def expect_config(self, pick: Callable[[dict[str, Any]], Any], wanted: Any) -> None:
        """What the config of the run on show holds, by the link; a change takes a moment to arrive there."""
        self.wait_until(lambda: "#z" in self.page.url and pick(decoded(self.page.url)["config"]) == wanted)

    def expect_title(self, title: str) -> None:
        expect(self.page.get_by_role("banner").locator("b", has_text=title)).to_be_visible()

    def run_id(self) -> str:
        """The id of the run on show: a run is its config, so posting it again gives the same id."""
        answer = self.page.request.post("/api/runs", data=self.link()["config"])
        return str(answer.json()["id"])

    def api(self, path: str) -> Any:
        """A GET below the run on show."""
        answer = self.page.request.get(f"/api/runs/{self.run_id()}/{path}")
        assert answer.ok, answer.text()
        return answer.json()

    def field(self, label: str) -> Locator:
        """A field of the left rail; after its label's words there may be its symbol."""
        rail = self.page.get_by_label("Data, network and training")
        return rail.get_by_label(re.compile(rf"^\s*{label}\b")).and_(rail.locator("input, select"))

    def enter(self, label: str, text: str) -> None:
        self.field(label).fill(text)
        self.field(label).press("Enter")
