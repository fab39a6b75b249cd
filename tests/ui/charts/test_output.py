"""The output: boundary, confusion, classes and fit are those of the API."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.problems import Problems
from tests.ui.rail import Rail, number, opened


def dot_of(rail: Rail, row: int, iteration: int) -> tuple[float, float]:
    """Where a training row is drawn on the plane, in pixels of the window."""
    samples, grid = rail.studio.api("samples"), rail.studio.api(f"iterations/{iteration}/boundary?resolution=2")
    x, y = samples["inputs"]["data"][2 * row : 2 * row + 2]
    box = rail.box(rail.picture("Output"))
    across, up = ((v - axis[0]) / (axis[1] - axis[0]) for v, axis in ((x, grid["x"]), (y, grid["y"])))
    return box["x"] + across * box["width"], box["y"] + (1 - up) * box["height"]


def test_a_point_of_the_batch_tells_its_numbers_and_is_followed_when_clicked(page: Page, problems: Problems) -> None:
    rail = opened(page, "circle", 60, 12)
    row = rail.studio.api("iterations/60")["batch"]["indices"][3]
    outputs = rail.studio.api("iterations/60/trace?values=dense3.a")["values"]["dense3.a"]["data"]
    page.mouse.move(*dot_of(rail, row, 60))
    tip = rail.section("Output").locator(".tip")
    expect(tip).to_contain_text(f"{row}, click to see it")
    output = tip.locator("dt", has_text="output").locator("xpath=following-sibling::dd[1]").inner_text()
    assert number(output) == pytest.approx(outputs[3], rel=1e-2)
    page.mouse.click(*dot_of(rail, row, 60))
    expect(rail.picker.get_by_label("Position in the batch, 1 to 10")).to_have_value("4")


def test_a_point_outside_the_batch_is_told_but_not_followed(page: Page, problems: Problems) -> None:
    rail = opened(page, "circle", 60, 12)
    batch = rail.studio.api("iterations/60")["batch"]["indices"]
    box = rail.box(rail.picture("Output"))
    tip = rail.section("Output").locator(".tip")
    others = (dot_of(rail, row, 60) for row in range(40) if row not in batch)
    for x, y in others:
        page.mouse.move(x, y)
        rail.studio.rest()
        if "in another batch" in (tip.inner_text() if tip.count() else ""):
            break
    expect(tip).to_contain_text("in another batch")
    expect(tip).to_contain_text("≈")
    page.mouse.click(x, y)
    page.mouse.move(box["x"], box["y"])
    expect(rail.picker.get_by_text("batch of 10")).to_be_visible()


def test_the_boundary_is_drawn_in_the_colours_of_the_classes(page: Page, problems: Problems) -> None:
    rail = opened(page, "circle", 400)
    corner, centre = (
        rail.picture("Output")
        .locator("canvas")
        .first.evaluate(
            """canvas => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          const pixel = (x, y) => [...data.slice(4 * (y * canvas.width + x)).slice(0, 3)];
          return [pixel(4, 4), pixel(canvas.width >> 1, canvas.height >> 1)];
        }"""
        )
    )
    assert (corner[0] > corner[2], centre[2] > centre[0]) == (True, True)


@pytest.mark.parametrize("part", ["test", "train"])
def test_the_confusion_matrix_is_that_of_the_api(page: Page, problems: Problems, part: str) -> None:
    rail = opened(page, "iris", 60)
    rail.section("Output").get_by_text(part, exact=True).click()
    score = rail.studio.api("iterations/60/evaluation")[part]
    cells = rail.section("Output").locator(".cell").all_inner_texts()
    assert [int(text or 0) for text in cells] == [n for row in score["confusion"] for n in row]
    expect(rail.section("Output").locator(".what")).to_contain_text(f"{100 * score['accuracy']:.1f} %")


def test_ten_classes_are_still_readable(page: Page, problems: Problems) -> None:
    rail = opened(page, "digits", 20)
    cells = rail.section("Output").locator(".cell")
    expect(cells).to_have_count(100)
    assert min(rail.box(cells.nth(0))["width"], rail.box(cells.nth(0))["height"]) >= 11


def test_class_probabilities_are_those_of_the_chosen_sample(page: Page, problems: Problems) -> None:
    rail = opened(page, "iris", 60, 20, 4)
    batch = rail.studio.api("iterations/60/evaluation")["batch"]
    shown = [number(text) for text in rail.section("Output").locator(".bar .number").all_inner_texts()]
    assert shown == pytest.approx(batch["probabilities"]["data"][12:15], abs=6e-4)
    expect(rail.section("Output").locator(".bar.target .name")).to_contain_text(
        ["setosa", "versicolor", "virginica"][batch["labels"][4]]
    )


def test_a_regression_on_many_inputs_tells_its_share_of_the_variance(page: Page, problems: Problems) -> None:
    rail = opened(page, "pytorch", 40, 12)
    score = rail.studio.api("iterations/40/evaluation")["test"]
    shown = number(rail.section("Output").locator(".words .number").inner_text())
    assert shown == pytest.approx(score["r2"], rel=1e-2)


def test_outputs_stand_against_targets_for_all_samples_not_the_batch_alone(page: Page, problems: Problems) -> None:
    rail = opened(page, "pytorch", 40)
    evaluation, samples = rail.studio.api("iterations/40/evaluation"), rail.studio.api("samples")
    outputs = [y for part in ("train", "test") for y in evaluation[part]["outputs"]["data"]]
    batch = rail.studio.api("iterations/40")["batch"]["indices"]
    tip = rail.section("Output").locator(".tip")
    box = rail.box(rail.picture("Output"))
    for i in range(0, int(box["width"]), 6):  # along the middle, where many points are
        page.mouse.move(box["x"] + i, box["y"] + box["height"] * 0.47)
        rail.studio.rest()
        words = tip.inner_text() if tip.count() else ""
        if "in another batch" in words:
            break
    found = re.search(r"target\s+(\S+)\s+output\s+(\S+)\s+row\s+(\d+), in another batch", words)
    assert found is not None, words
    row = int(found[3])
    assert row not in batch
    expected = [samples["targets"]["data"][row], outputs[row]]
    assert [number(found[1]), number(found[2])] == pytest.approx(expected, rel=1e-2)
