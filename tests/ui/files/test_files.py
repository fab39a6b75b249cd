"""Runs that come from files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.problems import Problems
from tests.ui.studio import Studio

DROP = """([name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name));
  for (const type of ["dragover", "drop"])
    document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data }));
}"""


@pytest.fixture
def studio(page: Page, problems: Problems) -> Studio:
    return Studio.opened(page)


def exported(studio: Studio, folder: Path) -> Path:
    """The run on show, as Export hands it out."""
    studio.page.get_by_role("button", name="Export").click()
    with studio.page.expect_download() as download:
        studio.page.get_by_role("link", name="JSON").click()
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    return file


def gallery(studio: Studio) -> Locator:
    studio.page.get_by_role("button", name="Presets").click()
    return studio.page.get_by_role("dialog", name="Presets")


def test_an_exported_run_is_opened_from_the_menu_where_it_was_exported(studio: Studio, tmp_path: Path) -> None:
    studio.press("PageDown", "PageDown")
    studio.enter("learning rate", "0.5")
    studio.expect_config(lambda c: len(c["edits"]), 1)
    studio.press("PageDown")
    config = studio.link(iteration=3)["config"]
    file = exported(studio, tmp_path)
    studio.open_preset("two moons")
    with studio.page.expect_file_chooser() as chooser:
        gallery(studio).get_by_role("button", name="Open a file").click()
    chooser.value.set_files(file)
    studio.expect_title("circle 2-4-3-1")
    assert studio.link(iteration=3)["config"] == config


@pytest.mark.parametrize("iteration", [0, 5])
def test_a_file_that_is_dropped_on_the_page_is_opened(studio: Studio, iteration: int) -> None:
    config = next(p["config"] for p in studio.page.request.get("/api/presets").json() if p["name"] == "iris")
    document = {"format": "backscope run", "iteration": iteration, "config": config} if iteration else config
    studio.page.evaluate(DROP, ["run.json", json.dumps(document)])
    studio.expect_title("iris 4-8-3")
    assert studio.link(iteration=iteration)["config"] == config


@pytest.mark.parametrize("text", ["{", "[1]", '{"layers": 3}'])
def test_a_file_that_is_no_run_says_so_and_changes_nothing(studio: Studio, text: str) -> None:
    studio.page.evaluate(DROP, ["notes.json", text])
    alert = studio.page.get_by_role("main").get_by_role("alert")
    expect(alert).to_contain_text("notes.json holds no run.")
    studio.expect_title("circle 2-4-3-1")


def test_a_run_is_opened_by_its_address_at_the_iteration_in_it(studio: Studio, page: Page) -> None:
    run = studio.run_id()
    page.goto("about:blank")
    assert Studio.opened(page, f"/?run={run}&iteration=36").link(iteration=36)["iteration"] == 36
