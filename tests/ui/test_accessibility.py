"""What axe finds in the whole studio, in both themes and in several states."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.axe import axe_source
from tests.problems import Problems
from tests.ui.studio import Studio


def violations(page: Page, within: str = "html") -> list[tuple[str, str]]:
    """Rule and offending element, one for each; numbers of another iteration are pale until the new ones are here."""
    expect(page.locator(".stale")).to_have_count(0)
    Studio(page).rest()  # colours on their way to others are nobody's
    page.evaluate(axe_source())  # by the debugger, which the page's policy does not bind
    found = page.evaluate("within => axe.run(within, {resultTypes: ['violations']})", within)["violations"]
    return [(rule["id"], node["html"][:160]) for rule in found for node in rule["nodes"]]


@pytest.fixture
def studio(page: Page, problems: Problems) -> Studio:
    return Studio.opened(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_middle_of_a_backward_pass(studio: Studio, scheme: str) -> None:
    studio.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    studio.play_to(5)
    studio.press("ArrowLeft", "ArrowLeft")
    studio.link()
    assert violations(studio.page) == []


def test_axe_finds_nothing_with_forms_open_and_a_value_refused(studio: Studio) -> None:
    studio.page.get_by_role("region", name="Network").get_by_role("button", name="dense 1").click()
    studio.page.get_by_role("region", name="Data").get_by_role("button", name="circle,").click()
    studio.enter("units", "0")
    expect(studio.page.get_by_role("alert")).to_be_visible()
    assert violations(studio.page) == []


def test_axe_finds_nothing_in_the_menu_of_layers_and_the_settings_of_the_update(
    studio: Studio, problems: Problems
) -> None:
    problems.expect("422")  # layers 1 and 2 do not have one shape
    studio.page.get_by_role("button", name="+ layer").click()
    assert violations(studio.page) == []
    studio.page.get_by_role("searchbox").fill("add")
    studio.press("Enter")
    expect(studio.page.get_by_role("alert")).to_be_visible()
    assert violations(studio.page) == []
    studio.page.get_by_role("group", name="takes").get_by_text("dense 2").click()  # told here, without the server
    studio.page.get_by_role("button", name="input", exact=True).click()
    studio.field("clipping").select_option(label="by value")
    studio.field("schedule").select_option(label="cosine annealing")
    assert violations(studio.page) == []


def test_axe_finds_nothing_in_menu_and_help(studio: Studio) -> None:
    studio.page.get_by_role("button", name="Presets").click()
    assert violations(studio.page) == []
    studio.press("Escape", "?")
    expect(studio.page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert violations(studio.page) == []


@pytest.mark.parametrize("preset", ["handwritten digits", "sine curve", "ten ReLU layers"])
def test_axe_finds_nothing_in_other_pictures(studio: Studio, preset: str) -> None:
    studio.open_preset(preset)
    studio.play_to(2)
    studio.link()
    assert violations(studio.page) == []


def test_each_step_is_said_once_the_cursor_rests_and_nothing_while_playing(studio: Studio) -> None:
    said = studio.page.get_by_role("status", name="Step")
    expect(said).to_be_empty()
    studio.press(*["ArrowRight"] * 3)
    step = studio.api("program")["steps"][3]
    expect(said).to_have_text(f"Iteration 0, step 4 of {studio.steps}, {step['phase']}: {step['description']}")
    before = said.inner_text()
    studio.page.get_by_role("button", name="Play").click()
    studio.wait_until(lambda: studio.now() >= 5)
    assert said.inner_text() == before
    studio.page.get_by_role("button", name="Pause").click()
    studio.rest()
    expect(said).to_contain_text(f"Iteration {studio.now()}, step ")


def test_the_first_tab_stop_skips_to_the_network(studio: Studio) -> None:
    skip = studio.page.get_by_role("button", name="Skip to the network")
    studio.press("Tab")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    studio.press("Enter")
    expect(studio.page.get_by_role("main")).to_be_focused()
    studio.press("Tab")
    expect(studio.page.get_by_role("main").locator(":focus")).to_have_count(1)


@pytest.mark.browser_context_args(has_touch=True, is_mobile=True, viewport={"width": 1024, "height": 768})
def test_a_finger_reaches_plus_and_minus_of_a_layer(studio: Studio) -> None:
    more = studio.page.get_by_role("button", name="One unit more in layer 1")
    expect(more).to_have_css("opacity", "1")
    box = more.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 24
    more.tap()
    studio.expect_config(lambda c: c["layers"][0]["units"], 5)
