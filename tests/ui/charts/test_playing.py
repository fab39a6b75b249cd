"""While a run plays, scores and findings follow, and say which iteration they are of."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.problems import Problems
from tests.ui.rail import Rail, opened

SPANS = ["iris", "digits", "digits_conv", "transformer"]


def told(rail: Rail, section: str, before: str) -> int | None:
    """The iteration that a panel says its numbers are of, after these words."""
    found = re.search(rf"{before} (\d+)", rail.section(section).inner_text())
    return int(found[1]) if found else None


@pytest.mark.parametrize("preset", SPANS)
def test_scores_and_findings_follow_while_playing_and_say_of_which_iteration(
    page: Page, problems: Problems, preset: str
) -> None:
    rail = opened(page, preset, 0)
    studio = rail.studio
    page.get_by_role("button", name="Play").click()
    seen: dict[str, set[int]] = {"Output": set(), "Diagnosis": set()}

    def both_have_moved_twice() -> bool:
        for section, before in (("Output", "probabilities at"), ("Diagnosis", "of iteration")):
            t = told(rail, section, before)
            if t is not None and t <= studio.now():
                seen[section].add(t)
        return all(len(iterations - {0}) >= 2 for iterations in seen.values())

    assert studio.wait_until(both_have_moved_twice)
    page.get_by_role("button", name="Pause").click()
    studio.rest()
    now = studio.now()
    score = studio.api(f"iterations/{now}/evaluation")["test"]
    assert f"{100 * score['accuracy']:.1f} %" in rail.section("Output").inner_text()
    assert told(rail, "Diagnosis", "of iteration") in (None, now)
