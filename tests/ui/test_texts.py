"""In every preset and window: on the page no text stands over another, and in the picture nothing is cut or covered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from engine.presets import Preset, presets
from tests.problems import Problems
from tests.ui.picture import link
from tests.ui.studio import Studio

ON_PAGE = Path(__file__).with_name("text_findings.js").read_text(encoding="utf-8")
IN_PICTURE = Path(__file__).with_name("layout_findings.js").read_text(encoding="utf-8")
SIZES = [(1440, 900), (1280, 800), (1024, 768), (390, 844)]


def middle_gradient(page: Page, config: dict[str, Any]) -> tuple[int, str, list[int]]:
    """The step that computes the gradient of a parameter in the middle of the network, and its first cell."""
    run = page.request.post("/api/runs", data=config).json()["id"]
    steps = page.request.get(f"/api/runs/{run}/program?iteration=30").json()["steps"]
    gradients = [step for step in steps if step["phase"] == "backward" and step["output"].endswith("weight.grad")]
    chosen = (gradients or [step for step in steps if step["phase"] == "backward"])[len(gradients) // 2]
    return chosen["index"], chosen["output"], [0] * len(chosen["shape"])


def last_step_back(page: Page, config: dict[str, Any]) -> int:
    """Where the most is written: every value and every gradient is there."""
    run = page.request.post("/api/runs", data=config).json()["id"]
    steps = page.request.get(f"/api/runs/{run}/program").json()["steps"]
    return max(int(step["index"]) for step in steps if step["phase"] == "backward")


def in_picture(page: Page, step: int, size: tuple[int, int]) -> list[str]:
    """What is wrong once the picture has come to rest in a window: a legend of two lines takes room a moment later."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    found: list[str] = []
    for _ in range(10):
        found = page.evaluate(IN_PICTURE, {"step": step, "width": size[0]})
        if not found:
            break
        page.wait_for_timeout(200)
    return found


@pytest.mark.browser_context_args(reduced_motion="reduce")
@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.name)
def test_nothing_stands_over_another_or_leaves_its_box(page: Page, problems: Problems, preset: Preset) -> None:
    step, value, index = middle_gradient(page, preset.config)
    studio = Studio.opened(page, link(page, preset.config, (value, index), iteration=30, step=step, sample=3))
    found = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        studio.rest()
        found += [f"{width}x{height}: {finding}" for finding in page.evaluate(ON_PAGE)]
    last = last_step_back(page, preset.config)
    page.goto(link(page, preset.config, iteration=0, step=last))
    found += [f"{size}: {finding}" for size in SIZES for finding in in_picture(page, last, size)]
    assert found == []
