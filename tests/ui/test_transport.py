"""Stepping, playing and travelling, by mouse and by keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.problems import Problems
from tests.ui.studio import Studio, decoded


@pytest.fixture
def studio(page: Page, problems: Problems) -> Studio:
    return Studio.opened(page)


def test_without_a_link_the_studio_opens_the_circle_at_its_start(studio: Studio) -> None:
    studio.expect_at(0, 0)
    assert studio.link()["config"]["data"]["name"] == "circle"


def test_one_step_forward_and_one_back_is_where_it_was(studio: Studio) -> None:
    studio.press("ArrowRight", "ArrowRight")
    studio.expect_at(0, 2)
    studio.press("ArrowLeft")
    studio.expect_at(0, 1)


def test_the_step_before_the_first_is_the_last_of_the_iteration_before(studio: Studio) -> None:
    studio.press("PageDown", "ArrowLeft")
    studio.expect_at(0, studio.steps - 1)
    studio.press("ArrowRight")
    studio.expect_at(1, 0)


def test_nothing_comes_before_the_start(studio: Studio) -> None:
    studio.press("ArrowLeft", "PageUp")
    studio.expect_at(0, 0)
    expect(studio.page.get_by_role("button", name="One step back")).to_be_disabled()


def test_the_buttons_step_like_the_keys(studio: Studio) -> None:
    studio.page.get_by_role("button", name="One step forward").click()
    studio.expect_at(0, 1)
    studio.page.get_by_role("button", name="One step back").click()
    studio.expect_at(0, 0)


def test_up_makes_steps_larger_and_down_smaller(studio: Studio) -> None:
    studio.press("ArrowUp", "ArrowUp")
    expect(studio.page.get_by_role("radio", name="phase", exact=True)).to_be_checked()
    studio.press("ArrowRight", "ArrowRight")
    expect(studio.reading("phase")).to_have_text("forward")
    studio.press("ArrowDown")
    expect(studio.page.get_by_role("radio", name="layer", exact=True)).to_be_checked()


def test_a_phase_is_stepped_over_as_a_whole(studio: Studio) -> None:
    steps = studio.api("program")["steps"]
    studio.page.locator("label", has_text="phase").click()
    studio.press("ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight")  # batch, forward, loss, backward
    studio.expect_at(0, max(s["index"] for s in steps if s["phase"] == "backward"))


def test_an_epoch_is_stepped_over_to_its_border(studio: Studio) -> None:
    run = studio.page.request.get(f"/api/runs/{studio.run_id()}").json()
    studio.page.locator("label", has_text="epoch").click()
    studio.press("ArrowRight")
    studio.expect_at(run["iterations_per_epoch"], 0)
    expect(studio.reading("epoch")).to_have_text("1.00")


def test_page_keys_go_by_iterations_and_home_to_the_start(studio: Studio) -> None:
    studio.press("ArrowRight", "PageDown", "PageDown", "PageUp")
    studio.expect_at(1, 1)
    studio.press("Home")
    studio.expect_at(0, 0)
    studio.press("End")
    studio.expect_at(2, 0)


def test_terms_of_a_sum_are_stepped_through_one_by_one(studio: Studio) -> None:
    """A pre-activation of the first layer is a sum of one product for each input, and the bias."""
    step = next(s["index"] for s in studio.api("program")["steps"] if s["output"] == "dense1.z")
    terms = len(studio.api("iterations/0/derivation?value=dense1.z&index=0,0")["terms"])
    studio.press(*["ArrowRight"] * step, "ArrowDown", "ArrowRight")
    studio.link(selection={"value": "dense1.z", "index": [0, 0]}, step=step)
    studio.press(*["ArrowRight"] * (terms - 1))
    studio.link(selection={"value": "dense1.z", "index": [0, 0]}, step=step)
    studio.press("ArrowRight")
    studio.link(selection={"value": "dense1.z", "index": [0, 1]}, step=step)
    studio.press("ArrowLeft")
    studio.link(selection={"value": "dense1.z", "index": [0, 0]}, step=step)


def test_a_block_is_jumped_to_and_outlined(studio: Studio) -> None:
    block = next(b for b in studio.api("program")["blocks"] if b["phase"] == "backward")
    studio.blocks.nth(block["index"]).click()
    studio.expect_at(0, block["last"])
    expect(studio.current_block).to_have_count(1)
    expect(studio.current_block).to_have_text(block["label"])
    expect(studio.reading("phase")).to_have_text("backward")


def test_blocks_that_have_run_are_solid_and_coming_ones_pale(studio: Studio) -> None:
    blocks = studio.api("program")["blocks"]
    studio.blocks.nth(3).click()
    studio.rest()
    classes = studio.blocks.evaluate_all("all => all.map(b => b.className.match(/done|current|coming/)[0])")
    assert classes == ["done"] * 3 + ["current"] + ["coming"] * (len(blocks) - 4)


@pytest.mark.parametrize("size", [pytest.param((1440, 900), id="1440x900"), pytest.param((1280, 800), id="1280x800")])
def test_every_block_says_what_it_is_also_among_very_many(studio: Studio, size: tuple[int, int]) -> None:
    """A layer and its activation are one block then, with the number of the layer; the current one has its name."""
    studio.page.set_viewport_size({"width": size[0], "height": size[1]})
    studio.open_preset("ten sigmoid layers")
    forth = [str(n) for n in range(1, 12)]
    expect(studio.blocks).to_have_text(["batch", *forth, "L", "L", *reversed(forth), *forth])
    block = next(b for b in studio.api("program")["blocks"] if b["phase"] == "backward" and b["layer"] == "dense7")
    studio.blocks.and_(studio.page.get_by_label("backward: sigmoid, dense 7,")).click()
    expect(studio.current_block).to_have_text("dense 7")
    expect(studio.reading("phase")).to_have_text(block["phase"])
    assert studio.blocks.evaluate_all("all => all.filter(b => b.scrollWidth > b.clientWidth).length") == 0


def test_three_layers_are_named_in_full_at_1280x800(studio: Studio) -> None:
    studio.page.set_viewport_size({"width": 1280, "height": 800})
    studio.open_preset("two moons")
    layers = [f"dense {n}" for n in (1, 2, 3)]
    updates = [f"W{n} b{n}" for n in "¹²³"]
    expect(studio.blocks).to_have_text(["batch", *layers, "loss", "loss", *reversed(layers), "step size", *updates])


def test_space_plays_and_pausing_lands_on_one_exact_iteration(studio: Studio) -> None:
    studio.press("Space")
    expect(studio.playhead).not_to_have_attribute("aria-valuenow", "0")
    studio.press("Space")
    expect(studio.page.get_by_role("button", name="Play")).to_be_visible()
    studio.rest()
    t = int(studio.reading("iteration").inner_text())
    assert studio.link(iteration=t)["iteration"] == t
    expect(studio.reading("phase")).to_have_text("backward")
    loss = studio.api(f"iterations/{t}")["loss"]
    expect(studio.playhead).to_have_attribute("aria-valuetext", re.compile(rf"loss {loss:.4g}"[:10]))


def test_playing_slowly_goes_step_by_step(studio: Studio) -> None:
    studio.page.get_by_label("Speed of playing").select_option(label="1 step/s")
    studio.page.get_by_role("button", name="Play").click()
    expect(studio.reading("step")).to_have_text(f"3 / {studio.steps}")
    studio.page.get_by_role("button", name="Pause").click()
    expect(studio.reading("iteration")).to_have_text("0")


def test_angle_brackets_change_the_speed(studio: Studio) -> None:
    speed = studio.page.get_by_label("Speed of playing")
    before = int(speed.input_value())
    studio.press(">", ">", "<")
    expect(speed).to_have_value(str(before + 1))


def test_the_playhead_is_dragged_into_the_past(studio: Studio) -> None:
    last = studio.play_to(40)
    box = studio.playhead.bounding_box()
    start = studio.blocks.first.bounding_box()
    assert box
    assert start
    studio.page.mouse.move(box["x"] + 1, box["y"] + 10)
    studio.page.mouse.down()
    studio.page.mouse.move((start["x"] + box["x"]) / 2, box["y"] + 10, steps=5)
    studio.page.mouse.up()
    expect(studio.playhead).not_to_have_attribute("aria-valuenow", str(last))
    studio.rest()
    t = int(studio.reading("iteration").inner_text())
    assert abs(t - last / 2) <= 2
    studio.link(iteration=t)
    expect(studio.playhead).to_have_attribute("aria-valuemax", str(last))


def test_the_playhead_is_a_slider_for_the_keyboard(studio: Studio) -> None:
    studio.press("PageDown", "PageDown", "PageDown")
    studio.playhead.focus()
    studio.press("ArrowLeft")
    expect(studio.playhead).to_have_attribute("aria-valuenow", "2")
    studio.press("Home")
    expect(studio.playhead).to_have_attribute("aria-valuenow", "0")
    studio.press("End")
    expect(studio.playhead).to_have_attribute("aria-valuenow", "3")


def test_keys_do_nothing_while_a_field_is_typed_in(studio: Studio) -> None:
    studio.field("learning rate").focus()
    studio.press("ArrowRight", "PageDown", "End", "]", "Space")
    studio.expect_at(0, 0)
    expect(studio.page.get_by_role("button", name="Play")).to_be_visible()


def test_space_on_a_button_presses_that_button(studio: Studio) -> None:
    studio.page.get_by_role("button", name="One step forward").focus()
    studio.press("Space")
    studio.expect_at(0, 1)
    expect(studio.page.get_by_role("button", name="Play")).to_be_visible()


def test_help_lists_all_keys_and_closes_with_escape(studio: Studio) -> None:
    studio.press("?")
    dialog = studio.page.get_by_role("dialog", name="Keys")
    everywhere = [
        *("Space", "→", "←", "↑", "↓", "Page Down", "Page Up", "Home", "End", ">", "<", "]", "["),
        *("B", "W", "H", "Ctrl Z", "Ctrl Shift Z", "N", "C", "S", "D", "J", "K", "Esc", "G", "P", "?"),
    ]
    at_a_unit, at_a_value, at_a_folded_layer = ["Enter", "↑ ↓"], ["↑ ↓"], ["↑ ↓", "Shift ↑ ↓"]
    at_branches, at_a_line = ["Alt ↑ ↓"], ["↑ ↓"]
    places = [*at_a_unit, *at_a_value, *at_a_folded_layer, *at_branches, *at_a_line]
    expect(dialog.locator("kbd")).to_have_text([*everywhere, *places])
    studio.press("Escape")
    expect(dialog).to_be_hidden()


def test_numbers_are_written_as_chosen_and_stay_so(studio: Studio) -> None:
    bias = studio.page.get_by_role("main").locator(".value").filter(has_text=re.compile(r"^[+\u2212]\d")).first
    expect(bias).to_have_text(re.compile(r"^[+\u2212]0\.\d{3}$"))
    studio.press("n", "n")
    expect(bias).to_have_text(re.compile(r"^[+\u2212]\d\.\d{2}e[+\u2212]\d\d$"))
    studio.press("?")
    studio.page.get_by_role("radio", name="2 digits").press("Space")
    studio.press("Escape")
    studio.page.reload()
    expect(bias).to_have_text(re.compile(r"^[+\u2212]\de[+\u2212]\d\d$"))


def test_a_copied_link_restores_the_place(studio: Studio, page: Page, problems: Problems) -> None:
    studio.press("PageDown", "PageDown", "ArrowRight", "ArrowRight", "ArrowRight")
    studio.link(iteration=2, step=3)
    other = page.context.new_page()
    problems.watch(other)
    again = Studio.opened(other, page.url)
    again.expect_at(2, 3)
    assert decoded(other.url) == decoded(page.url)


def test_a_link_pasted_into_the_open_page_is_followed(studio: Studio) -> None:
    studio.press("PageDown", "ArrowRight")
    studio.link(iteration=1, step=1)
    address = studio.page.url
    studio.press("Home")
    studio.link(iteration=0)
    studio.page.evaluate("address => { location.href = address }", address)
    studio.expect_at(1, 1)


def test_back_leads_to_the_run_before_at_the_place_where_it_was_left(studio: Studio, page: Page) -> None:
    studio.press("PageDown", "PageDown", "ArrowRight")
    studio.link(iteration=2, step=1)
    studio.enter("learning rate", "0.05")
    studio.expect_config(lambda config: len(config["edits"]), 1)
    studio.press("PageDown")
    studio.link(iteration=3, step=1)
    page.go_back()
    studio.expect_at(2, 1)
    expect(studio.field("learning rate")).to_have_value("0.12")
    page.go_forward()
    studio.expect_at(3, 1)
    expect(studio.field("learning rate")).to_have_value("0.05")


def test_moving_about_in_a_run_makes_no_entry_in_the_history(studio: Studio, page: Page) -> None:
    studio.link(iteration=0)
    before = page.evaluate("history.length")
    for iteration in (1, 2, 3):
        studio.press("PageDown")
        studio.link(iteration=iteration)
    assert page.evaluate("history.length") == before


def test_back_while_training_runs_stops_at_the_place(studio: Studio, page: Page) -> None:
    studio.press("PageDown", "ArrowRight")
    studio.link(iteration=1, step=1)
    studio.open_preset("one neuron")
    studio.link(iteration=0)
    page.get_by_role("button", name="Play").click()
    studio.wait_until(lambda: studio.now() > 5)
    page.go_back()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    studio.expect_at(1, 1)


def test_a_damaged_link_opens_the_first_preset(page: Page, problems: Problems) -> None:
    Studio.opened(page, "/#zTHISISNOTALINK").expect_at(0, 0)


def test_the_page_of_a_run_opens_that_run(studio: Studio, page: Page, problems: Problems) -> None:
    studio.open_preset("one neuron")
    studio.link(iteration=0)
    run = studio.run_id()
    other = page.context.new_page()
    problems.watch(other)
    assert Studio.opened(other, f"/?run={run}").run_id() == run


def test_the_page_of_a_run_that_nobody_knows_says_so_and_opens_the_first_preset(page: Page, problems: Problems) -> None:
    problems.expect("404")
    studio = Studio.opened(page, f"/?run={'0' * 20}")
    expect(page.get_by_role("alert").filter(has_text="This server does not know the run of this link.")).to_be_visible()
    studio.expect_title("circle 2-4-3-1")


@pytest.mark.browser_context_args(permissions=["clipboard-read", "clipboard-write"])
def test_share_copies_the_link_and_says_so(studio: Studio) -> None:
    studio.press("PageDown")
    studio.page.get_by_role("button", name="Share").click()
    expect(studio.page.get_by_role("status").filter(has_text="Link copied")).to_be_attached()
    expect(studio.page.get_by_role("status").filter(has_text="opens on this computer only")).to_be_attached()
    assert decoded(studio.page.evaluate("navigator.clipboard.readText()"))["iteration"] == 1


@pytest.mark.parametrize("export", ["json", "safetensors", "csv"])
def test_export_downloads_what_the_api_gives(studio: Studio, export: str) -> None:
    studio.press("PageDown")
    studio.link(iteration=1)
    studio.page.get_by_role("button", name="Export").click()
    with studio.page.expect_download() as download:
        studio.page.get_by_role("link", name=re.compile(export, re.IGNORECASE)).click()
    answer = studio.page.request.get(f"/api/runs/{studio.run_id()}/export/{export}?iteration=1")
    assert download.value.path().read_bytes() == answer.body()


def test_everything_fits_without_scrolling_the_page(studio: Studio) -> None:
    extents = {}
    for preset in ["circle", "ten ReLU layers", "handwritten digits"]:
        studio.open_preset(preset)
        for size in [(1440, 900), (1280, 800)]:
            studio.page.set_viewport_size({"width": size[0], "height": size[1]})
            studio.rest()
            extent = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
            extents[preset, size] = tuple(studio.page.evaluate(extent))
    assert extents == {place: place[1] for place in extents}


@pytest.mark.browser_context_args(viewport={"width": 600, "height": 900})
def test_on_a_narrow_screen_the_rails_are_sheets(studio: Studio) -> None:
    rail = studio.page.get_by_label("Data, network and training")
    expect(rail).to_be_hidden()
    studio.page.get_by_role("button", name="Setup").click()
    expect(rail).to_be_visible()
    studio.page.get_by_role("button", name="Setup").click()
    expect(rail).to_be_hidden()
    studio.page.get_by_role("button", name="Setup").click()
    studio.press("Escape")
    expect(rail).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_theme_follows_the_system_until_it_is_chosen(studio: Studio, scheme: str) -> None:
    root = studio.page.locator("html")
    studio.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    expect(root).to_have_attribute("data-theme", scheme)
    studio.page.get_by_role("button", name="Theme: as the system").click()
    studio.page.get_by_role("button", name="Theme: light").click()
    expect(root).to_have_attribute("data-theme", "dark")
    studio.page.reload()
    expect(root).to_have_attribute("data-theme", "dark")
