"""In every preset's picture, in every window: nothing stands over something else, and nothing is cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from engine.presets import Preset, presets
from tests.problems import Problems
from tests.ui.picture import link

FINDINGS = Path(__file__).with_name("layout_findings.js")
SIZES = [(1440, 900), (1280, 800), (1024, 768), (390, 844)]


def last_step_back(page: Page, config: dict[str, Any]) -> int:
    """Where the most is written: every value and every gradient is there."""
    run = page.request.post("/api/runs", data=config).json()["id"]
    steps = page.request.get(f"/api/runs/{run}/program").json()["steps"]
    return max(int(step["index"]) for step in steps if step["phase"] == "backward")


def findings(page: Page, step: int, size: tuple[int, int]) -> list[str]:
    """What is wrong once the picture has come to rest in a window: a legend of two lines takes room a moment later."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    found: list[str] = []
    for _ in range(10):
        found = page.evaluate(FINDINGS.read_text(encoding="utf-8"), {"step": step, "width": size[0]})
        if not found:
            break
        page.wait_for_timeout(200)
    return found


@pytest.mark.browser_context_args(reduced_motion="reduce")
@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.name)
def test_nothing_overlaps_and_nothing_is_cut(page: Page, problems: Problems, preset: Preset) -> None:
    step = last_step_back(page, preset.config)
    page.goto(link(page, preset.config, iteration=0, step=step))
    assert {size: findings(page, step, size) for size in SIZES} == {size: [] for size in SIZES}
