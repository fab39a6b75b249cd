"""The loss: its curve, its words and its numbers are those of the API."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.problems import Problems
from tests.ui.rail import COURSE, Rail, number, opened

CIRCLE_EPOCH = 14  # iterations


def whole_set_losses(rail: Rail, iteration: int) -> list[float]:
    scores = rail.studio.api(f"iterations/{iteration}/evaluation")
    return [scores["train"]["loss"], scores["test"]["loss"]]


@pytest.mark.parametrize("iteration", [5 * CIRCLE_EPOCH, 5 * CIRCLE_EPOCH + 9])
def test_the_loss_says_the_whole_set_losses_of_this_very_iteration(
    page: Page, problems: Problems, iteration: int
) -> None:
    rail = opened(page, "circle", iteration)
    values = rail.section("Loss").locator(".values")
    assert "at" not in values.inner_text().split()
    shown = [number(text) for text in values.locator(".number").all_inner_texts()]
    assert shown == pytest.approx(whole_set_losses(rail, iteration), rel=1e-2)


def test_while_training_the_whole_set_losses_say_which_iteration_they_are_of(page: Page, problems: Problems) -> None:
    rail = opened(page, "circle", 20)
    page.get_by_role("button", name="Play").click()
    rail.studio.wait_until(lambda: rail.studio.now() >= 20 + CIRCLE_EPOCH)
    values = rail.section("Loss").locator(".values")  # in the iteration that they are of, they need not say which
    words = re.compile(r"at (\d+):\s+train ([\d.]+)\s+test ([\d.]+)")
    found = rail.studio.wait_until(lambda: words.fullmatch(values.inner_text()))
    page.get_by_role("button", name="Pause").click()
    assert found is not None
    assert [number(found[2]), number(found[3])] == pytest.approx(whole_set_losses(rail, int(found[1])), rel=1e-2)


def test_whole_set_losses_that_are_no_numbers_any_more_are_said_as_such(page: Page, problems: Problems) -> None:
    rail = opened(page, "diverging", 80)
    assert rail.section("Loss").locator(".values .number").all_inner_texts() == ["NaN", "NaN"]


def test_after_a_branch_the_loss_of_another_run_is_drawn_again(page: Page, problems: Problems) -> None:
    rail = opened(page, "circle", 9)
    rail.studio.enter("learning rate", "0.5")
    rail.studio.expect_config(lambda config: len(config["edits"]), 1)
    rail.studio.press("PageDown")
    rail.studio.open_preset("two moons")
    expect(rail.picture("Loss")).to_have_attribute("aria-label", re.compile(r"^Loss of iterations 0 to 0\."))


def test_the_loss_is_told_in_words_too(page: Page, problems: Problems) -> None:
    rail = opened(page, "circle", 30)
    loss = rail.studio.api("iterations/30")["loss"]
    words = rail.picture("Loss").get_attribute("aria-label") or ""
    found = re.search(r"iterations 0 to 30\. At iteration 30: batch ([^,]+), train", words)
    assert found is not None, words
    assert number(found[1]) == pytest.approx(loss, rel=1e-2)


def test_pointing_at_the_loss_tells_its_iteration_and_values(page: Page, problems: Problems) -> None:
    rail = opened(page, "circle", 40)
    plot = rail.box(rail.section("Loss").locator(".u-over"))
    page.mouse.move(plot["x"] + plot["width"] / 2, plot["y"] + 30)
    tip = rail.section("Loss").locator(".tip dd")
    expect(tip.first).to_have_text("20")
    losses = rail.studio.api("history?from=0&to=41")["loss"]
    assert number(tip.nth(1).inner_text()) == pytest.approx(losses[20], rel=1e-2)


def test_a_click_on_the_loss_travels_there(page: Page, problems: Problems) -> None:
    rail = opened(page, "circle", 40)
    plot = rail.box(rail.section("Loss").locator(".u-over"))
    page.mouse.click(plot["x"] + plot["width"] / 4, plot["y"] + 30)
    rail.studio.expect_at(10, 0)


def test_the_loss_has_a_logarithmic_scale_on_demand(page: Page, problems: Problems) -> None:
    rail = opened(page, "circle", 40)
    toggle = rail.section("Loss").get_by_role("button", name="log")
    expect(toggle).to_have_attribute("aria-pressed", "false")
    toggle.click()
    expect(toggle).to_have_attribute("aria-pressed", "true")
    expect(rail.picture("Loss")).to_have_attribute("aria-label", re.compile("logarithmic"))


def test_a_run_that_diverges_says_where_and_leads_there(page: Page, problems: Problems) -> None:
    rail = opened(page, "diverging", 80)
    lost = rail.studio.api("history?from=0&to=81")["first_nonfinite"]
    first = {"inf": "∞", "nan": "NaN"}[lost["kind"]]
    expect(rail.section("Loss").locator(".words")).to_have_text(
        f"Diverged at {lost['iteration']}. The first {first} is in {lost['value']}."
    )
    assert lost["explanation"] in (rail.picture("Loss").get_attribute("aria-label") or "")
    expect(rail.section("Diagnosis")).to_contain_text("Bad")
    rail.section("Diagnosis").get_by_role("button", name=f"go to iteration {lost['iteration']}").click()
    rail.studio.expect_at(lost["iteration"], lost["step"])


def test_before_the_first_iteration_the_loss_says_what_will_be_there(page: Page, problems: Problems) -> None:
    rail = opened(page, "circle", 0)
    expect(rail.section("Loss")).to_contain_text("The curve grows here while you train.")


def test_rate_clipping_and_stopping_are_told_beside_the_loss(page: Page, problems: Problems) -> None:
    rail = opened(page, "circle", 300, **COURSE)
    history = rail.studio.api("history?from=0&to=301")
    stop, clipped = history["early_stopping"], history["clipped"]
    told = rail.section("Loss").locator(".course")
    expect(told).to_contain_text(f"clipped {len(clipped)} of 301")
    assert number(told.locator(".number").inner_text()) == pytest.approx(history["learning_rate"][300], rel=5e-3)
    told.get_by_role("button", name=f"stops at {stop['iteration']}, best {stop['best']}").click()
    expect(rail.studio.reading("iteration")).to_have_text(str(stop["best"]))


def test_without_any_of_them_nothing_is_told(page: Page, problems: Problems) -> None:
    expect(opened(page, "circle", 5).section("Loss").locator(".course")).to_have_count(0)
