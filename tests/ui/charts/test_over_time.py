"""Every layer over the past: the shades, the histograms and the way back to an iteration."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.ui.picture import number, opened, step_of
from tests.ui.test_accessibility import violations

pytestmark = pytest.mark.usefixtures("problems")


def test_the_past_of_every_layer_is_the_apis_and_leads_to_its_iterations(page: Page) -> None:
    config = next(p["config"] for p in page.request.get("/api/presets").json() if p["name"] == "spiral")
    picture = opened(page, "spiral", 30, step_of(page, config, "dense1.weight.grad"))
    page.get_by_role("button", name="over time").click()
    dialog = page.get_by_role("dialog", name="Over time")
    field = dialog.get_by_role("img", name=re.compile("^Norm of the gradient"))
    expect(field).to_be_visible()
    layers = picture.studio.api("layers?to=31")["layers"]
    said = re.findall(r"dense \d (\S+?)(?:;|$)", field.get_attribute("aria-label") or "")
    assert [number(text) for text in said] == [pytest.approx(x["gradient_norm"][30], rel=1e-2) for x in layers]
    spread = picture.studio.api("distribution?value=dense1.weight.grad&to=31&every=2&scale=log")
    ridges = dialog.get_by_role("img", name=re.compile("^dense1.weight.grad at iteration 30: 16 cells"))
    expect(ridges.locator("path")).to_have_count(len(spread["iterations"]))
    assert violations(page, "dialog") == []
    field.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert picture.studio.link(iteration=29)["iteration"] == 29


def test_the_loss_is_zoomed_by_drawing_over_it_and_smoothed_beside_its_raw_line(page: Page) -> None:
    picture = opened(page, "circle", 80, 0)
    plot = page.get_by_test_id("loss-plot").locator(".u-over")
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 30, steps=3)
    page.mouse.up()
    assert picture.studio.link()["iteration"] == 80  # drawing is no click
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    tip = page.locator(".chart .tip dd").first
    expect(tip).to_have_text(re.compile("^30$"))  # half of what is shown: iterations 20 to 40
    with page.expect_response(re.compile(r"/series\?.*smooth=0.9")) as answer:
        page.get_by_role("button", name="smooth").click()
    assert len(answer.value.json()["values"]) == 81
    page.get_by_role("button", name="all of it").click()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 20)
    expect(tip).to_have_text("20")
