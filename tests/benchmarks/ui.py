"""How fast the studio answers in headless Chromium: from a click to the new picture, and pictures a second.

A click is timed from the input event to the second animation frame after the page shows the new place: by then it is
painted. What counts as new is for a step the place that the transport tells, and for an iteration the gradient norms,
which come with that iteration's trace. Times are multiples of a screen's 16.7 ms, plus what the browser adds.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from statistics import median, quantiles
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests import browser as chromium

STEPS, ITERATIONS = 40, 15
SECONDS = 5
SPEED = "60 it/s"
PLAYED = {"circle": 60, "digits": 30}  # pictures a second to reach
TARGET = 50  # milliseconds from a click to its picture, at the median

# `watched` is what has to change; a click that changes nothing for two seconds counts as two seconds
TIMING = """
window.clicks = [];
window.watched = "";
addEventListener("click", (event) => {
  if (!event.target.closest("[aria-label$=forward]")) return;
  const shown = () => [...document.querySelectorAll(window.watched)].map((e) => e.textContent).join(" ");
  const before = shown();
  const look = () => {
    const passed = performance.now() - event.timeStamp;
    if (shown() === before && passed < 2000) return requestAnimationFrame(look);
    requestAnimationFrame(() => window.clicks.push(performance.now() - event.timeStamp));
  };
  requestAnimationFrame(look);
}, true);
"""
FRAMES = """(seconds) => new Promise((done) => {
  const times = [];
  const look = (now) => {
    times.push(now);
    if (now - times[0] < 1000 * seconds) requestAnimationFrame(look);
    else done(times);
  };
  requestAnimationFrame(look);
})"""
PLACE = "[aria-label=Transport] dl"
NORMS = "aside.right li .number"


@contextmanager
def served() -> Iterator[str]:
    """The real command in a process of its own, so that the browser's driver takes nothing from it."""
    command = [sys.executable, "-u", "-m", "app", "--no-browser", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        try:
            yield next(found[0] for line in process.stdout if (found := re.search(r"http://[^\s]+", line)))
        finally:
            process.terminate()


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium.find(), args=[*chromium.FLAGS])
        yield launched
        launched.close()


def opened(page: Page, title: str) -> None:
    page.get_by_role("button", name="Presets").click()
    page.locator("button", has=page.get_by_text(title, exact=True)).last.click()
    page.wait_for_timeout(1500)  # the first picture, its details and its neighbours are here


def clicks(page: Page, size: str, watched: str, count: int, pause: int) -> list[float]:
    """Milliseconds from each of some clicks on "one step forward" to its picture."""
    page.get_by_text(size, exact=True).first.click()
    page.wait_for_timeout(300)
    page.evaluate("(watched) => { window.clicks = []; window.watched = watched; }", watched)
    forward = page.get_by_role("button", name=re.compile("^One .* forward$"))
    for done in range(count):
        forward.click()
        while len(page.evaluate("window.clicks")) <= done:
            page.wait_for_timeout(5)
        page.wait_for_timeout(pause)
    found: list[float] = page.evaluate("window.clicks")
    return found


def frames(page: Page) -> tuple[float, float]:
    """Pictures a second while playing, and the milliseconds within which 95 of 100 come."""
    page.get_by_label("Speed of playing").select_option(label=SPEED)
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(1500)
    times: list[float] = page.evaluate(FRAMES, SECONDS)
    page.get_by_role("button", name="Pause").click()
    gaps = [later - sooner for sooner, later in pairwise(times)]
    return 1000 * len(gaps) / (times[-1] - times[0]), quantiles(gaps, n=20)[-1]


def measure(page: Page, presets: list[dict[str, Any]]) -> None:
    print(f"From a click to its picture in milliseconds, median and 95 of 100 (median wanted: under {TARGET})")
    print(f"{'preset':<14}{'step':>16}{'iteration':>16}")
    for preset in presets:
        opened(page, preset["title"])
        kinds = [clicks(page, "step", PLACE, STEPS, 20), clicks(page, "iter", NORMS, ITERATIONS, 250)]
        print(f"{preset['name']:<14}" + "".join(f"{median(ms):>9.1f}{quantiles(ms, n=20)[-1]:>7.1f}" for ms in kinds))
    print(f"\nPlaying at {SPEED}: pictures a second, and the milliseconds within which 95 of 100 come")
    for preset in (preset for preset in presets if preset["name"] in PLAYED):
        opened(page, preset["title"])
        rate, slow = frames(page)
        print(f"{preset['name']:<14}{rate:>7.1f} (wanted: {PLAYED[preset['name']]}){slow:>9.1f}")


def main() -> None:
    with served() as address, browser() as launched:
        page = launched.new_page(base_url=address, viewport={"width": 1440, "height": 900}, locale="en-US")
        page.add_init_script(TIMING)
        page.goto("/")
        page.wait_for_selector(PLACE)
        measure(page, page.request.get("/api/presets").json())
