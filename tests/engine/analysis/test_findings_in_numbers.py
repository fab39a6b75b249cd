"""What findings state about numbers, on nets drawn at random: computed from the trace by another way, and compared."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from engine import Run
from engine.analysis.diagnosis import diagnose
from engine.run.task import parse_config
from engine.run.trace import Trace

SEEDS = range(12)


def net(seed: int, activation: str, spread: float, **changes: Any) -> tuple[Run, Trace]:
    """A net whose weights are `spread` wide, so that units die or saturate."""
    rng = np.random.default_rng(seed)
    shapes = [2, *(int(n) for n in rng.integers(2, 6, rng.integers(1, 4))), 1]
    layers = [
        {
            "units": after,
            "activation": activation if i < len(shapes) - 2 else "identity",
            "weight": rng.normal(0, spread, (after, before)).tolist(),
            "bias_values": rng.normal(0, spread, after).tolist(),
        }
        for i, (before, after) in enumerate(pairwise(shapes))
    ]
    rows = int(rng.integers(1, 8))
    data = {
        "inputs": rng.normal(size=(rows, 2)).tolist(),
        "targets": rng.normal(size=rows).tolist(),
        "test_fraction": 0,
    }
    config = {"seed": seed, "data": data, "batch_size": None, "layers": layers, "loss": "mse"}
    run = Run(parse_config(config | {"optimizer": {"type": "sgd", "learning_rate": 1e-3}} | changes))
    return run, run.trace_at(0)


def told(run: Run, traced: Trace, title: str) -> str | None:
    """The text of a finding, if it was found."""
    return next((found.text for found in diagnose(run, traced) if found.title == title), None)


def as_number(text: str) -> float:
    return float(text.replace("−", "-").rstrip(".,;:"))


def listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def dead_units(run: Run, traced: Trace) -> str | None:
    """What is to be said of units whose sum is 0 or below for every sample."""
    counts = {name: int((traced[f"{name}.z"] <= 0).all(axis=0).sum()) for name in run.names[:-1]}
    units = {name: traced[f"{name}.z"].shape[1] for name in run.names}
    dead, batch = sum(counts.values()), len(traced["x"])
    places = listed([f"{count} in dense {name[5:]}" for name, count in counts.items() if count] or [""])
    closed = [f"dense {name[5:]}" for name, count in counts.items() if count == units[name]]
    samples = f"all {batch} samples" if batch > 1 else "the one sample"
    verb, them = ("has", "it") if dead == 1 else ("have", "them")
    text = f"{dead} of {sum(units.values())} units {verb} slope 0 for {samples} of this batch, "
    text += f"so no gradient passes {them}"
    return f"{text}: {places}.{f' Nothing at all passes {listed(closed)}.' if closed else ''}" if dead else None


@pytest.mark.parametrize("seed", range(40))
def test_dead_units_are_those_that_no_sample_reaches(seed: int) -> None:
    run, traced = net(seed, "relu", 1.5)

    assert told(run, traced, "Dead units") == dead_units(run, traced)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_the_saturated_share_of_a_layer_is_that_of_its_flat_cells(activation: str, seed: int) -> None:
    run, traced = net(seed, activation, 6.0)
    shares = {}
    for name in run.names[:-1]:
        a = traced[f"{name}.a"]
        slopes = 1 - a * a if activation == "tanh" else a * (1 - a)
        shares[f"dense {name[5:]}"] = float((slopes < 0.05).mean())
    flat = {name: f"{share:.0%}" for name, share in shares.items() if share >= 0.5}
    text = told(run, traced, "Saturated units") or ""

    assert {name: share for share, name in re.findall(r"(\d+%) of (dense \d+)", text)} == flat


@pytest.mark.parametrize("seed", SEEDS)
def test_a_gradient_that_vanishes_is_told_with_the_norms_of_both_ends(seed: int) -> None:
    run, traced = net(seed, "sigmoid", 0.02)
    first, last = (norm_of(traced, name, ".grad") for name in (run.names[0], run.names[-1]))
    text = told(run, traced, "The gradient vanishes") or ""
    ends = re.findall(r"from (\S+) in dense (\d+) to (\S+) in dense (\d+)", text)

    assert [[as_number(part) for part in found] for found in ends] == [
        pytest.approx([last, len(run.names), first, 1], rel=6e-3)
    ] * (first < 1e-3 * last)


def norm_of(traced: Trace, layer: str, kind: str) -> float:
    """The norm of weights and biases of a layer, or of what belongs to them."""
    parts = (traced[f"{layer}.{name}{kind}"] for name in ("weight", "bias"))
    return float(np.sqrt(sum(float((part**2).sum()) for part in parts)))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("rate", [1e-9, 1e-3, 3.0])
def test_the_ratio_of_update_to_weight_is_that_of_their_norms(rate: float, seed: int) -> None:
    run, traced = net(seed, "tanh", 0.5, optimizer={"type": "sgd", "learning_rate": rate})
    ratios = {name[5:]: norm_of(traced, name, ".update") / norm_of(traced, name, "") for name in run.names}
    texts = [told(run, traced, title) or "" for title in ("Large steps", "Tiny steps")]
    pairs = {number: as_number(ratio) for text in texts for ratio, number in re.findall(r"(\S+) in dense (\d+)", text)}

    assert pairs == {n: pytest.approx(r, rel=6e-3) for n, r in ratios.items() if r > 0.1 or r < 1e-5}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_first_order_gain_is_the_rate_times_the_squared_norm(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b, rate = (round(rng.uniform(0.1, 2), 2) for _ in range(3))
    optimizer = {"type": "sgd", "learning_rate": rate}
    run = Run(parse_config({"expression": "L = a * a * b", "inputs": {"a": a, "b": b}, "optimizer": optimizer}))
    text = told(run, run.trace_at(0), "Descent direction found") or ""
    squared = (2 * a * b) ** 2 + (a * a) ** 2

    assert [as_number(n) for n in re.findall(r"(?:is|of|by) ([\d.e−+]+)", text)] == [
        pytest.approx(squared**0.5, rel=6e-3),
        pytest.approx(rate, rel=6e-3),
        pytest.approx(rate * squared, rel=6e-3),
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_whether_the_last_step_went_up_or_down_is_as_the_losses_say(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, rate = round(rng.uniform(0.1, 2), 2), round(rng.uniform(0.1, 1.9), 3)
    optimizer = {"type": "sgd", "learning_rate": rate}
    run = Run(parse_config({"expression": "L = a * a", "inputs": {"a": a}, "optimizer": optimizer}))
    before, now = a * a, (a - rate * 2 * a) ** 2
    verb, title = ("raised", "The last step went up") if now > before else ("lowered", "The last step went down")
    found = re.findall(rf"{verb} the loss from (\S+) to ([\d.e−]+)[.:]", told(run, run.trace_at(1), title) or "")

    assert [[as_number(n) for n in pair] for pair in found] == [pytest.approx([before, now], rel=1e-3)]
