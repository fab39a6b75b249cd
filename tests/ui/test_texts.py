"""On the whole page, in every preset and window: no text stands over another, leaves its box, or is cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from engine.presets import Preset, presets
from tests.problems import Problems
from tests.ui.picture import link
from tests.ui.studio import Studio

FINDINGS = Path(__file__).with_name("text_findings.js").read_text(encoding="utf-8")
SIZES = [(1440, 900), (1280, 800), (1024, 768), (390, 844)]


def middle_gradient(page: Page, config: dict[str, Any]) -> tuple[int, str, list[int]]:
    """The step that computes the gradient of a parameter in the middle of the network, and its first cell."""
    run = page.request.post("/api/runs", data=config).json()["id"]
    steps = page.request.get(f"/api/runs/{run}/program?iteration=30").json()["steps"]
    gradients = [step for step in steps if step["phase"] == "backward" and step["output"].endswith("weight.grad")]
    chosen = (gradients or [step for step in steps if step["phase"] == "backward"])[len(gradients) // 2]
    return chosen["index"], chosen["output"], [0] * len(chosen["shape"])


@pytest.mark.browser_context_args(reduced_motion="reduce")
@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.name)
def test_no_text_stands_over_another_or_leaves_its_box(page: Page, problems: Problems, preset: Preset) -> None:
    step, value, index = middle_gradient(page, preset.config)
    studio = Studio.opened(page, link(page, preset.config, (value, index), iteration=30, step=step, sample=3))
    found = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        studio.rest()
        found += [f"{width}x{height}: {finding}" for finding in page.evaluate(FINDINGS)]
    assert found == []
