"""Behind a real nginx: in no folder, in one that it takes off, and in one that it leaves in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.main import create_app
from app.settings import Settings
from tests.app.asgi import ask
from tests.app.conftest import CIRCLE
from tests.app.front import nginx
from tests.app.front.nginx import KEPT, WAYS

pytestmark = pytest.mark.skipif(bool(nginx.missing()), reason=nginx.missing())

NAMED = re.compile(r'(?:href|src|action)="([^"#][^"]*)"')


@pytest.fixture(scope="module")
def front() -> Iterator[str]:
    """Address of an nginx with the same server in three places."""
    with nginx.three_ways() as address:
        yield address


@pytest.mark.usefixtures("ui")
@pytest.mark.parametrize("folder", WAYS)
def test_all_that_a_page_names_is_there(front: str, folder: str) -> None:
    statuses: dict[str, int] = {}
    with httpx.Client(base_url=front) as browser:
        for place in ("", "learn/losses", "docs"):
            page = browser.get(folder + place)
            named = [str(page.url.join(name)) for name in NAMED.findall(page.text)]
            statuses |= {url: browser.get(url).status_code for url in [str(page.url), *named] if url not in statuses}
    outside = [url for url in statuses if not url.startswith(front + folder)]
    assert (outside, set(statuses.values())) == ([], {200})


@pytest.mark.parametrize("folder", WAYS)
def test_a_run_is_where_its_answer_says(front: str, folder: str) -> None:
    made = httpx.post(f"{front}{folder}api/runs", json=CIRCLE, headers={"origin": front})
    branched: dict[str, Any] = {"edits": [{"iteration": 3, "set": {"optimizer.learning_rate": 0.01}}]}
    at = made.url.join(made.headers["location"])
    branch = httpx.post(f"{at}/branches", json=branched)
    assert [str(at), httpx.get(at).json()["id"]] == [f"{front}{folder}api/runs/{made.json()['id']}", made.json()["id"]]
    assert httpx.get(branch.url.join(branch.headers["location"])).json()["id"] == branch.json()["id"]


def test_a_folder_without_its_last_slash_leads_into_it(front: str) -> None:
    heard = httpx.get(front + KEPT, follow_redirects=True)
    assert (str(heard.url), heard.status_code in (200, 503)) == (f"{front}{KEPT}/", True)


def test_the_cookie_stays_in_the_folder_and_the_page_goes_on_in_it() -> None:
    token = "a-token-for-the-tests"
    app = create_app(Settings(host="0.0.0.0", token=token, root_path="/user/ada"))
    heard = ask(app, f"/user/ada/learn/losses?token={token}&a=%2F", accept="text/html")
    assert "Path=/user/ada/;" in heard.headers["set-cookie"]
    assert 'url=../learn/losses?a=%2F"' in heard.body.decode()
