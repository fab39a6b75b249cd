"""The network picture: every number in it is the API's, and nothing stands there before it has been computed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.problems import Problems
from tests.ui.picture import Picture, number, opened

# Steps of the circle preset (2-4-3-1) and of the deep ReLU preset, by what they write.
Z2, LOSS, Z2_GRAD, W2_GRAD, W1_NEXT = 4, 8, 15, 16, 24
LAST_BACKWARD = 22
WATCH = """canvas => {
    window.seen = new Set();
    window.watching = true;
    const look = () => {
        window.seen.add(canvas.toDataURL());
        if (window.watching) requestAnimationFrame(look);
    };
    look();
}"""
A_WHILE = 300  # milliseconds in which a picture that is at rest could start to move again

pytestmark = pytest.mark.usefixtures("problems")


def texts(picture: Picture, selector: str) -> list[str]:
    return [text.strip() for text in picture.network.locator(selector).all_inner_texts()]


def pixels(picture: Picture) -> str:
    return str(picture.network.locator("canvas").first.evaluate("canvas => canvas.toDataURL()"))


def colours(canvas: Locator) -> int:
    """How many different colours are drawn."""
    count = """canvas => new Set(new Uint32Array(
        canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size"""
    return int(canvas.evaluate(count))


def test_a_units_number_is_the_activation_of_the_chosen_sample(page: Page) -> None:
    picture = opened(page, "circle", 7, LOSS, sample=3)
    (activations,) = picture.values("dense2.a")
    shown = [
        number(picture.network.locator(".label").nth(6 + unit).locator(".value").inner_text()) for unit in range(3)
    ]
    assert shown == [round(a, 3) for a in activations[9:12]]


def test_the_legend_has_the_colours_of_what_it_names(page: Page) -> None:
    opened(page, "circle", 0, 0)
    colours = page.evaluate("""() => {
      const style = getComputedStyle(document.documentElement);
      const made = (colour) => {
        const probe = document.body.appendChild(document.createElement("i"));
        probe.style.background = colour;
        const shown = getComputedStyle(probe).backgroundColor;
        probe.remove();
        return shown;
      };
      const names = Object.fromEntries(["positive", "negative", "backward"].map((t) => [made(`var(--${t})`), t]));
      const items = [...document.querySelectorAll("ul[aria-label=Legend] li")].slice(0, 3);
      return items.map((item) => {
        const { backgroundColor, backgroundImage } = getComputedStyle(item.querySelector("i"));
        const colour = backgroundImage === "none" ? backgroundColor : /rgb\\([^)]*\\)/.exec(backgroundImage)[0];
        return [item.textContent.replace(/\\s+/g, " "), names[colour]];
      });
    }""")
    assert colours == [["positive", "positive"], ["negative", "negative"], ["gradient flowing back", "backward"]]


def test_what_has_not_been_computed_has_no_number(page: Page) -> None:
    picture = opened(page, "circle", 7, Z2)
    values = texts(picture, ".label .value")
    assert [text[:1] for text in values[6:9]] == ["z"] * 3  # the sum is there, its tanh is not
    assert values[9] == ""
    assert "" not in values[:6]
    expect(picture.network.locator(".delta")).to_have_count(0)
    expect(picture.unit("dense 3 unit 1")).to_have_attribute("aria-label", "dense 3 unit 1")


def test_deltas_are_the_gradients_of_z(page: Page) -> None:
    picture = opened(page, "circle", 3, W2_GRAD, sample=1)
    (deltas,) = picture.values("dense2.z.grad")
    shown = [number(text.removeprefix("δ ")) for text in texts(picture, ".delta")]
    for text, exact in zip(shown[:3], deltas[3:6], strict=True):
        assert text == round(exact, 3) or text == pytest.approx(exact, rel=0.5)
    assert len(shown) == 4  # three units of dense 2 and the output; dense 1 is still to come


def test_of_the_whole_batch_a_unit_shows_the_sum_of_its_deltas_which_is_its_bias_gradient(page: Page) -> None:
    picture = opened(page, "circle", 3, W2_GRAD)
    (bias,) = picture.values("dense2.bias.grad")
    found = texts(picture, ".delta")[:3]
    assert [text[:2] for text in found] == ["Σδ"] * 3
    for text, exact in zip(found, bias, strict=True):
        shown = number(text.removeprefix("Σδ "))
        assert shown == round(exact, 3) or shown == pytest.approx(exact, rel=0.5)


def test_an_edge_shows_its_weight_and_gradient_and_a_click_pins_it(page: Page) -> None:
    picture = opened(page, "circle", 5, LAST_BACKWARD)
    weights, grads = picture.values("dense3.weight", "dense3.weight.grad")
    where = picture.middle("dense 2 unit 3", "dense 3 unit 1")
    page.mouse.move(*where)
    tip = picture.network.locator(".tip")
    expect(tip).to_contain_text("w =")
    w, grad = (number(text.split("= ")[1]) for text in tip.locator(".number").all_inner_texts())
    assert (w, grad) == (float(f"{weights[2]:.4g}"), float(f"{grads[2]:.3g}"))
    page.mouse.click(*where)
    assert picture.studio.link()["selection"] == {"value": "dense3.weight.grad", "index": [0, 2]}
    page.mouse.move(2, 2)
    expect(tip).to_contain_text("w =")  # pinned


def test_a_click_beside_everything_clears_the_selection(page: Page) -> None:
    picture = opened(page, "circle", 5, LAST_BACKWARD, ("dense2.bias.grad", [1]))
    box = picture.network.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] - 6, box["y"] + box["height"] - 6)
    assert picture.studio.link()["selection"] is None


def test_a_bias_is_shown_with_its_value_and_can_be_selected(page: Page) -> None:
    picture = opened(page, "circle", 5, LAST_BACKWARD)
    (biases,) = picture.values("dense3.bias")
    bias = picture.network.get_by_role("button", name="bias of dense 3 unit 1")
    assert number(bias.locator(".value").inner_text()) == round(biases[0], 3)
    bias.click()
    assert picture.studio.link()["selection"] == {"value": "dense3.bias.grad", "index": [0]}


def test_a_unit_and_its_incoming_weights_are_reached_by_keyboard(page: Page) -> None:
    picture = opened(page, "circle", 5, LAST_BACKWARD)
    unit = picture.unit("dense 2 unit 2")
    unit.focus()
    page.keyboard.press("Enter")
    assert picture.studio.link()["selection"] == {"value": "dense2.z.grad", "index": [0, 1]}
    page.keyboard.press("ArrowDown")
    assert picture.studio.link()["selection"] == {"value": "dense2.bias.grad", "index": [1]}
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert picture.studio.link()["selection"] == {"value": "dense2.weight.grad", "index": [1, 1]}
    expect(picture.network.get_by_text(re.compile("^weight from dense 1 unit 2, ")).last).to_be_attached()
    picture.studio.expect_at(5, LAST_BACKWARD)
    into = "\n".join(f"      - listitem:\n        - button /weight from dense 1 unit {k}, .*/" for k in (1, 3, 4))
    expect(picture.network.get_by_role("list", name="into dense 2 unit 2")).to_match_aria_snapshot(f"""
    - list "into dense 2 unit 2":
      - listitem:
        - button /bias .*/
{into}
""")


def test_a_unit_is_read_aloud_with_its_numbers(page: Page) -> None:
    picture = opened(page, "circle", 5, W2_GRAD, sample=0)
    activations, deltas = picture.values("dense2.a", "dense2.z.grad")
    label = picture.unit("dense 2 unit 2").get_attribute("aria-label") or ""
    read = re.fullmatch("dense 2 unit 2, activation (.+), delta (.+)", label)
    assert read is not None
    expected = [float(f"{activations[1]:.3g}"), float(f"{deltas[1]:.3g}")]
    assert [number(text) for text in read.groups()] == expected


def test_a_dead_unit_says_why_no_gradient_gets_through(page: Page) -> None:
    picture = opened(page, "kaiming", 0, 0)
    program = picture.studio.api("program")["steps"]
    step = next(s["index"] for s in program if s["output"] == "dense3.z.grad")
    picture = opened(page, "kaiming", 0, step, sample=0)
    arriving, through = picture.values("dense3.a.grad", "dense3.z.grad")
    dead = next(unit for unit in range(6) if arriving[unit] != 0 and through[unit] == 0)
    unit = picture.unit(f"dense 3 unit {dead + 1}")
    expect(unit).to_have_attribute("aria-label", re.compile("the gradient stops here$"))
    unit.hover()
    expect(picture.network.locator(".tip")).to_contain_text(
        "The slope of ReLU is 0 at this z, so no gradient gets through."
    )


def test_what_comes_back_to_a_shut_unit_has_a_lock(page: Page) -> None:
    picture = opened(page, "moons", 56, 15, sample=3)
    shut = [unit for unit, through in enumerate(picture.values("dense2.z.grad")[0][18:24]) if through == 0]
    assert shut
    expect(picture.network.locator(".delta", has=picture.page.locator(".lock"))).to_have_count(len(shut))


def test_the_update_phase_shows_how_a_weight_changes(page: Page) -> None:
    picture = opened(page, "circle", 5, W1_NEXT, ("dense1.weight.grad", [1, 0]))
    after, change = picture.values("dense1.weight.next", "dense1.weight.update")
    rows = texts(picture, ".tip .number")
    assert number(rows[0].removeprefix("w after = ")) == float(f"{after[2]:.4g}")
    assert number(rows[2].removeprefix("Δw = ")) == float(f"{change[2]:.3g}")
    expect(picture.network.get_by_text("change of the weight")).to_be_visible()


def test_wide_layers_fold_and_are_walked_by_keyboard(page: Page) -> None:
    picture = opened(page, "digits", 0, 3, sample=0)
    strip = picture.network.get_by_role("button", name="dense 1, 32 units folded")
    expect(picture.network.get_by_text("W 32 images of 8 × 8")).to_be_visible()
    strip.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert picture.studio.link()["selection"] == {"value": "dense1.a", "index": [0, 1]}
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    assert picture.studio.link()["selection"] == {"value": "dense1.weight.grad", "index": [1, 0]}


def test_a_pixel_of_a_first_layer_image_is_a_weight(page: Page) -> None:
    picture = opened(page, "digits", 0, 3)
    caption = picture.network.get_by_text("W 32 images of 8 × 8").bounding_box()
    assert caption is not None
    page.mouse.move(caption["x"] + caption["width"] / 2 + 4, caption["y"] - 24)
    expect(picture.network.locator(".tip")).to_contain_text("w =")


def test_nothing_moves_from_its_place_while_stepping(page: Page) -> None:
    picture = opened(page, "circle", 5, LOSS)
    units = picture.network.locator(".unit")
    before = [box.bounding_box() for box in units.all()]
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    picture.studio.expect_at(5, LOSS + 20)
    picture.studio.rest()
    assert [box.bounding_box() for box in units.all()] == before


def test_a_step_is_seen_running_and_then_comes_to_rest(page: Page) -> None:
    picture = opened(page, "circle", 5, Z2_GRAD)
    picture.network.locator("canvas").first.evaluate(WATCH)
    page.keyboard.press("ArrowRight")
    picture.studio.wait_until(lambda: page.evaluate("window.seen.size > 2"))  # more than before and after
    page.evaluate("window.watching = false")
    picture.studio.rest()
    resting = pixels(picture)
    page.wait_for_timeout(A_WHILE)
    assert pixels(picture) == resting


@pytest.mark.parametrize("preset", ["sine", "digits", "vanishing", "pytorch", "one_neuron"])
def test_every_kind_of_network_is_drawn(page: Page, preset: str) -> None:
    picture = opened(page, preset, 2, 3)
    assert colours(picture.network.locator("canvas").first) > 50


def test_numbers_that_are_none_are_shown_as_such(page: Page) -> None:
    picture = opened(page, "diverging", 60, LOSS)
    assert texts(picture, ".label .value")[2:] == ["NaN"] * 7
    expect(picture.network.get_by_role("button", name="loss of the batch")).to_contain_text("NaN")


def test_a_samples_own_loss_stands_at_the_network_and_the_batchs_below_it(page: Page) -> None:
    picture = opened(page, "circle", 7, LOSS, sample=3)
    loss = picture.network.get_by_role("button", name="loss of this sample").locator(".value")
    below = picture.network.locator(".target span:not(.words)").first
    shown = [number(line.inner_text()) for line in (loss, below)]
    own, whole = picture.api("evaluation")["batch"]["losses"][3], picture.api("trace?values=loss")["values"]["loss"]
    assert shown == [float(f"{own:.3g}"), float(f"{whole['data'][0]:.3g}")]


@pytest.mark.browser_context_args(viewport={"width": 1280, "height": 800})
@pytest.mark.parametrize("preset", ["circle", "vanishing", "digits", "iris"])
def test_labels_stay_inside_the_picture_on_a_small_screen(page: Page, preset: str) -> None:
    picture = opened(page, preset, 2, 9)
    whole = picture.network.bounding_box()
    assert whole is not None
    for label in picture.network.locator(".label, .name, .target, .caption").all():
        box = label.bounding_box()
        assert box is not None
        assert box["x"] >= whole["x"], label.inner_text()
        assert box["x"] + box["width"] <= whole["x"] + whole["width"], label.inner_text()


def test_playing_ends_at_the_gradients_of_the_iteration_on_show(page: Page, problems: Problems) -> None:
    picture = opened(page, "circle", 0, 0)
    picture.iteration = picture.studio.play_to(20)
    loss = picture.network.get_by_role("button", name="loss of the batch").locator(".value").inner_text()
    assert number(loss) == float(f"{picture.values('loss')[0][0]:.3g}")
    assert problems.left() == []
