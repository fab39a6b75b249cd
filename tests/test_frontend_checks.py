"""The TypeScript side's own checks, so that one pytest command runs every test there is."""

from __future__ import annotations

import subprocess

import pytest

from static.hatch_build import NODE_FROM_PYPI, Node
from tests.browser import SECONDS_TO_INSTALL, STATIC, development_node

pytestmark = pytest.mark.timeout(SECONDS_TO_INSTALL)


@pytest.fixture(scope="module")
def node() -> Node:
    found = development_node()
    if found is None:
        pytest.fail(
            f"the checks of static/ need Node.js 20.19, or 22.12 and later, or {NODE_FROM_PYPI}",
            pytrace=False,
        )
    return found


@pytest.mark.parametrize("script", ["check", "test", "lint"])
def test_npm_run_finds_nothing_wrong(node: Node, script: str) -> None:
    environment = {**node.environment(), "CI": "1", "NO_COLOR": "1"}
    command = [*node.npm, "run", "--silent", script]
    done = subprocess.run(command, cwd=STATIC, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
