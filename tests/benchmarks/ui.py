"""How fast the studio answers in headless Chromium: from a click to the new picture, and pictures a second.

``--preset=NAME``, as often as wanted, measures these alone; without it all presets, expressions too.

A click is timed from the input event to the second animation frame after the page shows the new place: by then it is
painted. What counts as new is for a step the place that the transport tells, and for an iteration the gradient norms,
which come with that iteration's trace, and of an expression the numbers in its graph. Times are multiples of a screen's
16.7 ms, plus what the browser adds.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from statistics import median, quantiles
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tests import browser as chromium
from tests.ui.picture import address
from tests.ui.stage.photographs import AT_REST
from tests.ui.studio import Studio

STEPS, ITERATIONS = 20, 10
SECONDS = 3
SPEED = "60 it/s"
RATE = 60  # pictures a second to reach while playing
TARGET = 35  # milliseconds from a click to its picture, at the median
LONG = 50  # milliseconds that no task takes

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
    requestAnimationFrame(() => {
      window.clicks.push(performance.now() - event.timeStamp);
      window.answered();
    });
  };
  requestAnimationFrame(look);
}, true);
"""
LONG_TASKS = """
window.tasks = [];
new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((task) => task.duration)))
  .observe({ type: "longtask", buffered: true });
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
NODES = ".node .value"  # of an expression: the numbers in its graph


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


@dataclass(frozen=True)
class Measured:
    """How a preset answers: milliseconds from clicks to pictures, and what playing does and costs."""

    step: list[float]
    iteration: list[float]
    rate: float
    slow: float
    longest: float
    over: int
    busy: float

    def line(self, name: str) -> str:
        clicked = "".join(f"{median(ms):>8.1f}{quantiles(ms, n=20)[-1]:>7.1f}" for ms in (self.step, self.iteration))
        played = f"{self.rate:>8.1f}{self.slow:>8.1f}{self.longest:>9.0f}{self.over:>5}{self.busy:>9.1f}"
        return f"{name:<16}{clicked}{played}"


def opened(page: Page, preset: dict[str, Any]) -> None:
    """A preset by its link, at rest: its first picture, its details and its neighbours are here."""
    page.goto("about:blank")
    page.goto(address({"config": preset["config"], "iteration": 0, "step": 0, "sample": "mean", "selection": None}))
    page.wait_for_selector(PLACE)
    Studio(page).rest()


def clicks(page: Page, size: str, watched: str, count: int, pause: int) -> list[float]:
    """Milliseconds from each of some clicks on "one step forward" to its picture."""
    page.get_by_text(size, exact=True).first.click()
    page.wait_for_timeout(300)
    page.evaluate("(watched) => { window.clicks = []; window.watched = watched; }", watched)
    box = page.get_by_role("button", name=re.compile("^One .* forward$")).bounding_box()
    assert box is not None
    # A locator's click looks through the whole page for the name, in the page's own thread: the mouse is timed.
    for _ in range(count):
        page.evaluate("() => { window.waiting = new Promise((answered) => (window.answered = answered)); }")
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.evaluate("() => window.waiting")
        page.wait_for_timeout(pause)
    found: list[float] = page.evaluate("window.clicks")
    return found


def worked(page: Page) -> float:
    """Seconds that the page's main thread has worked so far, by the processor's clock: other processes do not count."""
    metrics = session(page).send("Performance.getMetrics")["metrics"]
    return next(float(metric["value"]) for metric in metrics if metric["name"] == "TaskDuration")


@cache
def session(page: Page) -> CDPSession:
    opened = page.context.new_cdp_session(page)
    opened.send("Performance.enable", {"timeDomain": "threadTicks"})
    return opened


def measured(page: Page, preset: dict[str, Any]) -> Measured:
    opened(page, preset)
    shown = NODES if "expression" in preset["config"] else NORMS
    step, iteration = clicks(page, "step", PLACE, STEPS, 20), clicks(page, "iter", shown, ITERATIONS, 150)
    page.get_by_label("Speed of playing").select_option(label=SPEED)
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(1500)
    page.evaluate("window.tasks = []")
    before = worked(page)
    times: list[float] = page.evaluate(FRAMES, SECONDS)
    busy = worked(page) - before
    tasks: list[float] = page.evaluate("window.tasks")
    page.get_by_role("button", name="Pause").click()
    gaps = [later - sooner for sooner, later in pairwise(times)]
    rate = 1000 * len(gaps) / (times[-1] - times[0])
    return Measured(
        step,
        iteration,
        rate,
        quantiles(gaps, n=20)[-1],
        max(tasks, default=0.0),
        sum(task > LONG for task in tasks),
        1000 * busy / len(gaps),
    )


HEAD = f"""From a click to its picture in milliseconds, median and 95 of 100 (median wanted: under {TARGET}).
Playing at {SPEED}: pictures a second (wanted: {RATE}), milliseconds within which 95 of 100 come, the longest task and
how many took over {LONG} ms (wanted: none), and what a picture costs the page's main thread in milliseconds of
processor time (a screen's picture has 16.7). On a busy machine only this last column says something of the studio.
{"preset":<16}{"step":>15}{"iteration":>15}{"played":>8}{"95 %":>8}{"longest":>9}{"n":>5}{"thread":>9}"""


def main() -> None:
    chosen = [word.removeprefix("--preset=") for word in sys.argv if word.startswith("--preset=")]
    with served() as origin, browser() as launched:
        page = launched.new_page(base_url=origin, viewport={"width": 1440, "height": 900}, locale="en-US")
        page.add_init_script(TIMING + LONG_TASKS)
        page.add_init_script(path=AT_REST)
        print(HEAD)
        for preset in page.request.get("/api/presets").json():
            if not chosen or preset["name"] in chosen:
                print(measured(page, preset).line(preset["name"]), flush=True)
