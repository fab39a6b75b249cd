"""A point is followed through the iterations: a row of a set, or numbers of one's own."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.problems import Problems
from tests.ui.studio import Studio


@pytest.fixture
def studio(page: Page, problems: Problems) -> Studio:
    return Studio.opened(page)


def follow(studio: Studio, what: str, typed: str) -> None:
    studio.page.get_by_role("button", name="follow", exact=True).click()
    studio.page.get_by_label("Which point").select_option(label=what)
    studio.page.locator("form input.number").last.fill(typed)
    studio.press("Enter")


def test_a_test_row_is_followed_by_its_output_and_its_loss(studio: Studio) -> None:
    studio.press("PageDown", "PageDown", "PageDown")
    studio.rest()
    follow(studio, "test row", "3")
    watch = studio.page.get_by_role("region", name="Watch")
    expect(watch.locator("code")).to_have_text(["output of test row 3", "loss of test row 3"])
    point = studio.api("iterations/3/point?set=test&row=3")
    shown = [rf"At iteration 3: {point['output']['data'][0]:.3g}", rf"At iteration 3: {point['loss']:.3g}"]
    for row, number in zip(watch.locator("svg").all(), shown, strict=True):
        expect(row).to_have_attribute("aria-label", re.compile(re.escape(number).replace(r"\-", "[-−]")))


def test_what_is_no_point_is_said_beside_the_field_and_own_numbers_are_read_as_people_write_them(
    studio: Studio,
) -> None:
    follow(studio, "my own numbers", "1")
    expect(studio.page.get_by_role("alert")).to_contain_text("2 numbers")
    studio.page.locator("form input.number").last.fill("1/2 -0,75")
    studio.press("Enter")
    expect(studio.page.get_by_role("region", name="Watch").locator("code")).to_have_text("output of (0.5, -0.75)")
