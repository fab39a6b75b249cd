"""Fixtures for every test: the server, the browser, and what the browser complains about.

A test that asks for `page` drives a real Chromium. To give it another window, theme or motion:
`@pytest.mark.browser_context_args(viewport={"width": 1280, "height": 800}, color_scheme="dark")`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import settings
from playwright.sync_api import BrowserContext, BrowserType, Page, expect

from tests import browser as chromium
from tests.problems import Problems
from tests.serving import serving
from tests.ui.studio import PATIENCE, slow_answers

AT_REST = Path(__file__).parent / "ui/at_rest.js"
SECONDS_IN_BROWSER = 600  # that a test with many pages may take on a machine that is busy with ten other things
# the same examples in every run, and no test is timed: the machine may be busy
settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")
OPENED = (
    """try { localStorage["backscope.preferences"] ??= '{"opened":true}' } catch {}"""  # a blank page has no storage
)
NO_TORCH = "PyTorch is not installed: .ci/run installs it with pip (torch==2.13.0) and runs these"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--slow-answers",
        type=int,
        default=0,
        metavar="MS",
        help="every answer of the server reaches a page up to MS milliseconds late: finds tests that do not wait",
    )


def pytest_configure() -> None:
    """Every worker has a core of its own; on arrays this small, more threads spin longer than they compute.

    What a page is expected to show may take its time: on a busy machine a page opens in ten seconds, not in one.
    """
    expect.set_options(timeout=1000 * PATIENCE)
    os.environ["XDG_DATA_HOME"] = mkdtemp()  # a library of nobody's
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when numpy or PyTorch is imported, which is later


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if {"page", "context", "browser"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("browser")
            item.add_marker(pytest.mark.timeout(SECONDS_IN_BROWSER))
        if item.get_closest_marker("torch") and find_spec("torch") is None:
            item.add_marker(pytest.mark.skip(reason=NO_TORCH))


@pytest.fixture(autouse=True)
def default_dtype() -> Iterator[None]:
    """What a script sets as PyTorch's default type ends with its test."""
    torch = sys.modules.get("torch")
    before = torch.get_default_dtype() if torch else None
    yield
    if torch := sys.modules.get("torch"):
        torch.set_default_dtype(before or torch.float32)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Address of the real app under the real uvicorn."""
    from app.main import create_app  # here, so that tests of the engine alone need no server

    with serving(create_app()) as address:
        yield address


@pytest.fixture(scope="session")
def ui() -> None:
    """The studio, built."""
    chromium.build_ui()


@pytest.fixture(scope="session")
def base_url(server: str) -> str:
    """What `page.goto("/")` starts from."""
    return server


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], browser_type: BrowserType) -> dict[str, Any]:
    """Which Chromium, with which flags. No browser is a failure, never a quiet skip."""
    try:
        path = chromium.find()
    except SystemExit as no_packages:  # the npm registry is out of reach
        pytest.fail(f"{no_packages}\n\n{chromium.HELP}", pytrace=False)
    if path is None and not Path(browser_type.executable_path).exists():
        pytest.fail(chromium.HELP, pytrace=False)
    chosen = {"executable_path": path} if path else {}
    return {**browser_type_launch_args, "args": [*chromium.FLAGS], **chosen}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """The same page on every machine: one Chromium build reports a language that Intl refuses."""
    same = {"locale": "en-US", "timezone_id": "UTC", "viewport": {"width": 1440, "height": 900}}
    return {**browser_context_args, **same}


@pytest.fixture
def context(context: BrowserContext, pytestconfig: pytest.Config) -> BrowserContext:
    """Pages that can be asked whether they are at rest: see `Studio.rest`; of a reader who has seen the opening."""
    context.add_init_script(path=AT_REST)
    context.add_init_script(OPENED)
    if longest := pytestconfig.getoption("--slow-answers"):
        context.add_init_script(slow_answers(longest))
    return context


@pytest.fixture
def problems(page: Page, base_url: str) -> Iterator[Problems]:
    """Fails a test at its end if the browser complained of anything not announced to `problems.expect`."""
    found = Problems(base_url)
    found.watch(page)
    yield found
    assert found.left() == []
