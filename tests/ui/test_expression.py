"""Expressions in the studio: typed, stepped through, edited; what is shown is what the API says."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.problems import Problems
from tests.ui.studio import Studio
from tests.ui.test_accessibility import violations

LECTURE = "L = (a*b + c) * tanh(d)"
NUMBERS = {"a": "2", "b": "-3", "c": "10", "d": "0.5"}


@pytest.fixture
def studio(page: Page, problems: Problems) -> Studio:
    studio = Studio.opened(page)
    studio.open_preset("the chain rule by hand")
    expect(page.get_by_test_id("expression")).to_be_visible()
    return studio


def text_field(studio: Studio) -> Locator:
    return studio.page.get_by_role("textbox", name="expression")


def node(studio: Studio, name: str) -> Locator:
    """The node of a value, by what it is called in code."""
    found = studio.page.get_by_test_id("expression").locator(".node")
    return found.filter(has=studio.page.locator(f'button.whole[aria-label^="{name}, "]'))


def shown(studio: Studio, name: str) -> tuple[float | None, float | None]:
    """The value and the gradient on a node."""
    forward, backward = (
        node(studio, name).locator(part).inner_text().rpartition("∂")[2].replace("−", "-").strip()
        for part in ("p.forward", "p.backward")
    )
    return float(forward) if forward else None, float(backward) if backward else None


def input_of(name: str, config: dict[str, Any]) -> Any:
    return config["inputs"].get(name)


def type_lecture(studio: Studio) -> None:
    text_field(studio).fill(LECTURE)
    studio.expect_title(LECTURE)
    for name, number in NUMBERS.items():
        studio.enter(name, number)
        studio.expect_config(partial(input_of, name), float(number))


def known(studio: Studio, step: int) -> dict[str, Any]:
    """All numbers that the API has up to a step."""
    values = studio.api("iterations/0/trace")["values"]
    steps = studio.api("program")["steps"]
    later = {other["output"] for other in steps[step + 1 :]}
    return {name: value["data"][0] for name, value in values.items() if name not in later}


def test_a_typed_expression_shows_the_numbers_of_the_api_at_every_step(studio: Studio) -> None:
    type_lecture(studio)
    program = studio.api("program")
    codes = {name: symbol["code"] for name, symbol in program["symbols"].items()}
    backward = [step["index"] for step in program["steps"] if step["phase"] != "update"]
    for step in backward:
        studio.expect_at(0, step)
        numbers = known(studio, step)
        for name in ("a", "b", "c", "d", "v1", "v2", "v3", "loss"):
            expected = [numbers.get(name), numbers.get(f"{name}.grad")]
            found = shown(studio, codes[name])
            assert found == tuple(None if x is None else pytest.approx(x, rel=1e-3) for x in expected), (step, name)
        studio.press("ArrowRight")


def test_edges_carry_the_local_derivatives_of_the_api(studio: Studio) -> None:
    steps = studio.api("program")["steps"]
    last = max(step["index"] for step in steps if step["phase"] == "backward")
    studio.press(*["ArrowRight"] * last)
    slopes = studio.api("iterations/0")["slopes"]
    labels = studio.page.get_by_test_id("expression").locator(".slope")
    expect(labels).to_have_count(len(slopes))
    found = sorted(float(text.split(" × ")[0].replace("−", "-")) for text in labels.all_inner_texts())
    assert found == pytest.approx(sorted(slopes.values()), rel=5e-3)


def test_a_click_and_the_arrow_keys_select_what_the_dock_explains(studio: Studio) -> None:
    node(studio, "v1").locator("button.whole").click()
    dock = studio.page.get_by_label("Chain rule and code")
    expect(dock.get_by_text("value v1")).to_be_visible()
    studio.press("ArrowDown")
    assert studio.link()["selection"] == {"value": "z", "index": []}
    studio.press("ArrowUp", "ArrowUp")
    expect(dock.get_by_text("input t, fixed")).to_be_visible()


def test_a_mistake_is_marked_beside_the_field_and_the_run_stays(studio: Studio, problems: Problems) -> None:
    problems.expect("422")
    text_field(studio).fill("z = w*x + b\nL = (z - t)^2")
    alert = studio.page.get_by_role("alert")
    expect(alert).to_have_text("line 2, column 12: '^' is not allowed; a power is written **")
    expect(studio.page.locator("pre.mark")).to_have_text(f"L = (z - t)^2\n{' ' * 11}^", use_inner_text=True)
    expect(node(studio, "y")).to_be_visible()
    assert violations(studio.page) == []


def test_a_number_changed_later_makes_a_branch_and_training_is_switched(studio: Studio) -> None:
    studio.press("PageDown", "PageDown")
    studio.enter("x", "-1.5")
    edit = {"iteration": 2, "parameter": "x", "index": [], "value": -1.5}
    studio.expect_config(lambda config: config["edits"], [edit])
    expect(node(studio, "x").locator("p.forward")).to_have_text("−1.500")
    studio.page.get_by_role("checkbox", name="train b").uncheck()
    studio.expect_config(lambda config: (config["train"], config["edits"]), (["w"], []))


def test_an_expression_plays_and_gives_way_to_layers_again(studio: Studio) -> None:
    studio.play_to(12)
    studio.link()
    assert studio.api("history?to=10")["loss"][9] < studio.api("history?to=10")["loss"][0]
    studio.open_preset("exclusive or")
    expect(studio.page.get_by_test_id("expression")).to_have_count(0)
    expect(studio.page.get_by_role("region", name="Data")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_middle_of_a_backward_pass(studio: Studio, scheme: str) -> None:
    studio.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    studio.open_preset("micrograd's example")
    expect(node(studio, "c1")).to_be_visible()
    studio.press(*["ArrowRight"] * 40)
    studio.link(step=40)
    assert violations(studio.page) == []
