"""Data of one's own: dropped, drawn, and opened as a run."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.problems import Problems
from tests.ui.files.test_files import DROP
from tests.ui.studio import Studio

LEAVES = "leaf,length,width,site,species\n" + "".join(
    f"L{i},{4 + i % 7}.{i % 3},{'x' if i == 5 else 2 + i % 5},{('shade', 'sun')[i % 2]},{('elm', 'beech')[i % 7 > 3]}\n"
    for i in range(1, 41)
)


@pytest.fixture
def studio(page: Page, problems: Problems) -> Studio:
    return Studio.opened(page)


def dialog(studio: Studio) -> Locator:
    return studio.page.get_by_role("dialog")


def test_a_dropped_table_is_shown_mended_and_opened_as_a_run_that_keeps_its_name(studio: Studio) -> None:
    studio.page.evaluate(DROP, ["leaves.csv", LEAVES])
    shown = dialog(studio)
    expect(shown.get_by_text("1 of 40 rows left out")).to_be_visible()
    expect(shown.get_by_text("not a number: letter x at place 1")).to_be_visible()
    shown.get_by_role("button", name="Type a value for row 5, width").click()
    shown.get_by_role("textbox", name="Row 5, width").fill("3.5")
    studio.page.keyboard.press("Enter")
    expect(shown.get_by_text("All 40 rows go in")).to_be_visible()
    shown.get_by_role("checkbox", name="Use site").uncheck()
    expect(shown.get_by_role("region", name="The run it makes")).to_contain_text("right")
    opener = shown.get_by_role("button", name="Open in the studio")
    expect(opener).to_be_enabled()
    opener.click()
    studio.expect_title("leaves.csv 2-8-8-2")
    data = studio.link(iteration=0)["config"]["data"]
    assert (data["target_name"], data["class_names"], data["rows"], data["standardize"], data["test_fraction"]) == (
        "species",
        ["beech", "elm"],
        list(range(1, 41)),
        True,
        0.3,
    )


def test_points_are_placed_by_keys_alone_opened_and_there_again_after_a_reload(
    studio: Studio, problems: Problems
) -> None:
    studio.page.get_by_role("button", name="Own data").focus()
    studio.press("Enter")
    shown = dialog(studio)
    shown.get_by_role("radio", name="points").focus()
    studio.press("Space")
    shown.get_by_role("application").focus()
    studio.press("1", "ArrowLeft", "Enter", "ArrowUp", "Enter", "2", "ArrowRight", "ArrowRight", "Enter", "ArrowDown")
    studio.press("Enter")
    expect(shown.get_by_text("All 4 rows go in")).to_be_visible()
    opener = shown.get_by_role("button", name="Open in the studio")
    expect(opener).to_be_enabled()
    studio.press("Control+Enter")
    studio.expect_title("drawn points 2-8-8-2")
    inputs = studio.link(iteration=0)["config"]["data"]["inputs"]
    assert inputs == [[-0.25, 0.0], [-0.25, 0.25], [0.25, 0.25], [0.25, 0.0]]
    studio.page.reload()
    studio.expect_title("drawn points 2-8-8-2")
    studio.page.get_by_role("button", name="Own data").click()
    expect(shown.get_by_role("application")).to_have_accessible_name("Plane with 4 points; the cross is at 0, 0")
    expect(shown.get_by_text("All 4 rows go in")).to_be_visible()
    shown.get_by_role("radio", name="rule").focus()
    studio.press("Space")
    expect(opener).to_be_enabled()
    problems.expect("422")
    shown.get_by_role("textbox", name="Rule").fill("y > foo(x)")
    expect(shown.get_by_role("alert")).to_contain_text("column 5: ")
    expect(opener).to_be_disabled()
