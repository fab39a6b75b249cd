"""The library: a run saved in the studio is found, written about, deleted, put back, and opened where it was left."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.problems import Problems
from tests.ui.studio import Studio


def test_a_run_saved_in_the_studio_is_kept_with_its_place_and_comes_back_after_delete(
    page: Page, problems: Problems
) -> None:
    studio = Studio.opened(page)
    studio.press("PageDown", "PageDown", "PageDown")
    studio.link(iteration=3)
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("textbox", name="Name").fill("the first three")
    page.get_by_role("textbox", name="Tags").fill("lecture, deep")
    page.get_by_label("Bookmark iteration 3").fill("here it turns")
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="Bookmarks")).to_contain_text("3 here it turns")
    page.locator("form").get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("form")).to_be_hidden()
    page.get_by_role("link", name="Library").click()
    row = page.get_by_role("list", name="Saved runs").get_by_role("listitem")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("the first three")
    page.keyboard.press("/")
    page.keyboard.type("nothing")
    expect(page.get_by_text("No saved run has these words.")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    row.get_by_role("button", name="Choose").click()
    page.get_by_role("textbox", name="Note", exact=True).fill("Look at the loss.")
    page.get_by_role("textbox", name="Note", exact=True).blur()
    expect(row).to_contain_text("Look at the loss.")
    expect(page.get_by_label("Note at iteration 3")).to_have_value("here it turns")
    expect(page.get_by_role("region", name="Seen last")).to_contain_text("iteration 3")
    page.get_by_role("button", name="Delete it").click()
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Put back").click()
    expect(row).to_contain_text("Look at the loss.")
    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    expect(row.get_by_role("link", name="the first three")).to_be_focused()
    page.keyboard.press("Space")
    page.get_by_role("list", name="Bookmarks").get_by_role("link").click()
    Studio(page).expect_at(3, 0)
