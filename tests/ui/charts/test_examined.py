"""A finding from near: its words and numbers are the API's, and what helps is tried before one chooses."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.ui.picture import opened
from tests.ui.test_accessibility import violations

pytestmark = pytest.mark.usefixtures("problems")
AT, LATER = 30, 130


def test_a_finding_is_looked_at_with_its_numbers_and_its_best_cure_is_one_key_and_a_click_away(page: Page) -> None:
    studio = opened(page, "vanishing", AT, 0).studio
    said = studio.api(f"iterations/{AT}")["diagnosis"][0]
    studio.press("d")
    near = page.get_by_role("main", name="Finding from near")
    expect(near.get_by_role("heading")).to_have_text(said["text"])
    expect(near.get_by_role("button", name="show me: dense1.weight.grad")).to_be_visible()
    without = studio.api(f"iterations/{LATER}/evaluation")["test"]["loss"]
    expect(near.locator(".result .number")).to_have_text([f"{without:.3f} → 0.374", f"{without:.3f} → 0.331"])
    assert violations(page) == []
    best = near.locator(".best")
    expect(best).to_contain_text(said["cures"][1]["title"])
    best.click()
    studio.expect_config(lambda config: [layer["type"] for layer in config["layers"]].count("batch_norm"), 10)
    expect(near).to_be_hidden()


def test_escape_leads_back_to_the_network(page: Page) -> None:
    studio = opened(page, "circle", 5, 0).studio
    studio.press("d")
    near = page.get_by_role("main", name="Finding from near")
    expect(near).to_be_visible()
    studio.press("Escape")
    expect(near).to_be_hidden()
    expect(page.get_by_role("main", name="Network")).to_be_visible()
