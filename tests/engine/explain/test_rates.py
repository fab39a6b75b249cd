"""Rates of change that are said of an expression, computed by Python itself and compared."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from engine import Run
from engine.explain.derivation import derivation
from engine.explain.sentences import explanation
from engine.run.task import parse_config

TEXTS = (
    "u = a * b; v = u + c; L = v * v",
    "u = tanh(a * b); v = u / c; L = u * v + a",
    "u = exp(a / 4) - c ** 2; v = max(u, b); L = v * a * c",
    "u = sin(a) * cos(b); L = u * u + log(c) * sqrt(c) - abs(b)",
    "u = a ** c; v = -u + b; w = sigmoid(v); L = w * u * 2 + w / 3",
)
_MATH: Mapping[str, Any] = {
    **{name: getattr(math, name) for name in ("tanh", "exp", "sin", "cos", "log", "sqrt")},
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "max": max,
    "abs": abs,
}
_RATE = re.compile(
    r"(?:Per unit of (\w+), (\w+) changes by (\S+?); "
    r"per unit of (\w+), (\w+) changes by (\S+?)( through this use alone)?: so"
    r"|So) per unit of (\w+), L changes by (\S+?)( through this use alone| that way)?\.$"
)


def evaluated(text: str, inputs: Mapping[str, float], moved: str = "", by: float = 0.0) -> dict[str, float]:
    """Every named value, with one of them moved once it is there."""
    known = {name: value + by * (name == moved) for name, value in inputs.items()}
    for statement in text.split(";"):
        name, _, right = statement.partition("=")
        known[name.strip()] = eval(right, dict(_MATH), known) + by * (name.strip() == moved)
    return known


def slope(text: str, inputs: Mapping[str, float], of: str) -> float:
    """By central differences, how L changes with a value."""
    up, down = (evaluated(text, inputs, of, step)["L"] for step in (1e-6, -1e-6))
    return (up - down) / 2e-6


def as_number(text: str) -> float:
    return float(text.replace("−", "-"))


def differs(one: float, other: float) -> bool:
    return not math.isclose(one, other, rel_tol=2e-3, abs_tol=1e-6)


def rates(text: str, seed: int) -> tuple[dict[str, float], list[re.Match[str]]]:
    """The inputs drawn, and what is said of every gradient that has one way to the loss."""
    rng = np.random.default_rng(seed)
    inputs = {name: round(rng.uniform(0.3, 2.0), 2) for name in "abc"}
    run = Run(parse_config({"expression": text, "inputs": inputs}))
    traced = run.trace_at(0)
    names = [n for n in traced if re.fullmatch(r"\w+\.grad(\.\d+)?", n) and n != "loss.grad"]
    texts = (explanation(run, traced, derivation(run, traced, name, ())) for name in names)
    return inputs, [found for said in texts if (found := _RATE.search(said))]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("text", TEXTS)
def test_a_rate_is_how_the_loss_changes_and_the_product_of_the_two_on_the_way(text: str, seed: int) -> None:
    inputs, told = rates(text, seed)
    wrong = []
    for found in told:
        whole, named = as_number(found[9]), found[8] in evaluated(text, inputs)
        if (
            not found[10]
            and named
            and not math.isclose(slope(text, inputs, found[8]), whole, rel_tol=2e-3, abs_tol=1e-6)
        ):
            wrong.append(found[0])
        if found[1] and not math.isclose(as_number(found[3]) * as_number(found[6]), whole, rel_tol=2e-3, abs_tol=1e-6):
            wrong.append(found[0])

    assert (wrong, bool(told)) == ([], True)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("text", TEXTS)
def test_the_rates_through_each_use_alone_add_up_to_how_the_loss_changes(text: str, seed: int) -> None:
    inputs, told = rates(text, seed)
    alone: dict[str, float] = {}
    for found in told:
        if found[10]:
            alone[found[8]] = alone.get(found[8], 0.0) + as_number(found[9])
    named = {name: value for name, value in alone.items() if name in evaluated(text, inputs)}

    assert named == {name: pytest.approx(slope(text, inputs, name), rel=5e-3, abs=2e-3) for name in named}
