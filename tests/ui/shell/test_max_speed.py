"""Playing at "max": as fast as the engine goes."""

from __future__ import annotations

import re
from itertools import pairwise

from playwright.sync_api import Page, expect

from tests.problems import Problems
from tests.ui.studio import Studio


def test_at_max_it_leaps_over_iterations_and_the_loss_has_every_one_of_them(page: Page, problems: Problems) -> None:
    studio = Studio.opened(page)
    page.get_by_label("Speed of playing").select_option(label="max")
    asked: list[tuple[int, int, int]] = []
    pattern = re.compile(r"/frames\?from=(\d+)&to=(\d+)&stride=(\d+)")

    def note(url: str) -> None:
        if found := pattern.search(url):
            asked.append((int(found[1]), int(found[2]), int(found[3])))

    page.on("request", lambda request: note(request.url))
    reached = studio.play_to(1000)
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    strides = [stride for *_, stride in asked]
    assert max(strides) > 1  # however slow the machine that this runs on
    assert all(before[1] == after[0] for before, after in pairwise(asked))
    assert len(studio.api(f"history?from=0&to={reached}")["loss"]) == reached
