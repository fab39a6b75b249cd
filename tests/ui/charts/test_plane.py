"""The loss over two trained inputs: the way through it, and a start that is taken elsewhere; the graph beside it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.ui.picture import number, opened, step_of

pytestmark = pytest.mark.usefixtures("problems")
DIGITS = re.compile(r"[\u2212-]?\d[\d.]*(?:e[\u2212-]?\d+)?")


def points(line: Locator) -> int:
    return len((line.get_attribute("points") or "").split())


def test_the_way_down_is_the_runs_and_its_start_can_be_moved(page: Page) -> None:
    config = next(p["config"] for p in page.request.get("/api/presets").json() if p["name"] == "valley")
    picture = opened(page, "valley", 20, step_of(page, config, "y.grad"))
    plane = picture.studio.api("plane?to=128")
    way = page.get_by_role("img", name=re.compile("^Loss over x and y"))
    expect(way).to_be_visible()
    said = [number(text) for text in DIGITS.findall((way.get_attribute("aria-label") or "").split(";")[1])]
    assert said == [pytest.approx(x, rel=1e-2) for x in (20, *(plane[f"path_{k}"][20] for k in ("loss", "x", "y")))]
    assert points(way.locator(".way")) == 21
    y, slope, incoming = picture.values("y.grad", "y", "v2.grad")
    product = page.get_by_test_id("expression").locator(".product")
    wanted = [2 * slope[0], incoming[0], y[0]]
    assert [number(text) for text in DIGITS.findall(product.inner_text())] == [
        pytest.approx(x, rel=1e-2) for x in wanted
    ]
    start = page.get_by_role("button", name=re.compile("^Start at x"))
    start.focus()
    for key in ("ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    step = 2 * (plane["x"][-1] - plane["x"][0]) / 40
    picture.studio.expect_config(lambda run: run["inputs"], {"x": float(f"{-8 + step:.3g}"), "y": 1})
    expect(way.locator(".ghost")).to_have_count(1)
    assert points(way.locator(".ghost")) == 21
