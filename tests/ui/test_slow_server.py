"""The studio with a server that takes its time: nothing stands under another place, and no press is lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.problems import Problems
from tests.ui.studio import Studio, slow_answers

LONGEST = 400  # milliseconds


@pytest.fixture
def studio(page: Page, problems: Problems) -> Studio:
    studio = Studio.opened(page)
    slow_down(page)
    return studio


def slow_down(page: Page) -> None:
    """Every answer of the API comes when it likes, so also after one that was asked for later."""
    page.add_init_script(script=slow_answers(LONGEST))
    page.evaluate(slow_answers(LONGEST))


def place(studio: Studio) -> int:
    """Steps from the very start."""
    step = int(studio.reading("step").inner_text().split("/")[0]) - 1
    return studio.now() * studio.steps + step


def losses(studio: Studio, run: str) -> list[float]:
    answer = studio.page.request.get(f"/api/runs/{run}/history?from=0&to=200").json()
    return [float(x) for x in answer["loss"]]


def test_steps_pressed_while_a_branch_is_being_opened_are_all_taken(studio: Studio) -> None:
    studio.press(*["PageDown"] * 3)
    studio.rest()
    studio.enter("learning rate", "0.5")
    before = place(studio)
    studio.press(*["ArrowRight"] * 14)
    studio.rest()
    assert (place(studio) - before, studio.link()["config"]["edits"]) == (
        14,
        [{"iteration": 3, "set": {"optimizer.learning_rate": 0.5}}],
    )


def test_steps_pressed_while_a_preset_is_being_opened_are_taken_in_it(studio: Studio) -> None:
    studio.page.get_by_role("button", name="Presets").click()
    studio.page.get_by_role("button").filter(has_text="two spirals").last.click()
    studio.press(*["ArrowRight"] * 14)
    studio.rest()
    studio.expect_at(0, 14)


def test_playing_begun_while_a_branch_is_being_opened_shows_the_branch_alone(studio: Studio) -> None:
    studio.press(*["PageDown"] * 3)
    studio.rest()
    parent = studio.run_id()
    studio.enter("learning rate", "2.5")
    studio.press("Space")
    seen = watched(studio, 30)
    studio.page.get_by_role("button", name="Pause").click()
    studio.rest()
    branch = studio.run_id()
    own, others = losses(studio, branch), losses(studio, parent)
    wrong = [(t, shown, own[t]) for t, shown in seen if t > 3 and float(shown) != pytest.approx(own[t], rel=1e-3)]
    assert (wrong, own[4:10] != others[4:10], max(t for t, _ in seen) > 10) == ([], True, True)


def watched(studio: Studio, looks: int) -> list[tuple[int, str]]:
    """Iteration and batch loss as the playhead says them, looked at again and again; gaps in the loss left out."""
    seen: list[tuple[int, str]] = []
    for _ in range(looks):
        studio.page.wait_for_timeout(100)
        text = studio.playhead.get_attribute("aria-valuetext") or ""
        place, _, loss = text.partition(", loss ")
        if loss:
            seen.append((int(place.split()[1]), loss))
    return seen


def test_terms_are_walked_as_far_as_they_are_pressed(studio: Studio) -> None:
    studio.page.get_by_role("button", name="dense 1").first.click()
    studio.press("ArrowDown")
    studio.rest()
    for _ in range(14):
        studio.press("ArrowRight")
        studio.page.wait_for_timeout(30)
    studio.rest()
    hasty = studio.link()["selection"]
    studio.press(*["ArrowLeft"] * 13)
    studio.rest()
    assert (hasty["index"] != [0, 0], studio.link()["selection"]["index"]) == (True, [0, 0])


def test_a_busy_server_is_asked_again_and_the_wait_is_told_quietly(studio: Studio, problems: Problems) -> None:
    problems.expect("503")
    turned_away: list[str] = []

    def first_turn(route: Route) -> None:
        if turned_away:
            route.fallback()
            return
        turned_away.append(route.request.url)
        route.fulfill(status=503, headers={"retry-after": "1"}, json={"title": "Busy", "detail": "Ask again."})

    studio.page.route("**/iterations/*/trace*", first_turn)
    studio.press("PageDown", "PageDown")
    expect(studio.page.get_by_role("status").filter(has_text="The server is busy")).to_be_visible()
    studio.expect_at(2, 0)
    studio.rest()
    assert (len(turned_away), studio.page.get_by_role("alert").count()) == (1, 0)


def test_a_run_that_the_server_could_not_save_is_said_to_be_unsaved(studio: Studio) -> None:
    def unsaved(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"saved": False, "unsaved": "No space left on device"})

    studio.page.route("**/api/runs", unsaved)
    studio.enter("batch size", "7")
    studio.rest()
    notice = studio.page.get_by_role("status").filter(has_text="Not saved (No space left on device)")
    expect(notice).to_be_visible()
    notice.get_by_role("button", name="Dismiss").click()
    expect(notice).to_have_count(0)
