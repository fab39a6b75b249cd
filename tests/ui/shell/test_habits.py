"""Going to an iteration by its number, rails and dock that fold and keep their size, and the view for a hall."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page, expect

from tests.problems import Problems
from tests.ui.picture import link
from tests.ui.studio import Studio
from tests.ui.test_accessibility import violations


@pytest.fixture
def studio(page: Page, problems: Problems) -> Studio:
    return Studio.opened(page)


def test_an_iteration_is_typed_to_go_there_and_what_is_none_goes_nowhere(studio: Studio) -> None:
    field = studio.page.get_by_label("Iteration to go to")
    studio.press("g")
    expect(field).to_be_focused()
    field.fill("57")
    field.press("Enter")
    studio.expect_at(57, 0)
    studio.reading("iteration").get_by_role("button").click()
    field.fill("soon")
    field.press("Enter")
    expect(field).to_be_hidden()
    studio.expect_at(57, 0)


def test_rails_and_dock_fold_by_keyboard_and_are_as_they_were_left_after_a_reload(studio: Studio) -> None:
    main = studio.page.get_by_role("main")

    def room() -> tuple[float, float]:
        box = main.bounding_box()
        assert box is not None
        return box["width"], box["height"]

    wide, high = room()
    for name in ["the left rail", "the dock"]:
        studio.page.get_by_role("separator", name=f"Size of {name}").press("Enter")
    studio.rest()
    folded = room()
    assert folded[0] > wide + 200
    assert folded[1] > high + 150
    assert violations(studio.page) == []
    studio.page.reload()
    Studio.opened(studio.page, studio.page.url)
    assert room() == folded
    edge = studio.page.get_by_role("separator", name="Size of the dock")
    edge.press("Enter")
    edge.press("ArrowUp")
    studio.rest()
    assert room()[1] == pytest.approx(high, abs=120)
    assert room()[1] < folded[1] - 100


@pytest.mark.browser_context_args(reduced_motion="reduce")
def test_the_lecture_view_shows_the_picture_and_one_sentence_and_the_same_keys_work(
    page: Page, problems: Problems
) -> None:
    cell = ("dense2.weight.grad", [1, 2])
    studio = Studio.opened(page, link(page, "circle", cell, iteration=120, step=16, sample=0))
    studio.press("p")
    said = page.get_by_role("region", name="What just happened")
    expect(said.locator("p")).to_contain_text("so 86% of the signal is lost here")
    expect(page.get_by_label("Data, network and training")).to_be_hidden()
    assert violations(page) == []
    studio.link(iteration=120)
    page.reload()  # its address is a link to it
    studio.rest()
    expect(said.locator("p")).to_contain_text("so 86% of the signal is lost here")
    unit = page.get_by_role("main").get_by_role("button", name="dense 2 unit 1, activation")
    unit.click()  # the pointer finds what it sees, though the picture is enlarged
    studio.press("ArrowRight")
    studio.expect_at(120, 17)
    studio.press("Escape")
    expect(said).to_be_hidden()
    assert "lecture" not in page.url
    expect(page.get_by_label("Data, network and training")).to_be_visible()


SVG = "http://www.w3.org/2000/svg"


def test_the_picture_and_a_stretch_of_the_run_become_files(page: Page, problems: Problems) -> None:
    studio = Studio.opened(page)
    studio.press("PageDown")
    studio.rest()
    menu = page.get_by_role("group", name="Picture")

    def taken(kind: str) -> bytes:
        page.get_by_role("button", name="Export").click()
        menu.get_by_label("to the last iteration").fill("2")
        with page.expect_download() as coming:
            menu.get_by_role("button", name=kind).click()
        expect(menu).to_be_hidden()
        return coming.value.path().read_bytes()

    svg = ElementTree.fromstring(taken("SVG"))
    found = {name: svg.iter(f"{{{SVG}}}{name}") for name in ("title", "path", "text")}
    title, edges, words = next(found["title"]).text, list(found["path"]), [text.text for text in found["text"]]
    assert (title or "").startswith("circle 2-4-3-1 · Backscope: iteration 1, step 1 of 35, batch: Takes the batch")
    shades = [float(rect.get("height", 0)) for rect in svg.iter(f"{{{SVG}}}rect") if "url(#" in rect.get("fill", "")]
    assert max(shades, default=0) < 20  # a legend's ramp: nothing fades because a rail could be scrolled
    assert ({"h\N{SUBSCRIPT ONE}", "Gradient norm"} <= set(words), len(edges) > 20) == (True, True)
    studio.press("s")  # formulas, in typefaces that the picture before had no need of
    studio.rest()
    assert b"KaTeX_Main" in taken("SVG")
    studio.press("s")
    studio.rest()
    assert taken("PNG")[:8] == b"\x89PNG\r\n\x1a\n"
    page.get_by_role("button", name="Export").click()
    menu.get_by_text("Film", exact=True).click()  # a word takes no key away from the menu
    studio.press("Escape")
    expect(menu).to_be_hidden()
    page.get_by_role("button", name="Export").click()
    page.get_by_role("button", name="HTML").click()
    expect(page.get_by_role("progressbar", name="Iterations in the file")).to_have_attribute("max", "200")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="HTML")).to_be_visible()
    studio.press("Escape")
    film = taken("GIF")
    assert (film[:6], film.count(b"\x21\xf9\x04")) == (b"GIF89a", 3)  # one graphic control a picture
    studio.expect_at(1, 0)
