"""Lists past a limit are refused by their length: nothing that stands in them is read."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from app.main import create_app
from app.settings import Limits
from tests.app.conftest import CIRCLE

LIMITS = Limits()
LONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "layers": ({"layers": [{"units": "?"}] * (LIMITS.layers + 1)}, "layers", "layers"),
    "edits": ({"edits": ["?"] * (LIMITS.edits + 1)}, "edits", "edits"),
    "samples": (
        {"data": {"inputs": [["?"]] * (LIMITS.samples + 1), "targets": [0]}},
        "samples",
        "data.inputs",
    ),
    "targets": ({"data": {"inputs": [[0]], "targets": ["?"] * (LIMITS.samples + 1)}}, "samples", "data.targets"),
    "a weight": (
        {"layers": [{"units": 1, "weight": [["?"] * 1000] * (LIMITS.parameters // 1000 + 1)}]},
        "parameters",
        "layers[0].weight",
    ),
}


@pytest.mark.parametrize(("changes", "limit", "path"), LONG.values(), ids=LONG)
def test_what_is_longer_than_a_limit_is_refused_before_it_is_read(
    api: httpx.Client, changes: dict[str, Any], limit: str, path: str
) -> None:
    problem = api.post("/api/runs", json=CIRCLE | changes).json()
    assert (problem["limit"]["name"], problem["errors"][0]["path"]) == (limit, path)


def test_so_are_the_edits_of_a_branch(api: httpx.Client, circle: str) -> None:
    problem = api.post(f"{circle}/branches", json={"edits": ["?"] * (LIMITS.edits + 1)}).json()
    assert problem["limit"]["name"] == "edits"


@pytest.mark.parametrize("odd", [None, 3, "x", [], {}, [3, None, "x", [], {}]])
@pytest.mark.parametrize("field", ["data", "layers", "edits"])
def test_what_is_no_list_at_all_is_for_the_engine_to_say(api: httpx.Client, field: str, odd: Any) -> None:
    assert "limit" not in api.post("/api/runs", json=CIRCLE | {field: odd}).json()


def test_a_run_that_the_command_opens_keeps_to_the_same_limits() -> None:
    with pytest.raises(Exception, match="'layers'"):
        create_app().state.services.add_run(CIRCLE | LONG["layers"][0])
