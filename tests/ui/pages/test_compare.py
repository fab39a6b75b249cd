"""Runs side by side: one cursor, the numbers of the API, and a link that comes back to the same place."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from app.main import create_app
from app.settings import Settings
from tests.problems import Problems
from tests.serving import serving
from tests.ui.picture import address


def test_ready_runs_stand_side_by_side_at_one_cursor_and_their_link_comes_back(page: Page, problems: Problems) -> None:
    ready = {found["name"]: found for found in page.request.get("/api/comparisons").json()}["clipping"]
    page.goto("/compare")
    page.get_by_role("button", name="Ready comparisons").click()
    page.get_by_role("button", name=ready["title"]).click()
    expect(page.get_by_text(ready["sentence"]).and_(page.locator("p"))).to_be_visible()
    columns = page.get_by_role("region", name="Run ")
    expect(columns).to_have_count(2)
    expect(columns.nth(1)).to_contain_text("clip norm0.1")
    page.keyboard.press("d")
    equal = page.get_by_role("region", name="Equal settings")
    expect(equal).to_contain_text("35 more settings are equal")
    rate = ready["runs"][0]["config"]["optimizer"]["learning_rate"]
    expect(equal.locator("div").filter(has_text="learning rate").locator("dd")).to_have_text(str(rate))
    page.keyboard.press("d")
    expect(equal.locator("dl")).to_have_count(0)
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
    printed = page.request.get(page.get_by_role("link", name="To print").get_attribute("href") or "").text()
    assert f"2 runs up to iteration {ready['to']}" in printed
    page.wait_for_timeout(600)
    page.reload()
    expect(row.locator("td").first).to_have_text(shown)
    with serving(create_app(Settings())) as other:  # which has never heard of these runs
        elsewhere = page.context.new_page()
        elsewhere.goto(f"{other}/compare#{page.url.partition('#')[2]}")
        theirs = elsewhere.get_by_role("region", name="Run ").nth(1).get_by_role("row", name="loss")
        expect(theirs.locator("td").first).to_have_text(shown)
        elsewhere.close()
    expect(page.get_by_text("iteration 0, step")).to_be_visible()


def test_a_run_is_added_on_the_page_and_the_difference_of_a_value_is_a_picture_at_the_cursor(
    page: Page, problems: Problems
) -> None:
    circle = next(found for found in page.request.get("/api/presets").json() if found["name"] == "circle")["config"]
    runs = [page.request.post("/api/runs", data={**circle, "seed": seed}).json() for seed in (0, 3)]
    named = [{"name": f"seed {run['config']['seed']}", "config": run["config"]} for run in runs]
    page.goto("/compare" + address({"runs": named, "iteration": 7, "to": 40})[1:])
    columns = page.get_by_role("region", name="Run ")
    expect(columns.nth(1).get_by_role("img", name="Network of seed 3")).to_be_visible()
    losses = [
        page.request.get(f"/api/runs/{run['id']}/iterations/7/evaluation").json()["train"]["loss"] for run in runs
    ]
    lower = int(losses[1] < losses[0])
    said = f"At iteration 7 {'AB'[lower]} (seed {(0, 3)[lower]}) has the lower training loss"
    expect(page.get_by_text(said)).to_be_visible()
    page.get_by_role("button", name="iteration 0, start").click()
    page.get_by_role("button", name="One iteration forward").click()
    query = f"with={runs[1]['id']}&value=dense1.weight"
    found = page.request.get(f"/api/runs/{runs[0]['id']}/iterations/1/difference?{query}").json()
    apart = page.get_by_role("region", name="Difference of a value")
    expect(apart).to_contain_text("batch.indices")
    apart.get_by_label("value").select_option("dense1.weight")
    expect(apart).to_contain_text(f"In iteration 1 they are farthest apart at {[i + 1 for i in found['index']]}")
    page.get_by_role("img", name="B − A").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("img", name="B − A, cell 1, 1")).to_be_visible()
    page.keyboard.press("/")
    page.get_by_label("A link of the studio").fill(address({"config": {**circle, "seed": 5}})[1:])
    page.get_by_role("button", name="Add it").click()
    expect(columns).to_have_count(3)
    page.get_by_role("button", name="Leave out seed 0").click()
    expect(columns).to_have_count(2)
    expect(apart.get_by_role("img", name="B − A")).to_be_visible()
