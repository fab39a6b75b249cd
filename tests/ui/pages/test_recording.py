"""A recorded stretch of a run, opened from disk without a server and without a network."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.problems import Problems
from tests.ui.studio import Studio

TO = 12


@pytest.fixture
def file(page: Page, tmp_path: Path) -> Path:
    """Twelve iterations of the first preset."""
    config = next(p["config"] for p in page.request.get("/api/presets").json() if p["name"] == "circle")
    run = page.request.post("/api/runs", data=config).json()["id"]
    answer = page.request.get(f"/api/runs/{run}/export/html?from=0&to={TO}&iteration=3")
    path = tmp_path / "circle.html"
    path.write_bytes(answer.body())
    return path


def test_a_recording_steps_plays_and_explains_from_disk_with_the_network_off(file: Path, browser: Browser) -> None:
    context = browser.new_context(offline=True)
    page = context.new_page()
    problems = Problems(file.as_uri())
    problems.watch(page)
    page.goto(file.as_uri())
    studio = Studio(page)
    studio.expect_at(3, 0)
    studio.press("ArrowLeft", "ArrowLeft")
    studio.expect_at(2, studio.steps - 2)
    expect(page.get_by_role("region", name="Explanation")).to_contain_text("b")
    studio.press("PageDown", "ArrowRight", "Space")
    expect(studio.reading("iteration")).to_have_text(str(TO - 1))
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    studio.press("PageDown")
    studio.expect_at(TO - 1, studio.steps - 1)
    context.close()
    assert problems.left() == []
