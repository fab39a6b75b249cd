"""Gradient flow and diagnosis: what they show is what the API says."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.problems import Problems
from tests.ui.rail import COURSE, Rail, number, opened

# --- gradient flow --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("measure", "field"), [("norm", "gradient_norm"), ("update", "update_ratio")])
def test_every_layer_has_the_figure_of_the_api(page: Page, problems: Problems, measure: str, field: str) -> None:
    rail = opened(page, "circle", 60)
    rail.section("Gradient norm").get_by_text(measure, exact=True).click()
    layers = rail.studio.api("iterations/60")["layers"]
    assert [number(text) for text in rail.flow()] == pytest.approx([v[field] for v in layers.values()], rel=1e-2)


def test_with_a_variant_of_backpropagation_every_layer_has_its_angle(page: Page, problems: Problems) -> None:
    rail = opened(page, "feedback", 30)
    rail.section("Gradient norm").get_by_text("angle", exact=True).click()
    section = rail.section("Angle to the gradient")
    expect(section.locator("li .number").last).to_have_text("0°")
    angles = rail.studio.api("iterations/30")["angles"]
    shown = float(section.locator("li .number").first.inner_text().removesuffix("°"))
    assert (
        min(angles["dense1.weight"], angles["dense1.bias"])
        <= shown
        <= max(angles["dense1.weight"], angles["dense1.bias"])
    )
    section.get_by_role("button", name="dense 1").click()
    steps = rail.studio.api("program")["steps"]
    rail.studio.expect_at(30, next(s["index"] for s in steps if s["output"] == "dense1.weight.feedback"))


def test_without_a_variant_there_is_no_angle_to_choose(page: Page, problems: Problems) -> None:
    rail = opened(page, "circle", 30)
    expect(rail.section("Gradient norm").get_by_text("angle", exact=True)).to_have_count(0)


def test_the_gradients_of_data_and_penalty_and_the_clipped_one_are_those_of_the_api(
    page: Page, problems: Problems
) -> None:
    rail = opened(page, "circle", 20, **COURSE)
    rail.page.locator("label", has_text="parts").click()
    layers = rail.studio.api("iterations/20")["layers"].values()
    wanted = [layer[name] for layer in layers for name in ("gradient_norm", "penalty_norm", "clipped_norm")]
    assert [number(text) for text in rail.flow()] == pytest.approx(wanted, rel=5e-3)
    rail.section("Gradient norm").get_by_role("button").last.click()
    rail.studio.rest()
    at = int(rail.studio.reading("step").inner_text().split("/")[0]) - 1
    assert rail.studio.api("program")["steps"][at]["output"].endswith(".clipped_grad")


def test_a_gradient_is_pale_until_its_step_has_run(page: Page, problems: Problems) -> None:
    rail = opened(page, "circle", 60)
    rows = rail.section("Gradient norm").locator("li button")
    expect(rail.section("Gradient norm").locator("button.pale")).to_have_count(3)
    rows.nth(2).click()
    rail.studio.press("ArrowRight")  # the bias follows the weight
    expect(rail.section("Gradient norm").locator("button.pale")).to_have_count(2)


def test_the_axis_of_the_norms_only_ever_widens(page: Page, problems: Problems) -> None:
    rail = opened(page, "vanishing", 0)
    axis = rail.section("Gradient norm").locator(".axis")
    before = axis.inner_text()
    rail.studio.play_to(15)
    wider = axis.inner_text()
    rail.studio.press("Home")
    rail.studio.expect_at(0, 0)
    rail.studio.rest()
    assert (wider != before, axis.inner_text()) == (True, wider)


def test_pointing_at_a_layer_lights_it_and_a_click_goes_to_its_gradient(page: Page, problems: Problems) -> None:
    rail = opened(page, "circle", 60)
    row = rail.section("Gradient norm").get_by_role("button", name="dense 2")
    row.hover()
    expect(row).to_have_class(re.compile("lit"))
    row.click()
    steps = rail.studio.api("program")["steps"]
    wanted = next(step["index"] for step in steps if step["output"] == "dense2.weight.grad")
    rail.studio.expect_at(60, wanted)


def test_a_gradient_of_zero_or_beyond_numbers_is_said_as_such(page: Page, problems: Problems) -> None:
    rail = opened(page, "diverging", 80)
    assert set(rail.flow()) <= {"NaN", "∞"}


# --- diagnosis ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", ["circle", "vanishing"])
def test_findings_are_the_api_s_with_a_word_for_how_grave_they_are(page: Page, problems: Problems, preset: str) -> None:
    rail = opened(page, preset, 60)
    words = {"good": "Good", "warning": "Look", "bad": "Bad"}
    findings = rail.studio.api("iterations/60")["diagnosis"]
    for finding in findings:
        text = f"{words[finding['severity']]} {finding['title']}. {finding['text']}"
        expect(rail.section("Diagnosis")).to_contain_text(text)


@pytest.mark.parametrize("phase", ["batch", "forward", "loss", "backward", "update"])
def test_a_finding_is_pale_until_the_numbers_it_rests_on_are_there(page: Page, problems: Problems, phase: str) -> None:
    rail = opened(page, "vanishing", 60)
    steps = rail.studio.api("program")["steps"]
    findings = rail.studio.api("iterations/60")["diagnosis"]
    assert {finding["phase"] for finding in findings} == {"forward", "backward"}
    rail = opened(page, "vanishing", 60, max(step["index"] for step in steps if step["phase"] == phase))
    order = ["batch", "forward", "loss", "backward", "update"]
    later = [f["title"] + "." for f in findings if order.index(f["phase"]) > order.index(phase)]
    expect(rail.section("Diagnosis").locator(".coming b")).to_have_text(later)  # once the new place is on show
    expect(rail.section("Diagnosis").get_by_text("pale: steps still to run")).to_have_count(1 if later else 0)


def run_on_show(rail: Rail) -> dict[str, Any]:
    answer: dict[str, Any] = rail.page.request.get(f"/api/runs/{rail.studio.run_id()}").json()
    return answer


def test_the_place_of_a_finding_is_a_click_away(page: Page, problems: Problems) -> None:
    rail = opened(page, "overfitting", 300)
    at = rail.studio.api("iterations/300")["diagnosis"][0]["at"]
    rail.section("Diagnosis").get_by_role("button", name=f"show {at['value']} at {at['iteration']}").click()
    loss = next(step["index"] for step in rail.studio.api("program")["steps"] if step["output"] == "loss")
    rail.studio.expect_at(at["iteration"], loss)


def test_what_helps_is_a_button_that_makes_the_branch_or_the_new_run(page: Page, problems: Problems) -> None:
    rail = opened(page, "overfitting", 300)
    cures = rail.studio.api("iterations/300")["diagnosis"][0]["cures"]
    left = run_on_show(rail)["id"]
    branch = next(cure for cure in cures if cure["edits"])
    begins = branch["edits"][0]["iteration"]

    rail.section("Diagnosis").get_by_role("button", name=f"{branch['title']} branch at {begins}").click()
    rail.studio.rest()

    made = run_on_show(rail)
    assert (made["parent"], made["config"]["edits"]) == (left, branch["edits"])
    expect(rail.studio.reading("iteration")).to_have_text("300")


def test_a_new_run_that_helps_opens_at_its_start(page: Page, problems: Problems) -> None:
    rail = opened(page, "vanishing", 60)
    cure = next(f for f in rail.studio.api("iterations/60")["diagnosis"] if f["kind"] == "vanishes")["cures"][0]
    rail.section("Diagnosis").get_by_role("button", name=f"{cure['title']} new run from 0").first.click()
    rail.studio.rest()
    assert run_on_show(rail)["config"]["layers"] == cure["config"]["layers"]
    expect(rail.studio.reading("iteration")).to_have_text("0")


def test_what_was_measured_and_what_was_not_unfolds(page: Page, problems: Problems) -> None:
    rail = opened(page, "circle", 60)
    said, section = rail.studio.api("iterations/60"), rail.section("Diagnosis")
    section.get_by_text("checks passed").click()
    for made in said["measured"]:
        expect(section).to_contain_text(f"{made['check']} {made['text']}")
    for left in said["not_measured"]:
        expect(section).to_contain_text(f"{left['check']} {left['reason']}")


def test_the_findings_can_have_the_whole_rail(page: Page, problems: Problems) -> None:
    rail = opened(page, "circle", 60)
    rail.section("Diagnosis").get_by_role("button", name="larger").click()
    expect(rail.section("Loss")).to_be_hidden()
    rail.section("Diagnosis").get_by_role("button", name="smaller").click()
    expect(rail.section("Loss")).to_be_visible()


def test_why_the_first_layer_does_not_learn_is_said_in_one_strip(page: Page, problems: Problems) -> None:
    rail = opened(page, "vanishing", 3)
    strip = rail.section("Gradient norm").get_by_role("group", name="kept per layer")
    kept = [layer["kept"] for layer in rail.studio.api("iterations/3/flow")["layers"]]
    shown = [number(text.removeprefix("×")) for text in strip.get_by_role("button").all_inner_texts()]
    assert len(shown) == 11
    assert shown == pytest.approx(kept, rel=0.06)
    rail.studio.press("End")
    strip.get_by_role("button").nth(4).click()
    link = rail.studio.link()
    step = rail.studio.api("program?iteration=3")["steps"][link["step"]]
    assert (step["output"], link["selection"]["value"]) == ("dense5.a.grad", "dense5.a.grad")


def test_what_a_state_keeps_over_time_is_that_of_the_sample_on_show(page: Page, problems: Problems) -> None:
    rail = opened(page, "forgetting", 5, 0, 2)
    strip = rail.section("Gradient norm").get_by_role("group", name="kept per time")
    times = rail.studio.api("iterations/5/flow?sample=2")["layers"][1]["times"]
    shown = [number(text.removeprefix("×")) for text in strip.get_by_role("button").all_inner_texts()]
    assert shown == pytest.approx([time["kept"] for time in times[:-1]], rel=0.06)
    assert strip.evaluate("strip => strip.scrollHeight <= strip.clientHeight")
