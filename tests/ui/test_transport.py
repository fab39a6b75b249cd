"""Stepping, playing and travelling, by mouse and by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.problems import Problems
from tests.ui.studio import Studio


@pytest.fixture
def studio(page: Page, problems: Problems) -> Studio:
    return Studio.opened(page)


def test_without_a_link_the_studio_opens_the_circle_at_its_start(studio: Studio) -> None:
    studio.expect_at(0, 0)
    assert studio.link()["config"]["data"]["name"] == "circle"


def test_one_step_forward_and_one_back_is_where_it_was(studio: Studio) -> None:
    studio.press("ArrowRight", "ArrowRight")
    studio.expect_at(0, 2)
    studio.press("ArrowLeft")
    studio.expect_at(0, 1)


def test_the_step_before_the_first_is_the_last_of_the_iteration_before(studio: Studio) -> None:
    studio.press("PageDown", "ArrowLeft")
    studio.expect_at(0, studio.steps - 1)
    studio.press("ArrowRight")
    studio.expect_at(1, 0)


def test_nothing_comes_before_the_start(studio: Studio) -> None:
    studio.press("ArrowLeft", "PageUp")
    studio.expect_at(0, 0)
    expect(studio.page.get_by_role("button", name="One step back")).to_be_disabled()


def test_the_buttons_step_like_the_keys(studio: Studio) -> None:
    studio.page.get_by_role("button", name="One step forward").click()
    studio.expect_at(0, 1)
    studio.page.get_by_role("button", name="One step back").click()
    studio.expect_at(0, 0)


def test_up_makes_steps_larger_and_down_smaller(studio: Studio) -> None:
    studio.press("ArrowUp", "ArrowUp")
    expect(studio.page.get_by_role("radio", name="phase", exact=True)).to_be_checked()
    studio.press("ArrowRight", "ArrowRight")
    expect(studio.reading("phase")).to_have_text("forward")
    studio.press("ArrowDown")
    expect(studio.page.get_by_role("radio", name="layer", exact=True)).to_be_checked()


def test_a_phase_is_stepped_over_as_a_whole(studio: Studio) -> None:
    steps = studio.api("program")["steps"]
    studio.page.locator("label", has_text="phase").click()
    studio.press("ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight")  # batch, forward, loss, backward
    studio.expect_at(0, max(s["index"] for s in steps if s["phase"] == "backward"))


def test_an_epoch_is_stepped_over_to_its_border(studio: Studio) -> None:
    run = studio.page.request.get(f"/api/runs/{studio.run_id()}").json()
    studio.page.locator("label", has_text="epoch").click()
    studio.press("ArrowRight")
    studio.expect_at(run["iterations_per_epoch"], 0)
    expect(studio.reading("epoch")).to_have_text("1.00")


def test_page_keys_go_by_iterations_and_home_to_the_start(studio: Studio) -> None:
    studio.press("ArrowRight", "PageDown", "PageDown", "PageUp")
    studio.expect_at(1, 1)
    studio.press("Home")
    studio.expect_at(0, 0)
    studio.press("End")
    studio.expect_at(2, 0)


def test_terms_of_a_sum_are_stepped_through_one_by_one(studio: Studio) -> None:
    """A pre-activation of the first layer is a sum of one product for each input, and the bias."""
    step = next(s["index"] for s in studio.api("program")["steps"] if s["output"] == "dense1.z")
    terms = len(studio.api("iterations/0/derivation?value=dense1.z&index=0,0")["terms"])
    studio.press(*["ArrowRight"] * step, "ArrowDown", "ArrowRight")
    studio.link(selection={"value": "dense1.z", "index": [0, 0]}, step=step)
    studio.press(*["ArrowRight"] * (terms - 1))
    studio.link(selection={"value": "dense1.z", "index": [0, 0]}, step=step)
    studio.press("ArrowRight")
    studio.link(selection={"value": "dense1.z", "index": [0, 1]}, step=step)
    studio.press("ArrowLeft")
    studio.link(selection={"value": "dense1.z", "index": [0, 0]}, step=step)


def test_a_block_is_jumped_to_and_outlined(studio: Studio) -> None:
    block = next(b for b in studio.api("program")["blocks"] if b["phase"] == "backward")
    studio.blocks.nth(block["index"]).click()
    studio.expect_at(0, block["last"])
    expect(studio.current_block).to_have_count(1)
    expect(studio.current_block).to_have_text(block["label"])
    expect(studio.reading("phase")).to_have_text("backward")


def test_blocks_that_have_run_are_solid_and_coming_ones_pale(studio: Studio) -> None:
    blocks = studio.api("program")["blocks"]
    studio.blocks.nth(3).click()
    studio.rest()
    classes = studio.blocks.evaluate_all("all => all.map(b => b.className.match(/done|current|coming/)[0])")
    assert classes == ["done"] * 3 + ["current"] + ["coming"] * (len(blocks) - 4)


def test_everything_fits_without_scrolling_the_page(studio: Studio) -> None:
    extents = {}
    for preset in ["circle", "ten ReLU layers", "handwritten digits"]:
        studio.open_preset(preset)
        for size in [(1440, 900), (1280, 800)]:
            studio.page.set_viewport_size({"width": size[0], "height": size[1]})
            studio.rest()
            extent = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
            extents[preset, size] = tuple(studio.page.evaluate(extent))
    assert extents == {place: place[1] for place in extents}


@pytest.mark.browser_context_args(viewport={"width": 600, "height": 900})
def test_on_a_narrow_screen_the_rails_are_sheets(studio: Studio) -> None:
    rail = studio.page.get_by_label("Data, network and training")
    expect(rail).to_be_hidden()
    studio.page.get_by_role("button", name="Setup").click()
    expect(rail).to_be_visible()
    studio.page.get_by_role("button", name="Setup").click()
    expect(rail).to_be_hidden()
    studio.page.get_by_role("button", name="Setup").click()
    studio.press("Escape")
    expect(rail).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_theme_follows_the_system_until_it_is_chosen(studio: Studio, scheme: str) -> None:
    root = studio.page.locator("html")
    studio.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    expect(root).to_have_attribute("data-theme", scheme)
    studio.page.get_by_role("button", name="Theme: as the system").click()
    studio.page.get_by_role("button", name="Theme: light").click()
    expect(root).to_have_attribute("data-theme", "dark")
    studio.page.reload()
    expect(root).to_have_attribute("data-theme", "dark")
