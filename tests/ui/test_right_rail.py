"""Loss, output, gradients, diagnosis and the sample picker: what they show is what the API says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.problems import Problems
from tests.ui.picture import address as link_to
from tests.ui.studio import Studio

AXE = Path(__file__).resolve().parents[2] / "static/node_modules/axe-core/axe.min.js"
CIRCLE_EPOCH = 14  # iterations
ROUND_BATCHES = {"batch_size": 16}  # 140 samples: eight whole batches and one of twelve


@dataclass
class Rail:
    """The right rail of a studio opened at a place."""

    studio: Studio

    @property
    def page(self) -> Page:
        return self.studio.page

    @property
    def whole(self) -> Locator:
        return self.page.get_by_role("complementary", name="Loss, output and gradients")

    def section(self, name: str) -> Locator:
        return self.whole.get_by_role("region", name=name)

    def picture(self, name: str) -> Locator:
        """The chart of a section, which says its numbers in words."""
        return self.section(name).get_by_role("img")

    @property
    def picker(self) -> Locator:
        return self.page.get_by_role("group", name="Sample on show")

    def flow(self) -> list[str]:
        """The number of each layer in the gradient flow."""
        return (
            self.section("Gradient norm").or_(self.section("Update / weight")).locator("li .number").all_inner_texts()
        )

    def box(self, locator: Locator) -> FloatRect:
        box = locator.bounding_box()
        assert box is not None
        return box


def address(page: Page, preset: str, iteration: int, step: int = 0, sample: int | str = "mean", **config: Any) -> str:
    """A link to a place in a preset, some of its settings changed."""
    presets = {entry["name"]: entry["config"] for entry in page.request.get("/api/presets").json()}
    place = {"iteration": iteration, "step": step, "sample": sample, "selection": None}
    return link_to({"config": {**presets[preset], **config}, **place})


def opened(page: Page, preset: str, iteration: int, step: int = 0, sample: int | str = "mean", **config: Any) -> Rail:
    rail = Rail(Studio.opened(page, address(page, preset, iteration, step, sample, **config)))
    page.wait_for_load_state("networkidle")  # details come after the picture
    return rail


def number(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-").replace("∞", "inf"))


# --- the rail --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(1440, 900), (1280, 800)])
@pytest.mark.parametrize("preset", ["circle", "iris", "sine", "digits", "pytorch", "diverging", "vanishing", "kaiming"])
def test_the_rail_fits_the_window_without_scrolling(
    page: Page, problems: Problems, size: tuple[int, int], preset: str
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    rail = opened(page, preset, 60)
    sizes = rail.whole.evaluate("e => [e.scrollHeight, e.clientHeight, e.scrollWidth, e.clientWidth]")
    diagnosis = rail.section("Diagnosis").locator(".findings")
    clipped = diagnosis.evaluate("e => e.scrollHeight - e.clientHeight")
    assert (sizes[0] <= sizes[1], sizes[2] <= sizes[3], clipped) == (True, True, 0)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("preset", ["circle", "iris", "diverging"])
def test_the_rail_and_the_picker_are_accessible_in_both_themes(
    page: Page, problems: Problems, theme: Any, preset: str
) -> None:
    page.emulate_media(color_scheme=theme)
    rail = opened(page, preset, 60, 12, 1)
    page.evaluate(AXE.read_text(encoding="utf-8"))
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


# --- loss ------------------------------------------------------------------------------------------------------


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
    words = rail.section("Loss").locator(".values").inner_text()
    page.get_by_role("button", name="Pause").click()
    found = re.fullmatch(r"at (\d+):\s+train ([\d.]+)\s+test ([\d.]+)", words)
    assert found is not None, words
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


COURSE: dict[str, Any] = {
    "schedule": {"type": "one_cycle", "iterations": 250, "maximum": 0.4},
    "clip": {"norm": 0.5},
    "early_stopping": {"patience": 3, "min_delta": 0.02},
    "regularization": {"l2": 0.01},
}


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


# --- output ----------------------------------------------------------------------------------------------------


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
    expect(tip).to_contain_text(f"{row}, click to follow it")
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
        words = tip.inner_text() if tip.count() else ""
        if "in another batch" in words:
            break
    found = re.search(r"target\s+(\S+)\s+output\s+(\S+)\s+row\s+(\d+), in another batch", words)
    assert found is not None, words
    row = int(found[3])
    assert row not in batch
    expected = [samples["targets"]["data"][row], outputs[row]]
    assert [number(found[1]), number(found[2])] == pytest.approx(expected, rel=1e-2)


# --- gradient flow ---------------------------------------------------------------------------------------------


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


# --- diagnosis -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", ["circle", "vanishing"])
def test_findings_are_the_api_s_with_a_word_for_how_grave_they_are(page: Page, problems: Problems, preset: str) -> None:
    rail = opened(page, preset, 30)
    words = {"good": "Good", "warning": "Look", "bad": "Bad"}
    findings = rail.studio.api("iterations/30")["diagnosis"]
    for finding in findings:
        text = f"{words[finding['severity']]} {finding['title']}. {finding['text']}"
        expect(rail.section("Diagnosis")).to_contain_text(text)


@pytest.mark.parametrize("phase", ["batch", "forward", "loss", "backward", "update"])
def test_a_finding_is_pale_until_the_numbers_it_rests_on_are_there(page: Page, problems: Problems, phase: str) -> None:
    rail = opened(page, "vanishing", 30)
    steps = rail.studio.api("program")["steps"]
    findings = rail.studio.api("iterations/30")["diagnosis"]
    assert {finding["phase"] for finding in findings} == {"loss", "backward", "update"}
    rail = opened(page, "vanishing", 30, max(step["index"] for step in steps if step["phase"] == phase))
    order = ["batch", "forward", "loss", "backward", "update"]
    later = [f["title"] + "." for f in findings if order.index(f["phase"]) > order.index(phase)]
    expect(rail.section("Diagnosis").locator(".coming b")).to_have_text(later)  # once the new place is on show
    expect(rail.section("Diagnosis").get_by_text("pale: steps still to run")).to_have_count(1 if later else 0)


# --- the sample picker -----------------------------------------------------------------------------------------


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


def test_the_picker_takes_a_position_and_refuses_one_outside_the_batch(page: Page, problems: Problems) -> None:
    rail = opened(page, "circle", 60, 12, 3)
    position = rail.picker.get_by_label("Position in the batch, 1 to 10")
    position.fill("7")
    position.press("Enter")
    assert rail.studio.link(sample=6)["sample"] == 6
    position.fill("70")
    position.press("Enter")
    expect(position).to_have_value("7")


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
