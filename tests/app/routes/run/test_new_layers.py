"""A type of layer that is only registered: it is in the catalog, trains, and says how it is drawn and written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import httpx
import pytest

from engine.model.layers import LAYERS, Layer, LayerKind, Picture, Scope
from engine.ops import OPS


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubled(Layer):
    """Twice its input."""

    type: ClassVar[str] = "doubled"

    def build(self, scope: Scope, *sources: str) -> str:
        """Adds `a`."""
        return scope.emit(OPS["add"], (sources[0], sources[0]), "a")


PICTURE = Picture(unitwise=True, sign="2\u00d7")
CONFIG: dict[str, Any] = {
    "data": {"name": "circle", "samples": 20},
    "layers": [{"units": 3}, {"type": "doubled"}, {"units": 1, "activation": "sigmoid"}],
    "loss": "bce",
}


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = LayerKind(Doubled, "doubled", "Twice its input.", (), "a = 2 x", "none", picture=PICTURE)
    monkeypatch.setitem(LAYERS, "doubled", kind)


def test_the_catalog_says_how_a_new_layer_is_drawn(api: httpx.Client) -> None:
    entry = next(e for e in api.get("/api/catalog").json()["layers"] if e["name"] == "doubled")
    assert (entry["picture"]["unitwise"], entry["picture"]["sign"]) == (True, "2\u00d7")


def test_a_run_says_how_a_new_layer_is_drawn(api: httpx.Client) -> None:
    layer = api.post("/api/runs", json=CONFIG).json()["layers"][1]
    assert (layer["name"], layer["title"], layer["picture"]["sign"]) == ("doubled1", "doubled 1", "2\u00d7")


def test_the_steps_of_a_new_layer_are_explained(api: httpx.Client) -> None:
    run = api.post("/api/runs", json=CONFIG).json()["id"]
    program = api.get(f"/api/runs/{run}/program").json()
    step = next(step for step in program["steps"] if step["layer"] == "doubled1")
    assert (step["formula"], step["code"]) == (
        r"a^{(\text{doubled 1})} = a^{(\text{dense 1})} + a^{(\text{dense 1})}",
        "a_doubled1 = a_dense1 + a_dense1",
    )
