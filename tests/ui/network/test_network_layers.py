"""Layers beyond dense ones in the network picture: graphs, normalization, dropout and images, against the API."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.axe import axe_source
from tests.ui.picture import Picture, number, opened, step_of

pytestmark = pytest.mark.usefixtures("problems")


def dense(units: int, activation: str = "tanh", **fields: Any) -> dict[str, Any]:
    return {"type": "dense", "units": units, "activation": activation, **fields}


def run_of(*layers: dict[str, Any], data: str = "circle", loss: str = "mse") -> dict[str, Any]:
    sgd = {"type": "sgd", "learning_rate": 0.1}
    return {"data": {"name": data}, "batch_size": 10, "layers": list(layers), "loss": loss, "optimizer": sgd}


RESIDUAL = run_of(dense(4), dense(4), {"type": "add", "inputs": ["dense1", "dense2"]}, dense(1))
SHARED = run_of(
    dense(3),
    dense(3, inputs=["dense1"]),
    dense(3, inputs=["dense1"], share="dense2"),
    {"type": "concat", "inputs": ["x", "dense2", "dense3"]},
    dense(1),
)
NORMALIZED = run_of(dense(6, "identity"), {"type": "batch_norm"}, {"type": "dropout", "p": 0.5}, dense(1))
IMAGES = run_of(
    {"type": "reshape", "shape": [1, 8, 8]},
    {"type": "conv2d", "units": 4, "kernel": [3, 3], "activation": "tanh"},
    {"type": "max_pool2d", "kernel": [2, 2]},
    {"type": "flatten"},
    dense(10, "identity"),
    data="digits",
    loss="cross_entropy",
)
SEQUENCES = run_of(
    {"type": "embedding", "tokens": 4, "units": 4},
    {"type": "attention", "heads": 2, "causal": True},
    {"type": "gru", "units": 3},
    dense(4, "identity"),
    data="reverse",
    loss="cross_entropy",
)
# where each of them is in the middle of its backward pass
BACKWARD = {
    "residual": (RESIDUAL, "dense2.a.grad"),
    "shared": (SHARED, "dense1.a.grad"),
    "normalized": (NORMALIZED, "batch_norm1.a.grad"),
    "images": (IMAGES, "conv2d1.z.grad"),
    "sequences": (SEQUENCES, "gru1.h3.grad"),
}


def tip_numbers(picture: Picture) -> dict[str, float]:
    """What the tip says, by name."""
    expect(picture.network.locator(".tip")).to_be_visible()
    picture.studio.rest()
    rows = picture.network.locator(".tip .number").all_inner_texts()
    return {name: number(text) for name, text in (row.split(" = ") for row in rows)}


def test_a_way_around_is_found_below_the_columns_that_it_passes(page: Page) -> None:
    picture = opened(page, RESIDUAL, 3, step_of(page, RESIDUAL, "dense1.a.grad"))
    passed = picture.unit("dense 2 unit 4").bounding_box()
    assert passed is not None
    tip = picture.network.locator(".tip", has_text="dense 1 to add 1")
    for below in range(20, 90, 3):
        page.mouse.move(passed["x"] + passed["width"] / 2, passed["y"] + passed["height"] + below)
        picture.studio.rest()
        if tip.count():
            break
    expect(tip).to_contain_text("The gradient has a way around")


def test_the_units_of_a_sum_show_what_arrives_at_them(page: Page) -> None:
    picture = opened(page, RESIDUAL, 3, step_of(page, RESIDUAL, "dense1.a.grad"), sample=2)
    values, gradients = picture.values("add1.a", "add1.a.grad")
    label = picture.unit("add 1 unit 3").get_attribute("aria-label") or ""
    read = re.fullmatch("add 1 unit 3, activation (.+), gradient (.+)", label)
    assert read is not None
    expected = [float(f"{values[10]:.3g}"), float(f"{gradients[10]:.3g}")]
    assert [number(text) for text in read.groups()] == expected


def test_a_layer_that_shares_says_with_whom_and_has_the_same_weights(page: Page) -> None:
    picture = opened(page, SHARED, 3, step_of(page, SHARED, "loss"))
    expect(picture.network.get_by_text("shares dense 2")).to_be_visible()
    (weights,) = picture.values("dense2.weight")
    for layer in ("dense 2", "dense 3"):
        page.mouse.move(2, 2)
        page.mouse.move(*picture.middle("dense 1 unit 1", f"{layer} unit 1"))
        shown = tip_numbers(picture)["w"]
        assert shown in [float(f"{weight:.4g}") for weight in weights]


def test_dropout_crosses_out_the_units_that_are_silenced_in_the_sample(page: Page) -> None:
    picture = opened(page, NORMALIZED, 4, step_of(page, NORMALIZED, "loss"), sample=1)
    (mask,) = picture.values("dropout1.mask")
    labels = [picture.unit(f"dropout 1 unit {unit}").get_attribute("aria-label") or "" for unit in range(1, 7)]
    assert ["silenced" in label for label in labels] == [kept == 0 for kept in mask[6:12]]


def test_a_tip_on_batch_norm_holds_its_statistics_and_what_it_learned(page: Page) -> None:
    picture = opened(page, NORMALIZED, 4, step_of(page, NORMALIZED, "loss"), sample=1)
    picture.unit("batch norm 1 unit 2").hover()
    names = ["mean", "variance", "normalized", "weight", "bias", "a"]
    mean, variance, normalized, gamma, beta, a = picture.values(*(f"batch_norm1.{name}" for name in names))
    exact = {"mean": mean[1], "variance": variance[1], "normalized": normalized[7], "γ": gamma[1], "β": beta[1]}
    expected = {name: float(f"{value:.4g}") for name, value in exact.items()} | {"a": round(a[7], 3)}
    assert tip_numbers(picture) == expected


def test_a_cell_of_an_image_is_chosen_by_keyboard_and_has_its_number(page: Page) -> None:
    picture = opened(page, IMAGES, 0, step_of(page, IMAGES, "loss"), sample=3)
    picture.network.get_by_role("button", name="conv2d 1, 144 cells").focus()
    for _ in range(9):
        page.keyboard.press("ArrowDown")
    assert picture.studio.link()["selection"] == {"value": "conv2d1.a", "index": [3, 0, 1, 2]}
    (activations,) = picture.values("conv2d1.a")
    announced = picture.network.get_by_text(re.compile("^conv2d 1 channel 1, row 2, column 3, activation ")).last
    exact = activations[3 * 144 + 8]
    assert number(announced.inner_text().rpartition(" ")[2]) == float(f"{exact:.3g}")


def test_a_selected_cell_of_an_image_is_named_where_it_is_explained(page: Page) -> None:
    picture = opened(page, IMAGES, 0, step_of(page, IMAGES, "loss"), ("conv2d1.a", [3, 1, 2, 4]), sample=3)
    expect(picture.chain).to_contain_text("conv2d 1 channel 2, row 3, column 5, sample 4 of the batch")


def test_a_pinned_weight_of_attention_says_who_looks_at_whom(page: Page) -> None:
    cell = ("attention1.weights", [2, 1, 5, 3])
    picture = opened(page, SEQUENCES, 2, step_of(page, SEQUENCES, "loss"), cell, sample=2)
    expect(picture.network.locator(".tip")).to_contain_text("attention 1 head 2: position 6 looks at 4")
    (weights,) = picture.values("attention1.weights")
    place = ((2 * 2 + 1) * 8 + 5) * 8 + 3
    assert tip_numbers(picture) == {"weight": float(f"{weights[place]:.4g}")}


def test_what_is_a_mean_over_the_batch_is_called_so(page: Page) -> None:
    cell = ("attention1.weights", [0, 1, 5, 3])
    picture = opened(page, SEQUENCES, 2, step_of(page, SEQUENCES, "loss"), cell)
    (weights,) = picture.values("attention1.weights")
    samples = [weights[((n * 2 + 1) * 8 + 5) * 8 + 3] for n in range(len(weights) // 128)]
    assert tip_numbers(picture) == {"mean weight": float(f"{sum(samples) / len(samples):.4g}")}


def test_a_recurrent_layer_has_no_state_of_moments_to_come(page: Page) -> None:
    picture = opened(page, SEQUENCES, 2, step_of(page, SEQUENCES, "gru1.h2"), sample=1)
    picture.network.get_by_role("button", name="gru 1, 24 cells").focus()
    for _ in range(5):
        page.keyboard.press("ArrowDown")
    assert picture.studio.link()["selection"] == {"value": "gru1.h2", "index": [1, 1]}
    (state,) = picture.values("gru1.h2")
    announced = picture.network.get_by_text(re.compile("^gru 1 position 2, unit 2, activation ")).last
    assert number(announced.inner_text().rpartition(" ")[2]) == float(f"{state[4]:.3g}")
    for _ in range(2):
        page.keyboard.press("ArrowDown")
    expect(picture.network.get_by_text("gru 1 position 3, unit 1", exact=True).last).to_be_attached()


@pytest.mark.browser_context_args(viewport={"width": 1280, "height": 800})
@pytest.mark.parametrize("name", BACKWARD)
def test_what_is_written_stays_inside_the_picture_and_titles_apart(page: Page, name: str) -> None:
    config, output = BACKWARD[name]
    picture = opened(page, config, 1, step_of(page, config, output))
    whole = picture.network.locator(".sheet").first.bounding_box()  # a picture that needs more than the window scrolls
    assert whole is not None
    boxes = [label.bounding_box() for label in picture.network.locator(".label, .name, .target, .caption").all()]
    assert [box for box in boxes if box is None or box["x"] < whole["x"]] == []
    assert [box for box in boxes if box and box["x"] + box["width"] > whole["x"] + whole["width"]] == []
    titles = [title.bounding_box() for title in picture.network.locator(".name").all()]
    touching = [
        (a, b)
        for a in titles
        for b in titles
        if a and b and a["x"] < b["x"] < a["x"] + a["width"] and abs(a["y"] - b["y"]) < 12
    ]
    assert touching == []


@pytest.mark.parametrize("name", BACKWARD)
def test_axe_finds_nothing_in_the_picture(page: Page, name: str) -> None:
    config, output = BACKWARD[name]
    opened(page, config, 1, step_of(page, config, output))
    page.evaluate(axe_source())
    assert page.evaluate("axe.run('main', {resultTypes: ['violations']})")["violations"] == []
