"""Data, network and training: every change is a run, every refusal stands beside its field."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.problems import Problems
from tests.ui.picture import address
from tests.ui.studio import Studio

REFUSED = r"422"


@pytest.fixture
def studio(page: Page, problems: Problems) -> Studio:
    return Studio.opened(page)


def expect_units(studio: Studio, *wanted: int) -> None:
    rows = studio.page.get_by_role("region", name="Network").locator("li .number")
    expect(rows).to_have_text([str(n) for n in (2, *wanted)])
    studio.expect_config(lambda c: [layer["units"] for layer in c["layers"]], list(wanted))


def add_layer(studio: Studio, title: str) -> None:
    studio.page.get_by_role("button", name="+ layer").click()
    studio.page.get_by_role("searchbox", name="Find a type of layer").fill(title)
    studio.press("Enter")


def open_layer(studio: Studio, title: str) -> None:
    studio.page.get_by_role("region", name="Network").get_by_role("button", name=re.compile(f"^{title}")).click()


def pick_data(studio: Studio, group: str, title: str) -> None:
    studio.page.locator("label", has_text=group).click()
    studio.page.get_by_role("group", name="Data set").get_by_role("button", name=title).click()


def layer_types(config: dict[str, Any]) -> list[str]:
    return [layer["type"] for layer in config["layers"]]


def catalog(studio: Studio) -> Any:
    return studio.page.request.get("/api/catalog").json()


def learning_rate_is_in_sight(studio: Studio, width: int, height: int) -> bool:
    studio.page.set_viewport_size({"width": width, "height": height})
    studio.rest()
    rail = studio.page.get_by_label("Data, network and training").bounding_box()
    box = studio.field("learning rate").bounding_box()
    return bool(rail and box and box["y"] + box["height"] <= rail["y"] + rail["height"])


def test_every_preset_opens_by_its_title_says_what_to_look_at_and_has_its_learning_rate_in_sight(
    studio: Studio,
) -> None:
    hidden = []
    for preset in studio.page.request.get("/api/presets").json():
        studio.open_preset(preset["title"])
        summary = studio.page.get_by_role("region", name="Preset").locator("> p")
        expect(summary).to_have_text(preset["summary"])
        sizes = [(1440, 900), (1280, 800)]
        hidden += [(preset["name"], size) for size in sizes if not learning_rate_is_in_sight(studio, *size)]
    assert hidden == []


def test_a_change_of_the_network_starts_over_as_another_run(studio: Studio) -> None:
    studio.press("PageDown", "PageDown")
    studio.page.get_by_role("button", name="One unit more in layer 1").click()
    studio.expect_title("circle 2-5-3-1")
    studio.expect_at(0, 0)
    expect_units(studio, 5, 3, 1)


def test_layers_are_added_moved_and_removed(studio: Studio) -> None:
    network = studio.page.get_by_role("region", name="Network")
    add_layer(studio, "dense")
    expect_units(studio, 4, 3, 3, 1)
    network.get_by_role("button", name="dense 1").click()
    network.get_by_role("button", name="move down").click()
    expect_units(studio, 3, 4, 3, 1)
    expect(network.get_by_role("button", name="move down")).to_be_focused()
    network.get_by_role("button", name="remove").click()
    expect_units(studio, 3, 3, 1)


def test_every_type_of_layer_can_be_chosen_and_says_what_it_does(studio: Studio) -> None:
    studio.page.get_by_role("button", name="+ layer").click()
    studio.rest()
    items = studio.page.get_by_role("group").get_by_role("button").filter(has=studio.page.locator("b"))
    shown = {item.split(None, 1)[0]: item for item in items.all_inner_texts()}
    wanted = {entry["title"].split()[0]: entry for entry in catalog(studio)["layers"]}
    assert shown.keys() == wanted.keys()
    assert all(entry["description"] in shown[name] for name, entry in wanted.items())


def test_a_layer_is_found_and_added_by_keyboard_alone(studio: Studio) -> None:
    studio.page.get_by_role("button", name="+ layer").focus()
    studio.press("Enter")
    expect(studio.page.get_by_role("searchbox")).to_be_focused()
    studio.page.keyboard.type("normal")
    studio.press("ArrowDown", "ArrowDown", "ArrowUp", "Enter")
    studio.wait_until(lambda: len(studio.link()["config"]["layers"]) == 4)
    expect(studio.page.get_by_role("button", name="+ layer")).to_be_focused()


def test_every_setting_of_a_new_layer_is_there(studio: Studio) -> None:
    add_layer(studio, "dropout")
    studio.expect_config(layer_types, ["dense", "dense", "dropout", "dense"])
    studio.enter("rate", "0.25")
    studio.expect_config(lambda c: c["layers"][2], {"type": "dropout", "p": 0.25})
    studio.enter("rate", "2")
    expect(studio.field("rate").locator("xpath=..").get_by_role("alert")).to_contain_text("not 2")


def test_a_residual_connection_is_made_and_cannot_be_torn(studio: Studio) -> None:
    """What the layers take is named by type and count: names follow their layers, and no move may leave one behind."""
    studio.page.get_by_role("button", name="One unit more in layer 2").click()
    expect_units(studio, 4, 4, 1)
    add_layer(studio, "add")
    studio.expect_config(lambda c: c["layers"][2].get("inputs"), ["dense1", "dense2"])
    network = studio.page.get_by_role("region", name="Network")
    expect(network).to_contain_text("Cannot move up: add 1 takes dense 2, which has to come before it.")
    open_layer(studio, "dense 1")
    network.get_by_role("button", name="move down").click()
    studio.expect_config(lambda c: c["layers"][2].get("inputs"), ["dense2", "dense1"])
    add_layer(studio, "activation")
    studio.expect_config(layer_types, ["dense", "dense", "add", "activation", "dense"])


def test_layers_share_their_parameters(studio: Studio) -> None:
    studio.page.get_by_role("button", name="One unit more in layer 2").click()
    add_layer(studio, "dense")
    studio.field("parameters").select_option(label="of dense 2")
    studio.expect_config(lambda c: c["layers"][2].get("share"), "dense2")
    expect(studio.page.get_by_role("region", name="Gradient norm").locator("li .name").nth(1)).to_have_text(
        "dense 2, 3"
    )


def test_features_of_the_inputs_are_switched_on_and_off(studio: Studio) -> None:
    open_layer(studio, "input")
    features = studio.page.get_by_role("group", name="features")
    features.get_by_text("x\N{SUBSCRIPT ONE}\N{SUPERSCRIPT TWO}").click()
    studio.expect_config(lambda c: c["features"], ["x1", "x2", "x1^2"])
    assert studio.api("iterations/0/parameters")["values"]["dense1.weight"]["shape"] == [4, 3]
    features.get_by_text("x\N{SUBSCRIPT ONE}\N{SUPERSCRIPT TWO}").click()
    studio.expect_config(lambda c: c["features"], [])


def test_one_input_has_a_polynomial_degree(studio: Studio) -> None:
    studio.open_preset("sine curve")
    open_layer(studio, "input")
    studio.enter("polynomial degree", "3")
    studio.expect_config(lambda c: c["features"], ["x1", "x1^2", "x1^3"])


def test_an_activation_with_settings_shows_them(studio: Studio) -> None:
    studio.page.get_by_role("region", name="Network").get_by_role("button", name="dense 1").click()
    studio.field("activation").select_option(label="leaky ReLU")
    studio.enter("negative slope", "0.2")
    expect(studio.field("negative slope")).to_have_value("0.2")
    studio.expect_config(lambda c: c["layers"][0]["activation"], {"type": "leaky_relu", "negative_slope": 0.2})


def test_a_variant_of_backpropagation_brings_its_settings_and_goes_again(studio: Studio) -> None:
    studio.field("backward pass").select_option(label="feedback alignment")
    studio.expect_config(lambda c: c["backward"], {"type": "feedback_alignment", "scale": 1.0})
    studio.enter("scale", "0.5")
    studio.expect_config(lambda c: c["backward"], {"type": "feedback_alignment", "scale": 0.5})
    studio.field("backward pass").select_option(label="backpropagation")
    studio.expect_config(lambda c: c["backward"], None)


def test_another_optimizer_brings_its_own_settings(studio: Studio) -> None:
    studio.field("optimizer").select_option(label="Adam")
    expect(studio.field("betas")).to_have_value("0.9, 0.999")
    studio.enter("betas", "0.8, 0.99")
    expect(studio.field("betas")).to_have_value("0.8, 0.99")
    studio.expect_config(lambda c: c["optimizer"].get("betas"), [0.8, 0.99])


def test_an_empty_batch_size_is_the_full_batch(studio: Studio) -> None:
    studio.enter("batch size", "")
    expect(studio.field("batch size")).to_have_attribute("placeholder", "all")
    studio.expect_config(lambda c: c["batch_size"], None)


def test_data_of_another_task_get_an_output_layer_and_a_loss_that_fit(studio: Studio) -> None:
    pick_data(studio, "tables", "iris")
    studio.expect_title("iris 4-")
    studio.expect_config(lambda c: (c["layers"][-1]["units"], c["loss"]), (3, "cross_entropy"))


def test_data_of_the_same_task_keep_the_network(studio: Studio) -> None:
    before = studio.link()["config"]
    pick_data(studio, "points", "two spirals")
    studio.expect_title("spiral 2-4-3-1")
    studio.expect_config(
        lambda c: (c["data"]["name"], c["layers"], c["loss"]), ("spiral", before["layers"], before["loss"])
    )


@pytest.mark.parametrize(
    ("typed", "because"),
    [
        ("-3", "Needs a number at least 0, not \N{MINUS SIGN}3."),
        ("fast", "Needs a number at least 0, not fast."),
        ("", "Needs a number at least 0."),
        ("1e400", "1e400 is past the largest number, which is about 1.8e308."),
    ],
)
def test_a_value_that_cannot_be_is_explained_beside_its_field_and_not_lost(
    studio: Studio, typed: str, because: str
) -> None:
    """Without asking the server: the console stays clean."""
    studio.enter("learning rate", typed)
    field = studio.field("learning rate")
    expect(field.locator("xpath=..").get_by_role("alert")).to_contain_text(because)
    expect(studio.page.get_by_role("main").get_by_role("status")).to_contain_text("The run on show is unchanged")
    expect(field).to_have_value(typed)
    expect(field).to_have_attribute("aria-invalid", "true")
    studio.enter("learning rate", "0.25")
    expect(studio.page.get_by_role("alert")).to_have_count(0)
    studio.expect_config(lambda c: c["optimizer"]["learning_rate"], 0.25)


@pytest.mark.parametrize(("typed", "number"), [("0,05", 0.05), ("1/8", 0.125), ("10^-3", 0.001)])
def test_a_number_is_read_as_people_write_it(studio: Studio, typed: str, number: float) -> None:
    studio.enter("learning rate", typed)
    studio.expect_config(lambda c: c["optimizer"]["learning_rate"], number)
    expect(studio.field("learning rate")).to_have_value(str(number))


def test_a_print_of_numpy_or_torch_is_read_as_the_weights(studio: Studio) -> None:
    open_layer(studio, "dense 2")
    studio.enter("bias values", "tensor([0.5000, -1.0000, 0.2500], requires_grad=True)")
    studio.expect_config(lambda c: c["layers"][1].get("bias_values"), [0.5, -1.0, 0.25])


def test_a_seed_that_would_be_rounded_is_refused_and_stays_as_typed(studio: Studio) -> None:
    studio.enter("seed", "99999999999999999999")
    alert = studio.field("seed").locator("xpath=..").get_by_role("alert")
    expect(alert).to_contain_text("Needs a whole number up to 9007199254740991: a larger one would be rounded.")
    expect(studio.field("seed")).to_have_value("99999999999999999999")


def test_a_mistake_put_right_again_leaves_the_run_where_it_was(studio: Studio) -> None:
    studio.press("PageDown", "PageDown", "ArrowRight")
    for typed in ("", "4"):
        studio.page.get_by_role("region", name="Network").get_by_role("button", name="dense 1").click()
        studio.enter("units", typed)
    expect(studio.page.get_by_role("alert")).to_have_count(0)
    studio.expect_at(2, 1)


def test_what_only_the_server_can_refuse_is_told_in_the_words_of_the_menus(studio: Studio, problems: Problems) -> None:
    problems.expect(REFUSED)
    studio.field("loss").select_option(label="cross-entropy")
    alert = studio.field("loss").locator("xpath=..").get_by_role("alert")
    expect(alert).to_contain_text("cross-entropy")
    expect(alert).not_to_contain_text("_")
    studio.field("loss").select_option(label="mean squared error")
    expect(studio.page.get_by_role("alert")).to_have_count(0)


def test_a_refused_setting_of_a_layer_is_explained_there(studio: Studio) -> None:
    studio.page.get_by_role("region", name="Network").get_by_role("button", name="dense 2").click()
    studio.enter("units", "0")
    expect(studio.field("units").locator("xpath=..").get_by_role("alert")).to_contain_text("at least 1")
    studio.expect_title("circle 2-4-3-1")


def test_a_link_with_a_field_that_no_run_has_says_so(page: Page, problems: Problems) -> None:
    problems.expect(REFUSED)
    config = {"data": {"name": "circle"}, "layers": [{"units": 1}], "colour": 1}
    page.goto(address({"config": config, "iteration": 0, "step": 0, "sample": "mean", "selection": None}))
    rail = page.get_by_label("Data, network and training")
    expect(rail.get_by_role("alert")).to_contain_text("unknown field 'colour'")


def test_a_learning_rate_changed_in_mid_run_makes_a_branch_that_keeps_the_place(studio: Studio) -> None:
    t = studio.play_to(20)
    before = studio.link(iteration=t)
    studio.enter("learning rate", "0.5")
    expect(studio.page.get_by_role("button", name=f"branch at {t}", exact=True)).to_be_visible()
    studio.expect_at(t, before["step"])
    studio.expect_config(lambda c: c["edits"], [{"iteration": t, "set": {"optimizer.learning_rate": 0.5}}])
    expect(studio.field("learning rate")).to_have_value("0.5")
    assert studio.api(f"iterations/{t}/parameters") == parameters(studio, before["config"], t)


def test_clipping_and_penalties_changed_in_mid_run_make_branches(studio: Studio) -> None:
    t = studio.play_to(10)
    studio.enter("L2", "0.01")
    studio.expect_config(lambda c: c["edits"], [{"iteration": t, "set": {"regularization.l2": 0.01}}])
    studio.field("clipping").select_option(label="by value")
    studio.enter("bound", "0.5")
    studio.expect_config(lambda c: c["edits"][-1], {"iteration": t, "set": {"clip.value": 0.5}})
    studio.field("clipping").select_option(label="by global norm")
    studio.expect_config(lambda c: c["edits"][-1], {"iteration": t, "set": {"clip.norm": 0.5}})
    expect(studio.field("bound")).to_have_value("0.5")
    studio.expect_at(t, studio.link()["step"])


def test_a_schedule_brings_its_settings_and_starts_over(studio: Studio) -> None:
    studio.press("PageDown")
    studio.field("schedule").select_option(label="exponential decay")
    studio.enter("gamma", "0.9")
    studio.expect_config(lambda c: (c["schedule"] or {}).get("gamma"), 0.9)
    studio.expect_at(0, 0)
    studio.field("schedule").select_option(label="constant")
    studio.expect_config(lambda c: c["schedule"], None)


def test_a_bound_that_cannot_be_is_explained_and_another_kind_puts_it_right(studio: Studio) -> None:
    studio.field("clipping").select_option(label="by value")
    studio.expect_config(lambda c: c["clip"], {"value": 1.0})
    studio.enter("bound", "-1")
    expect(studio.field("bound").locator("xpath=..").get_by_role("alert")).to_contain_text("above 0")
    studio.field("clipping").select_option(label="by norm")
    expect(studio.page.get_by_role("alert")).to_have_count(0)
    studio.expect_config(lambda c: c["clip"], {"parameter_norm": 1.0})


def parameters(studio: Studio, config: object, t: int) -> object:
    run = studio.page.request.post("/api/runs", data=config).json()["id"]
    return studio.page.request.get(f"/api/runs/{run}/iterations/{t}/parameters").json()


def test_the_field_shows_what_held_at_the_cursor(studio: Studio) -> None:
    t = studio.play_to(10)
    studio.enter("learning rate", "0.5")
    expect(studio.page.get_by_role("button", name=f"branch at {t}", exact=True)).to_be_visible()
    studio.page.evaluate("document.activeElement.blur()")
    studio.press("PageUp")
    expect(studio.field("learning rate")).to_have_value("0.12")


def test_from_a_branch_one_goes_back_to_the_run_it_left(studio: Studio) -> None:
    t = studio.play_to(10)
    parent = studio.run_id()
    studio.enter("learning rate", "0.5")
    studio.page.get_by_role("button", name=f"branch at {t}", exact=True).click()
    expect(studio.page.get_by_role("button", name=f"branch at {t}", exact=True)).to_have_count(0)
    studio.expect_config(lambda c: c["edits"], [])
    assert studio.run_id() == parent


def test_the_change_can_be_asked_to_hold_from_the_start(studio: Studio) -> None:
    studio.play_to(10)
    studio.page.locator("label", has_text="from 0").click()
    studio.enter("learning rate", "0.5")
    studio.expect_at(0, 0)
    studio.expect_config(lambda c: (c["optimizer"]["learning_rate"], c["edits"]), (0.5, []))


def test_playing_goes_on_after_a_change(studio: Studio) -> None:
    studio.page.get_by_role("button", name="Play").click()
    expect(studio.playhead).not_to_have_attribute("aria-valuenow", "0")
    studio.enter("learning rate", "0.5")
    branch = studio.page.get_by_role("button", name=re.compile(r"^branch at \d+$"))
    expect(branch).to_be_visible()
    at = int(branch.inner_text().split()[-1])
    studio.wait_until(lambda: studio.now() > at + 5)
    studio.page.get_by_role("button", name="Pause").click()


def test_many_layers_alike_are_one_row_until_they_are_asked_for(studio: Studio) -> None:
    studio.open_preset("ten sigmoid layers")
    network = studio.page.get_by_role("region", name="Network")
    expect(network.locator("li")).to_have_count(3)
    network.get_by_role("button", name="dense 1–10").click()
    expect(network.locator("li")).to_have_count(12)
    network.get_by_role("button", name="layers alike as one").click()
    expect(network.locator("li")).to_have_count(3)


def test_opening_the_settings_of_the_data_does_not_scroll_the_rail(studio: Studio) -> None:
    studio.page.set_viewport_size({"width": 1280, "height": 800})
    studio.open_preset("handwritten digits")
    heading = studio.page.get_by_role("region", name="Data").get_by_role("button", name="handwritten digits,")
    before = heading.bounding_box()
    heading.click()
    expect(studio.page.get_by_role("region", name="Data")).to_contain_text("1258 to train on, 539 to test with")
    studio.rest()
    assert heading.bounding_box() == before
    assert heading.locator("span").evaluate("e => e.scrollWidth <= e.clientWidth")


def test_every_field_has_a_name_and_says_what_it_is(studio: Studio) -> None:
    studio.page.get_by_role("region", name="Network").get_by_role("button", name="dense 1").click()
    studio.page.get_by_role("region", name="Data").get_by_role("button", name="circle,").click()
    studio.rest()
    nameless = (
        studio.page.get_by_label("Data, network and training")
        .locator("input, select")
        .evaluate_all(
            """fields => fields.filter(f => f.getAttribute("aria-describedby")).filter(
            f => !f.labels[0]?.textContent.trim()
              || document.getElementById(f.getAttribute("aria-describedby")).textContent.length < 10
        ).map(f => f.outerHTML)"""
        )
    )
    assert nameless == []


def test_a_server_that_does_not_answer_is_named_and_tried_again(studio: Studio, problems: Problems) -> None:
    problems.expect("request failed")
    problems.expect("console error")

    def refuse(route: Route) -> None:
        route.abort("connectionrefused")

    studio.page.route("**/api/runs", refuse)
    studio.enter("seed", "5")
    alert = studio.page.get_by_role("alert")
    expect(alert).to_contain_text("does not answer")
    studio.page.unroute("**/api/runs", refuse)
    alert.get_by_role("button", name="Try again").click()
    expect(alert).to_have_count(0)
    studio.expect_config(lambda c: c["seed"], 5)
