"""What a change of a setting does, said before it is made; and ways on from what does not fit."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.problems import Problems
from tests.ui.studio import Studio

REFUSED = r"422"
UNKNOWN = r"404"


@pytest.fixture
def studio(page: Page, problems: Problems) -> Studio:
    return Studio.opened(page)


def told(studio: Studio, label: str) -> Locator:
    """What a field says of itself to a screen reader."""
    return studio.page.locator(f"#{studio.field(label).get_attribute('aria-describedby')}")


def test_what_starts_over_says_so_beside_its_field_before_it_is_changed(studio: Studio) -> None:
    expect(told(studio, "batch size")).not_to_contain_text("Starts over")
    studio.press("PageDown", "PageDown")
    expect(told(studio, "batch size")).to_contain_text("Starts over at iteration 0.")
    expect(told(studio, "learning rate")).not_to_contain_text("Starts over")
    words = studio.field("batch size").locator("xpath=..").locator("label i")
    expect(words).to_be_hidden()
    studio.field("batch size").focus()
    expect(words).to_be_visible()
    studio.page.locator("label", has_text="from 0").click()
    expect(told(studio, "learning rate")).to_contain_text("Starts over at iteration 0.")


def test_the_course_that_is_left_stays_beside_the_new_one(studio: Studio) -> None:
    studio.play_to(40)
    studio.enter("batch size", "20")
    studio.expect_at(0, 0)
    studio.expect_config(lambda c: c["batch_size"], 20)
    loss = studio.page.get_by_role("region", name="Loss").get_by_role("img")
    expect(loss).to_have_attribute("aria-label", re.compile("Dashed beside it: a run that was left."))


def test_data_that_does_not_fit_the_net_offers_nets_that_do_by_keyboard(studio: Studio, problems: Problems) -> None:
    problems.expect(REFUSED)
    studio.page.locator("label", has_text="sequences").click()
    studio.page.get_by_role("group", name="Data set").get_by_role("button", name="sorted").click()
    offers = studio.page.get_by_role("list", name="Nets that fit this data").get_by_role("button")
    expect(offers).to_have_text(["Use embedding 8, GRU 16, dense 4", "Use the net of “one transformer block”"])
    offers.first.focus()
    studio.press("Enter")
    studio.expect_config(
        lambda c: (c["data"]["name"], [layer["type"] for layer in c["layers"]]), ("sort", ["embedding", "gru", "dense"])
    )
    expect(studio.page.get_by_role("alert")).to_have_count(0)
    expect(offers).to_have_count(0)
    studio.press("PageDown")
    studio.expect_at(1, 0)


@pytest.mark.parametrize("cut", [20, 200])
def test_a_link_that_is_cut_off_says_so_and_the_circle_is_on_show(page: Page, problems: Problems, cut: int) -> None:
    whole = Studio.opened(page)
    whole.open_preset("two moons")
    whole.link()
    link = page.url[:-cut]
    page.goto("about:blank")
    studio = Studio.opened(page, link)
    alert = page.get_by_role("main").get_by_role("alert")
    expect(alert).to_contain_text("This link leads nowhere. It is cut off or changed, or was not made by Share.")
    studio.expect_title("circle")
    alert.get_by_role("button", name="Dismiss").press("Enter")
    expect(alert).to_have_count(0)


def test_a_run_that_this_server_does_not_know_is_told_in_words_of_the_page(page: Page, problems: Problems) -> None:
    problems.expect(UNKNOWN)
    Studio.opened(page, "/?run=ffffffffffffffffffff")
    alert = page.get_by_role("main").get_by_role("alert")
    expect(alert).to_contain_text("This server does not know the run of this link.")
    expect(alert).not_to_contain_text("POST")


def test_choices_are_undone_and_redone_run_by_run(studio: Studio) -> None:
    studio.press("PageDown", "PageDown")
    studio.rest()
    for rate in ("0.5", "0.25"):
        studio.enter("learning rate", rate)
        studio.expect_config(lambda c: len(c["edits"]), {"0.5": 1, "0.25": 2}[rate])
    studio.press("Control+z")
    studio.expect_config(lambda c: [edit["set"] for edit in c["edits"]], [{"optimizer.learning_rate": 0.5}])
    studio.press("Control+z")
    studio.expect_config(lambda c: c["edits"], [])
    studio.expect_at(2, 0)
    studio.press("Control+z")
    studio.expect_config(lambda c: c["edits"], [])
    studio.press("Control+Shift+z")
    studio.expect_config(lambda c: len(c["edits"]), 1)
    studio.press("Control+Shift+z")
    studio.expect_config(lambda c: len(c["edits"]), 2)


def test_space_plays_after_any_click(studio: Studio) -> None:
    page = studio.page
    menu = page.get_by_role("button", name="Presets")
    for control in (studio.blocks.nth(3), page.get_by_role("button", name="One unit more in layer 1"), menu):
        control.click()
        if control == menu:
            page.keyboard.press("Escape")
        studio.rest()
        studio.press("Space")
        expect(page.get_by_role("button", name="Pause")).to_be_visible()
        studio.press("Space")
        expect(page.get_by_role("button", name="Play")).to_be_visible()
    studio.rest()
    assert [layer["units"] for layer in studio.link()["config"]["layers"]] == [5, 3, 1]


def test_a_dragged_playhead_gives_the_keys_back_and_a_held_space_plays_once(studio: Studio) -> None:
    studio.press("PageDown", "PageDown", "PageDown")
    studio.playhead.click()
    studio.rest()
    studio.press("Home", "ArrowRight")
    studio.expect_at(0, 1)
    studio.playhead.click()
    for _ in range(6):
        studio.page.keyboard.down("Space")
    studio.page.keyboard.up("Space")
    expect(studio.page.get_by_role("button", name="Pause")).to_be_visible()
    studio.press("Space")


def test_ten_layers_are_set_together_by_one_change_and_by_keyboard(studio: Studio) -> None:
    studio.open_preset("ten sigmoid layers")
    network = studio.page.get_by_role("region", name="Network")
    network.get_by_role("button", name="set all 10 dense layers together").press("Enter")
    together = network.get_by_role("group", name="Several layers together")
    together.get_by_label("activation").select_option(label="ReLU")
    studio.expect_config(lambda c: [layer["activation"] for layer in c["layers"]], ["relu"] * 10 + ["sigmoid"])
    together.get_by_label("dense 10").press("Space")
    units = together.get_by_label("units")
    units.fill("4")
    units.press("Enter")
    studio.expect_config(lambda c: [layer["units"] for layer in c["layers"]], [4] * 9 + [6, 1])
    studio.press("Control+z")
    studio.press("Control+z")
    studio.expect_config(lambda c: {layer["activation"] for layer in c["layers"]}, {"sigmoid"})
    together.get_by_role("button", name="done").press("Enter")
    expect(together).to_have_count(0)


def branched(studio: Studio, rate: str) -> None:
    """Another learning rate from here on, played on for a while."""
    edits = len(studio.link()["config"]["edits"])
    studio.enter("learning rate", rate)
    studio.expect_config(lambda c: len(c["edits"]), edits + 1)
    studio.press(*["PageDown"] * 6)
    studio.rest()


def beside(studio: Studio) -> list[str]:
    """The names of the runs beside the one on show."""
    menu = studio.page.get_by_role("banner").get_by_role("button", name="beside it")
    if not menu.count():
        return []
    menu.click()
    names = studio.page.get_by_role("banner").locator("button.item b").all_inner_texts()
    studio.press("Escape")
    return names


def test_courses_of_branches_survive_back_undo_reload_and_share(studio: Studio, page: Page) -> None:
    studio.press(*["PageDown"] * 4)
    studio.rest()
    branched(studio, "0.5")
    page.get_by_role("banner").get_by_role("button", name="branch at").click()
    studio.expect_config(lambda c: c["edits"], [])
    branched(studio, "0.02")
    both = ["without the change at 4", "learning rate 0.5 from 4"]
    assert sorted(beside(studio)) == sorted(both)
    page.reload()
    expect(studio.blocks.first).to_be_visible()
    studio.rest()
    assert sorted(beside(studio)) == sorted(both)
    studio.press("Control+z")
    studio.expect_config(lambda c: c["edits"], [])
    studio.rest()
    assert sorted(beside(studio)) == ["learning rate 0.02 from 4", "learning rate 0.5 from 4"]
    loss = page.get_by_role("region", name="Loss").get_by_role("img")
    expect(loss).to_have_attribute("aria-label", re.compile("Dashed beside it: 2 runs that were left."))
    shared, other = page.url, page.context.new_page()
    assert sorted(beside(Studio.opened(other, shared))) == ["learning rate 0.02 from 4", "learning rate 0.5 from 4"]


def test_a_pale_line_has_a_name_and_a_click_on_it_opens_that_run_here(studio: Studio, page: Page) -> None:
    studio.press(*["PageDown"] * 4)
    studio.rest()
    left = studio.run_id()
    branched(studio, "2.5")
    losses = page.request.get(f"/api/runs/{left}/history?to=5").json()["loss"]
    assert len(losses) == 5
    plot = page.get_by_test_id("loss-plot").locator(".u-over")
    box = plot.bounding_box()
    assert box is not None
    tip, found = page.get_by_role("region", name="Loss").locator(".tip"), False
    page.get_by_role("banner").get_by_role("button", name="branch at").click()
    studio.expect_config(lambda c: c["edits"], [])
    x = box["x"] + box["width"] * 8 / 20
    for i in range(0, int(box["height"]), 3):
        page.mouse.move(x, box["y"] + i)
        if "learning rate 2.5 from 4" in (tip.inner_text() if tip.count() else ""):
            found = True
            break
    assert found
    page.mouse.click(x, box["y"] + i)
    studio.expect_config(lambda c: len(c["edits"]), 1)
    studio.expect_at(4, 0)
    assert beside(studio) == ["without the change at 4"]
