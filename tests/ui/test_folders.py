"""The studio in a folder that a proxy has put the server into."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.app.front import nginx

pytestmark = pytest.mark.skipif(bool(nginx.missing()), reason=nginx.missing())


@pytest.mark.usefixtures("ui")
def test_the_studio_works_in_a_folder_and_its_links_stay_there(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with nginx.three_ways() as front:
        for folder in nginx.WAYS[1:]:
            page.goto(front + folder)
            expect(page.get_by_text("circle").first).to_be_visible()
            page.get_by_role("link", name="Learn", exact=True).click()
            page.get_by_role("link", name=re.compile("chain rule")).first.click()
            expect(page.get_by_text("step 1 of")).to_be_visible()
        folders = tuple(front + folder for folder in nginx.WAYS[1:])
        page.goto("about:blank")  # nothing that is still asked for outlives the servers
    assert [url for url in asked if url.startswith("http") and not url.startswith(folders)] == []
