"""The studio in the other browser: loaded, stepped, played, a unit selected, a layer from near, without a complaint."""

from __future__ import annotations

import pytest

from tests.ui.shell import firefox

PLACE = "[...document.querySelectorAll('[aria-label=Transport] dd')].map(e => e.textContent.trim()).join(' ')"
UNIT = "document.querySelector('main.network button.unit[aria-label^=\"dense 2\"]')"


@pytest.mark.timeout(600)  # it may be the first to need the studio, which is then built
@pytest.mark.usefixtures("ui")
def test_firefox_steps_plays_selects_and_looks_from_near_without_a_complaint(base_url: str) -> None:
    program = firefox.find()
    if program is None:
        pytest.skip("no Firefox here: apt-get install firefox-esr")
    with firefox.opened(program) as browser:
        browser.go(base_url)
        browser.until("document.querySelector('section.opening') !== null")
        browser.press("Escape")
        browser.press("Home")
        start = browser.until(PLACE, lambda seen: "1 / 35" in seen)
        browser.press("ArrowRight")
        browser.until(PLACE, lambda seen: "2 / 35" in seen)
        browser.press("ArrowLeft")
        assert browser.until(PLACE, lambda seen: "1 / 35" in seen) == start
        browser.press("Space")
        browser.until(PLACE, lambda seen: int(seen.split()[0]) >= 3)
        browser.press("Space")
        browser.click(UNIT)
        browser.until("document.querySelector('[aria-label=\"Chain rule\"]').textContent.includes('dense 2')")
        browser.press("s")
        browser.until("document.querySelector('main.network .stage')?.getAttribute('aria-label').endsWith('from near')")
        assert browser.complaints == []
