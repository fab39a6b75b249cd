"""The right rail as a whole, and the sample picker."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.axe import axe_source
from tests.problems import Problems
from tests.ui.rail import number, opened

ROUND_BATCHES = {"batch_size": 16}  # 140 samples: eight whole batches and one of twelve


# --- the rail -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", ["circle", "iris", "sine", "digits", "pytorch", "diverging", "vanishing", "kaiming"])
def test_the_rail_fits_the_window_without_scrolling(page: Page, problems: Problems, preset: str) -> None:
    rail = opened(page, preset, 60)
    findings = rail.section("Diagnosis").locator(".findings")
    fits = {}
    for size in [(1440, 900), (1280, 800)]:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        rail.studio.rest()
        sizes = rail.whole.evaluate("e => [e.scrollHeight, e.clientHeight, e.scrollWidth, e.clientWidth]")
        region, first = rail.box(findings), rail.box(findings.locator("h3").first)
        said = first["y"] + first["height"] <= region["y"] + region["height"]  # the rest scrolls, or gets all the rail
        fits[size] = (sizes[0] <= sizes[1], sizes[2] <= sizes[3], said)
    assert set(fits.values()) == {(True, True, True)}, fits


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("preset", ["circle", "iris", "diverging"])
def test_the_rail_and_the_picker_are_accessible_in_both_themes(
    page: Page, problems: Problems, theme: Any, preset: str
) -> None:
    page.emulate_media(color_scheme=theme)
    rail = opened(page, preset, 60, 12, 1)
    page.evaluate(axe_source())
    found = [
        violation["id"] + ": " + node["html"]
        for part in (rail.whole, rail.picker)
        for violation in part.evaluate("async e => (await axe.run(e)).violations")
        for node in violation["nodes"]
    ]
    assert found == []


def test_nothing_in_the_rail_moves_while_stepping_and_training(page: Page, problems: Problems) -> None:
    rail = opened(page, "circle", 20)
    places = lambda: [rail.box(rail.section(name)) for name in ("Loss", "Output", "Gradient norm", "Diagnosis")]  # noqa: E731
    before = places()
    rail.studio.press("ArrowRight", "PageDown")
    rail.studio.play_to(40)
    assert places() == before


# --- the sample picker ----------------------------------------------------------------------------------------


def test_the_picker_tells_row_target_and_output_of_a_sample(page: Page, problems: Problems) -> None:
    rail = opened(page, "circle", 60, 12, 3)
    row = rail.studio.api("iterations/60")["batch"]["indices"][3]
    output = rail.studio.api("iterations/60/trace?values=dense3.a")["values"]["dense3.a"]["data"][3]
    loss = rail.studio.api("iterations/60/evaluation")["batch"]["losses"][3]
    shown = rail.picker.locator("dd").all_inner_texts()
    assert [number(shown[i]) for i in (0, 2, 3)] == pytest.approx([row, output, loss], rel=1e-2)


def test_the_loss_of_a_sample_is_not_told_before_its_step_has_run(page: Page, problems: Problems) -> None:
    rail = opened(page, "circle", 60, 2, 3)
    assert rail.picker.locator("dd").all_inner_texts()[3] == "–"


def test_beside_the_mean_stands_the_loss_of_the_batch(page: Page, problems: Problems) -> None:
    rail = opened(page, "circle", 60, 12)
    shown = rail.picker.get_by_text("batch loss").inner_text().removeprefix("batch loss")
    assert number(shown) == pytest.approx(rail.studio.api("iterations/60")["loss"], rel=1e-2)


def test_the_picker_goes_round_the_batch_by_keyboard(page: Page, problems: Problems) -> None:
    rail = opened(page, "circle", 60)
    rail.picker.get_by_text("sample", exact=True).click()
    position = rail.picker.get_by_label("Position in the batch, 1 to 10")
    expect(position).to_have_value("1")
    rail.picker.get_by_role("button", name="Previous sample").press("Enter")
    expect(position).to_have_value("10")
    rail.picker.get_by_role("button", name="Next sample").press("Enter")
    rail.picker.get_by_role("button", name="Next sample").press("Enter")
    expect(position).to_have_value("2")
    assert rail.studio.link(sample=1)["sample"] == 1


@pytest.mark.parametrize("typed", ["70", "2.5", "abc"])
def test_the_picker_takes_a_position_and_answers_one_that_is_none_beside_it(
    page: Page, problems: Problems, typed: str
) -> None:
    rail = opened(page, "circle", 60, 12, 3)
    position = rail.picker.get_by_label("Position in the batch, 1 to 10")
    position.fill("7")
    position.press("Enter")
    assert rail.studio.link(sample=6)["sample"] == 6
    position.fill(typed)
    position.press("Enter")
    expect(position).to_have_value(typed)
    alert = rail.picker.get_by_role("alert")
    expect(alert).to_have_text(f"Needs a whole number at least 1 and at most 10, not {typed}.")
    rail.picker.get_by_role("button", name="Next sample").press("Enter")
    expect(alert).to_have_count(0)
    expect(position).to_have_value("8")


def test_the_picker_returns_to_its_sample_after_the_mean(page: Page, problems: Problems) -> None:
    rail = opened(page, "circle", 60, 12, 3)
    rail.picker.get_by_text("mean", exact=True).click()
    expect(rail.picker.get_by_text("batch of 10")).to_be_visible()
    rail.picker.get_by_text("sample", exact=True).click()
    expect(rail.picker.get_by_label("Position in the batch, 1 to 10")).to_have_value("4")


def test_the_picked_sample_stays_inside_a_smaller_last_batch(page: Page, problems: Problems) -> None:
    rail = opened(page, "circle", 7, 12, 15, **ROUND_BATCHES)
    rail.studio.press("PageDown")
    expect(rail.picker.get_by_label("Position in the batch, 1 to 12")).to_have_value("12")


def test_while_training_runs_the_picker_tells_target_and_output(page: Page, problems: Problems) -> None:
    rail = opened(page, "circle", 0, 0, 3)
    page.get_by_role("button", name="Play").click()
    rail.studio.wait_until(lambda: rail.studio.now() > 20)
    target, output, below_the_loss = page.evaluate("""() => [
        ...[...document.querySelectorAll("[aria-label='Sample on show'] dl > div:not(.still) dd")],
        document.querySelector("main .target"),
    ].map((element) => element.innerText)""")
    of_class = re.search(r"\((.+)\)", target)
    assert of_class is not None
    assert number(of_class[1]) == number(below_the_loss.split()[-1])
    assert -1 <= number(output) <= 1
    expect(rail.picker.locator(".still").first).to_be_hidden()


def test_digits_are_shown_as_an_image(page: Page, problems: Problems) -> None:
    rail = opened(page, "digits", 20, 20, 2)
    shades = rail.picker.locator("canvas").evaluate(
        "c => new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size"
    )
    assert shades > 8
