"""Whoever adds an optimizer adds it in one place: all that is shown of it comes from there."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from app.main import create_app
from engine.update.optimizers import OPTIMIZERS
from tests.app.conftest import CIRCLE, make_run
from tests.engine.support.registered_optimizer import AVERAGED
from tests.serving import serving


@pytest.fixture
def run(api: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> str:
    """Path of a run with an optimizer that was only registered."""
    monkeypatch.setitem(OPTIMIZERS, "averaged", AVERAGED)
    return make_run(api, CIRCLE | {"optimizer": {"type": "averaged", "beta": 0.8}})


def _written(api: httpx.Client, run: str) -> dict[str, Any]:
    return {step["output"]: step for step in api.get(f"{run}/program").json()["steps"]}


def test_its_program_has_symbols_code_and_sentences(api: httpx.Client, run: str) -> None:
    steps = _written(api, run)

    assert [
        (steps[name]["formula"], steps[name]["code"], steps[name]["description"])
        for name in ("dense1.weight.velocity.next", "dense1.bias.velocity.next")
    ] == [
        (
            rf"v_{{{p}}}' = \beta\, v_{{{p}}} + (1 - \beta)\, \frac{{\partial L}}{{\partial {p}}}",
            f"velocity_{c}_next = velocity_{c} + (1 - 0.8) * (d{c} - velocity_{c})",
            f"A running average of the gradient of {name}: mostly what it was, and a little of the new one.",
        )
        for p, c, name in (("W^{(1)}", "W1", "dense1.weight"), ("b^{(1)}", "b1", "dense1.bias"))
    ]


def test_its_lines_of_code_are_all_different(api: httpx.Client, run: str) -> None:
    lines = [step["code"] for step in _written(api, run).values()]

    assert len(set(lines)) == len(lines)


def test_its_slots_are_traced_and_explained(api: httpx.Client, run: str) -> None:
    cell = {"value": "dense1.bias.velocity.next", "index": "0"}
    answers = [
        api.get(f"{run}/iterations/1"),
        api.get(f"{run}/iterations/1/derivation", params=cell),
        api.get(f"{run}/history", params={"from": 0, "to": 3}),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert answers[1].json()["formula"].startswith(r"v_{b^{(1)}_{1}}' = \beta \cdot v_{b^{(1)}_{1}} + ")


def test_it_is_in_the_catalog_of_a_server_that_starts_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OPTIMIZERS, "averaged", AVERAGED)
    with serving(create_app()) as address:
        names = [entry["name"] for entry in httpx.get(f"{address}/api/catalog").json()["optimizers"]]

    assert "averaged" in names
