"""The page Landscape: a race opens by itself, every number is the answer's, and dots lead into the studio."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.axe import axe_source
from tests.problems import Problems
from tests.ui.studio import decoded

CONFIG: dict[str, Any] = {
    "data": {"name": "circle", "samples": 40, "test_fraction": 0.25},
    "batch_size": 8,
    "layers": [{"type": "dense", "units": 3, "activation": "tanh"}, {"type": "dense", "units": 1}],
    "optimizer": {"type": "adam", "learning_rate": 0.03},
}
SGD = CONFIG | {"optimizer": {"type": "sgd", "learning_rate": 0.1}}


@pytest.fixture
def drawn(page: Page, problems: Problems) -> Page:
    """Two runs of 40 iterations on one landscape, as a comparison links to them."""
    runs = [{"name": "Adam", "config": CONFIG}, {"name": "SGD", "config": SGD}]
    place = json.dumps({"runs": runs, "iteration": 40, "to": 40})
    page.goto(f"/landscape#p{base64.urlsafe_b64encode(place.encode()).decode().rstrip('=')}")
    expect(page.get_by_text("two random directions")).to_be_visible()
    return page


def test_the_page_shows_what_the_answer_says_and_a_dot_opens_its_run(drawn: Page) -> None:
    page = drawn
    ids = [page.request.post("/api/runs", data=config).json()["id"] for config in (CONFIG, SGD)]
    asked = {"directions": "pca", "with": ids[1], "resolution": "3"}
    answer = page.request.get(f"/api/runs/{ids[0]}/iterations/40/landscape", params=asked).json()
    honest = page.get_by_role("complementary", name="How honest is this picture")
    shown = float(honest.locator(".share b").inner_text().removesuffix(" %"))
    assert shown == pytest.approx(100 * sum(answer["explained"]), abs=0.051)
    expect(honest).to_contain_text(re.compile(r"Exact only where Adam is at iteration 40: \S+ in both"))
    for name, path in zip(("Adam", "SGD"), answer["paths"], strict=True):
        loss = honest.get_by_role("row", name=name).locator("td").last.inner_text()
        assert float(loss) == pytest.approx(path["points"][-1]["loss"], rel=1e-2)
    chart = page.get_by_role("slider", name="SGD: true loss")
    chart.press("End")
    chart.press("ArrowLeft")
    expect(chart).to_have_attribute("aria-valuetext", re.compile("^iteration 39: true loss"))
    chart.press("Enter")
    expect(page.get_by_role("slider", name="Iteration")).to_be_visible()
    place = decoded(page.url)
    assert (place["iteration"], place["config"]["optimizer"]["type"]) == (39, "sgd")


def test_keys_zoom_and_move_and_change_the_data_and_what_spans_no_plane_is_said(
    drawn: Page, problems: Problems
) -> None:
    page = drawn
    with page.expect_request(re.compile("span=")) as zoomed:
        page.keyboard.press("+")
    with page.expect_request(re.compile("[&?]a=-")) as moved:
        page.keyboard.press("ArrowLeft")
    with page.expect_request(re.compile("data=batch")):
        page.keyboard.press("t")
    assert ("directions=pca" in zoomed.value.url, "span=" in moved.value.url) == (True, True)
    expect(page.get_by_text("rows of the batch")).to_be_visible()
    page.get_by_role("button", name="to the centre").click()  # plain gradient descent: its update is its gradient
    problems.expect(r"422")
    page.get_by_role("radio", name="The gradient of this iteration, and its update").check(force=True)
    expect(page.get_by_role("alert")).to_contain_text("lie on one line")


def test_a_place_on_the_ground_says_its_loss_and_starts_a_run(drawn: Page) -> None:
    page = drawn
    with page.expect_response(re.compile("landscape/spot")) as answered:
        page.get_by_role("region", name="Landscape").locator(".map").click(position={"x": 60, "y": 60})
    spot = answered.value.json()
    card = page.get_by_role("group", name="This place")
    expect(card).to_contain_text("loss here")
    assert float(card.locator("dd").first.inner_text()) == pytest.approx(spot["loss"], rel=1e-2)
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    page.keyboard.press("g")
    card.get_by_role("button", name="Start a run here").click()
    page.wait_for_url(re.compile("//[^/]+/#z"))
    place = decoded(page.url)
    assert (place["iteration"], {edit["iteration"] for edit in place["config"]["edits"]}) == (40, {40})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_landscape(drawn: Page, scheme: str) -> None:
    drawn.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    drawn.evaluate(axe_source())
    found = drawn.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    assert "\n".join(f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]) == ""
