"""The UI's types of the wire are those of the server, so svelte-check compares the UI with the API."""

from __future__ import annotations

import pytest

from tests.browser import SECONDS_TO_INSTALL
from tests.wire_types import TYPES, generated


@pytest.mark.timeout(SECONDS_TO_INSTALL)
def test_the_types_of_the_ui_are_those_of_the_openapi() -> None:
    assert TYPES.read_text(encoding="utf-8") == generated(), "renew them: python -m tests.wire_types"
