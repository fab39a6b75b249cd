"""Runs side by side: one cursor, the numbers of the API, and a link that comes back to the same place."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.problems import Problems


def test_ready_runs_stand_side_by_side_at_one_cursor_and_their_link_comes_back(page: Page, problems: Problems) -> None:
    ready = {found["name"]: found for found in page.request.get("/api/comparisons").json()}["clipping"]
    page.goto("/compare")
    page.get_by_role("button", name="Ready comparisons").click()
    page.get_by_role("button", name=ready["title"]).click()
    expect(page.get_by_text(ready["sentence"]).and_(page.locator("p"))).to_be_visible()
    columns = page.get_by_role("region", name="Run ")
    expect(columns).to_have_count(2)
    expect(columns.nth(1)).to_contain_text("clip norm0.1")
    page.keyboard.press("End")
    row = columns.nth(1).get_by_role("row", name="loss")
    run = page.request.post("/api/runs", data=ready["runs"][1]["config"]).json()
    scores = page.request.get(f"/api/runs/{run['id']}/iterations/{ready['to']}/evaluation").json()
    expect(
        page.get_by_role("img", name=f"Loss, training set in powers of ten at iteration {ready['to']}")
    ).to_be_visible()
    shown = row.locator("td").first.inner_text()
    assert float(shown) == pytest.approx(scores["train"]["loss"], rel=1e-2)
    expect(columns.first).to_contain_text("No longer finite at 57.")
    page.wait_for_timeout(600)
    page.reload()
    expect(row.locator("td").first).to_have_text(shown)
    expect(page.get_by_text("iteration 0, step")).to_be_visible()
