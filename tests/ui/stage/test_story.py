"""The way back as a story: a path with its factors, where each activation should go, and whether the update helped."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.ui.picture import Picture, number, opened, step_of

pytestmark = pytest.mark.usefixtures("problems")
WEIGHT = ("dense1.weight.grad", [0, 1])
UNITS = {1: 4, 2: 3, 3: 1}
DIGITS = re.compile(r"[\u2212-]?\d[\d.]*(?:e[\u2212-]?\d+)?")


@pytest.fixture
def circle(page: Page) -> Picture:
    """The way back through a weight of the first layer, in the fourth sample."""
    presets = {entry["name"]: entry["config"] for entry in page.request.get("/api/presets").json()}
    return opened(page, "circle", 5, step_of(page, presets["circle"], "dense1.weight.grad"), WEIGHT, sample=3)


def test_a_path_lies_on_the_network_with_its_factors_and_their_product(circle: Picture) -> None:
    circle.chain.get_by_text("Paths", exact=True).click()
    found = circle.api("paths?parameter=dense1.weight&index=0,1&sample=3")["paths"]
    drawn = circle.network.get_by_role("img", name=re.compile("^One path to the loss"))
    expect(drawn).to_be_visible()
    for path, row in zip(found, circle.chain.get_by_role("row").all(), strict=True):
        row.hover()
        product, *factors = (
            [number(text.strip("= \u00d7")) for text in drawn.locator(f"{part} text").all_text_contents()]
            for part in (".product", ".factor")
        )
        assert product == [pytest.approx(path["product"], rel=0.01)]
        assert factors == [[pytest.approx(factor["number"], rel=0.06) for factor in path["factors"]]]


def test_each_unit_shows_the_way_that_lowers_the_loss(circle: Picture) -> None:
    rows = circle.values(*(f"dense{k}.a.grad" for k in UNITS))
    wanted = {f"{k} {j}": rows[k - 1][3 * n + j] < 0 for k, n in UNITS.items() for j in range(n)}
    marks = circle.network.locator("polygon[data-unit]")
    expect(marks).to_have_count(len(wanted))
    assert {mark.get_attribute("data-unit"): mark.get_attribute("data-up") == "true" for mark in marks.all()} == wanted


def test_after_the_update_the_same_batch_tells_whether_it_helped(circle: Picture) -> None:
    line = circle.page.locator("p.again")
    line.get_by_role("button").click()
    circle.studio.rest()
    effect = circle.api("effect")
    expect(line.get_by_role("status")).to_have_text(effect["says"])
    shown = [
        number(text) for part in line.locator("> span > .number").all() for text in DIGITS.findall(part.inner_text())
    ]
    wanted = [effect[name] for name in ("before", "after", "change", "foretold")]
    assert shown == [pytest.approx(x, rel=1e-2) for x in wanted]
