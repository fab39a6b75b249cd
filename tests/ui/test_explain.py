"""The dock: the chain rule of the selected number, the paths, the check and the code are what the API says."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.problems import Problems
from tests.ui.picture import Picture, number, opened
from tests.ui.test_accessibility import violations

# Steps of the circle preset (2-4-3-1), by what they write.
Z2, A2, W2_GRAD, LAST_BACKWARD = 4, 5, 16, 22
MAX_POOL_BACK = 20  # of the preset that convolves digits
WEIGHT = ("dense2.weight.grad", [2, 1])
SHORT = 4  # significant digits

pytestmark = pytest.mark.usefixtures("problems")


def derivation(picture: Picture, value: str, *index: int, more: str = "") -> dict[str, object]:
    path = f"derivation?value={value}&index={','.join(map(str, index))}{more}"
    found: dict[str, object] = picture.api(path)
    return found


def rounded(x: float, digits: int = SHORT) -> float:
    return float(f"{x:.{digits}g}")


def numbers(where: Locator) -> list[float]:
    return [number(text) for text in where.all_inner_texts()]


def latex(where: Locator) -> str:
    """What KaTeX was given: it keeps it beside what it drew."""
    return where.locator("annotation").first.text_content() or ""


def test_with_nothing_selected_the_step_stands_there_in_symbols_numbers_and_words(page: Page) -> None:
    picture = opened(page, "circle", 5, Z2)
    step = picture.api(f"steps/{Z2}")
    expect(picture.chain.locator(".formula .katex")).to_be_visible()
    assert latex(picture.chain.locator(".formula")) == step["formula"]
    assert latex(picture.chain.locator(".numbers")).endswith(step["numbers"])
    expect(picture.chain).to_contain_text(step["description"])


def test_a_long_formula_is_made_smaller_until_it_fits(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    picture = opened(page, "digits_conv", 0, MAX_POOL_BACK)
    formula = picture.chain.locator(".formula")
    assert r"\operatorname{argmax}" in picture.api(f"steps/{MAX_POOL_BACK}")["formula"]
    sizes = "e => [e.scrollWidth - e.clientWidth, parseFloat(getComputedStyle(e).fontSize)]"
    expect(formula.locator(".katex")).to_be_visible()
    picture.studio.wait_until(lambda: formula.evaluate(sizes)[0] <= 0)
    narrow = formula.evaluate(sizes)[1]
    page.set_viewport_size({"width": 1440, "height": 900})
    picture.studio.wait_until(lambda: formula.evaluate(sizes)[1] > narrow)
    assert formula.evaluate(sizes)[0] <= 0


def test_numbers_of_another_iteration_are_not_shown_as_this_ones(page: Page, problems: Problems) -> None:
    problems.expect("ERR_FAILED")
    page.route("**/iterations/4/steps/*", lambda route: route.abort())  # at once: the next iteration is asked for ahead
    picture = opened(page, "circle", 3, Z2)
    numbers = picture.chain.locator(".numbers .katex")
    expect(numbers).to_be_visible()
    with page.expect_event("requestfailed", lambda request: "/iterations/4/steps/" in request.url):
        picture.studio.press("PageDown")
    picture.studio.expect_at(4, Z2)
    expect(picture.chain.locator(".formula .katex")).to_be_visible()
    expect(numbers).to_have_count(0)


def test_the_chain_rule_of_a_sample_has_the_apis_factors_product_and_words(page: Page) -> None:
    picture = opened(page, "circle", 30, W2_GRAD, WEIGHT, sample=3)
    found = derivation(picture, "dense2.weight.grad", 2, 1, more="&sample=3&check=true")
    chain = found["chain"]
    assert isinstance(chain, dict)
    factors = picture.chain.locator(".factor")
    expect(factors).to_have_count(4)
    assert numbers(factors.locator(".below .number")) == [rounded(f["number"]) for f in chain["factors"]]
    assert number(picture.chain.locator("output").inner_text()) == rounded(chain["product"])
    expect(picture.chain).to_contain_text(str(found["explanation"]))
    expect(picture.chain).to_contain_text("finite difference agrees to")


def test_the_batch_is_a_sum_over_samples_and_a_bar_leads_to_each(page: Page) -> None:
    picture = opened(page, "circle", 30, W2_GRAD, WEIGHT)
    found = derivation(picture, "dense2.weight.grad", 2, 1)
    result, terms = found["result"], found["terms"]
    assert isinstance(result, float)
    assert isinstance(terms, list)
    assert number(picture.chain.locator("output").inner_text()) == rounded(result)
    bars = picture.chain.get_by_role("group", name="What each sample adds").get_by_role("button")
    said = [(bar.get_attribute("aria-label") or "").split(": ")[1] for bar in bars.all()]
    in_order = sorted(terms, key=lambda term: int(term["sample"]))
    assert [number(text) for text in said] == [rounded(term["product"]) for term in in_order]
    expect(picture.chain).to_contain_text(str(found["explanation"]))
    page.get_by_role("radiogroup", name="What stands beside the chain rule").get_by_text("Samples").click()
    picture.studio.rest()
    table = page.get_by_role("region", name="Samples")
    expect(table.locator("tbody tr td.up, tbody tr td.down").first).to_contain_text(".")
    brought = [row.inner_text() for row in table.locator("tbody tr td.up, tbody tr td.down").all()]
    places = len(brought[0].split(".")[1])
    by_size = sorted((float(term["product"]) for term in terms), key=abs, reverse=True)
    assert [number(text) for text in brought] == [round(product, places) for product in by_size]
    assert round(sum(map(number, brought)), places) == number(table.locator("tfoot output").inner_text())
    bars.nth(6).click()
    assert picture.studio.link(sample=6)["selection"] == {"value": "dense2.weight.grad", "index": [2, 1]}
    expect(picture.chain.locator(".factor")).to_have_count(4)


def test_a_factor_leads_to_where_it_came_from_and_back_again(page: Page) -> None:
    picture = opened(page, "circle", 30, W2_GRAD, WEIGHT, sample=3)
    picture.chain.locator(".factor").nth(1).click()
    assert picture.studio.link()["selection"] == {"value": "dense2.a.grad", "index": [3, 2]}
    expect(picture.chain).to_contain_text("dense 2 unit 3, sample 4 of the batch")
    picture.chain.get_by_role("button", name="back to the cell before").click()
    assert picture.studio.link()["selection"] == {"value": WEIGHT[0], "index": WEIGHT[1]}
    expect(picture.chain.get_by_role("button", name="back to the cell before")).to_have_count(0)


def test_every_addend_of_a_sum_is_there_and_its_user_too(page: Page) -> None:
    picture = opened(page, "circle", 30, A2, ("dense2.z", [0, 1]), sample=0)
    found = derivation(picture, "dense2.z", 0, 1)
    terms = found["terms"]
    assert isinstance(terms, list)
    factors = [rounded(factor["number"]) for term in terms for factor in term["factors"]]
    expect(picture.chain.locator(".factor")).to_have_count(len(factors))
    assert numbers(picture.chain.locator(".factor .number")) == factors
    picture.chain.get_by_role("button", name="a2[0, 1]").click()
    assert picture.studio.link()["selection"] == {"value": "dense2.a", "index": [0, 1]}


def test_a_number_that_is_not_there_yet_says_where_it_will_be(page: Page) -> None:
    picture = opened(page, "circle", 5, Z2, WEIGHT)
    expect(picture.chain).to_contain_text("Not computed yet at this step: dW2 = dz2.T @ a1 runs at step 17.")
    expect(picture.chain.locator("output")).to_have_count(0)
    picture.chain.get_by_role("button", name="Go there").click()
    picture.studio.expect_at(5, W2_GRAD)
    expect(picture.chain.locator("output")).to_be_visible()


def test_roles_of_a_weight_are_one_click_apart(page: Page) -> None:
    picture = opened(page, "circle", 5, 34, WEIGHT)
    (update,) = picture.values("dense2.weight.update")
    role = picture.chain.locator(".role", has_text="update")
    assert number(role.locator(".number").inner_text()) == rounded(update[9], 3)
    role.click()
    assert picture.studio.link()["selection"] == {"value": "dense2.weight.update", "index": [2, 1]}
    terms = derivation(picture, "dense2.weight.update", 2, 1)["terms"]
    assert isinstance(terms, list)
    factors = [rounded(factor["number"]) for factor in terms[0]["factors"]]
    expect(picture.chain.locator(".factor")).to_have_count(len(factors))
    assert numbers(picture.chain.locator(".factor .number")) == factors


def test_typing_another_weight_makes_a_branch(page: Page) -> None:
    picture = opened(page, "circle", 12, W2_GRAD, WEIGHT)
    field = picture.chain.get_by_label("value of W2[2, 1]")
    field.fill("−0.25")
    field.press("Enter")
    edit = {"iteration": 12, "parameter": "dense2.weight", "index": [2, 1], "value": -0.25}
    picture.studio.wait_until(lambda: picture.studio.link()["config"]["edits"] == [edit])
    expect(field).to_have_value("−0.2500")
    assert picture.values("dense2.weight")[0][9] == -0.25


def test_what_is_no_number_is_said_beside_the_field(page: Page) -> None:
    picture = opened(page, "circle", 12, W2_GRAD, WEIGHT)
    field = picture.chain.get_by_label("value of W2[2, 1]")
    field.fill("much")
    field.press("Enter")
    expect(picture.chain.get_by_role("alert")).to_contain_text("“much” is not a number")
    expect(field).to_have_value("much")
    assert picture.studio.link()["config"]["edits"] == []


def test_paths_are_the_apis_largest_first_and_add_up(page: Page) -> None:
    picture = opened(page, "circle", 30, LAST_BACKWARD, ("dense1.weight.grad", [0, 1]), sample=3)
    picture.chain.get_by_text("Paths", exact=True).click()
    found = picture.api("paths?parameter=dense1.weight&index=0,1&sample=3")
    rows = picture.chain.locator("tr")
    expect(rows).to_have_count(len(found["paths"]))
    assert numbers(rows.locator("td.number")) == [rounded(path["product"]) for path in found["paths"]]
    assert number(picture.chain.locator("output").inner_text()) == rounded(found["sum"])
    expect(rows.first.get_by_role("button")).to_have_count(len(found["paths"][0]["cells"]))


def test_all_gradients_are_checked_on_request(page: Page) -> None:
    picture = opened(page, "circle", 5, W2_GRAD, WEIGHT)
    picture.chain.get_by_text("Check", exact=True).click()
    picture.chain.get_by_role("button", name="Check all gradients of iteration 5").click()
    expect(picture.chain.locator("tbody tr")).to_have_count(6)
    assert picture.chain.locator("tbody td:last-child").all_inner_texts() == ["agrees"] * 6


def test_all_variants_are_compared_with_the_gradient_on_request(page: Page) -> None:
    picture = opened(page, "circle", 5, W2_GRAD, WEIGHT)
    picture.chain.get_by_text("Check", exact=True).click()
    picture.chain.get_by_role("button", name="Compare variants at iteration 5").click()
    rows = picture.chain.locator("tbody tr")
    expect(rows).to_have_count(8)
    expect(rows.first.locator("td")).to_have_text(["backpropagation, used here", "0°", "1.000", "× 1.00", "1 + 1"])
    table = picture.api("variants")["variants"]
    cosines = numbers(rows.locator("td:nth-child(3)"))
    assert cosines == pytest.approx([row["cosine"] for row in table], rel=1e-3, abs=1e-4)


def test_code_is_the_programs_with_the_line_that_just_ran_in_sight(page: Page) -> None:
    picture = opened(page, "circle", 5, LAST_BACKWARD)
    program = picture.studio.api("program")["steps"]
    assert picture.code.locator("code").all_inner_texts() == [step["code"] for step in program]
    now = picture.code.locator("[aria-current=true]")
    expect(now.locator("code")).to_have_text(program[LAST_BACKWARD]["code"])
    expect(now).to_be_in_viewport()
    after = picture.code.get_by_role("listitem").nth(LAST_BACKWARD + 1)
    expect(after.locator(".number")).to_have_text("next")


def test_code_can_be_read_in_pytorch_too_and_stays_so(page: Page) -> None:
    picture = opened(page, "digits_conv", 2, 3)
    (step,) = [step for step in picture.studio.api("program")["steps"] if step["index"] == 3]
    helpers = picture.studio.api("program")["helpers"]
    now = picture.code.locator("[aria-current=true] code")
    expect(now).to_have_text(step["code"])
    picture.code.get_by_text("body of").click()
    bodies = [helper["numpy"] for helper in helpers if helper["name"] in step["helpers"] and helper["numpy"]]
    expect(picture.code.locator("pre")).to_have_text("\n\n".join(bodies))
    picture.studio.press("c")
    expect(now).to_have_text(step["pytorch"])
    page.reload()
    expect(now).to_have_text(step["pytorch"])
    picture.code.get_by_text("numpy", exact=True).click()
    expect(now).to_have_text(step["code"])


def test_a_line_of_code_leads_to_its_step(page: Page) -> None:
    picture = opened(page, "circle", 5, LAST_BACKWARD)
    picture.code.get_by_role("button", name="z3 = a2 @ W3.T + b3").click()
    picture.studio.expect_at(5, 6)


def test_what_is_pointed_at_lights_up_in_network_code_and_formula(page: Page) -> None:
    picture = opened(page, "circle", 30, LAST_BACKWARD, WEIGHT, sample=3)
    line = picture.code.get_by_role("button", name=re.compile(r"^a1 = "))
    factor = picture.chain.locator(".factor").nth(3)
    picture.studio.rest()  # what moves under the pointer is no longer pointed at
    factor.hover()
    expect(line).to_have_class(re.compile(r"\blit\b"))
    expect(picture.network.locator(".tip", has_text="dense 1 unit 2")).to_be_visible()
    picture.unit("dense 1 unit 2").hover()
    expect(factor).to_have_class(re.compile(r"\blit\b"))
    line.hover()
    expect(factor).to_have_class(re.compile(r"\blit\b"))


def test_stepping_by_terms_marks_the_term(page: Page) -> None:
    picture = opened(page, "circle", 5, Z2)
    picture.studio.press("ArrowDown")  # from steps to terms
    marked = picture.chain.locator(".term.on .factor .number")
    terms = derivation(picture, "dense2.z", 0, 0)["terms"]
    assert isinstance(terms, list)
    for term in terms[:2]:
        picture.studio.press("ArrowRight")
        expect(marked.first).to_have_text(re.compile(rf"{abs(rounded(term['factors'][0]['number']))}"))
        told = picture.chain.locator(".words .number")
        expect(told.last).to_have_text(re.compile(rf"{abs(rounded(term['so_far']))}"))


@pytest.mark.parametrize("preset", ["moons", "iris"])
def test_the_badge_says_what_central_differences_say(page: Page, preset: str) -> None:
    picture = opened(page, preset, 0, 0)
    steps = picture.studio.api("program")["steps"]
    last = max(step["index"] for step in steps if step["phase"] == "backward")
    picture = opened(page, preset, 3, last, ("dense1.weight.grad", [0, 0]))
    check = derivation(picture, "dense1.weight.grad", 0, 0, more="&check=true")["check"]
    assert isinstance(check, dict)
    words = (
        "at a kink" if check["kink"] else "finite difference agrees" if check["agrees"] else "finite difference says"
    )
    expect(picture.chain.locator(".badge")).to_contain_text(words)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_part_of_the_dock(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    picture = opened(page, "circle", 30, LAST_BACKWARD, WEIGHT, sample=3)
    picture.chain.locator(".factor").nth(1).hover()
    assert violations(page) == []
    for part, content in (("Paths", "td.way .katex"), ("Check", "button")):
        picture.chain.get_by_text(part, exact=True).click()
        expect(picture.chain.locator(content).first).to_be_visible()
        assert violations(page) == []
    picture = opened(page, "circle", 30, LAST_BACKWARD, ("dense2.z", [0, 1]))
    picture.code.get_by_role("button", name="z3 = a2 @ W3.T + b3").focus()
    assert violations(page) == []
