"""The studio before two servers that answer in turn and know nothing of each other's runs: nobody notices."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import cycle

import pytest
from fastapi import FastAPI
from playwright.sync_api import Page, expect
from starlette.types import Receive, Scope, Send

from app.main import create_app
from tests.problems import Problems
from tests.serving import serving
from tests.ui.studio import Studio

UNKNOWN = "404"  # what a server says of a run that the other one made, before it is told


def in_turn(*apps: FastAPI) -> FastAPI:
    """Every request goes to the next of these."""
    turns = cycle(apps)

    @asynccontextmanager
    async def all_of_them(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for app in apps:
                await stack.enter_async_context(app.router.lifespan_context(app))
            yield

    async def next_of_them(scope: Scope, receive: Receive, send: Send) -> None:
        await next(turns)(scope, receive, send)

    front = FastAPI(lifespan=all_of_them, openapi_url=None)
    front.mount("/", next_of_them)
    return front


@pytest.fixture(scope="module")
def front() -> Iterator[str]:
    with serving(in_turn(create_app(), create_app())) as address:
        yield address


@pytest.mark.usefixtures("ui")
def test_a_run_is_trained_explained_branched_and_shared_whichever_server_answers(page: Page, front: str) -> None:
    problems = Problems(front)
    problems.watch(page)
    problems.expect(UNKNOWN)
    studio = Studio.opened(page, front)
    assert studio.play_to(20) >= 20
    studio.press("ArrowLeft")
    studio.rest()
    page.get_by_role("main").get_by_role("button", name="dense 2 unit 1").first.click()
    expect(page.get_by_role("region", name="Explanation")).to_be_visible()
    studio.enter("learning rate", "0.05")
    studio.expect_config(lambda config: [list(edit["set"].values()) for edit in config["edits"]], [[0.05]])
    at = studio.now()
    page.reload()
    studio.rest()
    assert studio.now() == at
    assert problems.left() == []
