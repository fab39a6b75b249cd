"""On a phone, upright or on its side, and at 200 %: half of the page is the picture, and nothing is cut or covered."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from engine.presets import presets
from tests.problems import Problems
from tests.ui.picture import link
from tests.ui.studio import Studio
from tests.ui.test_accessibility import violations
from tests.ui.test_texts import ON_PAGE, in_picture, middle_gradient

SIZES = [(390, 844), (844, 390), (720, 450), (960, 600)]
HALF = 0.495  # the header's hairlines are nobody's


def share_of_network(page: Page) -> float:
    """How much of the page the picture has, with a sheet open beside it."""
    room = page.get_by_role("main").bounding_box()
    size = page.viewport_size
    assert room is not None
    assert size is not None
    return room["width"] * room["height"] / (size["width"] * size["height"])


@pytest.mark.browser_context_args(reduced_motion="reduce", has_touch=True)
@pytest.mark.parametrize("name", ["circle", "digits", "chain_rule"])
def test_half_of_a_small_page_is_the_picture_and_nothing_is_cut_or_covered(
    page: Page, problems: Problems, name: str
) -> None:
    config = next(preset.config for preset in presets() if preset.name == name)
    step, value, index = middle_gradient(page, config)
    page.set_viewport_size({"width": 390, "height": 844})
    studio = Studio.opened(page, link(page, config, (value, index), iteration=30, step=step, sample=3))
    found = {}
    for size in SIZES:
        drawn = in_picture(page, step, size)
        studio.rest()
        found[size] = (drawn, page.evaluate(ON_PAGE), share_of_network(page) >= HALF)
    assert found == {size: ([], [], True) for size in SIZES}


@pytest.mark.browser_context_args(viewport={"width": 390, "height": 844}, has_touch=True, reduced_motion="reduce")
def test_a_finger_trains_selects_opens_each_sheet_and_closes_it(page: Page, problems: Problems) -> None:
    studio = Studio.opened(page)
    panels = page.get_by_role("navigation", name="Panels")
    for title, region in [("Setup", "Data, network and training"), ("Charts", "Loss, output and gradients")]:
        panels.get_by_role("button", name=title).tap()
        expect(page.get_by_label(region)).to_be_visible()
        assert violations(page) == []
    page.get_by_role("button", name="One step forward").tap()
    studio.expect_at(0, 1)
    page.get_by_role("main").get_by_role("button", name="dense 2 unit 1").first.tap()
    expect(page.get_by_role("region", name="Explanation")).to_be_in_viewport()  # comes by itself
    before = share_of_network(page)
    panels.get_by_role("button", name="Chain rule").tap()
    expect(page.get_by_role("region", name="Explanation")).to_be_hidden()
    assert share_of_network(page) > before + 0.1
    page.get_by_role("button", name="Menu").tap()
    page.get_by_role("button", name="Studio").tap()
    expect(page.get_by_role("link", name="Practice")).to_be_in_viewport()
    assert violations(page) == []
    page.get_by_role("link", name="Library").tap()  # a phone remembers, too
    expect(page.get_by_role("region", name="Seen last")).to_contain_text("iteration 0")
