"""Conditions and watched numbers: playing stops at the moment that was asked for, and every number has its past."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.problems import Problems
from tests.ui.picture import address
from tests.ui.studio import Studio

CONDITION = "norm(dense1.weight.grad) < 0.1"


@pytest.fixture
def studio(page: Page, problems: Problems) -> Studio:
    return Studio.opened(page)


def test_playing_stops_where_a_typed_condition_is_met_and_the_brackets_go_from_hit_to_hit(
    studio: Studio, page: Page
) -> None:
    hits = studio.api(f"find?condition={CONDITION}&to=100")["hits"]
    studio.press("h")
    page.get_by_role("button", name="+ condition").click()
    page.keyboard.type(CONDITION)
    studio.press("Enter")
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(studio.transport.get_by_text(f"Stopped: {CONDITION}").first).to_be_visible()
    studio.expect_at(hits[0]["iteration"], hits[0]["step"])
    page.get_by_role("main").focus()
    studio.press("]")
    studio.expect_at(hits[1]["iteration"], hits[1]["step"])
    studio.press("[")
    studio.expect_at(hits[0]["iteration"], hits[0]["step"])
    marks = page.get_by_role("button", name="Hit at iteration")
    expect(marks).to_have_count(sum(hit["iteration"] <= hits[1]["iteration"] for hit in hits))
    studio.rest()
    page.reload()
    expect(page.get_by_role("button", name=f"Stop at {CONDITION}")).to_be_visible()
    delete = page.get_by_role("button", name=f"Delete the condition {CONDITION}")
    delete.focus()
    studio.press("Enter")
    expect(page.get_by_role("button", name="+ condition")).to_be_focused()  # what goes leaves the keyboard its place


def test_a_watched_number_has_its_whole_past_as_a_curve_and_a_click_goes_there(
    studio: Studio, page: Page, problems: Problems
) -> None:
    place = studio.link() | {"iteration": 60, "selection": {"value": "dense2.weight", "index": [1, 2]}}
    studio = Studio.opened(page, address(place))
    page.get_by_role("button", name="watch", exact=True).click()
    past = studio.api("series?expression=dense2.weight[1,2]&to=61")["values"]
    watch = page.get_by_role("region", name="Watch")
    curve = watch.get_by_role("img", name="dense2.weight[1,2] over iterations 0 to 60")
    assert float(watch.locator(".number").inner_text().replace("−", "-")) == pytest.approx(past[60], rel=1e-2)
    box = curve.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 10)
    studio.rest()
    t = studio.now()
    assert 15 < t < 45
    page.mouse.move(5, 5)
    assert float(watch.locator(".number").inner_text().replace("−", "-")) == pytest.approx(past[t], rel=1e-2)


def test_a_branch_stands_below_the_run_that_it_left_and_a_click_goes_back_there(studio: Studio, page: Page) -> None:
    studio.press("PageDown", "PageDown", "PageDown")
    rate = studio.field("learning rate")
    rate.fill("0.5")
    rate.press("Enter")
    studio.expect_config(lambda config: len(config["edits"]), 1)
    page.get_by_role("main").focus()
    studio.press("h")
    tree = page.get_by_role("region", name="Conditions and branches")
    expect(tree.get_by_role("button", name="learning rate 0.5 from 3", exact=True)).to_be_visible()
    tree.get_by_role("button", name="the run without changes", exact=True).click()
    studio.expect_config(lambda config: config["edits"], [])
    studio.expect_at(3, 0)
    expect(tree.get_by_role("button", name="learning rate 0.5 from 3", exact=True)).to_be_visible()
    tree.get_by_role("button", name="Name and colour of learning rate 0.5 from 3").click()
    tree.get_by_role("button", name="Colour teal").click()
    tree.get_by_role("textbox", name="Name").fill("too fast")
    studio.press("Alt+ArrowDown")  # a field's own
    studio.expect_config(lambda config: config["edits"], [])
    studio.press("Enter")
    expect(tree.get_by_role("button", name="too fast", exact=True)).to_be_focused()
    tree.get_by_role("button", name="Take too fast out of the tree").click()
    expect(tree.get_by_role("listitem")).to_have_count(1)
    tree.get_by_role("button", name="Undo").click()
    expect(tree.get_by_role("button", name="too fast", exact=True)).to_be_visible()
    studio.wait_until(
        lambda: [(b.get("name"), b.get("colour")) for b in studio.link()["branches"]] == [("too fast", "teal")]
    )
    page.evaluate("sessionStorage.clear()")
    page.reload()
    expect(tree.get_by_role("button", name="too fast", exact=True)).to_be_visible()
    page.keyboard.press("Alt+ArrowDown")
    studio.expect_config(lambda config: len(config["edits"]), 1)
