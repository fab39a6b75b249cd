"""The first half minute: six scenes in the studio itself, every number the run's own, over as soon as anybody acts."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.problems import Problems
from tests.ui.picture import link
from tests.ui.studio import Studio
from tests.ui.test_accessibility import violations

WEIGHT = "dense3.weight"
MOST = 270_000  # bytes that a first visit fetches of the build, at most


@pytest.fixture
def stranger(context: BrowserContext, page: Page, problems: Problems) -> Page:
    """Somebody who has never been here."""
    context.add_init_script("try { localStorage.removeItem('backscope.preferences') } catch {}")
    return page


def short(number: float) -> str:
    """A number as the studio writes it."""
    return f"{number:#.4g}".replace("-", "\N{MINUS SIGN}")


def opening(page: Page) -> Locator:
    return page.get_by_role("region", name="Opening")


def files(page: Page) -> dict[str, int]:
    """What was fetched of the build, with the bytes that each took on the wire."""
    fetched: dict[str, int] = page.evaluate(
        """() => Object.fromEntries(performance.getEntriesByType("resource")
            .filter(({ name }) => name.includes("/static/"))
            .map(({ name, encodedBodySize }) => [name.split("/").at(-1).toLowerCase(), encodedBodySize]))"""
    )
    return fetched


@pytest.mark.browser_context_args(reduced_motion="reduce")  # it then waits to be turned
def test_a_stranger_is_shown_one_iteration_scene_by_scene_with_the_numbers_of_the_run(stranger: Page) -> None:
    studio = Studio.opened(stranger)
    run = stranger.request.post("/api/runs", data=studio.link()["config"]).json()["id"]
    at = f"/api/runs/{run}/iterations/0"
    derivation = stranger.request.get(f"{at}/derivation?value={WEIGHT}.grad&index=0,1&sample=0").json()
    effect = stranger.request.get(f"{at}/effect").json()
    own = stranger.request.get(f"{at}/evaluation").json()["batch"]["losses"][0]
    shown = [
        ["Out comes"],
        ["should have been", short(own)],
        [*(short(part["factor"]["number"]) for part in derivation["chain"]["links"]), "how much of it was you?"],
        ["learning rate", short(derivation["whole"])],
        [short(effect["before"]), short(effect["after"])],
        ["Now press", "takes it back"],
    ]
    for scene in shown:
        for words in scene:
            expect(opening(stranger)).to_contain_text(words)
        assert violations(stranger, "section.opening") == []
        stranger.keyboard.press("ArrowRight")
    expect(opening(stranger)).to_be_hidden()
    expect(stranger.get_by_role("region", name="Chain rule", exact=True)).to_be_visible()


@pytest.mark.browser_context_args(reduced_motion="reduce")
def test_a_first_visit_fetches_little_and_whoever_acts_is_in_the_studio_at_once(stranger: Page) -> None:
    studio = Studio.opened(stranger)
    expect(opening(stranger)).to_be_visible()
    fetched = files(stranger)
    assert (sum(fetched.values()) < MOST, [name for name in fetched if "katex" in name and fetched[name] > 50_000]) == (
        True,
        [],
    ), fetched
    studio.press("Space")
    expect(stranger.get_by_role("button", name="Pause")).to_be_visible()
    expect(opening(stranger)).to_be_hidden()
    stranger.goto(link(stranger, "circle", iteration=3))
    Studio.opened(stranger, stranger.url)
    expect(opening(stranger)).to_be_hidden()
    studio.press("?")
    stranger.get_by_role("button", name="Play the opening").click()
    for _ in range(5):
        opening(stranger).get_by_role("button", name="next").click()
    studio.press("Space")  # what was clicked does not keep it
    expect(stranger.get_by_role("button", name="Pause")).to_be_visible()
    expect(opening(stranger)).to_be_hidden()
    studio.press("Space", "?")
    stranger.get_by_role("button", name="Play the opening").click()
    expect(opening(stranger)).to_contain_text("Out comes")
    stranger.set_viewport_size({"width": 390, "height": 844})
    expect(opening(stranger).get_by_role("button", name="Skip")).to_be_in_viewport()
    opening(stranger).get_by_role("button", name="Skip").click()
    expect(opening(stranger)).to_be_hidden()


def test_a_word_says_what_it_means_to_pointer_and_keyboard(page: Page, problems: Problems) -> None:
    Studio.opened(page)
    word = page.get_by_role("main").get_by_role("button", name="bias", exact=True)
    word.hover()
    expect(page.get_by_role("tooltip")).to_contain_text("whatever it is fed")
    word.focus()
    expect(word).to_have_accessible_description("b: what a unit adds to its sum, whatever it is fed.")
    page.keyboard.press("Escape")
    page.mouse.move(0, 0)
    expect(page.get_by_role("tooltip")).to_be_hidden()
    assert violations(page) == []
