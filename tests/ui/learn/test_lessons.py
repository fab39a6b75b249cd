"""Lessons as a reader walks through them: on and back, off the way, and to the end."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.ui.studio import Studio
from tests.ui.test_accessibility import violations


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
    line = page.get_by_role("region", name="The curve to guess").get_by_role("slider")
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
    expect(
        page.get_by_role("listitem").filter(has=page.get_by_text("Why ten sigmoids do not learn", exact=True))
    ).to_contain_text("done")


@pytest.mark.usefixtures("problems")
def test_a_drill_needs_no_mouse(page: Page) -> None:
    """A graded card and one that its reader judges, by keys alone."""
    page.goto("/practice/interview?card=which_way")
    page.get_by_role("radio", name="smaller").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Right.")).to_be_visible()
    expect(page.get_by_role("region", name="Worked answer")).to_contain_text("It makes it larger")
    page.keyboard.press("3")
    expect(page.get_by_role("heading", level=2)).to_have_text("1 card answered")
    expect(page.get_by_text("1 of 1 graded answers right.")).to_be_visible()

    page.goto("/practice/interview?card=dead_relu")
    page.get_by_label("Your answer").fill("negative for every sample")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("checkbox", name="negative for every sample")).to_be_visible()
    page.get_by_role("checkbox", name="negative for every sample").press("Space")
    page.reload()
    expect(page.get_by_role("checkbox", name="negative for every sample")).to_be_checked()
    expect(page.get_by_label("Your answer")).to_have_value("negative for every sample")
    page.get_by_role("region", name="Worked answer").get_by_role("link", name="Open in the studio").focus()
    page.keyboard.press("2")
    expect(page.get_by_role("row", name="dead ReLU")).to_contain_text("self-rated")

    page.goto("/practice/interview?card=softmax_minus_y")
    page.get_by_label("Your answer").press("Control+Enter")
    classes = page.get_by_role("region", name="The sample, class by class")
    expect(classes.get_by_role("row", name="virginica")).to_contain_text("−0.946")
    assert violations(page) == []
    link = page.get_by_role("link", name="Open in the studio")
    before = str(link.get_attribute("href"))
    classes.get_by_role("slider", name="Iteration").press("End")
    expect(classes.get_by_text("iteration 60, loss")).to_be_visible()
    expect(link).not_to_have_attribute("href", before)
    dragged = Studio.opened(page, str(link.get_attribute("href")))
    expect(dragged.reading("iteration")).to_have_text("60")
