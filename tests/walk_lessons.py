"""Every lesson walked to its end in a real browser, and every card's place opened: ``python -m tests.walk_lessons``.

Names of lessons after it walk only those, and `cards` opens the places of cards. The tests walk one lesson only.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from app.main import create_app
from tests.browser import FLAGS, build_ui, find
from tests.serving import serving
from tests.ui.studio import Studio

AT_REST = Path(__file__).parent / "ui/at_rest.js"
CARDS = "cards"


@contextmanager
def browsing() -> Iterator[tuple[Page, list[str]]]:
    """A page of a server of its own, and what the browser complains of."""
    build_ui()
    with serving(create_app()) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=[*FLAGS])
        context = browser.new_context(base_url=address, viewport={"width": 1440, "height": 900})
        context.add_init_script(path=AT_REST)
        page, complaints = context.new_page(), list[str]()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page, complaints
        browser.close()


def walk(page: Page, name: str) -> Iterator[str]:
    """A lesson from its first step to its last, with a guess wherever one is asked for; yields what is wrong."""
    steps: list[dict[str, Any]] = page.request.get(f"/api/lessons/{name}").json()["steps"]
    studio = Studio.opened(page, f"/learn/{name}")
    for n, step in enumerate(steps):
        if n:
            page.get_by_role("button", name="Next:").click()
            studio.rest()
        yield from _arrived(studio, step, f"{name}, step {n + 1}")
        if step["predict"]:
            _guess(page, step["predict"]["kind"])
            studio.rest()
        if n == 1:
            yield from _wander(studio, step, f"{name}, step {n + 1}")


def _arrived(studio: Studio, step: dict[str, Any], where: str) -> Iterator[str]:
    lesson = studio.page.get_by_role("complementary", name="Lesson")
    if lesson.get_by_role("heading", level=2).inner_text() != step["title"]:
        yield f"{where}: another title"
    here = (studio.now(), studio.reading("step").inner_text().split("/")[0].strip())
    if here != (step["place"]["iteration"], str(step["place"]["step"] + 1)):
        yield f"{where}: at {here}, not at {step['place']['iteration']}, {step['place']['step'] + 1}"
    if studio.page.get_by_role("button", name="You have wandered off").count():
        yield f"{where}: the studio is elsewhere"


def _guess(page: Page, kind: str) -> None:
    prediction = page.get_by_role("region", name="Your prediction")
    if kind == "choice":
        prediction.get_by_role("button").first.click()
    elif kind == "number":
        prediction.get_by_label("Your guess").fill("1")
        page.keyboard.press("Enter")
    else:
        page.get_by_role("slider", name="The end of the line").focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")


def _wander(studio: Studio, step: dict[str, Any], where: str) -> Iterator[str]:
    studio.page.get_by_role("main").focus()
    studio.press("PageDown")
    studio.rest()
    studio.page.get_by_role("button", name="You have wandered off").click()
    studio.rest()
    yield from _arrived(studio, step, f"{where}, after wandering off")


def open_places(page: Page) -> Iterator[str]:
    """The studio at the place of every card."""
    for entry in page.request.get("/api/practice/cards").json():
        place = page.request.get(f"/api/practice/cards/{entry['name']}").json()["place"]
        link = page.evaluate("place => btoa(unescape(encodeURIComponent(JSON.stringify(place))))", place)
        page.goto("about:blank")
        studio = Studio.opened(page, f"/#p{link.replace('+', '-').replace('/', '_').replace('=', '')}")
        here = (studio.now(), studio.reading("step").inner_text().split("/")[0].strip())
        if here != (place["iteration"], str(place["step"] + 1)):
            yield f"card {entry['name']}: at {here}"


def main(names: list[str]) -> int:
    """Walks what is named, or all; the number of things that are wrong."""
    wrong = 0
    with browsing() as (page, complaints):
        listed = [lesson["name"] for lesson in page.request.get("/api/lessons").json()]
        for name in names or [*listed, CARDS]:
            found = list(open_places(page) if name == CARDS else walk(page, name))
            print(name, "as it should be" if not found else "; ".join(found), flush=True)
            wrong += len(found)
        print(*complaints, sep="\n")
        return wrong + len(complaints)


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1:])))
