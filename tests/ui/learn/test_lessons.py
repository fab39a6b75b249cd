"""Lessons as a reader walks through them: on and back, off the way, and to the end."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.ui.studio import Studio


class Reader:
    """Somebody with a lesson open."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.studio = page, Studio.opened(page, address)
        self.lesson: Locator = page.get_by_role("complementary", name="Lesson")

    @property
    def title(self) -> Locator:
        return self.lesson.get_by_role("heading", level=2)

    @property
    def way_back(self) -> Locator:
        return self.lesson.get_by_role("button", name="You have wandered off")

    def press(self, name: str) -> None:
        self.lesson.get_by_role("button", name=name).click()
        self.studio.rest()


@pytest.mark.usefixtures("problems")
def test_a_lesson_is_walked_to_its_end_with_a_way_off_and_back(page: Page) -> None:
    page.goto("/learn")
    page.get_by_role("link", name="Why ten sigmoids do not learn").click()
    reader = Reader(page, page.url)
    expect(reader.title).to_have_text("A net that does not move")
    reader.studio.expect_at(30, 24)
    for _ in range(3):
        reader.press("Next")
    expect(page.get_by_text("The charts wait until you have made your guess.")).to_be_visible()
    line = reader.lesson.get_by_role("slider")
    line.focus()
    reader.studio.press(*["ArrowDown"] * 10, "Enter")
    expect(reader.lesson.get_by_text("you drew")).to_be_visible()
    expect(page.get_by_text("The charts wait")).to_have_count(0)

    expect(reader.way_back).to_have_count(0)
    page.get_by_role("main").focus()
    reader.studio.press("PageDown", "ArrowRight")
    reader.studio.rest()
    reader.way_back.click()
    reader.studio.expect_at(30, 67)
    expect(reader.way_back).to_have_count(0)

    page.go_back()
    expect(reader.title).to_have_text("What one sigmoid lets through")
    reader.studio.expect_at(30, 31)
    for _ in range(4):
        reader.press("Next")
    expect(reader.title).to_have_text("Say it in one breath")
    reader.press("Ask me tomorrow")
    reader.lesson.get_by_role("link", name="All lessons").click()
    expect(page.get_by_role("listitem").filter(has_text="Why ten sigmoids")).to_contain_text("done")
