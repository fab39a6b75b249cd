"""A layer from near: what a new user finds there in a few clicks, and that its numbers are those of the API."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.ui.picture import Picture, number, opened, step_of
from tests.ui.studio import Studio
from tests.ui.test_accessibility import violations

pytestmark = pytest.mark.usefixtures("problems")
MOST = 5  # clicks


@dataclass
class Walk:
    """Somebody who clicks, and counts it."""

    studio: Studio
    clicks: int = 0

    @classmethod
    def into(cls, page: Page, preset: str, block: str) -> Walk:
        """From the gallery to a block on the way back, and from there to its layer from near."""
        walk = cls(Studio.opened(page))
        walk.studio.open_preset(preset)  # the menu and the preset
        walk.clicks = 2
        walk.click(walk.studio.blocks.and_(page.get_by_role("button", name=re.compile(block))).last)
        walk.click(page.get_by_role("navigation", name="Levels").get_by_role("button"))
        return walk

    def click(self, what: Locator) -> None:
        what.click()
        self.clicks += 1
        assert self.clicks <= MOST
        self.studio.rest()

    @property
    def stage(self) -> Locator:
        return self.studio.page.get_by_role("group", name=re.compile("from near$"))

    @property
    def says(self) -> str:
        return self.stage.locator(".says").inner_text().replace("\N{MINUS SIGN}", "-")


def numbers_in(text: str) -> list[float]:
    return [float(found) for found in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\+?\d+)?", text)]


def test_on_ten_sigmoid_layers_one_finds_why_the_first_does_not_learn(page: Page) -> None:
    walk = Walk.into(page, "ten sigmoid layers", r"^backward: .*dense 1\b")
    kept = [number(text.strip("×")) for text in walk.stage.locator(".kept").all_inner_texts() if text]
    flow = walk.studio.api("iterations/0/flow")["layers"]
    assert kept == [pytest.approx(layer["kept"], rel=0.06) for layer in flow]
    assert max(kept) < 0.4
    last, first = numbers_in(walk.says.split("|∂L/∂a|")[1])
    assert [last, first] == [pytest.approx(flow[at]["gradient"], rel=1e-2) for at in (-1, 0)]
    assert re.search(r"sigmoid has slope 0\.[12]\d* at z", walk.says)


def test_on_a_memory_that_fades_one_finds_where_the_gradient_is_lost(page: Page) -> None:
    walk = Walk.into(page, "a memory that fades", r"^backward: .*rnn 1\b")
    times = walk.studio.api("iterations/0/flow?sample=0")["layers"][1]["times"]
    assert walk.stage.get_by_role("img", name="The norm of the state's gradient").locator("circle").count() == 20
    assert numbers_in(walk.says)[:4] == [
        pytest.approx(times[-1]["gradient"], rel=1e-3),
        20,
        pytest.approx(times[0]["gradient"], rel=1e-3),
        1,
    ]


def test_on_digits_by_convolution_one_finds_what_a_weights_gradient_is_the_sum_of(page: Page) -> None:
    walk = Walk.into(page, "digits by convolution", r"^backward: .*conv2d 1\b")
    walk.click(walk.stage.get_by_role("group", name="Kernel", exact=True).locator("svg"))
    cell = walk.studio.link()["selection"]
    index = ",".join(map(str, cell["index"]))
    derivation = walk.studio.api(f"iterations/0/derivation?value={cell['value']}&index={index}&sample=0")
    addends = walk.stage.get_by_role("group", name=re.compile("^largest"))
    products = [number(text) for text in addends.locator("li:not(.rest) .number:last-child").all_inner_texts()]
    assert products == [pytest.approx(term["product"], rel=1e-3) for term in derivation["terms"][: len(products)]]
    assert number(addends.locator("strong").inner_text()) == pytest.approx(derivation["result"], rel=1e-3)
    assert "the sum of δ · x over them" in walk.says


def test_on_attention_to_one_place_one_finds_which_token_a_query_looks_at_and_why_its_score_moves(page: Page) -> None:
    walk = Walk.into(page, "attention to one place", r"^backward: .*attention 1\b")
    matrix = walk.stage.get_by_role("group", name="Weights, queries down, keys across")
    box = matrix.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 240
    walk.click(matrix.locator("rect").nth(8 * 4 + 2))  # query 5, key 3
    _, head, query, key = walk.studio.link()["selection"]["index"]
    assert (query, key) == (4, 2)
    trace = walk.studio.api("iterations/0/trace?values=attention1.weights,attention1.scores.grad")["values"]
    at = 8 * query + 8 * 8 * head
    row = {name.split(".", 1)[1]: value["data"][at : at + 8] for name, value in trace.items()}
    shown = [number(text) for text in walk.stage.locator("td[data-role=weights]").all_inner_texts()]
    assert shown == [pytest.approx(weight, abs=0.006) for weight in row["weights"]]
    score = walk.stage.get_by_role("region", name="Score")
    near = walk.studio.api(f"iterations/0/stage?layer=attention1&sample=0&value=attention1.scores&index=0,{head},4,2")
    products = next(part["numbers"]["data"] for part in near["parts"] if part["role"] == "products")
    bars = score.get_by_role("img", name=re.compile("as bars$"))
    assert bars.locator("rect.minus").count() == sum(product < 0 for product in products)
    assert bars.locator("rect:not(.hit)").count() == len(products)
    assert number(score.locator("strong").inner_text()) == pytest.approx(sum(products) / len(products) ** 0.5, rel=1e-2)
    assert f"should go {'up' if row['scores.grad'][2] < 0 else 'down'}." in walk.says


def near(page: Page, preset: str, layer: str, output: str, iteration: int = 5) -> Picture:
    presets = {entry["name"]: entry["config"] for entry in page.request.get("/api/presets").json()}
    return opened(page, preset, iteration, step_of(page, presets[preset], output), sample=1, layer=layer)


def test_keys_go_in_walk_over_the_cells_pin_one_and_go_up_level_by_level(page: Page) -> None:
    picture = near(page, "reversing", "attention1", "attention1.scores.grad")
    studio, matrix = picture.studio, page.get_by_role("group", name="Weights, queries down")
    matrix.focus()
    studio.press("ArrowDown", "ArrowLeft", "Enter")
    chosen = studio.link()["selection"]["index"]
    expect(page.get_by_role("navigation", name="Levels").locator("[aria-current]")).to_contain_text(
        f"key {chosen[3] + 1}"
    )
    page.keyboard.press("Escape")
    assert (studio.link()["selection"], studio.link()["layer"]) == (None, "attention1")
    page.keyboard.press("Escape")
    studio.rest()
    expect(page.get_by_role("group", name=re.compile("from near$"))).to_have_count(0)
    assert "layer" not in studio.link()
    page.keyboard.press("s")
    assert studio.link(layer="attention1")["layer"] == "attention1"


@pytest.mark.parametrize(
    ("preset", "layer", "output"),
    [
        ("transformer", "attention1", "attention1.scores.grad"),
        ("digits_conv", "conv2d1", "conv2d1.weight.grad"),
        ("remembering", "gru1", "gru1.weight_hh.grad"),
        ("batch_norm", "batch_norm5", "dense5.a.grad"),
    ],
)
def test_axe_finds_nothing_and_nothing_is_cut_from_near(page: Page, preset: str, layer: str, output: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(reduced_motion="reduce")
    near(page, preset, layer, output)
    assert violations(page, "main, .dock") == []
    body = page.locator(".stage .body")
    assert body.evaluate("body => body.scrollWidth - body.clientWidth") <= 1
    for matrix in page.get_by_role("group", name=re.compile("queries down")).all():
        box, room = matrix.bounding_box(), body.bounding_box()
        assert box is not None
        assert room is not None
        assert min(box["width"], box["height"]) >= 240
        assert box["y"] + box["height"] <= room["y"] + room["height"]


def test_an_update_is_taken_apart_from_the_gradient_to_the_new_weight(page: Page) -> None:
    presets = {entry["name"]: entry["config"] for entry in page.request.get("/api/presets").json()}
    step = step_of(page, presets["spiral"], "dense2.weight.next")
    picture = opened(page, "spiral", 5, step, ("dense2.weight.update", [2, 7]), layer="dense2")
    names = [
        "",
        ".grad",
        ".exp_avg.next",
        ".exp_avg_sq.next",
        ".corrected",
        ".corrected_sq",
        ".scale",
        ".update",
        ".next",
    ]
    values = picture.values(*(f"dense2.weight{name}" for name in names))
    region = page.get_by_role("region", name="The update of one number")
    shown = region.locator("li:not(.addend) .number").all_inner_texts()
    assert [number(text) for text in shown] == [pytest.approx(value[2 * 8 + 7], rel=1e-3) for value in values]
    memory = [f"derivation?value=dense2.weight.{slot}.next&index=2,7" for slot in ("exp_avg", "exp_avg_sq")]
    addends = [term["product"] for asked in memory for term in picture.api(asked)["terms"]]
    expect(region.locator(".addend .number")).to_have_count(len(addends))
    shown = region.locator(".addend .number").all_inner_texts()
    assert [number(text) for text in shown] == [pytest.approx(product, rel=1e-3) for product in addends]
    assert region.locator(".addend .mute").all_inner_texts()[:2] == ["0.9 · m", "+ 0.1 · ∂L/∂w"]
    row = page.get_by_role("row").filter(has=page.get_by_role("button", name="3,8", exact=True))
    assert [number(text) for text in row.locator("td").all_inner_texts()] == [
        pytest.approx(value[2 * 8 + 7], rel=1e-2) for value in values
    ]
    table = page.get_by_role("region", name="All numbers of this parameter")
    for width, height in ((1440, 900), (1280, 800)):
        page.set_viewport_size({"width": width, "height": height})
        picture.studio.rest()
        assert table.evaluate("box => box.scrollWidth - box.clientWidth") <= 1


def test_all_parameters_stand_in_one_table_by_the_size_of_any_column(page: Page) -> None:
    presets = {entry["name"]: entry["config"] for entry in page.request.get("/api/presets").json()}
    step = step_of(page, presets["digits"], "dense2.bias.next")
    picture = opened(page, "digits", 5, step, ("dense2.weight.update", [2, 7]))
    page.locator("label").filter(has_text=re.compile("^ *Parameters *$")).click()
    table = page.get_by_role("region", name="The update of every trained number")
    for heading, sort in (("step", "update"), ("∂L/∂w", "grad")):
        if sort == "grad":
            table.get_by_role("button", name=heading, exact=True).click()
        found = picture.api(f"updates?sort={sort}&parameter=dense2.weight&index=2,7")
        expect(table.get_by_role("table")).to_have_attribute("aria-rowcount", str(found["total"] + 1))
        expect(table.get_by_role("columnheader", name=re.compile("↓"))).to_have_text(f"{heading} ↓")
        picture.studio.rest()
        for row, wanted in zip(table.locator("tr:has(td)").all()[:4], [found["chosen"], *found["rows"]], strict=False):
            shown = [number(text) for text in row.locator("td").all_inner_texts()]
            assert shown == [pytest.approx(x, rel=1e-2) for x in wanted["numbers"]]
    table.evaluate("box => { box.scrollTop = box.scrollHeight; }")
    expect(table.locator(f'tr[data-rank="{found["total"] - 1}"] button')).to_be_visible()
    assert len(table.locator("tr[data-rank]").all()) < 60
    assert violations(page) == []
