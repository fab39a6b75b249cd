"""The gallery of presets: shelves and a search, the keyboard, and the telling place of each."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.problems import Problems
from tests.ui.studio import Studio


@pytest.fixture
def studio(page: Page, problems: Problems) -> Studio:
    return Studio.opened(page)


def opened(studio: Studio) -> Locator:
    studio.page.get_by_role("button", name="Presets").click()
    return studio.page.get_by_role("dialog", name="Presets")


def presets(studio: Studio) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = studio.page.request.get("/api/presets").json()
    return found


def test_every_preset_stands_on_the_shelf_of_its_group(studio: Studio) -> None:
    gallery = opened(studio)
    expect(gallery.get_by_role("searchbox")).to_be_focused()
    shelves = {
        shelf.locator("h3").inner_text(): shelf.locator(".tile b").all_inner_texts()
        for shelf in gallery.locator("section").all()
    }
    every = presets(studio)
    groups = dict.fromkeys(preset["group"] for preset in every)
    assert shelves == {group: [p["title"] for p in every if p["group"] == group] for group in groups}


def test_a_preset_is_found_by_what_it_is_made_of_and_opened_by_enter(studio: Studio) -> None:
    gallery = opened(studio)
    studio.page.keyboard.type("gru")
    expect(gallery.locator(".tile b")).to_have_text(["a memory with gates"])
    studio.press("Enter")
    expect(gallery).to_be_hidden()
    studio.expect_config(lambda config: config["layers"][1]["type"], "gru")


def test_what_is_not_found_says_what_to_try(studio: Studio) -> None:
    gallery = opened(studio)
    studio.page.keyboard.type("quantum")
    expect(gallery.locator(".none")).to_contain_text("“quantum”")
    studio.press("Escape")
    expect(gallery).to_be_hidden()


def test_arrows_walk_over_the_shelves_and_what_they_reach_is_described(studio: Studio) -> None:
    gallery = opened(studio)
    studio.press("ArrowDown", "ArrowRight")
    told = gallery.get_by_role("complementary", name="The preset")
    expect(told.locator("h3")).to_have_text("one neuron")
    studio.press("ArrowDown")
    first = presets(studio)[1]["title"]
    expect(told.locator("h3")).not_to_have_text(first)
    studio.press("ArrowUp")
    expect(told.locator("h3")).to_have_text(first)


def test_looking_at_a_preset_leads_to_its_place(studio: Studio) -> None:
    gallery = opened(studio)
    studio.page.keyboard.type("ten sigmoid layers")
    look = next(p["look"] for p in presets(studio) if p["name"] == "vanishing")
    told = gallery.get_by_role("complementary", name="The preset")
    expect(told).to_contain_text(look["sentence"])
    studio.press("Shift+Enter")
    place = studio.link(iteration=look["iteration"], step=look["step"], selection=look["selection"])
    assert place["config"]["layers"][0]["activation"] == "sigmoid"


def test_the_picture_of_a_preset_is_drawn_from_its_numbers(studio: Studio) -> None:
    gallery = opened(studio)
    tile = gallery.get_by_role("button", name="ten sigmoid layers", exact=True).locator("canvas")
    inked = """canvas => {
      const { width, height } = canvas;
      const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
      copy.drawImage(canvas, 0, 0);
      const { data } = copy.getImageData(0, 0, width, height);
      const inkedIn = x => Array.from({ length: height }, (_, y) => data[4 * (y * width + x) + 3] > 0);
      return Array.from({ length: width }, (_, x) => inkedIn(x).filter(Boolean).length).filter(n => n > 0);
    }"""
    studio.wait_until(lambda: len(tile.evaluate(inked)) > 0)
    heights = tile.evaluate(inked)
    assert heights == sorted(heights)


def test_a_tap_shows_a_preset_and_a_second_one_opens_it(studio: Studio) -> None:
    studio.page.set_viewport_size({"width": 390, "height": 844})
    studio.page.get_by_role("button", name="Setup").click()
    gallery = opened(studio)
    tap = """tile => {
      tile.dispatchEvent(new PointerEvent("pointerdown", { pointerType: "touch", bubbles: true }));
      tile.click();
    }"""
    tile = gallery.get_by_role("button", name="exclusive or", exact=True)
    tile.evaluate(tap)
    expect(gallery.get_by_role("complementary", name="The preset").locator("h3")).to_have_text("exclusive or")
    tile.evaluate(tap)
    expect(gallery).to_be_hidden()
    studio.expect_config(lambda config: config["data"]["name"], "xor")


TEXTBOOK = """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(10, 5)
        self.fc2 = nn.Linear(5, 1)

    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x)))

net = Net()
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
"""


def test_code_of_a_course_is_pasted_and_becomes_a_run(studio: Studio) -> None:
    opened(studio).get_by_role("button", name="Paste code").click()
    dialog = studio.page.get_by_role("dialog", name="Paste code")
    dialog.get_by_label("Code").fill(TEXTBOOK.replace("nn.Linear(5, 1)", "nn.Weird(5, 1)"))
    expect(dialog.locator("li.refused").first).to_contain_text("Weird is not there")
    expect(dialog.get_by_role("button", name="Open")).to_be_disabled()
    dialog.get_by_label("Code").fill(TEXTBOOK)
    expect(dialog.locator("li.refused")).to_have_count(0)
    expect(dialog.get_by_role("button", name="Open")).to_be_enabled()
    studio.press("Control+Enter")
    expect(dialog).to_be_hidden()
    studio.expect_config(lambda config: [layer["units"] for layer in config["layers"]], [5, 1])
    config = studio.link()["config"]
    assert (config["layers"][0]["activation"], config["loss"], config["optimizer"]["learning_rate"]) == (
        "relu",
        "mse",
        0.01,
    )
