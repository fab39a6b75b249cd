"""The page Search: a search is asked for, watched, read and opened in the studio."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.axe import axe_source
from tests.problems import Problems
from tests.ui.studio import Studio, decoded

SETTINGS = {"seeds": "2", "iterations": "60"}


@pytest.fixture
def searched(page: Page, problems: Problems) -> Page:
    """A search over three rates and two activations, once it is done."""
    page.goto("/search")
    page.get_by_role("textbox", name="learning rate").fill("0.01 0.03 0.1")
    page.get_by_label("Add an axis").select_option(label="activation")
    page.get_by_role("textbox", name="activation").fill("relu tanh")
    for name, text in SETTINGS.items():
        page.get_by_label(name, exact=True).fill(text)
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_text(re.compile("^done in"))).to_be_visible()
    expect(page.get_by_text("full grid of 12 trials")).to_be_visible()
    return page


def rows(page: Page) -> Locator:
    return page.locator("tbody tr[tabindex]")


def test_a_search_is_asked_for_and_its_best_trial_opens_in_the_studio(searched: Page) -> None:
    page = searched
    search = page.request.get(f"/api/searches/{page.url.partition('#')[2]}").json()
    best = search["best"]
    expect(rows(page)).to_have_count(12)
    expect(rows(page).first.locator("td.number").first).to_have_text(str(best["index"]))
    rows(page).first.press("Enter")
    expect(page.get_by_role("slider", name="Iteration")).to_be_visible()
    place = decoded(page.url)
    config = place["config"]
    assert (place["iteration"], config["seed"]) == (60, best["seed"])
    assert config["optimizer"]["learning_rate"] == best["settings"]["optimizer.learning_rate"]


def test_a_brush_chooses_trials_and_a_link_restores_the_search(searched: Page) -> None:
    page = searched
    brush = page.get_by_role("group", name=re.compile("^Brush test loss"))
    for _ in range(14):
        brush.press("ArrowDown")
    expect(page.get_by_text(re.compile(r"of 12 in the brush"))).to_be_visible()
    chosen = int(page.locator(".bar .number").first.inner_text())
    expect(rows(page)).to_have_count(chosen)
    page.keyboard.press("Escape")
    expect(rows(page)).to_have_count(12)
    page.reload()
    expect(rows(page)).to_have_count(12)
    expect(page.get_by_role("textbox", name="learning rate")).to_have_value("0.01 0.03 0.1")
    assert 0 < chosen < 12


def test_trials_have_pictures_go_on_and_are_compared(searched: Page) -> None:
    page = searched
    expect(page.get_by_text("better with all 2 seeds is luck 1 time in 2")).to_be_visible()
    expect(page.locator("td canvas.drawn").first).to_be_visible()
    rows(page).nth(0).press(" ")
    page.get_by_role("checkbox", name=re.compile("^Choose trial")).nth(1).check()
    first = page.url
    page.get_by_role("button", name="Train on the 2 chosen to 120").click()
    expect(page).not_to_have_url(first)  # the form says 120 and the first search "done" before the server answers
    expect(page.get_by_label("iterations", exact=True)).to_have_value("120")
    expect(page.get_by_text(re.compile("^done in"))).to_be_visible()
    page.go_back()
    expect(page.get_by_label("iterations", exact=True)).to_have_value("60")
    expect(rows(page)).to_have_count(12)
    rows(page).nth(0).press(" ")
    rows(page).nth(1).press(" ")
    page.get_by_role("button", name="Compare 2").click()
    expect(page).to_have_url(re.compile("/compare#"))
    expect(page.get_by_role("heading", name=re.compile("seed")).first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_a_search_that_is_done(searched: Page, scheme: str) -> None:
    searched.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    searched.evaluate(axe_source())
    found = searched.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    assert "\n".join(f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]) == ""


def test_a_mistake_is_said_at_its_axis(page: Page, problems: Problems) -> None:
    page.goto("/search")
    page.get_by_role("textbox", name="learning rate").fill("-1 0.1")
    problems.expect(r"422")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="0").first).to_be_visible()


def test_the_studio_asks_how_much_of_a_run_is_luck(page: Page, problems: Problems) -> None:
    studio = Studio.opened(page)
    studio.press("PageDown", "PageDown")
    page.get_by_role("button", name="luck?").click()
    expect(page.get_by_text(re.compile(r"^This run, seed 0, is \d+(st|nd|rd|th) of 32"))).to_be_visible()
    expect(page.get_by_text(re.compile("^done in"))).to_be_visible()
    search = page.request.get(f"/api/searches/{page.url.partition('#')[2]}").json()
    assert (search["trials"], search["failed"]) == (32, 0)
